"""Uploads and materials over the JSON API."""

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from meetings.queries import visible_meeting
from townships.actors import Actor
from townships.pages import actor_of

from . import approvals, base_decks, queries, services
from .changes import compare, counts
from .models import Material
from .representations import (
    change_dict,
    findings_of,
    material_dict,
    page_dict,
    sees_full,
    sees_notes,
    upload_dict,
    version_dict,
    with_versions,
)
from .schemas import (
    BaseDeckOut,
    ChangeList,
    ExtensionAsk,
    ExtensionGrant,
    MaterialDetail,
    MaterialList,
    MaterialOut,
    PageList,
    UploadList,
    VersionName,
    VersionOut,
)
from .tus.api import router as tus_router

router = Router(tags=["materials"])
router.add_router("", tus_router)


def answer(data: Any, status: int = 200) -> HttpResponse:
    """JSON made by our own representations: it needs no second validation."""
    return HttpResponse(
        json.dumps(data, ensure_ascii=False),
        status=status,
        content_type="application/json; charset=utf-8",
    )


@router.get("/meetings/{uuid:meeting_id}/materials", response=MaterialList)
def list_materials(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The materials of a meeting that the caller may see, first sent first."""
    actor = actor_of(request)
    meeting = visible_meeting(actor, meeting_id)
    found = with_versions(Material.objects.visible_to(actor).filter(meeting=meeting))
    return answer({"materials": [material_dict(m, full=sees_full(actor, m)) for m in found]})


@router.get("/meetings/{uuid:meeting_id}/uploads", response=UploadList)
def list_uploads(
    request: HttpRequest, meeting_id: uuid.UUID, township: uuid.UUID | None = None, kind: str = ""
) -> HttpResponse:
    """Uploads on their way into a meeting: of the own township, for organisers of all."""
    actor = actor_of(request)
    visible_meeting(actor, meeting_id)
    found = queries.uploads_on_their_way(actor, meeting_id, township, kind)
    return answer({"uploads": [upload_dict(upload, actor) for upload in found]})


@router.get("/materials/{uuid:material_id}", response=MaterialDetail)
def get_material(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """A material with its versions, and the findings of the newest (own township, organisers)."""
    actor = actor_of(request)
    return answer(detail(actor, queries.visible_material(actor, material_id)))


def detail(actor: Actor, material: Material) -> dict[str, Any]:
    full = sees_full(actor, material)
    data = material_dict(material, full=full)
    versions = list(material.versions.all())
    if not full:
        versions = [version for version in versions if version.pk == material.current_id]
    data["versions"] = [version_dict(version, full=full) for version in versions]
    data["findings"] = findings_of(versions[0]) if full and versions else []
    return data


@router.get("/materials/{uuid:material_id}/pages", response=PageList)
def list_pages(
    request: HttpRequest,
    material_id: uuid.UUID,
    version: int | None = Query(None, ge=1, le=100_000, description="number of a version"),
) -> HttpResponse:
    """The slides or pages of the version on show (or of an older one), in order."""
    actor = actor_of(request)
    material = queries.visible_material(actor, material_id)
    shown = queries.chosen_version(actor, material, version)
    notes = sees_notes(actor, material)
    pages = shown.pages.order_by("number") if shown else ()
    return answer(
        {
            "material": str(material.pk),
            "version": str(shown.pk) if shown else None,
            "state": shown.state if shown else "missing",
            "pages": [page_dict(page, notes=notes) for page in pages],
        }
    )


def _answer_material(actor: Actor, material_id: uuid.UUID) -> HttpResponse:
    return answer(material_dict(queries.visible_material(actor, material_id), full=True))


@router.get("/materials/{uuid:material_id}/changes", response=ChangeList)
def list_changes(
    request: HttpRequest,
    material_id: uuid.UUID,
    before: int | None = Query(None, ge=1, le=100_000, description="number of the older version"),
    after: int | None = Query(None, ge=1, le=100_000, description="number of the newer version"),
) -> HttpResponse:
    """What changed between two versions, slide by slide; without numbers, the newest two."""
    actor = actor_of(request)
    material = queries.visible_material(actor, material_id)
    old, new = queries.two_versions(actor, material, before, after)
    notes = sees_notes(actor, material)
    found = compare(*queries.pages_of(old, new), notes=notes)
    return answer(
        {
            "material": str(material.pk),
            "before": old.number,
            "after": new.number,
            "counts": counts(found),
            "changes": [change_dict(change) for change in found],
        }
    )


@router.post("/materials/{uuid:material_id}/withdraw", response=MaterialOut)
def withdraw(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """Take a material back; sending a new version brings it back."""
    services.withdraw_material(actor=actor_of(request), material_id=material_id)
    return _answer_material(actor_of(request), material_id)


@router.post("/versions/{uuid:version_id}/retry", response=VersionOut)
def retry(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Convert a failed version once more."""
    version = services.retry_version(actor=actor_of(request), version_id=version_id)
    return answer(version_dict(version, full=True))


@router.post("/versions/{uuid:version_id}/restore", response=MaterialOut)
def restore(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Show an older version again."""
    material = services.restore_version(actor=actor_of(request), version_id=version_id)
    return _answer_material(actor_of(request), material.pk)


def _answer_version(actor: Actor, version_id: uuid.UUID) -> HttpResponse:
    return answer(version_dict(queries.visible_version(actor, version_id), full=True))


@router.put("/versions/{uuid:version_id}/approval", response=VersionOut)
def approve(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Say "I have looked at it, it is right" about the version on show, for one's own side."""
    approvals.approve_version(actor=actor_of(request), version_id=version_id)
    return _answer_version(actor_of(request), version_id)


@router.delete("/versions/{uuid:version_id}/approval", response=VersionOut)
def take_approval_back(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """One's own side no longer says so."""
    approvals.take_approval_back(actor=actor_of(request), version_id=version_id)
    return _answer_version(actor_of(request), version_id)


@router.put("/versions/{uuid:version_id}/name", response=VersionOut)
def name_version(request: HttpRequest, version_id: uuid.UUID, body: VersionName) -> HttpResponse:
    """Give a version a name ("" takes it away)."""
    approvals.name_version(actor=actor_of(request), version_id=version_id, label=body.label)
    return _answer_version(actor_of(request), version_id)


@router.put("/base-deck", response=BaseDeckOut)
def set_base_deck(request: HttpRequest, filename: str = Query(max_length=400)) -> HttpResponse:
    """Use a .pptx of the county's own for the month's decks; the body is the file (8 MiB at most)."""
    base = base_decks.set_base_deck(actor=actor_of(request), filename=filename, read=request.read)
    return answer({"filename": base.filename, "size": base.size, "sha256": base.sha256})


@router.delete("/base-deck", response={204: None})
def remove_base_deck(request: HttpRequest) -> HttpResponse:
    """Go back to the hub's own design."""
    base_decks.remove_base_deck(actor=actor_of(request))
    return HttpResponse(status=204)


@router.post("/meetings/{uuid:meeting_id}/extensions", response=MaterialOut)
def ask_extension(request: HttpRequest, meeting_id: uuid.UUID, body: ExtensionAsk) -> HttpResponse:
    """Ask the organiser for more time, with a reason."""
    material = services.ask_extension(
        actor=actor_of(request),
        meeting_id=meeting_id,
        township_id=body.township,
        kind=body.kind,
        reason=body.reason,
    )
    return _answer_material(actor_of(request), material.pk)


@router.put("/meetings/{uuid:meeting_id}/extensions", response=MaterialOut)
def grant_extension(
    request: HttpRequest, meeting_id: uuid.UUID, body: ExtensionGrant
) -> HttpResponse:
    """Give a township more time."""
    material = services.grant_extension(
        actor=actor_of(request),
        meeting_id=meeting_id,
        township_id=body.township,
        kind=body.kind,
        until=body.until,
    )
    return _answer_material(actor_of(request), material.pk)
