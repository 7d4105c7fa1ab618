"""The readiness board's rows: each township with what it hands in, how far it is, who approved it."""

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.translation import pgettext

from meetings import expected
from meetings.models import Letter, Meeting, Reminder
from meetings.reminders.texts import kind_words
from meetings.reminders.ways import reason_words
from townships.actors import Actor
from townships.models import AuditRow, Township
from uploads.models import Approval, Version

from .slots import Line, Slot, lines_of

DONE_STATES = ("sent", "unconfirmed")


@dataclass(slots=True)
class Cell:
    """A slot with what the board adds: slides, remarks of the pre-flight, approvals."""

    slot: Slot
    pages: int = 0
    remarks: int = 0
    owner: bool = False
    organiser: bool = False
    owed: bool = False

    @property
    def is_ready(self) -> bool:
        return self.slot.state == "ready"

    @property
    def is_extended(self) -> bool:
        material = self.slot.material
        until = material.extended_until if material else None
        return until is not None and until > self.slot.asked_by

    @property
    def own_due(self) -> dt.datetime | None:
        """By when its agenda item wants it, where that is not the meeting's deadline."""
        moment = self.slot.asked_by
        return moment if self.owed and moment != self.slot.meeting.due_at else None


@dataclass(slots=True)
class Row:
    """A township on the board."""

    township: Township
    deck: Cell | None = None
    manuscript: Cell | None = None
    reminded_at: dt.datetime | None = None
    click: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def cells(self) -> list[Cell]:
        return [cell for cell in (self.deck, self.manuscript) if cell is not None]

    @property
    def owed(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.owed]

    @property
    def owed_words(self) -> str:
        comma = pgettext("between items of a list", ", ")
        return comma.join(kind_words(cell.slot.kind) for cell in self.owed)

    @property
    def given(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.slot.material and cell.slot.state != "missing"]

    @property
    def counted(self) -> list[Cell]:
        """What is expected and what came unasked, but no slot for which only more time was asked."""
        return [cell for cell in self.cells if cell.slot.expected or cell.slot.state != "missing"]

    @property
    def converted(self) -> tuple[int, int]:
        return sum(cell.is_ready for cell in self.given), len(self.counted)

    @property
    def remarks(self) -> int:
        return sum(cell.remarks for cell in self.cells)

    @property
    def picture(self) -> Slot | None:
        """The first slide, if there is a picture of it."""
        return next((cell.slot for cell in self.cells if cell.slot.thumb), None)

    @property
    def owner_ok(self) -> bool:
        return bool(self.given) and all(cell.owner for cell in self.counted)

    @property
    def organiser_ok(self) -> bool:
        return bool(self.given) and all(cell.organiser for cell in self.counted)

    @property
    def to_approve(self) -> list[Cell]:
        """What is ready and waits for the organiser's approval."""
        return [cell for cell in self.cells if cell.is_ready and not cell.organiser]


@dataclass(slots=True)
class Board:
    """All rows of a meeting, and what is asked of the organiser."""

    meeting: Meeting
    rows: list[Row] = field(default_factory=list)

    @property
    def missing(self) -> list[Row]:
        return [row for row in self.rows if row.owed]

    @property
    def complete(self) -> int:
        return sum(not row.owed for row in self.rows)

    @property
    def unapproved(self) -> list[Row]:
        return [row for row in self.rows if row.to_approve]

    @property
    def asked(self) -> list[Slot]:
        """Slots whose township asked for more time, and has not handed in meanwhile."""
        return [
            cell.slot
            for row in self.rows
            for cell in row.cells
            if cell.slot.material
            and cell.slot.material.extension_asked_at
            and (cell.owed or cell.slot.state == "missing")
        ]


def board_of(actor: Actor, meeting: Meeting) -> Board:
    """The board of one meeting; nine queries for any number of townships."""
    lines = lines_of(actor, [meeting], pictures=True)[meeting.pk]
    owed = {(one.township_id, one.kind) for one in expected.missing([meeting])[meeting.pk]}
    board = Board(meeting, [_row(line, owed) for line in lines])
    cells = {
        cell.slot.material.pk: cell
        for row in board.rows
        for cell in row.cells
        if cell.slot.material is not None
    }
    _fill(cells)
    last = {}
    sent = Reminder.objects.filter(meeting=meeting, state__in=DONE_STATES, township__isnull=False)
    for township_id, at in sent.order_by("created_at").values_list("township_id", "created_at"):
        last[township_id] = at
    for row in board.rows:
        row.reminded_at = last.get(row.township.pk)
    return board


def _row(line: Line, owed: set[tuple[uuid.UUID, str]]) -> Row:
    row = Row(line.township)
    for slot in line.slots:
        cell = Cell(slot, owed=(line.township.pk, slot.kind) in owed)
        setattr(row, slot.kind, cell)
    return row


def _fill(cells: dict[uuid.UUID, Cell]) -> None:
    """Slides, remarks and approvals of the version on show, or of the newest one before that."""
    current = {cell.slot.material.current_id: cell for cell in cells.values() if cell.slot.material}
    current.pop(None, None)
    versions = Version.objects.filter(pk__in=list(current))
    for pk, pages, findings in versions.values_list("pk", "pages_total", "findings"):
        current[pk].pages, current[pk].remarks = pages, len(findings or [])
    approvals = Approval.objects.filter(version__in=list(current))
    for version_id, by in approvals.values_list("version_id", "by"):
        setattr(current[version_id], by, True)


# --- the log ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Message:
    """A reminder or a letter: to whom, by which way, and what became of it."""

    state: str
    words: str
    way: str
    to: str
    township: str
    error: str


@dataclass(slots=True)
class Entry:
    """One line of the log: a round of reminders, or an extension asked, granted or refused, with the
    letters that told of it. `about`: the material asked for, and what a letter about it is called."""

    at: dt.datetime
    kind: str  # rule, hand, asked, granted, refused
    who: str = ""
    number: int = 0
    unit: int = 0
    messages: list[Message] = field(default_factory=list)
    township: str = ""
    about: tuple[str, str] = ("", "")
    until: dt.datetime | None = None
    reason: str = ""

    @property
    def outcomes(self) -> list[tuple[str, str, list[Message]]]:
        """The messages by state: (state, its words, who)."""
        found: dict[str, list[Message]] = defaultdict(list)
        for message in self.messages:
            found[message.state].append(message)
        return [(state, rows[0].words, rows) for state, rows in found.items()]


def log_of(meeting: Meeting, most: int = 400) -> list[Entry]:
    """Who was reminded when, by which way, and what became of it; newest first (four queries)."""
    from meetings.forms_calls import as_row

    entries: dict[str, Entry] = {}
    rows = meeting.reminders.select_related("township", "asked_by__user").order_by(
        "-created_at", "pk"
    )
    for row in rows[:most]:
        stem = row.key.rsplit(":", 2)[0]
        entry = entries.get(stem)
        if entry is None:
            by = str(row.asked_by.user) if row.asked_by else ""
            entry = entries[stem] = Entry(row.created_at, "hand" if by else "rule", who=by)
            if row.minutes_before:
                number, unit = as_row(row.minutes_before)
                entry.number, entry.unit = number, int(unit)
        town = str(row.township) if row.township else ""
        entry.messages.append(
            Message(
                row.state,
                str(row.get_state_display()),
                row.way,
                row.to,
                town,
                reason_words(row.error),
            )
        )
    return sorted([*entries.values(), *_extensions(meeting)], key=lambda one: one.at, reverse=True)


def _extensions(meeting: Meeting) -> list[Entry]:
    """What was asked and answered about more time, from the audit."""
    materials = {
        str(pk): name for pk, name in meeting.materials.values_list("pk", "township__name")
    }
    rows = AuditRow.objects.filter(
        object_type="uploads.material", object_id__in=list(materials), action="material.changed"
    )
    found = []
    for row in rows.order_by("-at")[:200]:
        name = materials[row.object_id]
        if row.detail.get("asked_extension"):
            what = Letter.What.TIME_ASKED
            entry = Entry(row.at, "asked", row.actor_label, township=name)
        elif row.detail.get("refused_extension"):
            what = Letter.What.TIME_REFUSED
            entry = Entry(row.at, "refused", row.actor_label, township=name)
        elif until := row.detail.get("extended_until"):
            what = Letter.What.TIME_GRANTED
            moment = dt.datetime.fromisoformat(until)
            entry = Entry(row.at, "granted", row.actor_label, township=name, until=moment)
        else:
            continue
        entry.about = (row.object_id, what.value)
        found.append(entry)
    _add_letters(found, list(materials))
    return found


def _add_letters(entries: list[Entry], materials: list[str]) -> None:
    """Each letter to the entry it tells of: the one about the same material that is nearest in time."""
    letters = Letter.objects.filter(about__in=materials).select_related(
        "membership__user", "membership__township"
    )
    for letter in letters.order_by("-created_at", "pk")[:400]:
        told = [entry for entry in entries if entry.about == (str(letter.about), letter.what)]
        member = letter.membership
        if not told or member is None:  # a township's affair is not told to chat groups
            continue
        nearest = min(told, key=lambda entry: abs(entry.at - letter.created_at))
        nearest.messages.append(
            Message(
                letter.state,
                str(letter.get_state_display()),
                Reminder.Way.MAIL.value,
                str(member.user),
                str(member.township) if member.township else "",
                reason_words(letter.error),
            )
        )
