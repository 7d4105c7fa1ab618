"""A closed meeting as it was: agenda, who was there, decks and manuscripts, the board, the minutes.

Everybody who may open it sees the same, so what was drawn can be kept (`shelf`). `stamp` is what it
was made of.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils.translation import get_language

from board.adoptions import LedgerRow, ledger_of
from board.models import AdoptionStep, Case, CaseStep, Post
from board.representations import posts_with_everything
from meetings.attendance_sheet import Sheet, sheet_of
from meetings.models import AgendaItem, Meeting
from uploads.models import Material, Page

from .browse import everybodys
from .engines import key
from .minutes.models import Minutes
from .minutes.queries import Shown, frozen_minutes
from .models import Correction, Disposal, Manifest
from .retention import tombstones

FIRST_SLIDES = 6


@dataclass(slots=True)
class FrozenMeeting:
    """A meeting of the archive with everything that was shown and said."""

    meeting: Meeting
    agenda: list[AgendaItem]
    materials: list[Material]
    pages: dict[uuid.UUID, list[Page]]
    posts: list[Post]
    sheet: Sheet
    minutes: Shown | None
    corrections: list[Correction]
    manifest: Manifest | None
    ledger: dict[uuid.UUID, list[LedgerRow]] = field(default_factory=dict)
    removed: list[Disposal] = field(default_factory=list)


STAMP = f"""
    SELECT m.last_seq,
      (SELECT max(number) FROM {Manifest._meta.db_table} WHERE meeting_id = m.id),
      (SELECT approved_at FROM {Minutes._meta.db_table} WHERE meeting_id = m.id),
      (SELECT count(*) FROM {AdoptionStep._meta.db_table} s
         JOIN {Post._meta.db_table} p ON p.id = s.post_id WHERE p.meeting_id = m.id),
      (SELECT count(*) FROM {CaseStep._meta.db_table} s
         JOIN {Post._meta.db_table} p ON p.case_id = s.case_id WHERE p.meeting_id = m.id),
      (SELECT max(c.closed_at) FROM {Case._meta.db_table} c
         JOIN {Post._meta.db_table} p ON p.case_id = c.id WHERE p.meeting_id = m.id)
    FROM {Meeting._meta.db_table} m WHERE m.id = %s
"""  # noqa: S608 - names are ours


def stamp(meeting: Meeting) -> tuple[Any, ...]:
    """What the page of a meeting is made of, with the reader's language (one query, a plain one)."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [key(meeting.pk)])
        row = cursor.fetchone()
    return (meeting.pk, get_language(), *map(str, row))


def shown_materials(meeting: Meeting) -> QuerySet[Material]:
    """What the county saw: not what was withdrawn."""
    return (
        Material.objects.filter(meeting=meeting, current__isnull=False, withdrawn_at__isnull=True)
        .select_related("township", "current", "meeting")
        .order_by("township__position", "kind")
    )


def shown_posts(meeting: Meeting) -> QuerySet[Post]:
    """The entries everybody could read at the end."""
    return everybodys(Post.objects.filter(meeting=meeting))


def first_pages_of(materials: list[Material]) -> dict[uuid.UUID, list[Page]]:
    """By material, the first pages of its current version without their texts (one query)."""
    found = (
        Page.objects.filter(
            version__in=[material.current_id for material in materials], number__lte=FIRST_SLIDES
        )
        .annotate(material_id=F("version__material_id"))
        .defer("text", "notes", "signature")
        .order_by("number")
    )
    pages: dict[uuid.UUID, list[Page]] = {}
    for page in found:
        pages.setdefault(page.material_id, []).append(page)  # type: ignore[attr-defined]
    return pages


def frozen(meeting: Meeting) -> FrozenMeeting:
    """A closed meeting with everything; the caller knows that it may be seen."""
    materials = list(shown_materials(meeting))
    posts = list(
        posts_with_everything(shown_posts(meeting)).order_by("-people", "created_at", "pk")
    )
    practices = [post.pk for post in posts if post.kind == Post.Kind.PRACTICE]
    return FrozenMeeting(
        meeting,
        list(meeting.agenda.select_related("township")),
        materials,
        first_pages_of(materials),
        posts,
        sheet_of(meeting),
        frozen_minutes(meeting),
        list(meeting.corrections.all()),
        meeting.manifests.last(),
        ledger_of(practices) if practices else {},
        tombstones([meeting]),
    )
