"""The days of a series, one by one: moved, left out, added, and made into meetings."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from townships.pages import actor_of, done_or_said

from .. import queries, rules, services, workdays
from ..coming import coming
from ..forms import Day
from .series import today

COUNT = 12


class DayForm(forms.Form):
    """One day: which, what to do with it, where to, and why."""

    what = forms.ChoiceField(
        choices=[(name, name) for name in ("skip", "move", "restore", "add", "make")]
    )
    day = Day(label=gettext_lazy("Day"))
    to = Day(label=gettext_lazy("Held on"), required=False)
    reason = forms.CharField(label=pgettext_lazy("day", "Reason"), max_length=200, required=False)


@require_http_methods(["GET", "POST"])
def days_page(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """The next days of a series; POST changes one of them."""
    actor = actor_of(request)
    series = queries.series_for(actor, series_id)
    if request.method == "POST":
        return change(request, series_id)
    rows = coming([series], after=today(actor), count=COUNT)[series.pk]
    context = {
        "series": series,
        "words": rules.words_of(series.rule),
        "rows": rows,
        "unknown": workdays.unknown_years([row.day for row in rows]),
        "form": DayForm(initial={"day": today(actor)}),
    }
    return render(request, "meetings/series_days.html", context)


def change(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Do what was asked; what stands against it is said."""
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose a day."))
        return redirect("meetings:series_days", series_id)
    data = form.cleaned_data
    common: dict[str, Any] = {
        "actor": actor_of(request),
        "series_id": series_id,
        "day": data["day"],
    }
    what, reason = data["what"], data["reason"]
    if what in ("add", "make"):
        meeting = done_or_said(request, services.make_next_meeting, **common)
        if meeting is None:
            return redirect("meetings:series_days", series_id)
        messages.success(request, _("The draft is made. Look through its agenda."))
        return redirect("meetings:agenda", meeting.pk)
    if what == "move":
        to = data["to"]
        if to is None:
            messages.error(request, _("Please choose a day."))
        else:
            done_or_said(request, services.move_day, **common, to=to, reason=reason)
    elif what == "skip":
        done_or_said(request, services.skip_day, **common, reason=reason)
    else:
        done_or_said(request, services.restore_day, **common)
    return redirect("meetings:series_days", series_id)
