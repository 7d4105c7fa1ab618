"""The search page, and suggestions while somebody types."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from board.models import Category
from meetings.models import Meeting, Series
from townships.models import Township
from townships.pages import actor_of
from townships.permissions import Action, require
from uploads.models import Page

from .engines import Found
from .forms import GROUPS, SearchForm
from .models import Entry
from .query import QueryTooLong
from .search import SORTS, Group, Hit, Results, search
from .suggest import suggestions

PAGE_KINDS = (Entry.Kind.SLIDE, Entry.Kind.PAGE, Entry.Kind.NOTES)


@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """Search results in words and pictures; the address can be shared."""
    actor = actor_of(request)
    require(actor, Action.ARCHIVE)
    form = SearchForm(request.GET)
    order = form.sort_order()
    grouped = order == GROUPS
    try:
        results = search(
            actor=actor,
            text=form.text(),
            filters=form.filters(),
            page=form.page_number(),
            sort=SORTS[0] if grouped else order,
            grouped=grouped,
        )
    except QueryTooLong as problem:  # what was typed stays in the field, to be shortened
        context = {"q": form.text(), "problem": problem}
        return render(request, "archive/search.html", context, status=problem.status)
    names = {
        "township": dict(Township.objects.visible_to(actor).values_list("pk", "name")),
        "category": dict(Category.objects.visible_to(actor).values_list("pk", "name")),
        "series": dict(Series.objects.filter(county=actor.county_id).values_list("pk", "name")),
    }
    thumbs = thumbs_of(results)
    context = {
        "q": form.text(),
        "results": results,
        "hits": [hit_item(hit, thumbs) for hit in results.hits],
        "groups": [group_item(group, thumbs, form) for group in results.groups],
        "facets": form.facets(results, names),
        "chosen": form.chosen(names),
        "sorts": form.sort_tabs(),
        "sort": order,
    }
    return render(request, "archive/search.html", context)


@require_GET
def suggest(request: HttpRequest) -> JsonResponse:
    """What the search field offers for the beginning of a search."""
    actor = actor_of(request)
    found = suggestions(actor=actor, text=request.GET.get("q", ""))
    rows = [
        {
            "kind": one.kind,
            "text": one.text,
            "note": one.note,
            "url": url_of(one.entry) if one.entry else one.url,
        }
        for one in found
    ]
    return JsonResponse({"suggestions": rows}, json_dumps_params={"ensure_ascii": False})


def thumbs_of(results: Results) -> set[uuid.UUID]:
    """Which of the pages found have pictures (one query)."""
    found = [hit.entry.object_id for hit in results.hits if hit.entry.kind in PAGE_KINDS]
    if not found:
        return set()
    return set(Page.objects.filter(pk__in=found).exclude(thumb="").values_list("pk", flat=True))


def url_of(entry: Found) -> str:
    """Where a hit leads: exactly to the slide, the entry, the minutes, the meeting."""
    closed = entry.status == Meeting.Status.CLOSED
    if entry.kind in PAGE_KINDS:
        name = "archive:deck" if closed and entry.kind != Entry.Kind.NOTES else "material"
        return f"{reverse(name, args=[entry.source_id])}?page={entry.number}"
    if entry.kind == Entry.Kind.MINUTES:
        return reverse("archive:minutes", args=[entry.meeting_id])
    name = "archive:meeting" if closed else "meetings:detail"
    address = reverse(name, args=[entry.meeting_id])
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
        "url": url_of(entry),
        "snippet": hit.snippet,
        "thumb": reverse("page_thumb", args=[entry.object_id]) if entry.object_id in thumbs else "",
        "meeting": place,
        "township": entry.township_name,
        "date": entry.at,
    }


def group_item(group: Group, thumbs: set[uuid.UUID], form: SearchForm) -> dict[str, Any]:
    """A kind with its best hits, and the address of all of them."""
    return {
        "kind": group.kind,
        "label": Entry.Kind(group.kind).label,
        "total": group.total,
        "rest": group.total - len(group.hits),
        "url": form.address(kind=group.kind, sort=None),
        "hits": [hit_item(hit, thumbs) for hit in group.hits],
    }
