"""Whose turn it is: planned by rotation or by hand, swapped between townships."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from townships import audit
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound
from townships.texts import one_line
from townships.throttle import spend

from .. import events, roster
from ..coming import coming
from ..letters.writing import tell_of_swap
from ..models import Letter, Meeting, Series, Turn, TurnSwap
from ..problems import NoSwap
from .series import held_on, locked_series

MOST_DAYS = 60
MOST_TOWNS = 60
FARTHEST_DAY = 2 * 366
ASKS_A_MINUTE = 6  # each is mailed to the other township


def plan_turns(
    *, actor: Actor, series_id: uuid.UUID, each: int, days: int = 6, after: dt.date | None = None
) -> int:
    """Plan who presents on the next `days` days that have no meeting yet, `each` townships a day.

    By rotation: whoever presented longest ago comes first. Days set by hand stay. Returns how many
    days were planned.
    """
    require(actor, Action.SCHEDULE)
    if not 1 <= each <= MOST_TOWNS:
        raise Invalid(fields={"each": _("Between 1 and %(n)d townships.") % {"n": MOST_TOWNS}})
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(fields={"days": _("Between 1 and %(n)d days.") % {"n": MOST_DAYS}})
    with transaction.atomic():
        series = locked_series(actor, series_id)
        start = after or timezone.localdate(timezone=series.zone)
        found = coming([series], after=start, count=days)[series.pk]
        towns = roster.active_towns(series.county_id)
        by_hand = set(
            Turn.objects.filter(series=series, by_hand=True).values_list("day", flat=True)
        )
        wanted = [row.day for row in found if row.state == "" and row.day not in by_hand]
        Turn.objects.filter(series=series, day__in=wanted).delete()
        last = roster.last_turns(series, before=start)
        held = {
            row.day: [town.pk for town in row.towns]
            for row in roster.filled(series, [roster.Day(one) for one in found])
        }
        rows = []
        for day in sorted(row.day for row in found if row.state != "skipped"):
            chosen = held.get(day) or [town.pk for town in roster.next_in_turn(towns, last)[:each]]
            last |= {pk: (day, place) for place, pk in enumerate(chosen)}
            if day in wanted:
                rows += [
                    Turn(series=series, day=day, township_id=pk, position=place)
                    for place, pk in enumerate(chosen)
                ]
        Turn.objects.bulk_create(rows)
        audit.write(actor=actor, action="roster.planned", obj=series, days=len(wanted), each=each)
    return len(wanted)


def set_turns(
    *, actor: Actor, series_id: uuid.UUID, day: dt.date, township_ids: Sequence[uuid.UUID]
) -> None:
    """Say by hand who presents on a day without a meeting; nobody: the rotation says it again."""
    require(actor, Action.SCHEDULE)
    ids = list(dict.fromkeys(township_ids))
    with transaction.atomic():
        series = locked_series(actor, series_id)
        if _far(day, series):
            raise Invalid(_("This day is too far away."))
        if series.meetings.filter(series_day=day).exists():
            raise Invalid(_("This meeting is made: change its agenda instead."))
        known = set(
            Township.objects.filter(
                pk__in=ids, county_id=series.county_id, active=True
            ).values_list("pk", flat=True)
        )
        if known != set(ids):
            raise NotFound
        Turn.objects.filter(series=series, day=day).delete()
        Turn.objects.bulk_create(
            Turn(series=series, day=day, township_id=pk, position=place, by_hand=True)
            for place, pk in enumerate(ids)
        )
        audit.write(
            actor=actor, action="roster.set", obj=series, day=day.isoformat(), count=len(ids)
        )


def ask_swap(
    *,
    actor: Actor,
    series_id: uuid.UUID,
    township_id: uuid.UUID,
    day: dt.date,
    other_id: uuid.UUID,
    other_day: dt.date,
    note: str = "",
    at: dt.datetime | None = None,
) -> TurnSwap:
    """Ask another township to change turns: the own turn on `day` for its turn on `other_day`.

    Raises `NoSwap` when one of them has no such turn (any more), `Invalid` when it is asked already,
    `TooMany`.
    """
    note = one_line(note, "note", most=200)
    spend("swap", actor.key, limit=ASKS_A_MINUTE)
    with transaction.atomic():
        series = _series_of(actor, series_id)
        asking, asked = _town(series, township_id), _town(series, other_id)
        swap = TurnSwap(
            series=series, asking=asking, asking_day=day, asked=asked, asked_day=other_day,
            note=note, asked_by_id=actor.membership_id, asked_at=at or timezone.now(),
        )  # fmt: skip
        require(actor, Action.SWAP_TURN, Turn(series=series, day=day, township=asking))
        _check(swap)
        try:
            with transaction.atomic():
                swap.save(force_insert=True)
        except IntegrityError:
            raise Invalid(_("You have asked for this turn already; withdraw that first.")) from None
        audit.write(actor=actor, action="swap.asked", obj=swap)
        _tell(Letter.What.SWAP_ASKED, swap, actor)
    return swap


def answer_swap(
    *, actor: Actor, swap_id: uuid.UUID, accept: bool, at: dt.datetime | None = None
) -> TurnSwap:
    """Agree to a swap, or refuse it, for the township that was asked. Raises `NoSwap`."""
    with transaction.atomic():
        swap = _locked_swap(actor, swap_id)
        require(
            actor,
            Action.SWAP_TURN,
            Turn(series=swap.series, day=swap.asked_day, township=swap.asked),
        )
        if swap.state != TurnSwap.State.ASKED:
            raise NoSwap
        if accept:
            _check(swap)
            _carry_out(swap, actor, at)
        state = TurnSwap.State.ACCEPTED if accept else TurnSwap.State.REFUSED
        _end(swap, state, actor, at)
        _tell(Letter.What.SWAP_AGREED if accept else Letter.What.SWAP_REFUSED, swap, actor)
    return swap


def withdraw_swap(*, actor: Actor, swap_id: uuid.UUID) -> TurnSwap:
    """Take a question back that has not been answered. Raises `NoSwap`."""
    with transaction.atomic():
        swap = _locked_swap(actor, swap_id)
        require(
            actor,
            Action.SWAP_TURN,
            Turn(series=swap.series, day=swap.asking_day, township=swap.asking),
        )
        if swap.state != TurnSwap.State.ASKED:
            raise NoSwap
        _end(swap, TurnSwap.State.WITHDRAWN, actor, None)
        _tell(Letter.What.SWAP_WITHDRAWN, swap, actor)
    return swap


def _tell(what: str, swap: TurnSwap, actor: Actor) -> None:
    """Letters about a swap; the days are those the meetings are held on."""
    made = Meeting.objects.filter(
        series=swap.series, series_day__in=[swap.asking_day, swap.asked_day]
    )
    held = {
        meeting.series_day: timezone.localdate(meeting.starts_at, swap.series.zone)
        for meeting in made
    }
    first, second = (
        held.get(day) or held_on(swap.series, day) for day in (swap.asking_day, swap.asked_day)
    )
    tell_of_swap(what, swap, actor, (first, second))


def _end(swap: TurnSwap, state: str, actor: Actor, at: dt.datetime | None) -> None:
    swap.state, swap.answered_at = state, at or timezone.now()
    swap.answered_by_id = actor.membership_id
    swap.save(update_fields=["state", "answered_at", "answered_by"])
    audit.write(actor=actor, action=f"swap.{state}", obj=swap)


def _series_of(actor: Actor, series_id: uuid.UUID) -> Series:
    """The series, its row locked, for anybody of its county. Raises `NotFound`."""
    require(actor, Action.SEE_MEETING)
    series = (
        Series.objects.select_for_update(of=("self",))
        .select_related("county")
        .filter(pk=series_id, county_id=actor.county_id)
        .first()
    )
    if series is None:
        raise NotFound
    return series


def _locked_swap(actor: Actor, swap_id: uuid.UUID) -> TurnSwap:
    found = TurnSwap.objects.filter(pk=swap_id).values_list("series_id", flat=True).first()
    if found is None:
        require(actor, Action.SEE_MEETING)
        raise NotFound
    series = _series_of(actor, found)
    swap = TurnSwap.objects.select_related("asking", "asked").get(pk=swap_id)
    swap.series = series
    return swap


def _town(series: Series, township_id: uuid.UUID) -> Township:
    town = Township.objects.filter(pk=township_id, county_id=series.county_id).first()
    if town is None:
        raise NotFound
    return town


def _far(day: dt.date, series: Series) -> bool:
    """Whether nobody plans turns for this day: walking a rule so far would take for ever."""
    return abs((day - timezone.localdate(timezone=series.zone)).days) > FARTHEST_DAY


def _check(swap: TurnSwap) -> None:
    """Raise `NoSwap` unless both turns are there, may still change, and do not double a township."""
    if swap.asking_id == swap.asked_id or swap.asking_day == swap.asked_day:
        raise NoSwap
    today = timezone.localdate(timezone=swap.series.zone)
    if _far(swap.asking_day, swap.series) or _far(swap.asked_day, swap.series):
        raise NoSwap
    first = min(swap.asking_day, swap.asked_day, today)
    last = max(swap.asking_day, swap.asked_day)
    found = {}
    for row in roster.days_between(swap.series, first, last):
        found[row.day] = row
    own, other = found.get(swap.asking_day), found.get(swap.asked_day)
    if own is None or other is None or not (own.is_open_to_swaps and other.is_open_to_swaps):
        raise NoSwap
    if own.coming.held < today or other.coming.held < today:
        raise NoSwap
    own_ids, other_ids = [t.pk for t in own.towns], [t.pk for t in other.towns]
    if swap.asking_id not in own_ids or swap.asked_id not in other_ids:
        raise NoSwap
    if swap.asked_id in own_ids or swap.asking_id in other_ids:
        raise NoSwap


def _carry_out(swap: TurnSwap, actor: Actor, at: dt.datetime | None) -> None:
    """Each takes the other's place, in the plan and on agendas that are made."""
    changes = sorted(
        [
            (swap.asking_day, swap.asking, swap.asked),
            (swap.asked_day, swap.asked, swap.asking),
        ],
        key=lambda change: change[0],
    )
    for day, before, after in changes:
        Turn.objects.filter(series=swap.series, day=day, township=before).update(
            township=after, by_hand=True
        )
        found = Meeting.objects.filter(series=swap.series, series_day=day).first()
        if found is None:
            continue
        meeting = events.lock(found.pk)
        if meeting.is_open:
            raise NoSwap
        for item in meeting.agenda.filter(township=before, kind=roster.PRESENTATION):
            item.township, item.presenter = after, ""
            item.save(update_fields=["township", "presenter"])
            events.record(meeting, events.AGENDA_CHANGED, item, actor, at=at, swap=str(swap.pk))
