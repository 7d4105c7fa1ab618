"""The pages of cases and of practices: what is followed through the months, and what came of it."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meetings.models import Meeting
from townships.actors import Actor
from townships.pages import actor_of, tried
from townships.permissions import Action, can, require

from . import queries, services
from .adoptions import ledger_of
from .forms import CaseFilter, CaseForm, LedgerForm, NoteForm, today
from .models import Adoption, Case, CaseStep, Post

PAGE_SIZE = 30
ICONS = {
    "opened": "flag",
    "carried": "calendar",
    "assigned": "user",
    "unassigned": "user",
    "status": "history",
    "changed": "edit",
    "note": "text",
}


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The county's cases, those due first on top (a constant number of queries)."""
    actor = actor_of(request)
    tab = request.GET.get("status", "active")
    tab = tab if tab in ("active", "mine", "solved", "dropped") else "active"
    form = CaseFilter(request.GET, actor=actor)
    wanted: dict[str, Any] = form.wanted()
    if tab == "mine":
        wanted |= {"mine": True, "status": "active"}
    else:
        wanted["status"] = tab
    page = Paginator(queries.cases_for(actor, **wanted), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    now = today(actor)
    labels = {
        "active": pgettext("cases", "Open"),
        "mine": pgettext("cases", "Ours") if actor.township_id else pgettext("cases", "Mine"),
        "solved": pgettext("cases", "Solved"),
        "dropped": pgettext("cases", "Dropped"),
    }
    narrowed = "&".join(f"{k}={v}" for k, v in wanted.items() if k in form.fields and v)
    context = {
        "tabs": [
            {"key": key, "label": label, "url": f"?status={key}" + (f"&{narrowed}" if narrowed else "")}
            for key, label in labels.items()
        ],
        "tab": tab,
        "filter": form,
        "filtered": bool(narrowed),
        "page": page,
        "rows": [
            {
                "case": one,
                "overdue": one.is_open and one.due is not None and one.due < now,
                "times": len(one.discussions.all()),
            }
            for one in page
        ],
    }  # fmt: skip
    return render(request, "board/cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One case through the months; its form is the organiser's."""
    actor = actor_of(request)
    found = queries.case_for(actor, case_id)
    may_change = can(actor, Action.MODERATE, found)
    form = None
    if request.method == "POST":
        require(actor, Action.MODERATE, found)
    if may_change:
        form = CaseForm(
            request.POST or None, actor=actor, case=found, initial=CaseForm.starting(found)
        )
        if request.method == "POST" and form.is_valid():
            ok, _case = tried(
                form, services.change_case, actor=actor, case_id=found.pk, **form.values()
            )
            if ok:
                messages.success(request, _("Saved. It is in the history."))
                return redirect("case", found.pk)
    context = case_context(actor, found) | {
        "form": form,
        "note_form": NoteForm() if can(actor, Action.FOLLOW_CASE, found) else None,
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "board/case.html", context, status=status)


@require_POST
def note(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """A note in the history of a case."""
    actor = actor_of(request)
    form = NoteForm(request.POST)
    if form.is_valid():
        ok, _step = tried(
            form, services.add_note, actor=actor, case_id=case_id, **form.cleaned_data
        )
        if ok:
            messages.success(request, _("Your note is in the history."))
            return redirect("case", case_id)
    found = queries.case_for(actor, case_id)
    may_change = can(actor, Action.MODERATE, found)
    context = case_context(actor, found) | {
        "form": CaseForm(actor=actor, case=found, initial=CaseForm.starting(found)) if may_change else None,
        "note_form": form,
    }  # fmt: skip
    return render(request, "board/case.html", context, status=400)


def case_context(actor: Actor, found: Case) -> dict[str, Any]:
    """A case with its entries, its meetings and its history (three more queries)."""
    posts = Post.objects.visible_to(actor).filter(case=found, merged_into=None)
    lists = found.discussions.filter(meeting__in=Meeting.objects.visible_to(actor))
    meetings = [one.meeting for one in lists.select_related("meeting").order_by("meeting__starts_at")]  # fmt: skip
    visible = {meeting.pk for meeting in meetings}
    ledger = []
    if found.kind == Case.Kind.PRACTICE:
        practice = [post.pk for post in posts]
        ledger = [row for rows in ledger_of(practice).values() for row in rows]
    return {
        "case": found,
        "posts": list(posts.select_related("meeting", "township").prefetch_related("replies")),
        "meetings": [{"meeting": one, "url": meeting_url(one)} for one in meetings],
        "overdue": found.is_open and found.due is not None and found.due < today(actor),
        "history": [line(step, visible) for step in found.steps.all()],
        "ledger": ledger,
        "solved_by": solved_by(actor, found),
    }


def solved_by(actor: Actor, found: Case) -> Post | None:
    """The practice that solved it, where the actor may see it."""
    post = found.solved_by
    if post is None or not can(actor, Action.SEE_MEETING, post):
        return None
    return None if post.hidden_at or post.withdrawn_at or post.held_at else post


def meeting_url(meeting: Meeting) -> str:
    """Where a meeting is to be read: in the archive once it is closed."""
    name = "archive:meeting" if meeting.is_closed else "meetings:detail"
    return reverse(name, args=[meeting.pk])


def line(step: CaseStep, visible: set[uuid.UUID]) -> dict[str, Any]:
    """A line of the history as the timeline takes it."""
    meeting = step.meeting if step.meeting_id in visible else None
    who = step.actor_name
    return {
        "when": step.created_at,
        "title": words_of(step, meeting),
        "text": " · ".join(filter(None, [step.text, who])),
        "url": meeting_url(meeting) if meeting is not None else "",
        "state": "done",
        "icon": ICONS.get(step.kind, "dot"),
    }


def words_of(step: CaseStep, meeting: Meeting | None) -> str:
    """What happened, in words."""
    kind, data = step.kind, step.data
    if kind == CaseStep.Kind.OPENED:
        return _("Raised at %(meeting)s") % {"meeting": meeting} if meeting else _("Raised")
    if kind == CaseStep.Kind.CARRIED:
        return (
            _("On the agenda of %(meeting)s") % {"meeting": meeting}
            if meeting
            else _("On the agenda of a meeting in preparation")
        )
    if kind == CaseStep.Kind.ASSIGNED:
        due = date_format(dt.date.fromisoformat(data["due"])) if data.get("due") else ""
        who = data.get("responsible") or pgettext("case", "nobody")
        if due:
            return _("%(who)s sees to it, due %(due)s") % {"who": who, "due": due}
        return _("%(who)s sees to it") % {"who": who}
    if kind == CaseStep.Kind.STATUS:
        return str(Case.Status(data["status"]).label).capitalize()
    return str(CaseStep.Kind(kind).label).capitalize()


@require_http_methods(["GET", "HEAD", "POST"])
def practice(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """A practice and its ledger: who tries it, how far, with which result and evidence."""
    actor = actor_of(request)
    post = queries.practice_for(actor, post_id)
    form = None
    if request.method == "POST":
        require(actor, Action.ADOPT, probe_of(actor, post))
    if can_report(actor, post):
        form = LedgerForm(request.POST or None, actor=actor, initial=ledger_start(actor, post))
    if request.method == "POST":
        form = form or LedgerForm(request.POST, actor=actor)
        if form.is_valid():
            report = services.report_adoption if post.meeting.is_closed else services.set_adoption
            if "stop" in request.POST:
                values = form.values() | {"status": None, "result": "", "evidence_id": None}
            else:
                values = form.values()
            ok, _step = tried(form, report, actor=actor, post_id=post.pk, **values)
            if ok:
                messages.success(request, _("It is in the ledger."))
                return redirect("practice", post.pk)
    rows = ledger_of([post.pk]).get(post.pk, [])
    context = {
        "post": post,
        "meeting_url": meeting_url(post.meeting),
        "rows": rows,
        "counts": [
            (status, sum(row.status == status for row in rows)) for status in Adoption.Status.values
        ],
        "form": form,
        "mine": any(row.township.pk == actor.township_id for row in rows),
        "solved": Case.objects.visible_to(actor).filter(solved_by=post),
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "board/practice.html", context, status=status)


def can_report(actor: Actor, post: Post) -> bool:
    """Whether the actor may say something in the ledger: its own township, or any."""
    if post.merged_into_id or post.hidden_at or post.withdrawn_at or post.held_at:
        return False
    return can(actor, Action.ADOPT, probe_of(actor, post))


def probe_of(actor: Actor, post: Post) -> Adoption:
    """What the rights table is asked about: the actor's own township trying it."""
    return Adoption(post=post, township_id=actor.township_id)


def ledger_start(actor: Actor, post: Post) -> dict[str, Any]:
    """What the own township said last, to go on from."""
    if actor.township_id is None:
        return {}
    rows = ledger_of([post.pk]).get(post.pk, [])
    mine = next((row for row in rows if row.township.pk == actor.township_id), None)
    if mine is None:
        return {}
    evidence = str(mine.evidence.pk) if mine.evidence else ""
    return {"status": mine.status, "result": mine.result, "evidence": evidence}
