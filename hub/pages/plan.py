"""What the month asks of its reader beside materials: notices to confirm, swaps to answer, meetings
that were called off, and series that lack their next meeting."""

import datetime as dt
from typing import Any

from django.utils import timezone

from meetings.coming import next_free
from meetings.models import Meeting, NoticeReceipt, Series, TurnSwap
from townships.actors import Actor

SOON = dt.timedelta(days=45)


def asked_of(actor: Actor, current: list[Meeting]) -> dict[str, Any]:
    """Notices the actor's township has not confirmed, swaps it is asked for, meetings called off
    that would still be ahead (three queries)."""
    announced = [m for m in current if m.status == Meeting.Status.ANNOUNCED]
    found: dict[str, Any] = {
        "called_off": list(
            Meeting.objects.filter(
                county_id=actor.county_id,
                called_off_at__isnull=False,
                starts_at__gt=timezone.now() - dt.timedelta(days=1),
            ).order_by("starts_at")[:5]
        )
    }
    if actor.township_id is None:
        return found
    given = dict(
        NoticeReceipt.objects.filter(
            meeting__in=announced, township_id=actor.township_id
        ).values_list("meeting_id", "notice")
    )
    found["to_confirm"] = [m for m in announced if given.get(m.pk, 0) < m.notice]
    found["swaps"] = list(
        TurnSwap.objects.filter(asked_id=actor.township_id, state=TurnSwap.State.ASKED)
        .select_related("asking", "asked", "series")
        .order_by("asked_at")[:5]
    )
    return found


def lacking(actor: Actor, today: dt.date) -> list[dict[str, Any]]:
    """The active series whose next day within six weeks has no meeting yet (three queries)."""
    series = list(Series.objects.filter(county_id=actor.county_id, active=True)[:20])
    free = next_free(series, after=today)
    return [
        {"series": each, "day": free[each.pk].held}
        for each in series
        if each.pk in free and free[each.pk].held <= today + SOON
    ]
