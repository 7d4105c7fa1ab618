"""What the board does when a county is made or handed over, and when a meeting is made or closes.

Receivers run inside the transaction of the change.
"""

import datetime as dt
from typing import Any

from meetings import events
from meetings.models import Meeting
from meetings.signals import meeting_closed, meeting_made
from townships.actors import Actor
from townships.models import County, Membership
from townships.signals import county_handed_over, county_made

from .carrying import when_closed, when_made
from .cases import change_case
from .categories import add_default_categories
from .models import Case


def start_categories(*, county: County, actor: Actor, **rest: Any) -> None:
    add_default_categories(actor=actor, county=county)


def take_open_cases(
    *, meeting: Meeting, actor: Actor, at: dt.datetime | None = None, **rest: Any
) -> None:
    when_made(meeting=meeting, actor=actor, at=at)


def carry_on(*, meeting: Meeting, actor: Actor, at: dt.datetime | None = None, **rest: Any) -> None:
    when_closed(meeting=meeting, actor=actor, at=at)


def pass_on_cases(*, actor: Actor, before: Membership, after: Membership, **rest: Any) -> None:
    """Open cases somebody saw to who hands the county over: now the successor's."""
    mine = Case.objects.filter(
        county_id=before.county_id, responsible_id=before.user_id, status__in=Case.OPEN
    )
    # all meetings in the order of time first, as closing locks them: see `following.lock_case`
    open_ones = Meeting.objects.filter(discussions__case__in=mine).exclude(status="closed")
    for meeting_id in open_ones.order_by("starts_at", "pk").values_list("pk", flat=True).distinct():
        events.lock(meeting_id)
    for case_id in mine.order_by("pk").values_list("pk", flat=True):
        change_case(actor=actor, case_id=case_id, responsible_id=after.user_id)


def connect() -> None:
    county_made.connect(start_categories, dispatch_uid="board.categories")
    county_handed_over.connect(pass_on_cases, dispatch_uid="board.handed_over")
    meeting_made.connect(take_open_cases, dispatch_uid="board.made")
    meeting_closed.connect(carry_on, dispatch_uid="board.closed")
