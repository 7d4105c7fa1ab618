"""What a county consists of: its tables in the order in which they can be written back.

One list serves the fingerprint of a meeting (`keeping`), the complete export and the backup
(`exchange`). A row is written as JSON with its columns' own names. Tables whose numbers are only the
database's (events, supports, audit rows) are written without them, in an order of their own.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from board.models import (
    Adoption,
    AdoptionStep,
    Case,
    CaseDiscussion,
    CaseStep,
    Category,
    Hand,
    Poll,
    PollOption,
    Post,
    Reply,
    Support,
    Vote,
)
from meetings.models import (
    Absence,
    AgendaItem,
    Attendance,
    CalendarKey,
    CalendarMail,
    CallPlan,
    ChatGroup,
    Event,
    Leave,
    Letter,
    Meeting,
    NoticeReceipt,
    Reminder,
    ReminderChoice,
    ReminderRule,
    Series,
    SeriesDay,
    Turn,
    TurnSwap,
)
from townships.models import ApiToken, AuditRow, County, Invitation, Membership, Township, User
from uploads.models import Approval, BaseDeck, Material, Page, Version

from .models import (
    Checkup,
    Correction,
    DigestPage,
    Disposal,
    Manifest,
    ManifestRow,
    Minutes,
    MinutesSave,
    MinutesSection,
    RetentionRule,
)

NO_PASSWORD = "!"  # noqa: S105 - what Django stores for "cannot sign in"


@dataclass(frozen=True, slots=True)
class Table:
    """A model, how its rows hang on a county and (if they do) on a meeting, and their order.

    `secret`: only in backups. `left_out`: columns that are not written.
    """

    model: type[models.Model]
    county: str
    meeting: str = ""
    order: tuple[str, ...] = ("pk",)
    secret: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.model._meta.label_lower

    @property
    def columns(self) -> "list[models.Field[Any, Any]]":
        return [
            column
            for column in self.model._meta.concrete_fields
            if column.attname not in self.left_out
        ]


NUMBERED = ("id",)
TABLES = [
    Table(County, "pk"),
    Table(Township, "county"),
    Table(User, "memberships__county", left_out=("last_login",)),
    Table(Membership, "county"),
    Table(Invitation, "membership__county", secret=True),
    Table(ApiToken, "membership__county", secret=True),
    Table(Series, "county"),
    Table(SeriesDay, "series__county"),
    Table(Turn, "series__county"),
    Table(TurnSwap, "series__county"),
    Table(CalendarKey, "county", secret=True),
    Table(ChatGroup, "county", secret=True),
    Table(CallPlan, "county"),
    Table(ReminderRule, "plan__county"),
    Table(ReminderChoice, "user__memberships__county", order=("user",), left_out=("id",)),
    Table(Meeting, "county", "pk", left_out=("screen_key",)),
    Table(AgendaItem, "meeting__county", "meeting"),
    Table(NoticeReceipt, "meeting__county", "meeting"),
    Table(CalendarMail, "meeting__county", left_out=("claimed_by", "claimed_until")),
    Table(Attendance, "meeting__county", "meeting"),
    Table(Leave, "meeting__county", "meeting"),
    Table(Absence, "meeting__county", "meeting"),
    Table(Letter, "county", left_out=("claimed_by", "claimed_until", "chat_id")),
    Table(Reminder, "meeting__county", left_out=("claimed_by", "claimed_until", "chat_id")),
    Table(Material, "meeting__county", "meeting"),
    Table(Version, "material__meeting__county", "material__meeting"),
    Table(Page, "version__material__meeting__county", "version__material__meeting"),
    Table(Approval, "version__material__meeting__county", "version__material__meeting"),
    Table(BaseDeck, "county"),
    # categories, cases and the ledger live on after a meeting is closed: not in its fingerprint
    Table(Category, "county"),
    Table(Case, "county"),
    Table(Post, "meeting__county", "meeting"),
    Table(Reply, "post__meeting__county", "post__meeting"),
    Table(
        Support,
        "post__meeting__county",
        "post__meeting",
        ("post", "supporter_key"),
        left_out=NUMBERED,
    ),
    Table(Adoption, "post__meeting__county", "post__meeting"),
    Table(AdoptionStep, "post__meeting__county"),
    Table(CaseStep, "case__county"),
    Table(CaseDiscussion, "case__county"),
    Table(Hand, "meeting__county", "meeting"),
    Table(Poll, "meeting__county", "meeting"),
    Table(PollOption, "poll__meeting__county", "poll__meeting"),
    Table(
        Vote,
        "poll__meeting__county",
        "poll__meeting",
        ("poll", "voter_key"),
        left_out=NUMBERED,
    ),
    Table(Event, "meeting__county", "meeting", ("meeting", "seq"), left_out=NUMBERED),
    Table(Correction, "meeting__county", "meeting"),
    # Minutes are written after the meeting: not in its fingerprint, but the event of their approval, which is in it,
    # holds the checksum of their text. Their files are made anew where they are missing.
    Table(Minutes, "meeting__county", left_out=("docx", "pdf", "pdf_tries", "pdf_due")),
    Table(DigestPage, "meeting__county", order=("meeting", "page"), left_out=NUMBERED),
    Table(MinutesSection, "minutes__meeting__county"),
    Table(MinutesSave, "section__minutes__meeting__county"),
    Table(Manifest, "meeting__county"),
    Table(
        ManifestRow,
        "manifest__meeting__county",
        order=("manifest", "key", "role"),
        left_out=(*NUMBERED, "checked_at", "state"),
    ),
    Table(RetentionRule, "county"),
    Table(Disposal, "county"),
    Table(Checkup, "county"),
    Table(AuditRow, "county", left_out=NUMBERED),
]

# What changes without the meeting having changed: the state of the work on it.
UNSIGNED = {
    "meetings.meeting": {"last_seq"},
    "uploads.version": {
        *("claimed_by", "claimed_until", "priority", "not_before"),
        # made from what is signed already, possibly long after the meeting
        *("pdfa_name", "pdfa_note", "pdfa_attempts", "pdfa_until"),
    },
}


def plain(value: Any) -> Any:
    """A column's value as JSON can hold it, without loss."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value


def as_line(row: dict[str, Any]) -> bytes:
    """A row as one line of JSON; the same row always gives the same bytes."""
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def rows(
    table: Table, found: models.QuerySet[Any], *, secrets: bool = True
) -> Iterator[dict[str, Any]]:
    """The rows of a query as JSON-ready values, in the table's order, read piece by piece."""
    names = [column.attname for column in table.columns]
    ordered = found.order_by(*table.order).values_list(*names)
    for values in ordered.iterator(chunk_size=500):
        row = {name: plain(value) for name, value in zip(names, values, strict=True)}
        if table.model is User and not secrets:
            row["password"] = NO_PASSWORD
        yield row


def of_counties(table: Table, counties: Iterable[Any]) -> models.QuerySet[Any]:
    """The table's rows of these counties."""
    chosen = table.model._default_manager.filter(**{f"{table.county}__in": list(counties)})
    return chosen.distinct() if "memberships__" in table.county else chosen


Columns = dict[str, list[str]]


def coverage() -> Columns:
    """What a meeting's fingerprint is made of today: the signed columns of each of its tables."""
    return {
        table.name: [
            column.attname
            for column in table.columns
            if column.attname not in UNSIGNED.get(table.name, ())
        ]
        for table in TABLES
        if table.meeting
    }


def fingerprint(meeting: Meeting, covers: Columns | None = None) -> str:
    """SHA-256 over every row of a meeting: its agenda, materials, texts, entries, events.

    `covers`: only these tables and columns (a manifest's own), in the order of `TABLES`.
    """
    digest = hashlib.sha256()
    signed = coverage() if covers is None else covers
    for table in TABLES:
        if not table.meeting or table.name not in signed:
            continue
        names = set(signed[table.name])
        digest.update(f"{table.name}\n".encode())
        for row in rows(table, table.model._default_manager.filter(**{table.meeting: meeting.pk})):
            digest.update(as_line({k: v for k, v in row.items() if k in names}))
    return digest.hexdigest()


def built(table: Table, row: dict[str, Any]) -> models.Model:
    """An unsaved object from a row. Raises ValueError for columns that do not fit."""
    columns = {column.attname: column for column in table.columns}
    if set(row) != set(columns):
        raise ValueError(f"{table.name}: {sorted(set(row) ^ set(columns))}")
    return table.model(**{name: columns[name].to_python(value) for name, value in row.items()})
