"""Suggestions while somebody types: townships, people's own words, titles; each at one stroke.

Two plain queries at most: the county's townships and categories are compared in memory (by their
folded names and their pinyin initials), titles come from the engines' own indexes.
"""

import uuid
from dataclasses import dataclass

from django.urls import reverse

from board.models import Category
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require

from . import engines
from .engines import Found
from .folding import fold, initials
from .models import scope_of
from .query import LONGEST, parse

MOST = 8
NAMES = 4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line under the search field; it leads to an entry, or to the page at `url`."""

    kind: str
    text: str
    note: str = ""
    url: str = ""
    entry: Found | None = None


def suggestions(*, actor: Actor, text: str) -> list[Suggestion]:
    """At most eight: names first, then the titles of what fits best. Raises `NotAllowed`.

    Nothing for what is too long or empty: the field is asked again with each letter.
    """
    require(actor, Action.ARCHIVE)
    text = text.strip()
    if not text or len(text) > LONGEST:
        return []
    found = named(actor, text)
    seen = {one.text for one in found}
    query = parse(text)
    facts = engines.titles(query, scope_of(actor), MOST * 3)
    for entry in engines.entries(facts):
        title = entry.title.strip()
        if title and title not in seen and len(found) < MOST:
            seen.add(title)
            note = " · ".join(filter(None, [entry.township_name, entry.meeting_title]))
            found.append(Suggestion(entry.kind, title, note, entry=entry))
    return found


def named(actor: Actor, text: str) -> list[Suggestion]:
    """Townships and categories whose names begin like this, or whose initials do (青石镇: qsz)."""
    wanted = fold(text)
    rows: list[tuple[str, uuid.UUID, str]] = [
        ("township", pk, name)
        for pk, name in Township.objects.visible_to(actor).values_list("pk", "name")
    ]
    rows += [
        ("category", pk, name)
        for pk, name in Category.objects.visible_to(actor).filter(parent=None).values_list("pk", "name")
    ]  # fmt: skip
    return [
        Suggestion(kind, name, url=reverse(f"archive:{kind}", args=[pk]))
        for kind, pk, name in rows
        if wanted in fold(name) or (len(wanted) > 1 and initials(name).startswith(wanted))
    ][:NAMES]
