"""The agenda editor: it works without a mouse and without scripts."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from townships.actors import Actor
from townships.pages import actor_of, done_or_said, tried
from townships.permissions import Action, require

from .. import queries, services
from ..clashes import clashes_of
from ..forms import ItemForm, SeveralForm
from ..models import AgendaItem, Meeting

FIRST = {"kind": AgendaItem.Kind.PRESENTATION, "expects_deck": True, "expects_manuscript": True}


def before(actor: Actor, meeting: Meeting) -> Meeting | None:
    """The meeting whose agenda can be taken over: the one before, of the same series if any."""
    found = Meeting.objects.visible_to(actor).filter(
        starts_at__lt=meeting.starts_at, agenda__isnull=False
    )
    if meeting.series_id:
        found = found.filter(series_id=meeting.series_id)
    return found.order_by("-starts_at").first()


def context_of(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    table = queries.agenda_of(meeting)
    return {
        "meeting": meeting,
        "table": table,
        "last": len(table.rows) - 1,
        "form": ItemForm(actor=actor, initial=FIRST),
        "several": SeveralForm(actor=actor),
        "before": before(actor, meeting) if not table.rows else None,
        "clashes": clashes_of(actor, meeting),
    }


def editable(request: HttpRequest, meeting_id: uuid.UUID) -> tuple[Actor, Meeting]:
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    return actor, meeting


def back_to(item: AgendaItem) -> HttpResponse:
    return redirect(f"{reverse('meetings:agenda', args=[item.meeting_id])}#item-{item.pk}")


@require_http_methods(["GET", "POST"])
def editor(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The agenda with its running times; POST adds an item."""
    actor, meeting = editable(request, meeting_id)
    if request.method == "GET":
        return render(request, "meetings/agenda.html", context_of(actor, meeting))
    form = ItemForm(request.POST, actor=actor)
    if form.is_valid():
        ok, item = tried(
            form, services.add_item, actor=actor, meeting_id=meeting.pk, **form.values()
        )
        if ok:
            return back_to(item)
    context = context_of(actor, meeting) | {"form": form}
    return render(request, "meetings/agenda.html", context, status=400)


@require_POST
def add_several(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The same step for several townships."""
    actor, meeting = editable(request, meeting_id)
    form = SeveralForm(request.POST, actor=actor)
    if form.is_valid():

        def add_all() -> int:
            with transaction.atomic():
                for values in form.items():
                    services.add_item(actor=actor, meeting_id=meeting.pk, **values)
            return len(form.items())

        ok, count = tried(form, add_all)
        if ok:
            text = ngettext("%(n)d item added.", "%(n)d items added.", count) % {"n": count}
            messages.success(request, text)
            return redirect("meetings:agenda", meeting.pk)
    context = context_of(actor, meeting) | {"several": form}
    return render(request, "meetings/agenda.html", context, status=400)


@require_POST
def take_over(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Start from the agenda of the meeting before."""
    actor, meeting = editable(request, meeting_id)
    source = before(actor, meeting)
    if source is not None:
        done_or_said(
            request,
            services.copy_agenda,
            actor=actor,
            meeting_id=meeting.pk,
            source_id=source.pk,
        )
    return redirect("meetings:agenda", meeting.pk)


@require_http_methods(["GET", "POST"])
def edit_item(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """Change one item."""
    actor = actor_of(request)
    item = queries.item_for(actor, item_id)
    require(actor, Action.SCHEDULE, item)
    form = ItemForm(request.POST or None, actor=actor, initial=ItemForm.starting(item))
    if request.method == "POST" and form.is_valid():
        ok, _item = tried(form, services.change_item, actor=actor, item_id=item.pk, **form.values())
        if ok:
            return back_to(item)
    context = {"form": form, "item": item, "meeting": item.meeting}
    return render(request, "meetings/item.html", context, status=400 if form.errors else 200)


@require_POST
def move(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """One place up or down (`by` is -1 or 1), counted from where the item is now."""
    actor = actor_of(request)
    item = queries.item_for(actor, item_id)
    order = list(item.meeting.agenda.values_list("pk", flat=True))
    by = -1 if request.POST.get("by") == "-1" else 1
    done_or_said(
        request,
        services.move_item,
        actor=actor,
        item_id=item.pk,
        position=max(0, order.index(item.pk) + by),
    )
    return back_to(item)


@require_POST
def remove(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """Take an item off."""
    actor = actor_of(request)
    item = queries.item_for(actor, item_id)
    name, meeting_id = str(item), item.meeting_id
    services.remove_item(actor=actor, item_id=item.pk)
    messages.success(request, _("“%(name)s” has been taken off the agenda.") % {"name": name})
    return redirect("meetings:agenda", meeting_id)
