"""The archive's pages: the timeline, a township's history, a frozen meeting, the search."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from board.models import Category, Post
from meetings.models import Meeting, Series
from townships.models import Township
from townships.pages import actor_of
from townships.permissions import Action, can, require
from townships.problems import NotFound
from uploads.models import Kind, Page

from . import browse
from .engines import Found
from .forms import SearchForm
from .models import Entry
from .search import Hit, Results, search


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
        "months": browse.timeline(actor, shown, zone) if shown else [],
        "townships": Township.objects.visible_to(actor).filter(active=True),
        "keeps": actor.is_staff or can(actor, Action.PACKAGE),
    }
    return render(request, "archive/index.html", context)


@require_GET
def meeting(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """One meeting as it was frozen."""
    frozen = browse.frozen_meeting(actor_of(request), meeting_id)
    context = {
        "meeting": frozen.meeting,
        "agenda": agenda_items(frozen),
        "corrections": frozen.corrections,
        "manifest": frozen.manifest,
        "materials": [
            {
                "material": material,
                "url": reverse("material", args=[material.pk]),
                "slides": slides(material.pk, frozen.pages.get(material.pk, [])),
            }
            for material in frozen.materials
        ],
        "groups": [
            (Post.Kind(kind).label, [post_item(p) for p in frozen.posts if p.kind == kind])
            for kind in Post.Kind.values
        ],
    }
    return render(request, "archive/meeting.html", context)


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


@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """Search results in words and pictures; the address can be shared."""
    actor = actor_of(request)
    require(actor, Action.ARCHIVE)
    form = SearchForm(request.GET)
    results = search(
        actor=actor,
        text=form.text(),
        filters=form.filters(),
        page=form.page_number(),
        sort=form.sort_order(),
    )
    names = {
        "township": dict(Township.objects.visible_to(actor).values_list("pk", "name")),
        "category": dict(Category.objects.visible_to(actor).values_list("pk", "name")),
        "series": dict(Series.objects.filter(county=actor.county_id).values_list("pk", "name")),
    }
    context = {
        "q": form.text(),
        "results": results,
        "hits": [hit_item(hit, thumbs) for thumbs in [thumbs_of(results)] for hit in results.hits],
        "facets": form.facets(results, names),
        "sorts": form.sort_tabs(),
        "sort": form.sort_order(),
    }
    return render(request, "archive/search.html", context)


def slides(material_id: uuid.UUID, pages: list[Page]) -> list[dict[str, Any]]:
    """Thumbnails that open the viewer at their page."""
    address = reverse("material", args=[material_id])
    return [
        {
            "number": page.number,
            "thumb": reverse("page_thumb", args=[page.pk]) if page.thumb else "",
            "url": f"{address}?page={page.number}",
            "title": page.title,
            "hidden": page.hidden,
        }
        for page in pages
    ]


def agenda_items(frozen: browse.FrozenMeeting) -> list[dict[str, Any]]:
    """The agenda, each item with a link to its township's first material."""
    first = {m.township_id: m for m in reversed(frozen.materials)}
    return [
        {
            "id": item.pk,
            "kind": item.kind,
            "title": str(item),
            "township": item.township.name if item.township else "",
            "presenter": item.presenter,
            "minutes": item.minutes,
            "url": f"#material-{first[item.township_id].pk}" if item.township_id in first else "",
        }
        for item in frozen.agenda
    ]


def post_item(post: Post, *, with_meeting: bool = False) -> dict[str, Any]:
    """An entry as the design system's `{% post %}` shows it."""
    page = post.page
    anchor = None
    if page is not None:
        material = page.version.material
        anchor = {
            "number": page.number,
            "title": page.title,
            "thumb": reverse("page_thumb", args=[page.pk]) if page.thumb else "",
            "url": f"{reverse('material', args=[material.pk])}?page={page.number}",
        }
    return {
        "id": post.pk,
        "kind": post.kind,
        "state": "" if post.status == Post.Status.WAITING else post.status,
        "body": post.body,
        "author": post.author_name,
        "township": post.township.name if post.township else post.author_unit,
        "created": post.created_at,
        "supports": post.people,  # type: ignore[attr-defined]
        "townships": post.supporting_townships,  # type: ignore[attr-defined]
        "pinned": post.pinned,
        "page": anchor,
        "replies": [
            {
                "author": reply.author_name,
                "township": reply.author_unit,
                "body": reply.body,
                "created": reply.created_at,
            }
            for reply in post.replies.all()
        ],
        "meeting": post.meeting if with_meeting else None,
        "adoptions": list(post.adoptions.all()),
    }


PAGE_KINDS = (Entry.Kind.SLIDE, Entry.Kind.PAGE, Entry.Kind.NOTES)


def thumbs_of(results: Results) -> set[uuid.UUID]:
    """Which of the pages found have pictures (one query)."""
    found = [hit.entry.object_id for hit in results.hits if hit.entry.kind in PAGE_KINDS]
    return set(Page.objects.filter(pk__in=found).exclude(thumb="").values_list("pk", flat=True))


def hit_url(entry: Found) -> str:
    """Where a hit leads: exactly to the slide, the entry, the meeting."""
    if entry.kind in PAGE_KINDS:
        return f"{reverse('material', args=[entry.source_id])}?page={entry.number}"
    if entry.status == Meeting.Status.CLOSED:
        address = reverse("archive:meeting", args=[entry.meeting_id])
    else:
        address = reverse("meetings:detail", args=[entry.meeting_id])
    return address if entry.kind == Entry.Kind.MEETING else f"{address}#post-{entry.object_id}"


def hit_item(hit: Hit, thumbs: set[uuid.UUID]) -> dict[str, Any]:
    """A hit as the design system's `{% hit %}` shows it."""
    entry = hit.entry
    place = entry.meeting_title
    if entry.kind in PAGE_KINDS:
        place = _("%(meeting)s, page %(number)s") % {"meeting": place, "number": entry.number}
    return {
        "kind": entry.kind,
        "title": hit.title or Entry.Kind(entry.kind).label,
        "url": hit_url(entry),
        "snippet": hit.snippet,
        "thumb": reverse("page_thumb", args=[entry.object_id]) if entry.object_id in thumbs else "",
        "meeting": place,
        "township": entry.township_name,
        "date": entry.at,
    }
