"""Pages of what grew over the months: the practice catalogue, a year at a glance, a category."""

import uuid
from collections.abc import Hashable
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from board.models import Category
from townships.models import AuditRow
from townships.pages import actor_of
from townships.permissions import Action, require
from townships.problems import NotFound

from . import browse, follow
from .items import post_item
from .shelf import Shelf

PRACTICES = 20


SHELF = Shelf()


def stamp(county_id: uuid.UUID | None) -> Hashable:
    """Changes with every write in the county: each of them leaves an audit row (one query)."""
    rows = AuditRow.objects.filter(county=county_id).order_by("-at", "-pk")
    return county_id, get_language(), rows.values_list("pk", flat=True).first()


@require_GET
def practices(request: HttpRequest) -> HttpResponse:
    """The practice catalogue with its ledger, sorted by reach; drawn once until something changes."""
    actor = actor_of(request)
    require(actor, Action.ARCHIVE)
    years = browse.years(actor, browse.zone_of(actor))
    year = next((y for y in years if str(y) == request.GET.get("year")), None)
    categories = list(Category.objects.visible_to(actor).filter(parent=None))
    category = next((c for c in categories if str(c.pk) == request.GET.get("category")), None)

    def draw() -> tuple[str, ...]:
        found = follow.ranked(actor, year=year, category=category.pk if category else None)
        page = Paginator(found, PRACTICES).get_page(request.GET.get("page"))
        shown = {"page": page, "practices": follow.practices(list(page)), "total": len(found)}
        return (render_to_string("archive/parts/practices.html", shown, request),)

    (body,) = SHELF.take(("practices", stamp(actor.county_id), request.GET.urlencode()), draw)
    context = {
        "body": mark_safe(body),  # noqa: S308 - rendered by our template
        "years": years,
        "year": year,
        "categories": categories,
        "category": category,
    }
    return render(request, "archive/practices.html", context)


@require_GET
def overview(request: HttpRequest, year: int) -> HttpResponse:
    """A year at a glance; drawn once until something changes."""
    actor = actor_of(request)
    require(actor, Action.ARCHIVE)
    zone = browse.zone_of(actor)
    years = browse.years(actor, zone)
    if year not in years:
        raise NotFound
    body, aside = SHELF.take(
        ("overview", stamp(actor.county_id), year),
        lambda: drawn(follow.overview(actor, year), zone),
    )
    context = {
        "year": year,
        "body": mark_safe(body),  # noqa: S308 - rendered by our templates
        "aside": mark_safe(aside),  # noqa: S308
        "tabs": [
            {"key": str(y), "label": str(y), "url": reverse("archive:overview", args=[y])}
            for y in years
        ],
    }
    return render(request, "archive/overview.html", context)


def drawn(found: follow.Year, zone: ZoneInfo) -> tuple[str, ...]:
    """The two parts of a year's page, the same for every reader of the county."""
    context = {
        "found": found,
        "decks": sum(line.decks for line in found.months),
        "manuscripts": sum(line.manuscripts for line in found.months),
        "solved_share": _share(found.solved, found.opened),
        "chart": [
            {
                "label": date_format(line.meeting.starts_at.astimezone(zone), "YEAR_MONTH_FORMAT"),
                "value": line.problems + line.practices + line.questions,
                "url": reverse("archive:meeting", args=[line.meeting.pk]),
            }
            for line in found.months
        ],
        "chart_title": pgettext("yearly overview", "Entries by meeting"),
        "problems": [post_item(post) for post in found.problems],
    }
    return (
        render_to_string("archive/parts/overview.html", context),
        render_to_string("archive/parts/overview_aside.html", context),
    )


def _share(part: int, whole: int) -> str:
    return _("%(n)s%% of the year's") % {"n": round(100 * part / whole)} if whole else ""


@require_GET
def category(request: HttpRequest, category_id: uuid.UUID) -> HttpResponse:
    """What was filed under a category, newest first."""
    actor = actor_of(request)
    found = follow.in_category(actor, category_id)
    by_year: dict[int, list[dict[str, Any]]] = {}
    zone = browse.zone_of(actor)
    for post in found.posts:
        held = post.meeting.starts_at.astimezone(zone).year
        by_year.setdefault(held, []).append(post_item(post, with_meeting=True))
    context = {"found": found, "years": by_year.items()}
    return render(request, "archive/category.html", context)
