"""What pages and the API read about meetings; each function says how many queries it needs."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator

from townships.actors import Actor
from townships.models import County
from townships.permissions import Action, require
from townships.problems import NotFound

from .models import AgendaItem, Meeting, MeetingQuerySet, Series
from .timing import Timetable, timetable

PAGE_SIZE = 24


def visible_meeting(actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """A meeting the actor may know of. Raises `NotFound` alike for a missing and a hidden one."""
    require(actor, Action.SEE_MEETING)
    meeting = (
        Meeting.objects.visible_to(actor)
        .select_related("county", "series")
        .filter(pk=meeting_id)
        .first()
    )
    if meeting is None:
        raise NotFound
    return meeting


def agenda_of(meeting: Meeting) -> Timetable:
    """The agenda with its running times (one query)."""
    items = list(meeting.agenda.select_related("township"))
    for item in items:
        item.meeting = meeting
    return timetable(meeting, items)


def item_for(actor: Actor, item_id: uuid.UUID) -> AgendaItem:
    """An agenda item of a meeting the actor may know of. Raises `NotFound`."""
    item = (
        AgendaItem.objects.filter(pk=item_id, meeting__in=Meeting.objects.visible_to(actor))
        .select_related("meeting__county", "township")
        .first()
    )
    if item is None:
        raise NotFound
    return item


def meetings_page(
    actor: Actor, *, page: str = "1", year: int | None = None, status: str = ""
) -> Page[Meeting]:
    """A page of the meetings, newest first (three queries); odd page numbers are clamped."""
    require(actor, Action.SEE_MEETING)
    found = Meeting.objects.visible_to(actor).select_related("county")
    if year is not None:
        county = County.objects.get(pk=actor.county_id)
        found = in_year(found, year, ZoneInfo(county.time_zone))
    if status:
        found = found.filter(status=status)
    return Paginator(found.order_by("-starts_at", "pk"), PAGE_SIZE).get_page(page)


def in_year(found: MeetingQuerySet, year: int, zone: ZoneInfo) -> MeetingQuerySet:
    """Those that start in a year of the county's own time."""
    return found.filter(
        starts_at__gte=dt.datetime(year, 1, 1, tzinfo=zone),
        starts_at__lt=dt.datetime(year + 1, 1, 1, tzinfo=zone),
    )


def series_for(actor: Actor, series_id: uuid.UUID) -> Series:
    """A series of the actor's county, for those who run it. Raises `NotFound`."""
    require(actor, Action.SCHEDULE)
    series = (
        Series.objects.filter(pk=series_id, county_id=actor.county_id)
        .select_related("county")
        .first()
    )
    if series is None:
        raise NotFound
    return series
