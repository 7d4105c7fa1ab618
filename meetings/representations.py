"""How meetings, items and series look outside: the same for the JSON API and the live feed."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from .models import AgendaItem, Meeting, Series
from .rules import words_of
from .timing import Timetable


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _id(value: uuid.UUID | None) -> str | None:
    return str(value) if value is not None else None


def meeting_dict(meeting: Meeting) -> dict[str, Any]:
    """A meeting as JSON-ready values; the same for every audience. Needs `county` loaded."""
    return {
        "id": str(meeting.pk),
        "title": meeting.title,
        "status": meeting.status,
        "starts_at": _iso(meeting.starts_at),
        "ends_at": _iso(meeting.ends_at),
        "due_at": _iso(meeting.due_at),
        "deadline": _iso(meeting.deadline),
        "time_zone": meeting.county.time_zone,
        "venue": meeting.venue,
        "note": meeting.note,
        "series": _id(meeting.series_id),
        "allows_guests": meeting.allows_guests,
        "approve_first": meeting.approve_first,
        "join_code": meeting.join_code if meeting.is_live else "",
        "current_item": _id(meeting.current_item_id),
        "screen": {
            "mode": meeting.screen_mode,
            "material": _id(meeting.screen_material_id),
            "version": _id(meeting.screen_version_id),
            "page": meeting.screen_page,
            "poll": _id(meeting.screen_poll_id),
        },
        "announced_at": _iso(meeting.announced_at),
        "opened_at": _iso(meeting.opened_at),
        "closed_at": _iso(meeting.closed_at),
        "last_seq": meeting.last_seq,
    }


def item_dict(item: AgendaItem) -> dict[str, Any]:
    """A step of the agenda as JSON-ready values. Needs `township` loaded."""
    return {
        "id": str(item.pk),
        "meeting": str(item.meeting_id),
        "position": item.position,
        "kind": item.kind,
        "title": item.title,
        "township": (
            {"id": str(item.township_id), "name": item.township.name} if item.township else None
        ),
        "presenter": item.presenter,
        "minutes": item.minutes,
        "expects_deck": item.expects_deck,
        "expects_manuscript": item.expects_manuscript,
        "due_at": _iso(item.due_at),
        "started_at": _iso(item.started_at),
        "ended_at": _iso(item.ended_at),
        "resumed_at": _iso(item.resumed_at),
        "used_seconds": item.used_seconds,
        "removed": False,
    }


def item_states(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """The items as they are now, by id (one query); a removed one is `{"id", "removed": true}`."""
    wanted = list(ids)
    found = AgendaItem.objects.filter(pk__in=wanted).select_related("township")
    states = {item.pk: item_dict(item) for item in found}
    return {pk: states.get(pk) or {"id": str(pk), "removed": True} for pk in wanted}


def agenda_dict(meeting: Meeting, table: Timetable) -> dict[str, Any]:
    """The agenda with its running times."""
    return {
        "meeting": str(meeting.pk),
        "minutes": table.minutes,
        "available": table.available,
        "over": table.over,
        "items": [
            {**item_dict(row.item), "starts_at": _iso(row.starts), "ends_at": _iso(row.ends)}
            for row in table.rows
        ],
    }


def series_dict(series: Series) -> dict[str, Any]:
    """A series as JSON-ready values; `words` is its rule in the active language."""
    return {
        "id": str(series.pk),
        "name": series.name,
        "rule": series.rule,
        "words": words_of(series.rule),
        "starts_on": series.starts_on.isoformat(),
        "time": series.time.isoformat("minutes"),
        "minutes": series.minutes,
        "venue": series.venue,
        "language": series.language,
        "weekend": series.weekend,
        "deadline_days": series.deadline_days,
        "active": series.active,
    }
