"""When a meeting closes nobody speaks, waits or votes any longer; in the transaction of the change."""

import datetime as dt
from typing import Any

from django.utils import timezone

from meetings.models import Meeting
from meetings.signals import meeting_closed

from .hands import lower_all
from .polls import close_all


def end_all(*, meeting: Meeting, at: dt.datetime | None = None, **rest: Any) -> None:
    moment = at or timezone.now()
    lower_all(meeting, moment)
    close_all(meeting, moment)


def connect() -> None:
    meeting_closed.connect(end_all, dispatch_uid="board.live_closed")
