"""The pages of materials: the slot (what is owed, sending it, its versions) and the viewer."""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from townships.actors import Actor
from townships.pages import actor_of, done_or_said
from townships.permissions import Action, require
from townships.problems import Invalid, NotAllowed

from . import approvals, extensions, queries, services
from .models import Kind, Material, Version
from .representations import (
    findings_of,
    grouped,
    page_dict,
    sees_full,
    sees_notes,
    version_dict,
)
from .slot_page import approval_context, changes_address, extension_end, slot_context
from .slots import Slot, find_slot


@require_http_methods(["GET", "HEAD", "POST"])
def material_slot(
    request: HttpRequest, meeting_id: uuid.UUID, township_id: uuid.UUID, kind: str
) -> HttpResponse:
    """What a township owes for a meeting: send it, watch it being converted, its versions."""
    actor = actor_of(request)
    if kind not in Kind.values:
        raise Http404
    slot = find_slot(actor=actor, meeting_id=meeting_id, township_id=township_id, kind=kind)
    if not (actor.is_staff or actor.township_id == slot.township_id):
        seen = Material.objects.visible_to(actor)
        if slot.material is not None and seen.filter(pk=slot.material.pk).exists():
            return redirect("material", material_id=slot.material.pk)
        raise NotAllowed
    if request.method == "POST":
        _act(request, actor, slot)
        if request.POST.get("back") == "viewer" and slot.material:
            return redirect("material", material_id=slot.material.pk)
        return redirect(request.path)
    return render(request, "uploads/slot.html", slot_context(actor, slot))


def _act(request: HttpRequest, actor: Actor, slot: Slot) -> None:
    """One button of the slot page. Each calls one service; what it refuses is said on the page."""
    act = request.POST.get("act", "")
    service: Callable[..., Any]
    about: dict[str, Any]
    slot_named = {
        "meeting_id": slot.meeting.pk,
        "township_id": slot.township_id,
        "kind": slot.kind,
    }
    if act == "withdraw" and slot.material:
        service, about = services.withdraw_material, {"material_id": slot.material.pk}
    elif act in OF_VERSION:
        service, about = OF_VERSION[act], {"version_id": _posted_id(request)}
        if act == "name":
            about["label"] = request.POST.get("label", "")
    elif act == "ask":
        service = services.ask_extension
        about = slot_named | {"reason": request.POST.get("reason", "")}
    elif act == "refuse" and slot.material:
        service, about = extensions.refuse_extension, {"material_id": slot.material.pk}
    elif act == "grant":
        service, about = services.grant_extension, slot_named | {"until": extension_end(slot)}
    else:
        raise Invalid
    done_or_said(request, service, actor=actor, **about)


OF_VERSION: dict[str, Callable[..., Any]] = {
    "retry": services.retry_version,
    "restore": services.restore_version,
    "approve": approvals.approve_version,
    "unapprove": approvals.take_approval_back,
    "name": approvals.name_version,
}


def _posted_id(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("version", ""))
    except ValueError:
        raise Invalid from None


@require_safe
def material(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """The viewer: a deck's slides or a manuscript's pages, each with its own address (`?page=n`)."""
    actor = actor_of(request)
    require(actor, Action.SEE_MATERIAL)
    found = queries.visible_material(actor, material_id)
    full, notes = sees_full(actor, found), sees_notes(actor, found)
    shown = queries.chosen_version(actor, found, number_in(request, "version"))
    rows = list(shown.pages.order_by("number")) if shown else []
    pages = [page_dict(page, notes=notes) for page in rows]
    number = min(max(number_in(request, "page") or 1, 1), max(len(pages), 1))
    findings = findings_of(shown) if shown and full else []
    owner = actor.is_staff or actor.township_id == found.township_id
    is_old = shown is not None and shown.pk != found.current_id
    context = {
        "material": found,
        "meeting": found.meeting,
        "version": shown,
        "facts": version_dict(shown, full=full) if shown else None,
        "is_old": is_old,
        "full": full,
        "owner": owner,
        "is_deck": found.kind == Kind.DECK,
        "thumbs": _thumbs(request, pages, findings),
        "page": pages[number - 1] if pages else None,
        "number": number,
        "total": len(pages),
        "prev": _page_address(request, number - 1) if number > 1 else "",
        "next": _page_address(request, number + 1) if number < len(pages) else "",
        "remarks": grouped(findings),
        "notes": notes,
        "heading": found.title or _("Untitled"),
        "changes": _changes_address(found, shown) if shown and full else "",
        "data": {
            "meeting": str(found.meeting_id),
            "material": str(found.pk),
            "number": number,
            "version": shown.number if shown else None,
            "final": shown.is_final if shown else True,
            "pages": pages,
        },
    }
    if full and not is_old:
        context |= approval_context(actor, found, shown)
    return render(request, "uploads/material.html", context)


def _thumbs(
    request: HttpRequest, pages: list[dict[str, Any]], findings: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The strip of small pictures, with how many remarks each slide has."""
    remarks = Counter(finding["slide"] for finding in findings)
    return [
        {
            **page,
            "url": _page_address(request, page["number"]),
            "warnings": remarks[page["number"]],
        }
        for page in pages
    ]


def _changes_address(found: Material, shown: Version) -> str:
    """What changed since the version that was ready before this one; "" without such."""
    if shown.state != Version.State.READY:
        return ""
    older = (
        version
        for version in found.versions.all()
        if version.number < shown.number and version.state == Version.State.READY
    )
    before = next(older, None)
    return changes_address(before, shown) if before else ""


def number_in(request: HttpRequest, name: str) -> int | None:
    """A positive number of the query string; anything else counts as not given."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _page_address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
