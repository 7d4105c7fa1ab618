"""Puts letters into the outbox; to be called in the transaction of what they tell."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.utils import timezone

from townships.actors import Actor
from townships.models import Membership, Role

from ..models import ChatGroup, Letter, Meeting, ReminderChoice, TurnSwap
from ..reminders.planning import plans_of, quiet_of
from ..reminders.times import out_of_quiet

What = Letter.What
ASKS = {
    What.TIME_GRANTED: What.TIME_ASKED,
    What.TIME_REFUSED: What.TIME_ASKED,
    What.SWAP_AGREED: What.SWAP_ASKED,
    What.SWAP_REFUSED: What.SWAP_ASKED,
    What.SWAP_WITHDRAWN: What.SWAP_ASKED,
}  # an answer makes the question needless that has not gone out yet


def tell(
    what: str,
    *,
    actor: Actor,
    meeting: Meeting,
    about: uuid.UUID,
    facts: dict[str, Any],
    townships: Collection[uuid.UUID] = (),
    organisers: bool = False,
    groups: bool = False,
) -> int:
    """A letter to the members of these townships and, if asked, to organisers and chat groups.

    Not to the actor, nor to who wants no e-mail; not in the quiet hours of the meeting's call plan,
    and to chat groups only where that plan writes to them. Returns how many were written.
    """
    plan = plans_of([meeting]).get(meeting.pk)
    now = timezone.now()
    county_id = meeting.county_id
    if what in ASKS:
        Letter.objects.filter(
            county_id=county_id, about=about, what=ASKS[Letter.What(what)], state="waiting"
        ).update(state="needless")
    common: dict[str, Any] = {
        "county_id": county_id,
        "what": what,
        "about": about,
        "facts": facts,
        "created_at": now,
        "not_before": out_of_quiet(now, quiet_of(plan), meeting.zone),
    }
    rows = [
        Letter(membership_id=pk, **common)
        for pk in _readers(county_id, actor, townships, organisers)
    ]
    if groups and plan is not None and plan.active and plan.by_chat:
        chats = ChatGroup.objects.filter(county_id=county_id, active=True)
        rows += [Letter(chat=chat, **common) for chat in chats]
    Letter.objects.bulk_create(rows)
    return len(rows)


def _readers(
    county_id: uuid.UUID, actor: Actor, townships: Collection[uuid.UUID], organisers: bool
) -> list[uuid.UUID]:
    active = Membership.objects.filter(county_id=county_id, active=True, user__is_active=True)
    of_towns = active.filter(role=Role.MEMBER, township__in=list(townships))
    found = of_towns | active.filter(role=Role.ORGANISER) if organisers else of_towns
    declined = ReminderChoice.objects.filter(mail=ReminderChoice.Mail.NONE).values("user")
    found = found.exclude(user__email="").exclude(user__in=declined).exclude(user=actor.user_id)
    return list(found.order_by("created_at", "pk").values_list("pk", flat=True))


def tell_of_swap(what: str, swap: TurnSwap, actor: Actor, days: tuple[dt.date, dt.date]) -> int:
    """About a swap: the question and its end to the other side; what was agreed to everybody it
    concerns. `days`: when the two meetings are held. Needs `series__county` loaded."""
    both = (swap.asking_id, swap.asked_id)
    readers = {
        What.SWAP_ASKED: (swap.asked_id,),
        What.SWAP_WITHDRAWN: (swap.asked_id,),
        What.SWAP_REFUSED: (swap.asking_id,),
    }
    series = swap.series
    # a meeting that is nowhere yet: what counts is its county and series
    meeting = Meeting(county=series.county, series=series)
    agreed = what == What.SWAP_AGREED
    return tell(
        what,
        actor=actor,
        meeting=meeting,
        about=swap.pk,
        facts={
            "series": str(series.pk),
            "title": series.name,
            "asking": swap.asking.name,
            "asked": swap.asked.name,
            "day": days[0].isoformat(),
            "other": days[1].isoformat(),
            "note": swap.note,
        },
        townships=readers.get(What(what), both),
        organisers=agreed,
        groups=agreed,
    )
