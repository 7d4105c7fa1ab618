"""What a county's meetings amount to, by meeting and by township: counted from the other packages' tables, kept nowhere.

A constant number of queries for any number of meetings and townships.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from statistics import median

from django.utils import timezone

from board.models import Adoption, Case, Hand, Post
from meetings.attendance_sheet import sheets_of
from meetings.models import AgendaItem, Meeting
from townships.models import Township
from uploads.models import Kind, Version, within

ON_TIME, LATE, MISSING = "on_time", "late", "missing"


@dataclass(slots=True)
class Row:
    """The figures of one meeting, one township, or all of them together."""

    submissions: Counter[str] = field(default_factory=Counter)
    expected: int = 0
    present: int = 0
    on_leave: int = 0
    seconds: int = 0
    problems: int = 0
    practices: int = 0
    adopted: int = 0
    followed: int = 0
    solved: int = 0
    days_open: list[int] = field(default_factory=list)

    @property
    def attendance(self) -> int | None:
        """Per cent of the expected who came; None where nobody was expected."""
        return round(100 * self.present / self.expected) if self.expected else None

    @property
    def punctuality(self) -> int | None:
        """Per cent of what was expected that came in time; None where nothing was expected."""
        asked = sum(self.submissions.values())
        return round(100 * self.submissions[ON_TIME] / asked) if asked else None

    @property
    def minutes(self) -> float:
        return round(self.seconds / 60, 1)

    @property
    def median_days(self) -> float | None:
        return float(median(self.days_open)) if self.days_open else None


@dataclass(slots=True)
class Numbers:
    """Figures of some meetings of one county: each meeting's, each township's, and the whole."""

    meetings: list[Meeting]
    townships: list[Township]
    by_meeting: dict[uuid.UUID, Row]
    by_township: dict[uuid.UUID, Row]
    whole: Row


class _Counting:
    """Adds a figure to its meeting, its township and the whole at once."""

    def __init__(self, meetings: Sequence[Meeting]) -> None:
        self.meetings = {meeting.pk: meeting for meeting in meetings}
        self.by_meeting: dict[uuid.UUID, Row] = {meeting.pk: Row() for meeting in meetings}
        self.by_township: dict[uuid.UUID, Row] = defaultdict(Row)
        self.whole = Row()

    def rows(self, meeting_id: uuid.UUID | None, township_id: uuid.UUID | None) -> list[Row]:
        found = [self.whole]
        if meeting_id in self.by_meeting:
            found.append(self.by_meeting[meeting_id])
        if township_id is not None:
            found.append(self.by_township[township_id])
        return found


def numbers_of(meetings: Sequence[Meeting], *, now: dt.datetime | None = None) -> Numbers:
    """Count everything about these meetings (of one county, with `county` loaded)."""
    counting = _Counting(meetings)
    if meetings:
        _submissions(counting)
        _attendance(counting)
        _speaking(counting)
        _entries(counting)
        _cases(counting, now or timezone.now())
    county_id = meetings[0].county_id if meetings else None
    known = Township.objects.filter(county_id=county_id).order_by("position", "name")
    towns = [town for town in known if town.active or town.pk in counting.by_township]
    return Numbers(
        list(meetings),
        towns,
        counting.by_meeting,
        {town.pk: counting.by_township.get(town.pk, Row()) for town in towns},
        counting.whole,
    )


def _submissions(counting: _Counting) -> None:
    """Each expected deck or manuscript: in time (of the call, or of an extension), late or missing.

    A file that was refused has not come.
    """
    expected: set[tuple[uuid.UUID, uuid.UUID, str]] = set()
    items = AgendaItem.objects.filter(meeting__in=counting.meetings, township__isnull=False)
    for meeting, township, deck, manuscript in items.values_list(
        "meeting_id", "township_id", "expects_deck", "expects_manuscript"
    ):
        assert township is not None
        expected |= {(meeting, township, Kind.DECK.value)} if deck else set()
        expected |= {(meeting, township, Kind.MANUSCRIPT.value)} if manuscript else set()
    first: dict[Hashable, bool] = {}
    versions = (
        Version.objects.filter(material__meeting__in=counting.meetings, material__withdrawn_at=None)
        .exclude(state=Version.State.REFUSED)
        .order_by("number")
    )
    for meeting, township, kind, late, at, until in versions.values_list(
        "material__meeting_id",
        "material__township_id",
        "material__kind",
        "late",
        "uploaded_at",
        "material__extended_until",
    ):
        first.setdefault((meeting, township, kind), late and not within(until, at))
    for slot in expected:
        late_or_none = first.get(slot)
        state = MISSING if late_or_none is None else LATE if late_or_none else ON_TIME
        for row in counting.rows(slot[0], slot[1]):
            row.submissions[state] += 1


def _attendance(counting: _Counting) -> None:
    for meeting_id, sheet in sheets_of(list(counting.meetings.values())).items():
        for line in sheet.lines:
            for row in counting.rows(meeting_id, line.township_id):
                row.expected += 1
                row.present += line.is_here
                row.on_leave += line.state == "leave"


def _speaking(counting: _Counting) -> None:
    """The time of a township's own agenda items, and of its people called up to speak."""
    items = AgendaItem.objects.filter(meeting__in=counting.meetings, township__isnull=False)
    for meeting, township, used, started, ended in items.values_list(
        "meeting_id", "township_id", "used_seconds", "started_at", "ended_at"
    ):
        seconds = used or (round((ended - started).total_seconds()) if started and ended else 0)
        for row in counting.rows(meeting, township):
            row.seconds += max(0, seconds)
    hands = Hand.objects.filter(
        meeting__in=counting.meetings, started_at__isnull=False, ended_at__isnull=False
    )
    for meeting, township, started, ended in hands.values_list(
        "meeting_id", "township_id", "started_at", "ended_at"
    ):
        if township is not None and started and ended:
            for row in counting.rows(meeting, township):
                row.seconds += max(0, round((ended - started).total_seconds()))


def _entries(counting: _Counting) -> None:
    posts = Post.objects.filter(
        meeting__in=counting.meetings,
        kind__in=(Post.Kind.PROBLEM, Post.Kind.PRACTICE),
        hidden_at=None,
        withdrawn_at=None,
        held_at=None,
        merged_into=None,
    )
    for meeting, township, kind in posts.values_list("meeting_id", "township_id", "kind"):
        for row in counting.rows(meeting, township):
            row.problems += kind == Post.Kind.PROBLEM
            row.practices += kind == Post.Kind.PRACTICE
    adoptions = Adoption.objects.filter(
        post__meeting__in=counting.meetings, post__hidden_at=None, post__withdrawn_at=None
    )
    for meeting, township in adoptions.values_list("post__meeting_id", "township_id"):
        for row in counting.rows(meeting, township):
            row.adopted += 1


def _cases(counting: _Counting, now: dt.datetime) -> None:
    """Problems that are followed: how many are solved, and for how many days each was (or is) open."""
    cases = Case.objects.filter(opened_in__in=counting.meetings, kind=Case.Kind.PROBLEM)
    for meeting, township, status, created, closed in cases.values_list(
        "opened_in_id", "township_id", "status", "created_at", "closed_at"
    ):
        days = max(0, ((closed or now) - created).days)
        for row in counting.rows(meeting, township):
            row.followed += 1
            row.solved += status == Case.Status.SOLVED
            row.days_open.append(days)
