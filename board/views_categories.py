"""The page on which organisers keep the county's categories."""

import uuid

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from townships.actors import Actor
from townships.models import County
from townships.pages import actor_of, done_or_said, tried
from townships.permissions import Action, require
from townships.problems import NotFound

from . import services
from .forms import CategoryForm, uuid_of
from .models import Category


@require_http_methods(["GET", "HEAD", "POST"])
def categories(request: HttpRequest) -> HttpResponse:
    """All categories with their aspects; a POST adds one (`parent`: an aspect)."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    form = CategoryForm(request.POST or None)
    parent = request.POST.get("parent", "")
    if request.method == "POST" and form.is_valid():
        try:
            parent_id = uuid_of(parent)
        except ValueError:
            raise NotFound from None
        ok, made = tried(
            form,
            services.create_category,
            actor=actor,
            name=form.cleaned_data["name"],
            parent_id=parent_id,
        )
        if ok:
            messages.success(request, _("%(name)s has been added.") % {"name": made.name})
            return redirect("categories")
    context = {"groups": groups(actor), "form": form, "parent": parent}
    return render(request, "board/categories.html", context, status=400 if form.errors else 200)


def groups(actor: Actor) -> list[dict[str, object]]:
    """The categories in their order, each with its aspects and how often it is used (one query)."""
    counted = Category.objects.visible_to(actor).annotate(used=Count("posts"))
    found = list(counted.order_by("position", "name"))
    tops = [one for one in found if one.parent_id is None]
    made: list[dict[str, object]] = []
    for place, top in enumerate(tops):
        aspects = [one for one in found if one.parent_id == top.pk]
        made.append(
            {
                "category": top,
                "first": place == 0,
                "last": place == len(tops) - 1,
                "place": place,
                "aspects": [
                    {
                        "category": one,
                        "place": number,
                        "first": number == 0,
                        "last": number == len(aspects) - 1,
                    }
                    for number, one in enumerate(aspects)
                ],
            }
        )
    return made


@require_http_methods(["GET", "HEAD", "POST"])
def category(request: HttpRequest, category_id: uuid.UUID) -> HttpResponse:
    """Rename a category or an aspect."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    found = Category.objects.visible_to(actor).filter(pk=category_id).first()
    if found is None:
        raise NotFound
    form = CategoryForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        ok, _category = tried(
            form,
            services.change_category,
            actor=actor,
            category_id=category_id,
            name=form.cleaned_data["name"],
        )
        if ok:
            messages.success(request, _("Saved."))
            return redirect("categories")
    context = {"category": found, "form": form}
    return render(request, "board/category.html", context, status=400 if form.errors else 200)


@require_POST
def move(request: HttpRequest, category_id: uuid.UUID) -> HttpResponse:
    """To another place among its neighbours; `to` counts from 0."""
    actor = actor_of(request)
    to = request.POST.get("to", "")
    if not (to.isascii() and to.isdigit() and len(to) < 5):
        require(actor, Action.PEOPLE)
        return redirect("categories")
    done_or_said(
        request, services.change_category, actor=actor, category_id=category_id, position=int(to)
    )
    return redirect("categories")


@require_POST
def offer(request: HttpRequest, category_id: uuid.UUID) -> HttpResponse:
    """Offer an archived category again."""
    actor = actor_of(request)
    if done_or_said(
        request, services.change_category, actor=actor, category_id=category_id, archived=False
    ):
        messages.success(request, _("It is offered again."))
    return redirect("categories")


@require_POST
def remove(request: HttpRequest, category_id: uuid.UUID) -> HttpResponse:
    """Take a category away; one that was used stays with its entries."""
    services.remove_category(actor=actor_of(request), category_id=category_id)
    messages.success(request, _("It is offered no more. Entries filed under it keep it."))
    return redirect("categories")


@require_POST
def defaults(request: HttpRequest) -> HttpResponse:
    """Start with the usual categories, where there are none."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    county = County.objects.get(pk=actor.county_id)
    services.add_default_categories(actor=actor, county=county)
    return redirect("categories")
