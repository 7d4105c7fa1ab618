"""How materials, versions and pages look outside: the same for the JSON API, the feed and the pages.

Two audiences: `full` for organisers, archivists and the material's own township (every version, its
way and its reasons), and everyone else (what is shown, once it is ready).
"""

import datetime as dt
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from townships.actors import Actor
from townships.models import Role

from .changes import Change
from .models import Approval, Material, Page, Upload, Version
from .processing.errors import sentence
from .processing.findings import finding_words


def sees_full(actor: Actor, material: Material) -> bool:
    """Whether the actor sees every version of a material that is visible to them, with its way."""
    own = actor.township_id is not None and actor.township_id == material.township_id
    return actor.is_staff or own or actor.role == Role.ARCHIVIST


def sees_notes(actor: Actor, material: Material) -> bool:
    """Speaker's notes are for the own township and the organisers."""
    own = actor.township_id is not None and actor.township_id == material.township_id
    return actor.is_staff or own


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def with_versions(queryset: QuerySet[Material]) -> QuerySet[Material]:
    """The materials with all that `material_dict` needs: two queries for any number of them."""
    versions = with_approvals(
        Version.objects.select_related("uploaded_by__user").defer("findings").order_by("-number")
    )
    return queryset.select_related("township", "meeting").prefetch_related(
        Prefetch("versions", queryset=versions)
    )


def with_approvals(queryset: QuerySet[Version]) -> QuerySet[Version]:
    """The versions with `owner_approved_at` and `organiser_approved_at`, without another query."""
    said = Approval.objects.filter(version=OuterRef("pk"))
    return queryset.annotate(
        **{
            f"{by}_approved_at": Subquery(said.filter(by=by).values("at")[:1])
            for by in Approval.By.values
        }
    )


def approved_at(version: Version) -> dict[str, dt.datetime | None]:
    """When each side approved the version; one query unless it came from `with_approvals`."""
    if hasattr(version, "owner_approved_at"):
        return {by: getattr(version, f"{by}_approved_at") for by in Approval.By.values}
    found = dict(version.approvals.values_list("by", "at"))
    return {by: found.get(by) for by in Approval.By.values}


def newest_of(material: Material) -> Version | None:
    """The version sent last. Needs `with_versions`."""
    return next(iter(material.versions.all()), None)


def current_of(material: Material) -> Version | None:
    """The version on show. Needs `with_versions`; no query."""
    return next((v for v in material.versions.all() if v.pk == material.current_id), None)


def material_dict(material: Material, *, full: bool) -> dict[str, Any]:
    """A material as JSON-ready values. Needs `with_versions`.

    `state` is of the newest version ("missing" without one); for everyone else, of the one on show.
    """
    newest, current = newest_of(material), current_of(material)
    state = newest if full else current
    data: dict[str, Any] = {
        "id": str(material.pk),
        "meeting": str(material.meeting_id),
        "township": {"id": str(material.township_id), "name": material.township.name},
        "kind": material.kind,
        "title": material.title,
        "state": state.state if state else "missing",
        "withdrawn": material.withdrawn_at is not None,
        "url": reverse("material", args=[material.pk]),
        "current": version_dict(current, full=full) if current else None,
    }
    if full:
        data |= {
            "newest": version_dict(newest, full=True) if newest else None,
            "extended_until": _iso(material.extended_until),
            "extension_asked_at": _iso(material.extension_asked_at),
            "extension_reason": material.extension_reason,
        }
    return data


def version_dict(version: Version, *, full: bool) -> dict[str, Any]:
    """A version as JSON-ready values. Needs `uploaded_by__user` loaded for `full`."""
    data: dict[str, Any] = {
        "id": str(version.pk),
        "number": version.number,
        "state": version.state,
        "filename": version.filename,
        "size": version.size,
        "sha256": version.sha256,
        "uploaded_at": _iso(version.uploaded_at),
        "pages": version.pages_total,
        "original": reverse("version_original", args=[version.pk]),
        "pdf": reverse("version_pdf", args=[version.pk]) if version.pdf else None,
    }
    if full:
        data |= {
            "label": version.label,
            "late": version.late,
            "approved": {by: _iso(at) for by, at in approved_at(version).items()},
            "uploaded_by": str(version.uploaded_by.user) if version.uploaded_by else "",
            "progress": {"done": version.progress_done, "total": version.progress_total},
            "reason": _reason(version.reason_code, version.reason_params),
            "notice": _reason(version.notice_code, version.reason_params),
        }
    return data


def _reason(code: str, params: dict[str, Any]) -> dict[str, str] | None:
    return {"code": code, "sentence": sentence(code, params)} if code else None


def findings_of(version: Version) -> list[dict[str, Any]]:
    """The pre-flight findings in the words of the active language: the file's, then by slide."""
    found = []
    for item in version.findings:
        says, advice = finding_words(item["code"], item.get("params"))
        slide = item.get("slide")
        found.append({"code": item["code"], "slide": slide, "sentence": says, "advice": advice})
    return sorted(found, key=lambda item: item["slide"] or 0)


def grouped(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings with the same sentence as one remark: `{sentence, advice, slides}`, for people to read."""
    remarks: dict[str, dict[str, Any]] = {}
    for finding in findings:
        fresh = {"sentence": finding["sentence"], "advice": finding["advice"], "slides": []}
        remark = remarks.setdefault(finding["sentence"], fresh)
        if finding["slide"]:
            remark["slides"].append(finding["slide"])
    return list(remarks.values())


def picture_url(page: Page, name: str) -> str | None:
    """The address of a page's `image` or `thumb`, which never changes what it shows; None without one."""
    key: str = getattr(page, name)
    if not key:
        return None
    return f"{reverse(f'page_{name}', args=[page.pk])}?v={key.split('/')[-2][:8]}"


def page_dict(page: Page, *, notes: bool) -> dict[str, Any]:
    """A page as JSON-ready values; addresses of pictures are None until they are made."""
    data: dict[str, Any] = {
        "id": str(page.pk),
        "number": page.number,
        "title": page.title,
        "text": page.text,
        "hidden": page.hidden,
        "image": picture_url(page, "image"),
        "thumb": picture_url(page, "thumb"),
        "width": page.width,
        "height": page.height,
    }
    if page.media:
        data["media"] = [media_dict(page, place) for place in range(len(page.media))]
    if notes:
        data["notes"] = page.notes
    return data


def media_dict(page: Page, place: int) -> dict[str, Any]:
    """A sound or video of a slide; `type` is what it was found to be by its content."""
    item = page.media[place]
    return {
        "url": f"{reverse('page_media', args=[page.pk, place])}?v={item['key'].split('/')[-2][:8]}",
        "type": item["type"],
        "size": item["size"],
        "name": item["name"],
    }


def upload_dict(upload: Upload, actor: Actor) -> dict[str, Any]:
    """An upload on its way, for colleagues. Needs `uploaded_by__user` loaded.

    `quiet_seconds`: how long no byte of it has come in.
    """
    return {
        "id": str(upload.pk),
        "filename": upload.filename,
        "length": upload.length,
        "offset": upload.offset,
        "kind": upload.kind,
        "fingerprint": upload.fingerprint,
        "url": f"/api/v1/uploads/{upload.pk}",
        "uploaded_by": str(upload.uploaded_by.user),
        "mine": upload.uploaded_by_id == actor.membership_id,
        "last_byte_at": _iso(upload.last_byte_at),
        "quiet_seconds": max(0, int((timezone.now() - upload.last_byte_at).total_seconds())),
        "created_at": _iso(upload.created_at),
        "expires_at": _iso(upload.expires_at),
    }


def change_dict(change: Change) -> dict[str, Any]:
    """What became of a slide, as JSON-ready values."""
    page = change.new or change.old
    return {
        "state": str(change.state),
        "before": change.old.number if change.old else None,
        "after": change.new.number if change.new else None,
        "title": page.title if page else "",
        "picture": change.picture,
        "text": [{"op": piece.op, "text": piece.text} for piece in change.text],
        "notes": [{"op": piece.op, "text": piece.text} for piece in change.notes],
        "hidden": change.hidden,
    }
