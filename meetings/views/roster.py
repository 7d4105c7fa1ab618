"""The roster: whose turn it is, swaps between townships, and the year's coverage."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST

from townships.actors import Actor
from townships.models import Township
from townships.pages import done_or_said
from townships.permissions import Action, can, require
from townships.problems import NotFound

from .. import roster, services
from ..models import Letter, Reminder, Series, TurnSwap
from .calendars import member_of
from .lists import year_of
from .series import today

DAYS_AHEAD = 6


def series_seen(actor: Actor, series_id: uuid.UUID) -> Series:
    """A series of the reader's county. Raises `NotFound`."""
    found = Series.objects.filter(pk=series_id, county_id=actor.county_id)
    series = found.select_related("county").first()
    if series is None:
        raise NotFound
    return series


@require_http_methods(["GET", "POST"])
def roster_page(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Who presents when, open swaps, who has presented this year; POST plans by rotation."""
    actor = member_of(request)
    series = series_seen(actor, series_id)
    if request.method == "POST":
        return plan(request, actor, series)
    now = today(actor)
    days = roster.days_ahead(series, after=now, count=DAYS_AHEAD)
    year = year_of(request.GET.get("year", "")) or now.year
    rows = roster.coverage(series.county, series, year)
    context: dict[str, Any] = {
        "series": series,
        "days": days,
        "towns": roster.active_towns(series.county_id),
        "each": max((len(day.towns) for day in days), default=0) or 4,
        "may_plan": can(actor, Action.SCHEDULE),
        "year": year,
        "years": years(series, year, now),
        "rows": rows,
        "months": range(1, 13),
        "not_yet": [row.township for row in rows if not row.presented and not row.planned],
        "swaps": swaps_of(actor, series, now),
    }
    context |= turns_to_offer(actor, days)
    return render(request, "meetings/roster.html", context)


def years(series: Series, year: int, now: dt.date) -> list[dict[str, Any]]:
    here = reverse("meetings:roster", args=[series.pk])
    wanted = sorted({year, now.year - 1, now.year, now.year + 1})
    return [{"key": str(y), "label": str(y), "url": f"{here}?year={y}"} for y in wanted]


def swaps_of(actor: Actor, series: Series, now: dt.date) -> list[dict[str, Any]]:
    """The newest swaps, with what the reader may do about them and, for organisers, whom the letters
    about them did not reach (two queries)."""
    found = TurnSwap.objects.filter(series=series, asked_at__date__gt=now - dt.timedelta(days=120))
    rows = []
    swaps = list(found.select_related("asking", "asked")[:20])
    comma = pgettext("between items of a list", ", ")
    lost = unreached([swap.pk for swap in swaps]) if actor.is_staff else {}
    for swap in swaps:
        is_open = swap.state == TurnSwap.State.ASKED
        rows.append(
            {
                "swap": swap,
                "answers": is_open and (actor.is_staff or swap.asked_id == actor.township_id),
                "withdraws": is_open and swap.asking_id == actor.township_id,
                "lost": comma.join(lost.get(swap.pk, [])),
            }
        )
    return rows


def unreached(swaps: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """For each swap whom a letter about it did not reach for certain."""
    found: dict[uuid.UUID, list[str]] = {}
    states = (Reminder.State.FAILED, Reminder.State.UNCONFIRMED)
    letters = Letter.objects.filter(about__in=swaps, state__in=states)
    for letter in letters.select_related("membership__user", "chat").order_by("created_at", "pk"):
        name = str(letter.membership.user) if letter.membership else str(letter.chat or "")
        names = found.setdefault(letter.about, [])
        if name and name not in names:
            names.append(name)
    return found


def turns_to_offer(actor: Actor, days: list[roster.Day]) -> dict[str, Any]:
    """The turns the reader's township could offer, and those of others it could ask for."""
    free = [day for day in days if day.is_open_to_swaps]
    own = [day for day in free if any(town.pk == actor.township_id for town in day.towns)]
    others = [
        {"day": day, "town": town, "value": f"{town.pk}/{day.day.isoformat()}"}
        for day in free
        for town in day.towns
        if day not in own
    ]
    return {"own_days": own, "other_turns": others}


def plan(request: HttpRequest, actor: Actor, series: Series) -> HttpResponse:
    require(actor, Action.SCHEDULE)
    text = request.POST.get("each", "")
    each = int(text) if text.isdecimal() and len(text) < 4 else 0
    count = done_or_said(
        request,
        services.plan_turns,
        actor=actor,
        series_id=series.pk,
        each=each,
        days=DAYS_AHEAD,
    )
    if count is not None:
        text = ngettext("%(n)d day is planned.", "%(n)d days are planned.", count)
        messages.success(request, text % {"n": count})
    return redirect("meetings:roster", series.pk)


def day_in(text: str) -> dt.date:
    """A date from a form. Raises `NotFound` for anything else."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def id_in(text: str) -> uuid.UUID:
    """An id from a form. Raises `NotFound` for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None


@require_POST
def turns(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Say by hand who presents on a day."""
    actor = member_of(request)
    series_seen(actor, series_id)
    ids = [id_in(text) for text in request.POST.getlist("towns") if text]
    order = {town.pk: place for place, town in enumerate(Township.objects.visible_to(actor))}
    done_or_said(
        request,
        services.set_turns,
        actor=actor,
        series_id=series_id,
        day=day_in(request.POST.get("day", "")),
        township_ids=sorted(ids, key=lambda pk: order.get(pk, 0)),
    )
    return redirect("meetings:roster", series_id)


@require_POST
def ask(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Ask another township for a swap: `day` for `turn` (its id and day)."""
    actor = member_of(request)
    require(actor, Action.SWAP_TURN)
    series_seen(actor, series_id)
    other, _slash, other_day = request.POST.get("turn", "").partition("/")
    township = request.POST.get("township", "") or str(actor.township_id)
    swap = done_or_said(
        request,
        services.ask_swap,
        actor=actor,
        series_id=series_id,
        township_id=id_in(township),
        day=day_in(request.POST.get("day", "")),
        other_id=id_in(other),
        other_day=day_in(other_day),
        note=request.POST.get("note", ""),
    )
    if swap is not None:
        text = _("%(township)s has been asked.") % {"township": swap.asked.name}
        messages.success(request, text)
    return redirect("meetings:roster", series_id)


@require_POST
def answer(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """Agree or refuse."""
    accept = request.POST.get("accept") == "1"
    actor = member_of(request)
    swap = done_or_said(request, services.answer_swap, actor=actor, swap_id=swap_id, accept=accept)
    if swap is None:
        return redirect("home")
    said = _("The turns are swapped.") if accept else _("The swap is refused.")
    messages.success(request, said)
    return redirect("meetings:roster", swap.series_id)


@require_POST
def withdraw(request: HttpRequest, swap_id: uuid.UUID) -> HttpResponse:
    """Take the own question back."""
    actor = member_of(request)
    swap = done_or_said(request, services.withdraw_swap, actor=actor, swap_id=swap_id)
    return redirect("home") if swap is None else redirect("meetings:roster", swap.series_id)
