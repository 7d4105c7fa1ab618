"""Pages of those who keep the archive: how whole it is, corrections, packages."""

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Min, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townships.actors import Actor
from townships.pages import actor_of
from townships.permissions import Action, require
from townships.problems import Problem

from . import bags, browse, keeping
from .corrections import add_correction
from .models import Manifest, ManifestRow


@require_GET
def integrity(request: HttpRequest) -> HttpResponse:
    """Whether everything is as it was signed: figures, problems, the newest manifests."""
    actor = actor_of(request)
    keeping.require_keeper(actor)
    rows = keeping.newest_rows(actor.county_id)
    figures = rows.aggregate(
        files=Count("pk"), size=Sum("size"), oldest=Min("checked_at"), newest=Max("checked_at")
    )
    problems = rows.exclude(state=ManifestRow.State.OK).select_related("manifest__meeting")
    manifests = Manifest.objects.filter(meeting__county_id=actor.county_id)
    context = {
        "figures": figures,
        "unread": rows.filter(checked_at__isnull=True).count(),
        "waiting": keeping.waiting().filter(county_id=actor.county_id).count(),
        "problems": problems[:200],
        "manifests": manifests.select_related("meeting").order_by("-made_at")[:30],
        "years": browse.quarters(actor, browse.zone_of(actor)),
    }
    return render(request, "archive/integrity.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Ask for everything to be read again."""
    count = keeping.ask_for_check(actor=actor_of(request))
    messages.success(
        request,
        ngettext(
            "%(n)s file will be read again in the next minutes.",
            "%(n)s files will be read again in the next minutes.",
            count,
        )
        % {"n": count},
    )
    return redirect("archive:integrity")


class CorrectionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What is right"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reason = forms.CharField(label=gettext_lazy("Why it is corrected"), max_length=500)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Append a correction to a closed meeting."""
    actor = actor_of(request)
    meeting = browse.closed_meeting(actor, meeting_id)
    require(actor, Action.PACKAGE, meeting)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_correction(actor=actor, meeting_id=meeting.pk, **form.cleaned_data)
        except Problem as problem:
            for name, text in (problem.fields or {"": problem.detail}).items():
                form.add_error(name or None, str(text))
        else:
            messages.success(request, _("The correction has been added."))
            return redirect(reverse("archive:meeting", args=[meeting.pk]) + "#corrections")
    return render(request, "archive/correct.html", {"form": form, "meeting": meeting})


@require_GET
def package(request: HttpRequest, meeting_id: uuid.UUID) -> StreamingHttpResponse:
    """The archive package of one meeting."""
    actor = actor_of(request)
    meeting = browse.closed_meeting(actor, meeting_id)
    require(actor, Action.PACKAGE, meeting)
    return answer(actor, bags.Bag([meeting], name=str(meeting.title)))


@require_GET
def package_of_year(
    request: HttpRequest, year: int, quarter: int | None = None
) -> StreamingHttpResponse:
    """The archive package of a year or a quarter."""
    actor = actor_of(request)
    require(actor, Action.PACKAGE)
    meetings = browse.closed_in(actor, year, quarter)
    name = f"{actor.county_name}{year}年" + (f"第{quarter}季度" if quarter else "")
    return answer(actor, bags.Bag(meetings, name=f"{name}例会档案"))


async def sent(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces one by one: under ASGI Django would collect a plain iterator in memory first."""
    take = sync_to_async(lambda: next(pieces, None))
    while (piece := await take()) is not None:
        yield piece


def answer(actor: Actor, bag: bags.Bag) -> StreamingHttpResponse:
    """A bag as a download that is made while it is sent."""
    bags.tell_audit(actor, bag)
    response = StreamingHttpResponse(sent(bag.stream()), content_type="application/zip")
    header: Any = content_disposition_header(True, f"{bag.name}.zip")
    response["Content-Disposition"] = header
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
