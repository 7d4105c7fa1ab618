"""The attendance sheet of a meeting and of a year, as pages, files and minutes read it."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from townships.models import Membership, Role
from townships.sheets import Table

from .models import Absence, Attendance, Leave, Meeting

LATE_AFTER = dt.timedelta(minutes=10)

# The states of a line, most present first.
HERE, LATE, LEFT, SUBSTITUTE, LEAVE, ASKED, AWAITED, ABSENT = (
    "here", "late", "left", "substitute", "leave", "asked", "awaited", "absent",
)  # fmt: skip
MARKS = {
    HERE: "✓", LATE: "△", LEFT: "◁", SUBSTITUTE: "◇", LEAVE: "○", ASKED: "○", AWAITED: "·", ABSENT: "✗",
}  # fmt: skip
PRESENT = (HERE, LATE, LEFT, SUBSTITUTE)


@dataclass(slots=True)
class Line:
    """A person who was expected, or came without being: with what became of it."""

    name: str
    township: str
    township_id: uuid.UUID | None
    user_id: uuid.UUID | None
    state: str
    membership_id: uuid.UUID | None = None
    attendance: Attendance | None = None
    leave: Leave | None = None
    stand_in: str = ""
    position: int = 0  # the township's

    @property
    def is_here(self) -> bool:
        return self.state in PRESENT

    @property
    def state_words(self) -> str:
        return state_words(self.state)

    @property
    def how_words(self) -> str:
        return str(self.attendance.get_how_display()) if self.attendance else ""


@dataclass(slots=True)
class Sheet:
    """Who was there. `lines`: the townships' people in order; `others`: everybody else who came."""

    meeting: Meeting
    lines: list[Line] = field(default_factory=list)
    others: list[Line] = field(default_factory=list)

    def count(self, *states: str) -> int:
        return sum(line.state in states for line in self.lines)

    @property
    def here(self) -> int:
        return self.count(*PRESENT)

    @property
    def late(self) -> int:
        return self.count(LATE)

    @property
    def on_leave(self) -> int:
        return self.count(LEAVE)

    @property
    def absent(self) -> int:
        return self.count(ABSENT, AWAITED, ASKED)

    @property
    def expected(self) -> int:
        return len(self.lines)

    @property
    def townships_here(self) -> int:
        return len({line.township_id for line in self.lines if line.is_here})

    @property
    def townships(self) -> int:
        return len({line.township_id for line in self.lines})


def state_words(state: str) -> str:
    """A state in the active language."""
    return {
        HERE: pgettext("attendance", "present"),
        LATE: pgettext("attendance", "late"),
        LEFT: pgettext("attendance", "left early"),
        SUBSTITUTE: pgettext("attendance", "substitute"),
        LEAVE: pgettext("attendance", "on leave"),
        ASKED: pgettext("attendance", "asked for leave"),
        AWAITED: pgettext("attendance", "not here yet"),
        ABSENT: pgettext("attendance", "absent"),
    }[state]


def sheet_of(meeting: Meeting) -> Sheet:
    """The sheet of one meeting (four queries)."""
    return sheets_of([meeting])[meeting.pk]


def sheets_of(meetings: Collection[Meeting]) -> dict[uuid.UUID, Sheet]:
    """The sheets of several meetings of one county; four queries for any number."""
    came: dict[uuid.UUID, list[Attendance]] = defaultdict(list)
    for row in Attendance.objects.filter(meeting__in=meetings).select_related(
        "township", "for_user"
    ):
        came[row.meeting_id].append(row)
    leaves: dict[uuid.UUID, dict[uuid.UUID, Leave]] = defaultdict(dict)
    wanted = Leave.objects.filter(meeting__in=meetings).exclude(state=Leave.State.WITHDRAWN)
    for leave in wanted.select_related("user"):
        leaves[leave.meeting_id][leave.user_id] = leave
    absent: dict[uuid.UUID, list[Absence]] = defaultdict(list)
    for gone in Absence.objects.filter(meeting__in=meetings).select_related("township"):
        absent[gone.meeting_id].append(gone)
    counties = {meeting.county_id for meeting in meetings if not meeting.is_closed}
    members = list(
        Membership.objects.filter(
            county__in=counties, role=Role.MEMBER, active=True, township__active=True
        ).select_related("user", "township")
    )
    found = {}
    for meeting in meetings:
        sheet = found[meeting.pk] = Sheet(meeting)
        _people_who_came(sheet, came[meeting.pk], leaves[meeting.pk])
        if meeting.is_closed:
            _absences(sheet, absent[meeting.pk], leaves[meeting.pk])
        else:
            ours = [one for one in members if one.county_id == meeting.county_id]
            _awaited(sheet, ours, leaves[meeting.pk])
        _in_order(sheet)
    return found


def _state_of(meeting: Meeting, row: Attendance) -> str:
    if row.how == Attendance.How.SUBSTITUTE:
        return SUBSTITUTE
    if row.left_at is not None:
        return LEFT
    began = max(meeting.starts_at, meeting.opened_at or meeting.starts_at)
    return LATE if row.at > began + LATE_AFTER else HERE


def _people_who_came(
    sheet: Sheet, rows: Iterable[Attendance], leaves: dict[uuid.UUID, Leave]
) -> None:
    for row in rows:
        line = Line(
            name=row.name,
            township=row.township.name if row.township else row.unit,
            township_id=row.township_id,
            user_id=row.user_id,
            state=_state_of(sheet.meeting, row),
            attendance=row,
            leave=leaves.get(row.user_id) if row.user_id else None,
            stand_in=str(row.for_user) if row.for_user else "",
            position=row.township.position if row.township else 0,
        )
        (sheet.lines if row.township_id else sheet.others).append(line)


def _absences(sheet: Sheet, rows: Iterable[Absence], leaves: dict[uuid.UUID, Leave]) -> None:
    sheet.lines += [
        Line(
            name=row.name,
            township=row.township.name,
            township_id=row.township_id,
            user_id=row.user_id,
            state=LEAVE if row.on_leave else ABSENT,
            leave=leaves.get(row.user_id),
            position=row.township.position,
        )
        for row in rows
    ]


def _awaited(sheet: Sheet, members: Iterable[Membership], leaves: dict[uuid.UUID, Leave]) -> None:
    """People who have not come yet; somebody a substitute stands in for is not awaited."""
    stood_for = {line.attendance.for_user_id for line in sheet.lines if line.attendance}
    by_user = {line.user_id: line for line in sheet.lines if line.user_id}
    for person in members:
        if person.user_id in by_user:
            by_user[person.user_id].membership_id = person.pk
            continue
        if person.user_id in stood_for:
            continue
        leave = leaves.get(person.user_id)
        state = AWAITED
        if leave is not None and leave.state == Leave.State.GRANTED:
            state = LEAVE
        elif leave is not None and leave.state == Leave.State.ASKED:
            state = ASKED
        assert person.township is not None
        sheet.lines.append(
            Line(
                name=str(person.user),
                township=person.township.name,
                township_id=person.township_id,
                user_id=person.user_id,
                state=state,
                membership_id=person.pk,
                leave=leave,
                position=person.township.position,
            )
        )


def _in_order(sheet: Sheet) -> None:
    """By the townships' own order, then by name."""
    sheet.lines.sort(key=lambda line: (line.position, line.township, line.name))
    sheet.others.sort(key=lambda line: (line.township, line.name))


@dataclass(slots=True)
class YearRow:
    """A person (by township) through a year's meetings: a state or "" for each."""

    name: str
    township: str
    position: int
    states: list[str]

    @property
    def marks(self) -> list[tuple[str, str, str]]:
        """(state, its words, its mark) for each meeting; empty where not expected."""
        return [
            (state, state_words(state), MARKS[state]) if state else ("", "", "")
            for state in self.states
        ]

    @property
    def here(self) -> int:
        return sum(state in PRESENT for state in self.states)

    @property
    def expected(self) -> int:
        return sum(state != "" for state in self.states)

    @property
    def percent(self) -> int:
        return round(100 * self.here / self.expected) if self.expected else 0


def year_key() -> list[tuple[str, str]]:
    """What the marks of the year's sheet mean."""
    return [(MARKS[state], state_words(state)) for state in (*PRESENT, LEAVE, ABSENT)]


@dataclass(slots=True)
class Year:
    """The year's sheet: meetings across, people down."""

    year: int
    meetings: list[Meeting]
    rows: list[YearRow]


def year_of(year: int, meetings: list[Meeting]) -> Year:
    """The sheet of a year's closed and live meetings, oldest first (four queries)."""
    sheets = sheets_of(meetings)
    rows: dict[tuple[uuid.UUID | None, uuid.UUID | str], YearRow] = {}
    for number, meeting in enumerate(meetings):
        for line in sheets[meeting.pk].lines:
            if line.state in (AWAITED, ASKED) and not meeting.is_live:
                continue
            key = (line.township_id, line.user_id or line.name)
            row = rows.setdefault(
                key, YearRow(line.name, line.township, line.position, [""] * len(meetings))
            )
            row.name, row.states[number] = line.name, line.state
    ordered = sorted(rows.values(), key=lambda row: (row.position, row.township, row.name))
    return Year(year, meetings, ordered)


def sheet_table(sheet: Sheet) -> Table:
    """The sheet of a meeting for a spreadsheet, in the active language."""
    zone = sheet.meeting.zone

    def hour(moment: dt.datetime | None) -> str:
        return timezone.localtime(moment, zone).strftime("%H:%M") if moment else ""

    def row(number: int, line: Line) -> list[object]:
        note = [_("for %(name)s") % {"name": line.stand_in}] if line.stand_in else []
        if line.leave and not line.is_here:
            note.append(line.leave.reason)
            if line.leave.substitute:
                note.append(_("substitute: %(name)s") % {"name": line.leave.substitute})
        came = line.attendance
        return [
            number, line.township, line.name, line.state_words, line.how_words,
            hour(came.at if came else None), hour(came.left_at if came else None), "; ".join(note),
        ]  # fmt: skip

    people = [*sheet.lines, *sheet.others]
    day = formats.date_format(timezone.localtime(sheet.meeting.starts_at, zone), "DATE_FORMAT")
    return Table(
        name=_("Attendance"),
        title=sheet.meeting.title,
        notes=[
            day,
            _("Expected %(expected)d, present %(here)d, on leave %(leave)d, absent %(absent)d")
            % {
                "expected": sheet.expected,
                "here": sheet.here,
                "leave": sheet.on_leave,
                "absent": sheet.absent,
            },
        ],
        header=[
            _("No."), _("Township or unit"), _("Name"), pgettext("attendance", "State"), _("How"), _("Came"), _("Left"),
            _("Remark"),
        ],
        rows=[row(number, line) for number, line in enumerate(people, start=1)],
    )  # fmt: skip


def year_table(year: Year) -> Table:
    """The year's sheet for a spreadsheet, in the active language."""
    days = [
        formats.date_format(timezone.localtime(one.starts_at, one.zone), "MONTH_DAY_FORMAT")
        for one in year.meetings
    ]
    return Table(
        name=_("Attendance %(year)d") % {"year": year.year},
        title=_("Attendance %(year)d") % {"year": year.year},
        header=[_("Township or unit"), _("Name"), *days, _("Present"), _("Expected"), "%"],
        rows=[
            [
                row.township,
                row.name,
                *(state_words(state) if state else "" for state in row.states),
                row.here,
                row.expected,
                row.percent,
            ]
            for row in year.rows
        ],
    )
