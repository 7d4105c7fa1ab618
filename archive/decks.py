"""A deck or manuscript in the archive, with what was asked and answered about each of its pages."""

import uuid
from dataclasses import dataclass

from board.adoptions import LedgerRow, ledger_of
from board.models import Post
from board.representations import posts_with_everything
from meetings.models import Meeting
from townships.actors import Actor
from townships.permissions import Action, require
from townships.problems import NotFound
from uploads.models import Material, Page

from .frozen import shown_posts


@dataclass(slots=True)
class ShownDeck:
    """A material, its pages in order, and the entries about them."""

    material: Material
    pages: list[Page]
    posts: list[Post]
    ledger: dict[uuid.UUID, list[LedgerRow]]


def shown(actor: Actor, material_id: uuid.UUID) -> ShownDeck:
    """A material of a closed meeting (a constant number of queries). Raises `NotFound`."""
    require(actor, Action.ARCHIVE)
    material = (
        Material.objects.visible_to(actor)
        .filter(
            pk=material_id,
            meeting__status=Meeting.Status.CLOSED,
            current__isnull=False,
            withdrawn_at__isnull=True,
        )
        .select_related("township", "current", "meeting__county")
        .first()
    )
    if material is None:
        raise NotFound
    pages = list(
        Page.objects.filter(version=material.current_id)
        .defer("notes", "signature")
        .order_by("number")
    )
    about = shown_posts(material.meeting).filter(page__version__material=material)
    posts = list(posts_with_everything(about).order_by("-people", "created_at", "pk"))
    practices = [post.pk for post in posts if post.kind == Post.Kind.PRACTICE]
    return ShownDeck(material, pages, posts, ledger_of(practices) if practices else {})
