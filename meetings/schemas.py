"""The shapes of meetings, agendas and series in the JSON API. Fields they do not name are ignored."""

import datetime as dt
import uuid
from typing import Literal

from ninja import Field, Schema

UNSENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # never used: only what was sent is read
Kind = Literal["presentation", "manuscript", "experience", "discussion", "other"]


class MeetingIn(Schema):
    """Times without an offset are the county's local time."""

    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue: str = ""
    note: str = ""
    deadline: dt.datetime | None = None
    series: uuid.UUID | None = None
    allows_guests: bool = False
    approve_first: bool = False


class MeetingPatch(Schema):
    """Only what is sent is changed; `deadline: null` makes the start the deadline."""

    title: str = ""
    starts_at: dt.datetime = UNSENT
    ends_at: dt.datetime = UNSENT
    venue: str = ""
    note: str = ""
    deadline: dt.datetime | None = None
    allows_guests: bool = False
    approve_first: bool = False


class ScreenState(Schema):
    mode: str
    material: str | None
    version: str | None
    page: int | None
    poll: str | None


class MeetingOut(Schema):
    id: str
    title: str
    status: Literal["draft", "announced", "live", "closed"]
    starts_at: str
    ends_at: str
    due_at: str = Field(description="When materials are due: the deadline, or the start")
    deadline: str | None
    time_zone: str
    venue: str
    note: str
    series: str | None
    allows_guests: bool
    approve_first: bool = Field(description="Entries wait for the organiser's approval")
    join_code: str = Field(description="Empty unless the meeting is live")
    current_item: str | None
    screen: ScreenState
    announced_at: str | None
    opened_at: str | None
    closed_at: str | None
    last_seq: int = Field(description="The number of its newest event")


class MeetingList(Schema):
    meetings: list[MeetingOut]
    page: int
    pages: int
    total: int


class ItemIn(Schema):
    kind: Kind
    title: str = ""
    township: uuid.UUID | None = None
    presenter: str = ""
    minutes: int = 10
    expects_deck: bool = False
    expects_manuscript: bool = False
    due_at: dt.datetime | None = None


class ItemPatch(Schema):
    """Only what is sent is changed; `position` 0 is the first place."""

    kind: Kind = "other"
    title: str = ""
    township: uuid.UUID | None = None
    presenter: str = ""
    minutes: int = 10
    expects_deck: bool = False
    expects_manuscript: bool = False
    due_at: dt.datetime | None = None
    position: int = 0


class Named(Schema):
    id: str
    name: str


class ItemOut(Schema):
    id: str
    meeting: str
    position: int
    kind: Kind
    title: str
    township: Named | None
    presenter: str
    minutes: int
    expects_deck: bool
    expects_manuscript: bool
    due_at: str | None = Field(description="Its own deadline; null: the meeting's")
    started_at: str | None
    ended_at: str | None
    resumed_at: str | None
    used_seconds: int


class TimedItem(ItemOut):
    starts_at: str
    ends_at: str


class AgendaOut(Schema):
    """`minutes`: of all items together; `available`: the meeting's; `over`: by how many too long."""

    meeting: str
    minutes: int
    available: int
    over: int
    items: list[TimedItem]


class SeriesIn(Schema):
    name: str
    rule: str = Field(description="RFC 5545 RRULE, e.g. FREQ=MONTHLY;BYMONTHDAY=25")
    starts_on: dt.date
    time: dt.time = Field(description="the county's local time")
    minutes: int = 180
    venue: str = ""
    language: Literal["", "zh-hans", "zh-hant", "en"] = ""
    weekend: Literal["stay", "before", "after"] = Field(
        "stay", description="where a weekend or public holiday is moved to"
    )
    deadline_days: int = 2


class SeriesOut(Schema):
    id: str
    name: str
    rule: str
    words: str
    starts_on: str
    time: str
    minutes: int
    venue: str
    language: str
    weekend: str
    deadline_days: int
    active: bool


class SeriesList(Schema):
    series: list[SeriesOut]


class FromSeries(Schema):
    day: dt.date | None = Field(None, description="default: the next day without a meeting")
