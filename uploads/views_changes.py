"""The page that shows what changed between two versions, with pictures."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from townships.pages import actor_of

from . import queries
from .changes import Change, State, compare, counts
from .models import Kind, Page, Version
from .representations import picture_url, sees_notes
from .views import number_in


@require_safe
def changes(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """Slide by slide: added, removed, changed, moved; unchanged ones are folded away.

    Four queries, however many slides and versions there are.
    """
    actor = actor_of(request)
    material = queries.visible_material(actor, material_id)
    old, new = queries.two_versions(
        actor, material, number_in(request, "before"), number_in(request, "after")
    )
    notes = sees_notes(actor, material)
    found = compare(*queries.pages_of(old, new), notes=notes)
    context = {
        "material": material,
        "meeting": material.meeting,
        "is_deck": material.kind == Kind.DECK,
        "old": old,
        "new": new,
        "ready": [v for v in material.versions.all() if v.state == Version.State.READY],
        "rows": [_row(change, old, new) for change in found if change.state != State.SAME],
        "same": [_row(change, old, new) for change in found if change.state == State.SAME],
        "counts": counts(found),
        "same_file": old.sha256 == new.sha256,
        "blind": any(change.picture is None and change.old and change.new for change in found),
    }
    return render(request, "uploads/changes.html", context)


def _row(change: Change, old: Version, new: Version) -> dict[str, Any]:
    return {
        "state": str(change.state),
        "change": change,
        "place": change.place,
        "title": (change.new or change.old).title,  # type: ignore[union-attr]
        "before": _side(change.old, old),
        "after": _side(change.new, new),
    }


def _side(page: Page | None, version: Version) -> dict[str, Any] | None:
    if page is None:
        return None
    address = reverse("material", args=[version.material_id])
    return {
        "number": page.number,
        "thumb": picture_url(page, "thumb") or "",
        "hidden": page.hidden,
        "text": page.text,
        "url": f"{address}?version={version.number}&page={page.number}",
    }
