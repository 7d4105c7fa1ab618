"""The county's own categories: what entries are about. Organisers keep them."""

import uuid

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from townships import audit
from townships.actors import Actor
from townships.models import County
from townships.permissions import Action, require
from townships.problems import NotFound
from townships.texts import one_line

from .defaults import categories_in
from .models import Category
from .problems import CategoryExists

NAME_LIMIT = 40


def add_default_categories(*, actor: Actor, county: County) -> int:
    """The categories a county starts with, in its language; none where it has some. How many."""
    require(actor, Action.PEOPLE)
    with transaction.atomic():
        County.objects.select_for_update().get(pk=county.pk)
        if Category.objects.filter(county=county).exists():
            return 0
        made = 0
        for place, (name, aspects) in enumerate(categories_in(county.language)):
            parent = Category.objects.create(county=county, name=name, position=place)
            Category.objects.bulk_create(
                Category(county=county, parent=parent, name=aspect, position=number)
                for number, aspect in enumerate(aspects)
            )
            made += 1 + len(aspects)
        audit.write(actor=actor, action="categories.started", obj=county, county_id=county.pk)
    return made


def create_category(*, actor: Actor, name: str, parent_id: uuid.UUID | None = None) -> Category:
    """A new category, or a new aspect of one; last in its list. Raises `CategoryExists`."""
    require(actor, Action.PEOPLE)
    name = one_line(name, "name", most=NAME_LIMIT, needed=True)
    with transaction.atomic():
        county = County.objects.select_for_update().get(pk=actor.county_id)
        parent = _of(actor, parent_id) if parent_id else None
        if parent is not None and parent.parent_id is not None:
            raise NotFound
        beside = Category.objects.filter(county=county, parent=parent)
        if beside.filter(name=name).exists():
            raise CategoryExists(fields={"name": CategoryExists.sentence})
        last = beside.aggregate(last=Max("position"))["last"]
        place = 0 if last is None else last + 1
        made = Category.objects.create(county=county, parent=parent, name=name, position=place)
        audit.write(actor=actor, action="category.created", obj=made, name=name)
    return made


def change_category(
    *,
    actor: Actor,
    category_id: uuid.UUID,
    name: str | None = None,
    position: int | None = None,
    archived: bool | None = None,
) -> Category:
    """Rename, move to a place among its neighbours (0 is the first), archive or offer again.

    An archived category stays with the entries filed under it. Raises `CategoryExists`.
    """
    require(actor, Action.PEOPLE)
    with transaction.atomic():
        County.objects.select_for_update().get(pk=actor.county_id)
        category = _of(actor, category_id)
        beside = Category.objects.filter(county_id=category.county_id, parent=category.parent_id)
        old = {"name": category.name, "archived": category.archived_at is not None}
        if name is not None:
            category.name = one_line(name, "name", most=NAME_LIMIT, needed=True)
            if beside.filter(name=category.name).exclude(pk=category.pk).exists():
                raise CategoryExists(fields={"name": CategoryExists.sentence})
        if archived is not None and archived is not old["archived"]:
            category.archived_at = timezone.now() if archived else None
        category.save(update_fields=["name", "archived_at"])
        if position is not None:
            _move(category, list(beside.exclude(pk=category.pk)), position)
        audit.write(actor=actor, action="category.changed", obj=category, old=old)
    return category


def remove_category(*, actor: Actor, category_id: uuid.UUID) -> None:
    """Take a category away: deleted where nothing was ever filed under it, archived otherwise."""
    require(actor, Action.PEOPLE)
    with transaction.atomic():
        County.objects.select_for_update().get(pk=actor.county_id)
        category = _of(actor, category_id)
        used = category.posts.exists() or category.cases.exists() or category.aspects.exists()
        audit.write(actor=actor, action="category.removed", obj=category, name=category.name)
        if not used:
            category.delete()
        elif category.archived_at is None:
            category.archived_at = timezone.now()
            category.save(update_fields=["archived_at"])


def choosable(county_id: uuid.UUID | None, category_id: uuid.UUID) -> Category:
    """A category of the county that is offered now. Raises `NotFound`."""
    category = (
        Category.objects.select_related("parent")
        .filter(pk=category_id, county_id=county_id, archived_at__isnull=True)
        .first()
    )
    if category is None or (category.parent is not None and category.parent.archived_at):
        raise NotFound
    return category


def offered(county_id: uuid.UUID | None) -> list[dict[str, object]]:
    """The categories to choose from, each with its aspects, in their order (one query)."""
    found = list(Category.objects.filter(county_id=county_id, archived_at__isnull=True))
    return [
        {
            "id": str(category.pk),
            "name": category.name,
            "aspects": [
                {"id": str(aspect.pk), "name": aspect.name}
                for aspect in found
                if aspect.parent_id == category.pk
            ],
        }
        for category in found
        if category.parent_id is None
    ]


def _of(actor: Actor, category_id: uuid.UUID) -> Category:
    category = Category.objects.visible_to(actor).filter(pk=category_id).first()
    if category is None:
        raise NotFound
    return category


def _move(category: Category, others: list[Category], position: int) -> None:
    others.insert(max(0, min(position, len(others))), category)
    for place, other in enumerate(others):
        if other.position != place:
            Category.objects.filter(pk=other.pk).update(position=place)
