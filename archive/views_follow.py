"""Pages of what grew over the months: the practice catalogue, a year at a glance, a category."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from board.models import Category
from townships.pages import actor_of
from townships.permissions import Action, require

from . import browse, follow
from .items import post_item

PRACTICES = 20


@require_GET
def practices(request: HttpRequest) -> HttpResponse:
    """The practice catalogue with its ledger, sorted by reach."""
    actor = actor_of(request)
    require(actor, Action.ARCHIVE)
    years = browse.years(actor, browse.zone_of(actor))
    year = next((y for y in years if str(y) == request.GET.get("year")), None)
    categories = list(Category.objects.visible_to(actor).filter(parent=None))
    category = next((c for c in categories if str(c.pk) == request.GET.get("category")), None)
    found = follow.ranked(actor, year=year, category=category.pk if category else None)
    page = Paginator(found, PRACTICES).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "practices": follow.practices(list(page)),
        "total": len(found),
        "years": years,
        "year": year,
        "categories": categories,
        "category": category,
    }
    return render(request, "archive/practices.html", context)


@require_GET
def overview(request: HttpRequest, year: int) -> HttpResponse:
    """A year at a glance."""
    actor = actor_of(request)
    found = follow.overview(actor, year)
    years = browse.years(actor, browse.zone_of(actor))
    zone = browse.zone_of(actor)
    context = {
        "found": found,
        "tabs": [
            {"key": str(y), "label": str(y), "url": reverse("archive:overview", args=[y])}
            for y in years
        ],
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
    return render(request, "archive/overview.html", context)


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
