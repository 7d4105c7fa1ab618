"""What the board does when a county or a meeting is made, and when a meeting closes.

Receivers run inside the transaction of the change.
"""

import datetime as dt
from typing import Any

from meetings.models import Meeting
from meetings.signals import meeting_closed, meeting_made
from townships.actors import Actor
from townships.models import County
from townships.signals import county_made

from .carrying import when_closed, when_made
from .categories import add_default_categories


def start_categories(*, county: County, actor: Actor, **rest: Any) -> None:
    add_default_categories(actor=actor, county=county)


def take_open_cases(
    *, meeting: Meeting, actor: Actor, at: dt.datetime | None = None, **rest: Any
) -> None:
    when_made(meeting=meeting, actor=actor, at=at)


def carry_on(*, meeting: Meeting, actor: Actor, at: dt.datetime | None = None, **rest: Any) -> None:
    when_closed(meeting=meeting, actor=actor, at=at)


def connect() -> None:
    county_made.connect(start_categories, dispatch_uid="board.categories")
    meeting_made.connect(take_open_cases, dispatch_uid="board.made")
    meeting_closed.connect(carry_on, dispatch_uid="board.closed")
