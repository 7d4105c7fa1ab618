"""What goes into the pack of a meeting, read once: decks with their chosen slides, entries, the list of problems."""

import uuid
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from board.models import Case, Post
from meetings.models import Meeting
from townships import sheets
from uploads.models import Kind, Material, Page

from ..minutes.draft import entries
from .models import DigestPage

AUTOMATIC = 3


@dataclass(slots=True)
class Deck:
    """A township's deck: all its pages, and those the digest shows."""

    material: Material
    pages: list[Page]
    chosen: list[Page] = field(default_factory=list)


def decks_of(meeting: Meeting) -> list[Deck]:
    """The decks on show with their pages and the digest's choice (four queries)."""
    materials = (
        Material.objects.filter(
            meeting=meeting, kind=Kind.DECK, withdrawn_at=None, current__isnull=False
        )
        .select_related("township", "current")
        .order_by("township__position", "township__name")
    )
    decks = {material.current_id: Deck(material, []) for material in materials}
    pages = Page.objects.filter(version__in=list(decks)).defer("text", "notes").order_by("number")
    for page in pages:
        decks[page.version_id].pages.append(page)
    picked = set(DigestPage.objects.filter(meeting=meeting).values_list("page_id", flat=True))
    said = Counter(
        Post.objects.filter(meeting=meeting, page__isnull=False, hidden_at=None, withdrawn_at=None)
        .annotate(at=F("page_id"))
        .values_list("at", flat=True)
    )
    for deck in decks.values():
        deck.chosen = (
            [page for page in deck.pages if page.pk in picked]
            if picked
            else automatic(deck.pages, said)
        )
    return list(decks.values())


def automatic(pages: list[Page], said: "Counter[uuid.UUID | None]") -> list[Page]:
    """The first slide and those most was said to, AUTOMATIC at most, in their order."""
    shown = [page for page in pages if not page.hidden]
    talked = sorted(shown[1:], key=lambda page: (-said[page.pk], page.number))
    chosen = shown[:1] + [page for page in talked if said[page.pk]][: AUTOMATIC - 1]
    return sorted(chosen, key=lambda page: page.number)


def problem_table(meeting: Meeting) -> sheets.Table:
    """The list of problems: those raised at this meeting and those carried into it, with state, owner and due day."""
    header = [
        _("No."), _("Township"), _("Problem"), _("Raised at"), pgettext("list of problems", "Category"), _("Townships that have it too"),
        pgettext("list of problems", "State"), pgettext("list of problems", "Who sees to it"), pgettext("list of problems", "Due"), pgettext("list of problems", "Outcome"), pgettext("list of problems", "Answers"),
    ]  # fmt: skip
    rows: list[list[object]] = []
    seen: set[uuid.UUID | None] = set()
    for post in entries(meeting, Post.Kind.PROBLEM):
        case = post.case
        seen.add(post.case_id)
        state = case.get_status_display() if case else post.get_status_display()
        rows.append(
            [
                len(rows) + 1,
                post.township.name if post.township else post.author_unit,
                post.body,
                meeting.title,
                post.category.name if post.category else "",
                post.supporting_townships,  # type: ignore[attr-defined]
                str(state),
                case.responsible_name if case else "",
                case.due if case else None,
                case.outcome if case else "",
                "\n".join(
                    f"{reply.author_unit or reply.author_name}: {reply.body}"
                    for reply in post.replies.all()
                    if reply.hidden_at is None
                ),
            ]
        )
    carried = Case.objects.filter(discussions__meeting=meeting, kind=Case.Kind.PROBLEM).exclude(
        pk__in=[pk for pk in seen if pk]
    )
    for case in carried.select_related("township", "opened_in", "category").order_by("created_at"):
        rows.append(
            [
                len(rows) + 1,
                case.township.name if case.township else "",
                case.title,
                case.opened_in.title if case.opened_in else "",
                case.category.name if case.category else "",
                "",
                str(case.get_status_display()),
                case.responsible_name,
                case.due,
                case.outcome,
                "",
            ]
        )
    return sheets.Table(
        _("List of problems"), header, rows, title=f"{meeting.title} {_('List of problems')}"
    )
