"""What the hall sees, as data: the state of the screen and the slides of a deck.

The version on show is pinned in the meeting, so a deck that is uploaded again does not change under
the speaker.
"""

import uuid
from typing import Any

from django.urls import reverse

from meetings.models import Meeting
from townships.actors import Actor
from uploads.models import Material, Page, Version

TEXT_LIMIT = 4000  # characters of a slide's text in a frame


def page_dict(page: Page, *, text: bool = True) -> dict[str, Any]:
    """A slide as JSON-ready values; picture addresses are None until the pictures are made."""
    data: dict[str, Any] = {
        "id": str(page.pk),
        "number": page.number,
        "title": page.title,
        "hidden": page.hidden,
        "image": reverse("page_image", args=[page.pk]) if page.image else None,
        "thumb": reverse("page_thumb", args=[page.pk]) if page.thumb else None,
        "width": page.width,
        "height": page.height,
    }
    if text:
        data["text"] = page.text[:TEXT_LIMIT]
    return data


def screen_dict(meeting: Meeting) -> dict[str, Any]:
    """The screen of a meeting: mode and, for a slide, everything needed to show it and the next.

    At most two queries, none unless a slide was chosen. The chosen slide is kept while the screen
    shows something else, so the host can come back to it.
    """
    screen: dict[str, Any] = {
        "mode": meeting.screen_mode,
        "material": str(meeting.screen_material_id) if meeting.screen_material_id else None,
        "version": str(meeting.screen_version_id) if meeting.screen_version_id else None,
        "number": meeting.screen_page,
        "poll": str(meeting.screen_poll_id) if meeting.screen_poll_id else None,
        "total": 0,
        "township": "",
        "kind": "",
        "title": "",
        "page": None,
        "next": None,
    }
    if meeting.screen_version_id is None or not meeting.is_open:
        return screen
    version = (
        Version.objects.filter(pk=meeting.screen_version_id)
        .select_related("material__township")
        .defer("findings")
        .first()
    )
    if version is None:
        return screen
    screen |= {
        "total": version.pages_total,
        "township": version.material.township.name,
        "kind": version.material.kind,
        "title": version.material.title,
    }
    number = meeting.screen_page or 1
    pages = list(version.pages.filter(number=number)[:1]) + list(
        visible_pages(version.pk).filter(number__gt=number)[:1]
    )
    for page in pages:
        if page.number == number:
            screen["page"] = page_dict(page)
        else:
            screen["next"] = page_dict(page, text=False)
    return screen


def visible_pages(version_id: uuid.UUID) -> Any:
    """The pages of a version that are shown when stepping: hidden slides keep their numbers but are
    stepped over."""
    return Page.objects.filter(version_id=version_id, hidden=False).order_by("number")


def deck_dict(actor: Actor, version: Version) -> dict[str, Any]:
    """All pages of a version for browsing; notes for organisers and the own township only."""
    material = version.material
    with_notes = actor.is_staff or (
        actor.township_id is not None and actor.township_id == material.township_id
    )
    pages = []
    for page in version.pages.order_by("number"):
        data = page_dict(page)
        if with_notes:
            data["notes"] = page.notes
        pages.append(data)
    return {
        "material": str(material.pk),
        "version": str(version.pk),
        "township": material.township.name,
        "kind": material.kind,
        "title": material.title,
        "pages": pages,
    }


def showable_decks(actor: Actor, meeting: Meeting) -> list[dict[str, Any]]:
    """Materials with slides, each with its first one, in the order of the agenda (three queries)."""
    order = {
        township_id: position
        for position, township_id in enumerate(
            meeting.agenda.order_by("-position").values_list("township_id", flat=True)
        )
    }
    found = (
        Material.objects.visible_to(actor)
        .filter(meeting=meeting, withdrawn_at__isnull=True, current__state=Version.State.READY)
        .select_related("township", "current")
    )
    materials = sorted(
        found, key=lambda material: (-order.get(material.township_id, -1), material.kind)
    )
    pages = Page.objects.filter(version__in=[material.current_id for material in materials])
    firsts: dict[uuid.UUID, Page] = {}
    for page in pages.filter(hidden=False).order_by("-number").defer("text", "notes"):
        firsts[page.version_id] = page
    return [
        {
            "material": str(material.pk),
            "version": str(material.current_id),
            "township": material.township.name,
            "township_id": str(material.township_id),
            "kind": material.kind,
            "title": material.title,
            "total": material.current.pages_total if material.current else 0,
            "first": _first(firsts, material),
        }
        for material in materials
    ]


def _first(firsts: dict[uuid.UUID, Page], material: Material) -> dict[str, Any] | None:
    page = firsts.get(material.current_id) if material.current_id else None
    return page_dict(page, text=False) if page else None
