"""Meetings, their agenda and series over the JSON API."""

import datetime as dt
import uuid
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from townships.actors import Actor
from townships.models import County
from townships.pages import actor_of
from townships.permissions import Action, require

from . import queries, services
from .models import Series
from .representations import agenda_dict, item_dict, meeting_dict, series_dict
from .schemas import (
    AgendaOut,
    FromSeries,
    ItemIn,
    ItemOut,
    ItemPatch,
    MeetingIn,
    MeetingList,
    MeetingOut,
    MeetingPatch,
    SeriesIn,
    SeriesList,
    SeriesOut,
)

router = Router(tags=["meetings"])
MeetingStatus = Literal["draft", "announced", "live", "closed"]


def local_times(actor: Actor, values: dict[str, Any]) -> dict[str, Any]:
    """The values, their times without an offset read as the county's local time."""
    naive = [
        name
        for name, value in values.items()
        if isinstance(value, dt.datetime) and value.tzinfo is None
    ]
    if naive:
        zone = ZoneInfo(County.objects.get(pk=actor.county_id).time_zone)
        for name in naive:
            values[name] = values[name].replace(tzinfo=zone)
    return values


@router.get("/meetings", response=MeetingList, operation_id="list_meetings")
def list_meetings(
    request: HttpRequest,
    year: int | None = Query(None, ge=1971, le=2299),
    status: MeetingStatus | None = None,
    page: str = Query("1", max_length=50, description="out of range is clamped"),
) -> dict[str, Any]:
    """The county's meetings, newest first, 24 a page. Drafts for organisers only."""
    found = queries.meetings_page(actor_of(request), page=page, year=year, status=status or "")
    return {
        "meetings": [meeting_dict(meeting) for meeting in found],
        "page": found.number,
        "pages": found.paginator.num_pages,
        "total": found.paginator.count,
    }


@router.post("/meetings", response={201: MeetingOut}, operation_id="create_meeting")
def create_meeting(request: HttpRequest, data: MeetingIn) -> Status:
    """A new draft."""
    actor = actor_of(request)
    require(actor, Action.SCHEDULE)
    values = local_times(actor, data.dict())
    series_id = values.pop("series")
    series = queries.series_for(actor, series_id) if series_id else None
    meeting = services.create_meeting(actor=actor, series=series, **values)
    return Status(201, meeting_dict(meeting))


@router.get("/meetings/{uuid:meeting_id}", response=MeetingOut, operation_id="get_meeting")
def get_meeting(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, Any]:
    """One meeting."""
    return meeting_dict(queries.visible_meeting(actor_of(request), meeting_id))


@router.patch("/meetings/{uuid:meeting_id}", response=MeetingOut, operation_id="change_meeting")
def change_meeting(
    request: HttpRequest, meeting_id: uuid.UUID, data: MeetingPatch
) -> dict[str, Any]:
    """Change a meeting that is not closed; only the fields sent."""
    actor = actor_of(request)
    changes = local_times(actor, data.dict(exclude_unset=True))
    return meeting_dict(services.change_meeting(actor=actor, meeting_id=meeting_id, **changes))


@router.post(
    "/meetings/{uuid:meeting_id}/announce", response=MeetingOut, operation_id="announce_meeting"
)
def announce_meeting(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, Any]:
    """Show a draft to the county. It needs an agenda (`empty_agenda`)."""
    actor = actor_of(request)
    return meeting_dict(services.announce_meeting(actor=actor, meeting_id=meeting_id))


@router.post("/meetings/{uuid:meeting_id}/open", response=MeetingOut, operation_id="open_meeting")
def open_meeting(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, Any]:
    """Start an announced meeting, with a new join code."""
    actor = actor_of(request)
    return meeting_dict(services.open_meeting(actor=actor, meeting_id=meeting_id))


@router.post("/meetings/{uuid:meeting_id}/close", response=MeetingOut, operation_id="close_meeting")
def close_meeting(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, Any]:
    """End and freeze a live meeting."""
    actor = actor_of(request)
    return meeting_dict(services.close_meeting(actor=actor, meeting_id=meeting_id))


@router.post(
    "/meetings/{uuid:meeting_id}/join-code", response=MeetingOut, operation_id="rotate_join_code"
)
def rotate_join_code(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, Any]:
    """A new join code for a live meeting; the old one lets nobody in any more."""
    actor = actor_of(request)
    return meeting_dict(services.rotate_join_code(actor=actor, meeting_id=meeting_id))


@router.get(
    "/meetings/{uuid:meeting_id}/agenda",
    response=AgendaOut,
    operation_id="get_agenda",
    tags=["agenda"],
)
def get_agenda(request: HttpRequest, meeting_id: uuid.UUID) -> dict[str, Any]:
    """The agenda in order, with running times."""
    meeting = queries.visible_meeting(actor_of(request), meeting_id)
    return agenda_dict(meeting, queries.agenda_of(meeting))


@router.post(
    "/meetings/{uuid:meeting_id}/agenda",
    response={201: ItemOut},
    operation_id="add_item",
    tags=["agenda"],
)
def add_item(request: HttpRequest, meeting_id: uuid.UUID, data: ItemIn) -> Status:
    """A new last item."""
    actor = actor_of(request)
    values = local_times(actor, data.dict())
    values["township_id"] = values.pop("township")
    item = services.add_item(actor=actor, meeting_id=meeting_id, **values)
    return Status(201, item_dict(item))


@router.patch(
    "/agenda/{uuid:item_id}", response=ItemOut, operation_id="change_item", tags=["agenda"]
)
def change_item(request: HttpRequest, item_id: uuid.UUID, data: ItemPatch) -> dict[str, Any]:
    """Change an item, or move it; only the fields sent."""
    actor = actor_of(request)
    changes = local_times(actor, data.dict(exclude_unset=True))
    if "township" in changes:
        changes["township_id"] = changes.pop("township")
    return item_dict(services.change_item(actor=actor, item_id=item_id, **changes))


@router.delete(
    "/agenda/{uuid:item_id}", response={204: None}, operation_id="remove_item", tags=["agenda"]
)
def remove_item(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """Take an item off the agenda; its township's materials stay."""
    services.remove_item(actor=actor_of(request), item_id=item_id)
    return HttpResponse(status=204)


@router.post(
    "/agenda/{uuid:item_id}/start", response=ItemOut, operation_id="start_item", tags=["agenda"]
)
def start_item(request: HttpRequest, item_id: uuid.UUID) -> dict[str, Any]:
    """Make it the current item of a live meeting; the one before it ends."""
    return item_dict(services.start_item(actor=actor_of(request), item_id=item_id))


@router.get("/series", response=SeriesList, operation_id="list_series", tags=["series"])
def list_series(request: HttpRequest) -> dict[str, Any]:
    """The county's series, for organisers."""
    actor = actor_of(request)
    require(actor, Action.SCHEDULE)
    return {"series": [series_dict(s) for s in Series.objects.filter(county_id=actor.county_id)]}


@router.post("/series", response={201: SeriesOut}, operation_id="create_series", tags=["series"])
def create_series(request: HttpRequest, data: SeriesIn) -> Status:
    """A rule that makes meetings; rules without usable dates are refused (`bad_rule`)."""
    return Status(201, series_dict(services.create_series(actor=actor_of(request), **data.dict())))


@router.post(
    "/series/{uuid:series_id}/meetings",
    response={201: MeetingOut},
    operation_id="create_meeting_from_series",
    tags=["series"],
)
def create_meeting_from_series(
    request: HttpRequest, series_id: uuid.UUID, data: FromSeries
) -> Status:
    """The draft of the series' next meeting, or of its meeting on a day."""
    meeting = services.create_meeting_from_series(
        actor=actor_of(request), series_id=series_id, day=data.day
    )
    return Status(201, meeting_dict(meeting))
