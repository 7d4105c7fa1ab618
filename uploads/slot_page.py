"""What the page of a slot shows: what is owed, what is on its way, the newest version, all versions."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from meetings.models import AgendaItem
from townships.actors import Actor
from townships.permissions import Action, can

from . import queries
from .models import Kind, Material, Page, Version
from .monthly.reading import Draft, read_drafts
from .processing.kinds import ALLOWED
from .representations import (
    current_of,
    findings_of,
    grouped,
    newest_of,
    picture_url,
    upload_dict,
    version_dict,
    with_versions,
)
from .slots import Slot

EXTENSION_DAYS = 2
QUIET_SECONDS = 60  # after so long without a byte a colleague's upload has probably stopped


def extension_end(slot: Slot) -> dt.datetime:
    """How long one click extends: two days, at most until the meeting ends."""
    end = timezone.now() + dt.timedelta(days=EXTENSION_DAYS)
    if slot.meeting.ends_at > timezone.now():
        end = min(end, slot.meeting.ends_at)
    return end


def slot_context(actor: Actor, slot: Slot) -> dict[str, Any]:
    """Everything the slot page shows (eight queries, whatever the number of versions)."""
    material = None
    if slot.material is not None:
        material = with_versions(Material.objects.filter(pk=slot.material.pk)).get()
        material.meeting = slot.meeting
    slot = Slot(slot.meeting, slot.township, slot.kind, material)
    newest = newest_of(material) if material else None
    current = current_of(material) if material else None
    pages = list(newest.pages.defer("notes", "signature").order_by("number")) if newest else []
    drafts = read_drafts(material.pk, pages, slot.kind) if material and current == newest else []
    return {
        "slot": slot,
        "meeting": slot.meeting,
        "township": slot.township,
        "kind": slot.kind,
        "is_deck": slot.kind == Kind.DECK,
        "item": AgendaItem.objects.filter(meeting=slot.meeting, township=slot.township).first(),
        "material": material,
        "tabs": _tabs(slot),
        "current": current,
        "newest": newest,
        "newest_facts": version_dict(newest, full=True) if newest else None,
        "versions": _rows(material, current),
        "remarks": grouped(findings_of(newest)) if newest else [],
        "thumbs": [_thumb(page, newest) for page in pages if newest],
        "drafts": _draft_counts(drafts),
        "others": _others(actor, slot),
        **_rights(actor, slot),
        **_due(slot),
        **_limits(slot),
        **(approval_context(actor, material, current) if material else {}),
        "data": _script_data(slot),
    }


def _tabs(slot: Slot) -> list[dict[str, Any]]:
    return [
        {
            "key": kind,
            "label": Kind(kind).label.capitalize(),
            "url": reverse("material_slot", args=[slot.meeting.pk, slot.township_id, kind]),
        }
        for kind in Kind.values
    ]


def _rights(actor: Actor, slot: Slot) -> dict[str, Any]:
    closed = slot.meeting.is_closed
    return {
        "may_upload": can(actor, Action.UPLOAD, slot) and not closed,
        "may_name": can(actor, Action.APPROVE, slot) and not closed,
        "open_now": slot.accepts_uploads,
        "may_ask": actor.township_id == slot.township_id and not closed,
        "may_draft": can(actor, Action.POST, slot.meeting) and not closed,
    }


def _due(slot: Slot) -> dict[str, Any]:
    extended = slot.material.extended_until if slot.material else None
    due = slot.meeting.due_of(slot.township_id, slot.kind)
    longer = extended is not None and extended > due
    return {"due": extended if longer else due, "extended": longer}


def _limits(slot: Slot) -> dict[str, Any]:
    both = [*ALLOWED[Kind.DECK], *ALLOWED[Kind.MANUSCRIPT]]
    return {
        "accept": ",".join(dict.fromkeys(both)),
        "deck_endings": " ".join(ALLOWED[Kind.DECK]),
        "manuscript_endings": " ".join(ALLOWED[Kind.MANUSCRIPT]),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
    }


def _rows(material: Material | None, current: Version | None) -> list[dict[str, Any]]:
    """The versions, newest first, each with the one ready before it (to say what changed)."""
    versions = list(material.versions.all()) if material else []
    rows = []
    for place, version in enumerate(versions):
        before = None
        if version.state == Version.State.READY:
            ready = (v for v in versions[place + 1 :] if v.state == Version.State.READY)
            before = next(ready, None)
        rows.append(
            {
                "version": version,
                "facts": version_dict(version, full=True),
                "current": current is not None and version.pk == current.pk,
                "short": version.sha256[:12],
                "url": f"{reverse('material', args=[version.material_id])}"
                f"?version={version.number}",
                "changes": changes_address(before, version) if before else "",
                "before": before,
            }
        )
    return rows


def changes_address(before: Version, after: Version) -> str:
    """Where it is told what changed between two versions of a material."""
    address = reverse("material_changes", args=[after.material_id])
    return f"{address}?before={before.number}&after={after.number}"


def _thumb(page: Page, version: Version) -> dict[str, Any]:
    """A picture made so far, for the strip under the progress bar."""
    address = reverse("material", args=[version.material_id])
    return {
        "number": page.number,
        "title": page.title,
        "hidden": page.hidden,
        "thumb": picture_url(page, "thumb") or "",
        "url": f"{address}?version={version.number}&page={page.number}",
    }


def _draft_counts(drafts: list[Draft]) -> dict[str, int]:
    counted = {kind: sum(d.kind == kind for d in drafts) for kind in ("problem", "practice")}
    return counted if drafts else {}


def _others(actor: Actor, slot: Slot) -> list[dict[str, Any]]:
    found = queries.uploads_on_their_way(actor, slot.meeting.pk, slot.township_id)
    rows = [upload_dict(upload, actor) for upload in found]
    return [row | {"quiet": row["quiet_seconds"] > QUIET_SECONDS} for row in rows]


def approval_context(actor: Actor, material: Material, shown: Version | None) -> dict[str, Any]:
    """Who said "I have looked at it, it is right" about the version on show, and who may (one query)."""
    if shown is None or material.withdrawn_at or shown.state != Version.State.READY:
        return {"approvable": None}
    said = {approval.by: approval for approval in shown.approvals.select_related("user")}
    side = "organiser" if actor.is_staff else "owner"
    return {
        "approvable": shown,
        "approved_by_owner": said.get("owner"),
        "approved_by_organiser": said.get("organiser"),
        "approved_by_me": side in said,
        "may_approve": can(actor, Action.APPROVE, material) and not material.meeting.is_closed,
    }


def _script_data(slot: Slot) -> dict[str, Any]:
    return {
        "endpoint": "/api/v1/uploads",
        "others": f"/api/v1/meetings/{slot.meeting.pk}/uploads?township={slot.township_id}",
        "meeting": str(slot.meeting.pk),
        "township": str(slot.township_id),
        "kind": slot.kind,
        "material": str(slot.material.pk) if slot.material else None,
        "after": slot.meeting.last_seq,
        "max": settings.UPLOAD_MAX_BYTES,
        "chunk": settings.UPLOAD_CHUNK_BYTES,
        "quiet": QUIET_SECONDS,
        "kinds": {kind: list(ALLOWED[kind]) for kind in Kind.values},
        "names": {kind: str(Kind(kind).label) for kind in Kind.values},
        "watch": not slot.meeting.is_closed,
        "pages": {tab["key"]: tab["url"] for tab in _tabs(slot)},
    }
