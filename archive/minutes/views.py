"""The page of the minutes: an editor for organisers until they are approved, then a document for everybody."""

import json
import uuid
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from townships.pages import actor_of, done_or_said
from townships.problems import NotFound, Problem
from townships.texts import printable
from townships.views_people import download
from uploads.views_files import send_file

from . import document, draft, queries, services
from .models import MinutesSection

SEEN_SECONDS = 15


@require_GET
def page(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The minutes of a closed meeting."""
    shown = queries.minutes_for(actor_of(request), meeting_id)
    conflicts: dict[uuid.UUID, list[Any]] = {}
    for kept in shown.conflicts:
        conflicts.setdefault(kept.section_id, []).append(kept)
    context = {
        "shown": shown,
        "meeting": shown.meeting,
        "minutes": shown.minutes,
        "parts": [
            {
                "section": section,
                "conflicts": conflicts.get(section.pk, []),
                "again": section.key in draft.KEYS and section.key != draft.DECISIONS,
                "lines": [line for line in section.body.split("\n") if line.strip()],
            }
            for section in shown.sections
        ],
        "digest": shown.digest,
        "issued": issued_on(shown),
        "waiting_for_pdf": bool(shown.minutes.is_frozen and not shown.minutes.pdf),
    }
    template = "edit" if shown.may_edit else "read"
    return render(request, f"archive/minutes/{template}.html", context)


def issued_on(shown: queries.Shown) -> str:
    """The day of the approval, in the minutes' own language."""
    if shown.minutes.approved_at is None:
        return ""
    with override(shown.minutes.language):
        return draft.day(shown.minutes.approved_at.astimezone(shown.meeting.zone).date())


def as_dict(section: MinutesSection) -> dict[str, Any]:
    return {
        "number": section.number,
        "body": section.body,
        "by": section.changed_name,
        "at": formats.time_format(timezone.localtime(section.changed_at), "H:i")
        if section.changed_at
        else "",
    }


@require_POST
def save(request: HttpRequest, meeting_id: uuid.UUID, key: str) -> HttpResponse:
    """Save a part: JSON from the editor's script, a form without it."""
    actor = actor_of(request)
    by_script = request.content_type == "application/json"
    sent = json_of(request) if by_script else request.POST
    base, base_body = str(sent.get("base", "")), sent.get("base_body") if by_script else None
    try:
        saved = services.save_section(
            actor=actor,
            meeting_id=meeting_id,
            key=key,
            body=str(sent.get("body", "")),
            base=int(base) if base.isdecimal() and len(base) < 9 else 0,
            base_body=base_body if isinstance(base_body, str) else None,
        )
    except Problem as problem:
        if not by_script:
            if problem.status not in (400, 409):
                raise
            messages.error(request, " ".join(map(str, problem.fields.values())) or problem.detail)
            return redirect(address(meeting_id, key))
        return JsonResponse(
            problem.as_dict(), status=problem.status, content_type="application/problem+json"
        )
    if by_script:
        answer = as_dict(saved.section) | {
            "merged": saved.merged,
            "conflict": saved.conflict is not None,
        }
        return JsonResponse(answer)
    if saved.conflict is not None:
        messages.warning(
            request,
            _("Somebody changed the same lines meanwhile. Both texts are kept: choose below."),
        )
    else:
        messages.success(request, _("Saved."))
    return redirect(address(meeting_id, key))


def json_of(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


def address(meeting_id: uuid.UUID, key: str = "") -> str:
    page_address = reverse("archive:minutes", args=[meeting_id])
    return f"{page_address}#part-{key}" if key else page_address


@require_GET
def state(request: HttpRequest, meeting_id: uuid.UUID) -> JsonResponse:
    """What the editor asks for every few seconds: the parts as they are, and who is writing where."""
    actor = actor_of(request)
    shown = queries.minutes_for(actor, meeting_id)
    return JsonResponse(
        {
            "frozen": shown.minutes.is_frozen,
            "conflicts": len(shown.conflicts),
            "parts": {section.key: as_dict(section) for section in shown.sections},
            "writing": writing(
                actor.key, actor.name, shown.minutes.pk, request.GET.get("writing", "")[:20]
            )
            if shown.may_edit
            else {},
        }
    )


def writing(me: str, name: str, minutes_id: uuid.UUID, key: str) -> dict[str, list[str]]:
    """Tell the others that I write in `key` ("" in none); where the others write. A hint, kept in the cache."""
    now, place = timezone.now().timestamp(), f"minutes:{minutes_id}"
    people: dict[str, tuple[str, str, float]] = cache.get(place) or {}
    people = {who: row for who, row in people.items() if row[2] > now - SEEN_SECONDS}
    people[me] = (key, name, now)
    cache.set(place, people, SEEN_SECONDS * 2)
    found: dict[str, list[str]] = {}
    for who, (part, known, _at) in people.items():
        if who != me and part:
            found.setdefault(part, []).append(known)
    return found


@require_POST
def again(request: HttpRequest, meeting_id: uuid.UUID, key: str) -> HttpResponse:
    """Make a part anew from what is known now."""
    base = request.POST.get("base", "")
    if done_or_said(
        request,
        services.draft_again,
        actor=actor_of(request),
        meeting_id=meeting_id,
        key=key,
        base=int(base) if base.isdecimal() else 0,
    ):
        messages.success(
            request, _("This part was made anew. The text before is kept in its history.")
        )
    return redirect(address(meeting_id, key))


@require_POST
def settle(request: HttpRequest, meeting_id: uuid.UUID, save_id: uuid.UUID) -> HttpResponse:
    """Settle a conflict with one text."""
    base = request.POST.get("base", "")
    section = done_or_said(
        request,
        services.settle,
        actor=actor_of(request),
        meeting_id=meeting_id,
        save_id=save_id,
        body=request.POST.get("body", ""),
        base=int(base) if base.isdecimal() else 0,
    )
    return redirect(address(meeting_id, section.key if section else ""))


@require_POST
def approve(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Freeze the minutes."""
    if done_or_said(
        request,
        services.approve,
        actor=actor_of(request),
        meeting_id=meeting_id,
        digest=request.POST.get("digest", ""),
    ):
        messages.success(request, _("The minutes are approved and frozen."))
    return redirect(address(meeting_id))


@require_GET
def history(request: HttpRequest, meeting_id: uuid.UUID, key: str) -> HttpResponse:
    """Every text that a part ever had, newest first; for organisers."""
    shown = queries.minutes_for(actor_of(request), meeting_id)
    section = next((each for each in shown.sections if each.key == key), None)
    if section is None or not actor_of(request).is_staff:
        raise NotFound
    saves = section.saves.order_by("-at", "-number")[:100]
    context = {"meeting": shown.meeting, "section": section, "saves": saves}
    return render(request, "archive/minutes/history.html", context)


def file_name(shown: queries.Shown, ending: str) -> str:
    title = " ".join(printable(shown.meeting.title).replace("/", "／").split())
    return f"{title} {pgettext('document', 'Minutes')}{ending}"


@require_GET
def docx(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The minutes as DOCX, draft or frozen."""
    shown = queries.minutes_for(actor_of(request), meeting_id)
    made = document.docx_of(shown.minutes, shown.sections)
    return download(made, file_name(shown, ".docx"), document.DOCX_TYPE)


@require_safe
def pdf(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponseBase:
    """The frozen minutes as PDF, once the worker has made it."""
    shown = queries.minutes_for(actor_of(request), meeting_id)
    if not shown.minutes.pdf:
        raise NotFound
    return send_file(
        request,
        shown.minutes.pdf,
        media_type="application/pdf",
        filename=file_name(shown, ".pdf"),
        cache="private, no-cache",
    )
