"""The pages of materials: the slot (what is owed, sending it, its versions) and the viewer."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from meetings.models import AgendaItem
from townships.actors import Actor
from townships.pages import actor_of
from townships.permissions import Action, can, require
from townships.problems import Invalid, NotAllowed

from . import queries, services
from .models import Kind, Material
from .processing.kinds import ALLOWED
from .representations import (
    current_of,
    findings_of,
    grouped,
    newest_of,
    page_dict,
    picture_url,
    sees_full,
    sees_notes,
    upload_dict,
    version_dict,
    with_versions,
)
from .slots import Slot, find_slot

EXTENSION_DAYS = 2


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
        return redirect(request.path)
    return render(request, "uploads/slot.html", slot_context(actor, slot))


def _act(request: HttpRequest, actor: Actor, slot: Slot) -> None:
    """One button of the slot page. Each calls one service."""
    act = request.POST.get("act", "")
    if act == "withdraw" and slot.material:
        services.withdraw_material(actor=actor, material_id=slot.material.pk)
    elif act == "retry":
        services.retry_version(actor=actor, version_id=_posted_id(request))
    elif act == "restore":
        services.restore_version(actor=actor, version_id=_posted_id(request))
    elif act == "ask":
        services.ask_extension(
            actor=actor,
            meeting_id=slot.meeting.pk,
            township_id=slot.township_id,
            kind=slot.kind,
            reason=request.POST.get("reason", ""),
        )
    elif act == "grant":
        services.grant_extension(
            actor=actor,
            meeting_id=slot.meeting.pk,
            township_id=slot.township_id,
            kind=slot.kind,
            until=extension_end(slot),
        )
    else:
        raise Invalid


def _posted_id(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("version", ""))
    except ValueError:
        raise Invalid from None


def extension_end(slot: Slot) -> dt.datetime:
    """How long one click extends: two days, at most until the meeting ends."""
    end = timezone.now() + dt.timedelta(days=EXTENSION_DAYS)
    if slot.meeting.ends_at > timezone.now():
        end = min(end, slot.meeting.ends_at)
    return end


def slot_context(actor: Actor, slot: Slot) -> dict[str, Any]:
    """Everything the slot page shows (six queries, whatever the number of versions)."""
    material = None
    if slot.material is not None:
        material = with_versions(Material.objects.filter(pk=slot.material.pk)).get()
        material.meeting = slot.meeting
    versions = list(material.versions.all()) if material else []
    current = current_of(material) if material else None
    newest = newest_of(material) if material else None
    open_now = Slot(slot.meeting, slot.township, slot.kind, material).accepts_uploads
    item = AgendaItem.objects.filter(meeting=slot.meeting, township=slot.township).first()
    allowed = can(actor, Action.UPLOAD, Slot(slot.meeting, slot.township, slot.kind, material))
    return {
        "slot": slot,
        "meeting": slot.meeting,
        "township": slot.township,
        "kind": slot.kind,
        "is_deck": slot.kind == Kind.DECK,
        "item": item,
        "material": material,
        "current": current,
        "newest": newest,
        "newest_facts": version_dict(newest, full=True) if newest else None,
        "versions": [_row(version, current, actor) for version in versions],
        "remarks": grouped(findings_of(newest)) if newest else [],
        "thumbs": _thumbs(newest) if newest else [],
        "may_upload": allowed and not slot.meeting.is_closed,
        "open_now": open_now,
        "due": material.extended_until
        if material and material.extended_until
        else slot.meeting.due_at,
        "extended": bool(material and material.extended_until),
        "may_ask": actor.township_id == slot.township_id
        and not open_now
        and not slot.meeting.is_closed,
        "accept": ",".join(ALLOWED[slot.kind]),
        "endings": " ".join(ALLOWED[slot.kind]),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "others": [
            upload_dict(upload, actor)
            for upload in queries.uploads_on_their_way(
                actor, slot.meeting.pk, slot.township_id, slot.kind
            )
        ],
        "data": _script_data(slot, material),
    }


def _row(version: Any, current: Any, actor: Actor) -> dict[str, Any]:
    facts = version_dict(version, full=True)
    is_current = current is not None and version.pk == current.pk
    return {
        "version": version,
        "facts": facts,
        "current": is_current,
        "short": version.sha256[:12],
        "url": f"{reverse('material', args=[version.material_id])}?version={version.number}",
    }


def _thumbs(version: Any) -> list[dict[str, Any]]:
    """The pictures made so far, for the strip under the progress bar."""
    address = reverse("material", args=[version.material_id])
    pages = version.pages.defer("text", "notes").order_by("number")
    return [
        {
            "number": page.number,
            "title": page.title,
            "hidden": page.hidden,
            "thumb": picture_url(page, "thumb") or "",
            "url": f"{address}?version={version.number}&page={page.number}",
        }
        for page in pages
    ]


def _script_data(slot: Slot, material: Material | None) -> dict[str, Any]:
    return {
        "endpoint": "/api/v1/uploads",
        "meeting": str(slot.meeting.pk),
        "township": str(slot.township_id),
        "kind": slot.kind,
        "material": str(material.pk) if material else None,
        "after": slot.meeting.last_seq,
        "max": settings.UPLOAD_MAX_BYTES,
        "chunk": settings.UPLOAD_CHUNK_BYTES,
        "endings": list(ALLOWED[slot.kind]),
    }


@require_safe
def material(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """The viewer: a deck's slides or a manuscript's pages, each with its own address (`?page=n`)."""
    actor = actor_of(request)
    require(actor, Action.SEE_MATERIAL)
    shown_material = queries.visible_material(actor, material_id)
    full = sees_full(actor, shown_material)
    shown = queries.chosen_version(actor, shown_material, number_in(request, "version"))
    notes = sees_notes(actor, shown_material)
    pages = (
        [page_dict(page, notes=notes) for page in shown.pages.order_by("number")] if shown else []
    )
    number = min(max(number_in(request, "page") or 1, 1), max(len(pages), 1))
    findings = findings_of(shown) if shown and full else []
    remarks: dict[int, int] = {}
    for finding in findings:
        if finding["slide"]:
            remarks[finding["slide"]] = remarks.get(finding["slide"], 0) + 1
    context = {
        "material": shown_material,
        "meeting": shown_material.meeting,
        "version": shown,
        "facts": version_dict(shown, full=full) if shown else None,
        "is_old": shown is not None and shown.pk != shown_material.current_id,
        "full": full,
        "owner": actor.is_staff or actor.township_id == shown_material.township_id,
        "is_deck": shown_material.kind == Kind.DECK,
        "pages": pages,
        "thumbs": [
            {
                **page,
                "url": _page_address(request, page["number"]),
                "warnings": remarks.get(page["number"], 0),
            }
            for page in pages
        ],
        "page": pages[number - 1] if pages else None,
        "number": number,
        "total": len(pages),
        "prev": _page_address(request, number - 1) if number > 1 else "",
        "next": _page_address(request, number + 1) if number < len(pages) else "",
        "remarks": grouped(findings),
        "notes": notes,
        "heading": shown_material.title or _("Untitled"),
        "data": {
            "meeting": str(shown_material.meeting_id),
            "material": str(shown_material.pk),
            "number": number,
            "version": shown.number if shown else None,
            "final": shown.is_final if shown else True,
            "pages": pages,
        },
    }
    return render(request, "uploads/material.html", context)


def number_in(request: HttpRequest, name: str) -> int | None:
    """A positive number of the query string; anything else counts as not given."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _page_address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
