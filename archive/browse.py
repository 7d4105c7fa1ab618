"""Browsing what was: meetings by year and month, by township, and one meeting as it was frozen."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum

from board.models import Post, PostQuerySet
from board.representations import posts_with_everything
from meetings.models import Meeting, MeetingQuerySet
from townships.actors import Actor
from townships.models import County, Township
from townships.permissions import Action, require
from townships.problems import NotFound
from uploads.models import Kind, Material, Page

PICTURES = 6


@dataclass(slots=True)
class Month:
    """One closed meeting on the timeline: what it holds, and a few first slides."""

    meeting: Meeting
    decks: int = 0
    manuscripts: int = 0
    problems: int = 0
    practices: int = 0
    pictures: list[Page] = field(default_factory=list)


def closed_meetings(actor: Actor) -> MeetingQuerySet:
    """The meetings in the archive that the actor may see. Raises without the right to browse."""
    require(actor, Action.ARCHIVE)
    return Meeting.objects.visible_to(actor).filter(status=Meeting.Status.CLOSED)


def closed_meeting(actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """One meeting of the archive, with its county. Raises `NotFound`."""
    meeting = closed_meetings(actor).select_related("county").filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFound
    return meeting


def closed_in(actor: Actor, year: int, quarter: int | None = None) -> list[Meeting]:
    """The meetings of a year or of one of its quarters, oldest first. Raises `NotFound`."""
    zone = zone_of(actor)
    if not 1900 <= year < 9999 or quarter not in (None, 1, 2, 3, 4):
        raise NotFound
    start = dt.datetime(year, (quarter or 1) * 3 - 2, 1, tzinfo=zone)
    end = dt.datetime(year + 1, 1, 1, tzinfo=zone)
    if quarter not in (None, 4):
        end = start.replace(month=quarter * 3 + 1)
    found = closed_meetings(actor).filter(starts_at__gte=start, starts_at__lt=end)
    meetings = list(found.select_related("county").order_by("starts_at"))
    if not meetings:
        raise NotFound
    return meetings


def zone_of(actor: Actor) -> ZoneInfo:
    """The time zone of the actor's county, in which its months and years are counted."""
    return ZoneInfo(County.objects.values_list("time_zone", flat=True).get(pk=actor.county_id))


def years(actor: Actor, zone: ZoneInfo) -> list[int]:
    """The years in which meetings were held, newest first (one query)."""
    moments = closed_meetings(actor).datetimes("starts_at", "year", order="DESC", tzinfo=zone)
    return [moment.year for moment in moments]


def quarters(actor: Actor, zone: ZoneInfo) -> list[tuple[int, list[int]]]:
    """The years in which meetings were held, newest first, each with its quarters (one query)."""
    found: dict[int, set[int]] = {}
    for moment in closed_meetings(actor).order_by("-starts_at").values_list("starts_at", flat=True):
        local = moment.astimezone(zone)
        found.setdefault(local.year, set()).add((local.month + 2) // 3)
    return [(year, sorted(held)) for year, held in found.items()]


def within(year: int, zone: ZoneInfo) -> Q:
    """The meetings that start in that year, counted in the county's time zone."""
    start = dt.datetime(year, 1, 1, tzinfo=zone)
    return Q(starts_at__gte=start, starts_at__lt=start.replace(year=year + 1))


def first_pages(meetings: list[Meeting]) -> dict[uuid.UUID, list[Page]]:
    """By meeting, the first slides of its decks that have pictures (one query)."""
    found = (
        Page.objects.filter(
            number=1,
            version__material__meeting__in=meetings,
            version__material__kind=Kind.DECK,
            version__material__withdrawn_at__isnull=True,
            version__material__current_id=F("version_id"),
        )
        .exclude(thumb="")
        .select_related("version__material__township")
        .defer("text", "notes", "version__findings")
        .order_by("version__material__township__position")
    )
    pictures: dict[uuid.UUID, list[Page]] = {}
    for page in found:
        pictures.setdefault(page.version.material.meeting_id, []).append(page)
    return pictures


def counts(queryset: QuerySet[Any], meetings: list[Meeting]) -> dict[tuple[uuid.UUID, str], int]:
    """How many rows of each kind each meeting has (one query)."""
    rows = queryset.filter(meeting__in=meetings).order_by().values_list("meeting", "kind")
    return {(meeting, kind): n for meeting, kind, n in rows.annotate(n=Count("pk"))}


def everybodys(posts: PostQuerySet) -> PostQuerySet:
    """Those that everybody of the county may read and that stand for themselves."""
    return posts.on_board().filter(merged_into__isnull=True)


def stamp(actor: Actor, year: int, zone: ZoneInfo) -> tuple[int, int]:
    """Changes with everything that happens to the year's meetings: their number and that of their
    events (one query)."""
    found = closed_meetings(actor).filter(within(year, zone)).order_by()
    told = found.aggregate(n=Count("pk"), events=Sum("last_seq"))
    return told["n"], told["events"] or 0


def timeline(actor: Actor, year: int, zone: ZoneInfo) -> list[Month]:
    """The year's meetings, newest first (four queries)."""
    meetings = list(closed_meetings(actor).filter(within(year, zone)).order_by("-starts_at"))
    materials = counts(Material.objects.filter(withdrawn_at__isnull=True), meetings)
    posts = counts(everybodys(Post.objects.all()), meetings)
    pictures = first_pages(meetings)
    return [
        Month(
            meeting,
            decks=materials.get((meeting.pk, Kind.DECK), 0),
            manuscripts=materials.get((meeting.pk, Kind.MANUSCRIPT), 0),
            problems=posts.get((meeting.pk, Post.Kind.PROBLEM), 0),
            practices=posts.get((meeting.pk, Post.Kind.PRACTICE), 0),
            pictures=pictures.get(meeting.pk, [])[:PICTURES],
        )
        for meeting in meetings
    ]


@dataclass(slots=True)
class TownshipHistory:
    """What one township brought to the closed meetings, newest first."""

    township: Township
    materials: list[Material]
    posts: list[Post]


def township_history(actor: Actor, township_id: uuid.UUID, *, limit: int = 200) -> TownshipHistory:
    """One township's materials and entries (a constant number of queries). Raises `NotFound`."""
    meetings = closed_meetings(actor)
    township = Township.objects.visible_to(actor).filter(pk=township_id).first()
    if township is None:
        raise NotFound
    materials = (
        Material.objects.visible_to(actor)
        .filter(
            township=township,
            meeting__in=meetings,
            current__isnull=False,
            withdrawn_at__isnull=True,
        )
        .select_related("meeting", "township", "current")
        .order_by("-meeting__starts_at", "kind")
    )
    posts = posts_with_everything(
        everybodys(Post.objects.filter(township=township, meeting__in=meetings))
    )
    return TownshipHistory(
        township, list(materials[:limit]), list(posts.order_by("-created_at")[:limit])
    )
