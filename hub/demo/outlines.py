"""The words of a file whose pictures are still to be made: known here without opening it."""

from __future__ import annotations

import uuid

from hub.demo.topics import Talk
from uploads.models import Material, Page, Version

PAGE_LETTERS = 420


def keep_outline(version: Version, talk: Talk, kind: str) -> list[uuid.UUID]:
    """Write the pages' text so that they can be read and found at once; the worker adds pictures.

    This stands in for the worker's last step, with the generator's own outline of the file.
    Returns the page ids in order.
    """
    rows = _slides(version, talk) if kind == "deck" else _paper(version, talk)
    Page.objects.bulk_create(rows)
    Version.objects.filter(pk=version.pk).update(pages_total=len(rows))
    Material.objects.filter(pk=version.material_id).update(current=version, title=talk.title)
    return [page.pk for page in rows]


def _slides(version: Version, talk: Talk) -> list[Page]:
    return [
        Page(
            version=version,
            number=number,
            title=slide.title,
            text=slide.text,
            notes=slide.notes,
            hidden=slide.hidden,
        )
        for number, slide in enumerate(talk.slides, 1)
    ]


def _paper(version: Version, talk: Talk) -> list[Page]:
    """The manuscript's paragraphs, cut where its pages end (about)."""
    pages: list[list[str]] = [[]]
    letters = 0
    for _style, text in talk.paragraphs:
        if letters + len(text) > PAGE_LETTERS and pages[-1]:
            pages.append([])
            letters = 0
        pages[-1].append(text)
        letters += max(22, len(text))
    return [
        Page(version=version, number=number, title=lines[0][:100], text="\n".join(lines))
        for number, lines in enumerate(pages, 1)
    ]
