"""Pages about reminders: the plans of the series, chat groups, what a person chose."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from townships.actors import Actor
from townships.models import Township
from townships.pages import actor_of, done_or_said, tried
from townships.permissions import Action, require
from townships.problems import NotFound

from ..forms_calls import ChatChangeForm, ChatForm, ChoiceForm, PlanForm, as_row
from ..models import CallPlan, ChatGroup, Meeting, ReminderChoice, Series
from ..reminders.chat import service_name
from ..reminders.texts import Missing, chat_text, mail_text
from ..services import calls


def moments_of(plan: CallPlan) -> list[dict[str, Any]]:
    """A plan's moments as number and unit, for words in the template."""
    rows = [as_row(rule.minutes_before) for rule in plan.rules.all()]
    return [{"number": number, "unit": int(unit)} for number, unit in rows]


def chats_of(actor: Actor) -> list[dict[str, Any]]:
    """The county's chat groups without their addresses."""
    return [
        {"chat": group, "service": service_name(group.address)}
        for group in ChatGroup.objects.filter(county_id=actor.county_id)
    ]


@sensitive_post_parameters("address")
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Every series with its plan, and the chat groups; POST adds a group."""
    actor = actor_of(request)
    require(actor, Action.SCHEDULE)
    form = ChatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ok, made = tried(form, calls.add_chat, actor=actor, **form.cleaned_data)
        if ok:
            messages.success(request, _("“%(name)s” is added. Try it now.") % {"name": made.name})
            return redirect("meetings:calls")
    plans = {
        plan.series_id: plan
        for plan in CallPlan.objects.filter(county_id=actor.county_id).prefetch_related("rules")
    }
    series = Series.objects.filter(county_id=actor.county_id, active=True).order_by("name")
    rows = [
        {"series": one, "plan": plan, "moments": moments_of(plan) if plan else []}
        for one in [*series, None]
        for plan in [plans.get(one.pk if one else None)]
    ]
    context = {"rows": rows, "chats": chats_of(actor), "form": form}
    return render(request, "meetings/calls.html", context, status=400 if form.errors else 200)


def example_of(actor: Actor, series: Series | None, plan: CallPlan) -> list[dict[str, Any]]:
    """What readers would get for the series' next meeting, in each language."""
    found = Meeting.objects.visible_to(actor).select_related("county")
    if series is not None:
        found = found.filter(series=series)
    meeting = found.order_by("-starts_at").first()
    town = Township.objects.visible_to(actor).filter(active=True).first()
    if meeting is None or town is None:
        return []
    missing = Missing(town.name, (("deck", meeting.due_at), ("manuscript", meeting.due_at)))
    shown = []
    for language, name in settings.LANGUAGES:
        with translation.override(language):
            reader = _("(name of the member)")
        mail = mail_text(
            meeting=meeting, missing=missing, name=reader, language=language, notes=[plan.note]
        )
        chat = chat_text(meeting=meeting, missing=[missing], language=language, notes=[plan.note])
        shown.append({"language": language, "name": name, "mail": mail, "chat": chat})
    return shown


@require_http_methods(["GET", "POST"])
def plan_page(request: HttpRequest, series_id: uuid.UUID | None = None) -> HttpResponse:
    """A series' plan (or that of all other meetings) beside what readers would get."""
    actor = actor_of(request)
    series, plan = calls.plan_for(actor=actor, series_id=series_id)
    form = PlanForm(request.POST or None, initial=PlanForm.starting(plan))
    if request.method == "POST" and form.is_valid():
        ok, _plan = tried(form, calls.set_plan, actor=actor, series_id=series_id, **form.values())
        if ok:
            messages.success(request, _("Saved. Moments that have passed are not made up for."))
            return redirect("meetings:calls")
    shown = plan or CallPlan(county_id=actor.county_id)
    if form.is_bound and form.is_valid():
        shown.note = form.cleaned_data["note"]
    context = {
        "form": form,
        "series": series,
        "plan": plan,
        "examples": example_of(actor, series, shown),
    }
    return render(request, "meetings/call_plan.html", context, status=400 if form.errors else 200)


@sensitive_post_parameters("address")
@require_http_methods(["GET", "POST"])
def chat_page(request: HttpRequest, chat_id: uuid.UUID) -> HttpResponse:
    """Change a chat group; its address can be replaced, not read."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    group = ChatGroup.objects.filter(pk=chat_id, county_id=actor.county_id).first()
    if group is None:
        raise NotFound
    initial = {"name": group.name, "language": group.language, "active": group.active}
    form = ChatChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        ok, _group = tried(
            form, calls.change_chat, actor=actor, chat_id=group.pk, **form.cleaned_data
        )
        if ok:
            messages.success(request, _("Saved."))
            return redirect("meetings:calls")
    context = {"form": form, "chat": group, "service": service_name(group.address)}
    return render(request, "meetings/chat.html", context, status=400 if form.errors else 200)


@require_POST
def chat_try(request: HttpRequest, chat_id: uuid.UUID) -> HttpResponse:
    """Send a test message to a group."""
    group = done_or_said(request, calls.try_chat, actor=actor_of(request), chat_id=chat_id)
    if group is not None:
        messages.success(request, _("The test message is in “%(name)s”.") % {"name": group.name})
    return redirect("meetings:calls")


@require_POST
def chat_remove(request: HttpRequest, chat_id: uuid.UUID) -> HttpResponse:
    """Forget a group."""
    calls.remove_chat(actor=actor_of(request), chat_id=chat_id)
    messages.success(request, _("The chat group has been removed."))
    return redirect("meetings:calls")


@require_http_methods(["GET", "POST"])
def choice(request: HttpRequest) -> HttpResponse:
    """Which reminders the reader wants."""
    actor = actor_of(request)
    if actor.user_id is None:
        raise NotFound
    now = ReminderChoice.objects.filter(user_id=actor.user_id).first()
    now = now or ReminderChoice()
    initial = {"mail": now.mail, "calendar": now.calendar}
    form = ChoiceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        ok, _choice = tried(form, calls.set_choice, actor=actor, **form.cleaned_data)
        if ok:
            messages.success(request, _("Saved."))
            return redirect("account")
    address = getattr(request.user, "email", "")
    context = {"form": form, "address": address}
    return render(
        request, "meetings/reminder_choice.html", context, status=400 if form.errors else 200
    )
