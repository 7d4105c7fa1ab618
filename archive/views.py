"""The archive's pages: the timeline, a township's history, a frozen meeting, a deck with its entries."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from board.models import Category, Post
from townships.actors import Actor
from townships.models import Township
from townships.pages import actor_of
from townships.permissions import Action, can, require
from townships.problems import NotFound
from uploads.models import Kind, Material, Page
from uploads.views import number_in

from . import browse, decks, frozen
from .items import post_item, slide_items
from .models import Entry
from .shelf import Shelf

SHELF = Shelf()


@require_GET
def index(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """The timeline of one year (the newest by default)."""
    actor = actor_of(request)
    require(actor, Action.ARCHIVE)
    zone = browse.zone_of(actor)
    years = browse.years(actor, zone)
    if year is not None and year not in years:
        raise NotFound
    shown = year or (years[0] if years else None)
    context = {
        "tabs": [
            {"key": str(y), "label": str(y), "url": reverse("archive:year", args=[y])}
            for y in years
        ],
        "year": str(shown or ""),
        "body": mark_safe(drawn_year(actor, shown, zone)) if shown else "",  # noqa: S308 - our template
        "townships": Township.objects.visible_to(actor).filter(active=True),
        "categories": Category.objects.visible_to(actor).filter(parent=None),
        "keeps": actor.is_staff or can(actor, Action.PACKAGE),
        "brings": can(actor, Action.IMPORT),
    }
    return render(request, "archive/index.html", context)


def drawn_year(actor: Actor, year: int, zone: ZoneInfo) -> str:
    """The timeline of a year, the same for every reader of the county: drawn once until one of its
    meetings changes."""

    def draw() -> tuple[str, ...]:
        context = {"months": browse.timeline(actor, year, zone)}
        return (render_to_string("archive/parts/timeline.html", context),)

    key = ("timeline", actor.county_id, get_language(), year, browse.stamp(actor, year, zone))
    return SHELF.take(key, draw)[0]


@require_GET
def meeting(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """One meeting as it was frozen: drawn once per language, kept while nothing was added to it."""
    found = browse.closed_meeting(actor_of(request), meeting_id)
    body, aside = SHELF.take(frozen.stamp(found), lambda: drawn(frozen.frozen(found)))
    context = {
        "meeting": found,
        "body": mark_safe(body),  # noqa: S308 - rendered by our templates
        "aside": mark_safe(aside),  # noqa: S308
    }
    return render(request, "archive/meeting.html", context)


def drawn(held: frozen.FrozenMeeting) -> tuple[str, ...]:
    """The two parts of a frozen meeting's page, the same for every reader."""
    context = {
        "held": held,
        "meeting": held.meeting,
        "agenda": agenda_items(held),
        "materials": [
            material_item(material, held.pages.get(material.pk, [])) for material in held.materials
        ],
        "groups": [
            (Entry.Kind(kind).label, [post_item(p, held.ledger) for p in held.posts if p.kind == kind])
            for kind in Post.Kind.values
        ],
    }  # fmt: skip
    return (
        render_to_string("archive/parts/frozen.html", context),
        render_to_string("archive/parts/frozen_aside.html", context),
    )


def material_item(material: Material, pages: list[Page]) -> dict[str, Any]:
    """A material with its first slides; those without pictures are listed by their titles."""
    return {
        "material": material,
        "url": reverse("archive:deck", args=[material.pk]),
        "pages": material.current.pages_total if material.current else 0,
        "slides": slide_items(material.pk, pages),
        "pictures": any(page.thumb for page in pages),
    }


def agenda_items(held: frozen.FrozenMeeting) -> list[dict[str, Any]]:
    """The agenda, each item with a link to its township's first material."""
    first = {m.township_id: m for m in reversed(held.materials)}
    return [
        {
            "id": item.pk,
            "kind": item.kind,
            "title": str(item),
            "township": item.township.name if item.township else "",
            "presenter": item.presenter,
            "starts": item.started_at,
            "minutes": item.minutes,
            "url": f"#material-{first[item.township_id].pk}" if item.township_id in first else "",
        }
        for item in held.agenda
    ]


@require_GET
def deck(request: HttpRequest, material_id: uuid.UUID) -> HttpResponse:
    """A deck or manuscript of a closed meeting: each page with the entries asked about it."""
    shown = decks.shown(actor_of(request), material_id)
    total = len(shown.pages)
    number = min(max(number_in(request, "page") or 1, 1), max(total, 1))
    page = shown.pages[number - 1] if shown.pages else None
    entries = [post_item(post, shown.ledger) for post in shown.posts]
    here = (
        [item for item in entries if item["page"] and item["page"]["id"] == page.pk] if page else []
    )
    context = {
        "material": shown.material,
        "meeting": shown.material.meeting,
        "is_deck": shown.material.kind == Kind.DECK,
        "page": viewer_page(page) if page else None,
        "text": page.text if page else "",
        "number": number,
        "total": total,
        "prev": f"?page={number - 1}" if number > 1 else "",
        "next": f"?page={number + 1}" if number < total else "",
        "slides": with_counts(slide_items(material_id, shown.pages), entries),
        "here": here,
        "elsewhere": len(entries) - len(here),
    }  # fmt: skip
    return render(request, "archive/deck.html", context)


def viewer_page(page: Page) -> dict[str, Any]:
    """A page as the design system's `{% viewer %}` takes it."""
    return {
        "number": page.number,
        "image": reverse("page_image", args=[page.pk]) if page.image else "",
        "alt": _("Page %(number)s: %(title)s") % {"number": page.number, "title": page.title},
        "text": page.text,
        "title": page.title,
    }


def with_counts(
    slides: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The thumbnails, each with how many entries there are about it."""
    for slide in slides:
        slide["entries"] = sum(
            1 for item in entries if item["page"] and item["page"]["id"] == slide["id"]
        )
    return slides


@require_GET
def township(request: HttpRequest, township_id: uuid.UUID) -> HttpResponse:
    """What one township brought, newest first."""
    history = browse.township_history(actor_of(request), township_id)
    context = {
        "township": history.township,
        "decks": [m for m in history.materials if m.kind == Kind.DECK],
        "manuscripts": [m for m in history.materials if m.kind == Kind.MANUSCRIPT],
        "posts": [post_item(post, with_meeting=True) for post in history.posts],
    }
    return render(request, "archive/township.html", context)
