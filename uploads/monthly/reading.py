"""Reading a filled deck or a manuscript back: problems and practices under their headings, as drafts. No I/O."""

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..models import Kind, Page
from . import manuscripts
from .headings import Section, section_of

SHORTEST, LONGEST, MOST = 4, 2000, 60
FURNITURE = 4  # a line on so many slides belongs to none of them
OFFERED = (Section.PROBLEM, Section.PRACTICE)
_BULLET = re.compile(
    r"^\s*(?:[•●○◆■□▪▶►➢✓*·\-–—]+|[（(]?[一二三四五六七八九十\d]{1,3}[、.．)）]|[①-⑳])\s*"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem or practice as written on a slide. `key` is the same for the same words in the same
    material, so that no draft is put on the board twice."""

    kind: str
    text: str
    page_id: uuid.UUID
    page: int
    key: str


def read_drafts(
    material_id: uuid.UUID, pages: Iterable[Page], kind: str = Kind.DECK
) -> list[Draft]:
    """What a deck or manuscript (`kind`) says under "problem found" and "practice we propose": a draft a
    paragraph, in order, each text once, at most 60. Hidden slides count too: they were written for this."""
    found: dict[str, Draft] = {}
    told = _of_manuscript if kind == Kind.MANUSCRIPT else _of_deck
    for section, text, page in told(list(pages)):
        mark = hashlib.sha256(f"{section}\0{text}".encode()).hexdigest()[:24]
        key = f"draft-{material_id.hex[:12]}-{mark}"
        if section in OFFERED and len(found) < MOST:
            found.setdefault(key, Draft(str(section), text, page.pk, page.number, key))
    return list(found.values())


def _of_deck(pages: list[Page]) -> Iterator[tuple[Section, str, Page]]:
    """A slide's title says to which section its paragraphs belong."""
    furniture = _furniture(pages)
    for page in pages:
        section = section_of(page.title)
        if section is not None:
            for text in _paragraphs(page, furniture):
                yield section, text, page


def _of_manuscript(pages: list[Page]) -> Iterator[tuple[Section, str, Page]]:
    for one in manuscripts.paragraphs(pages):
        text = one.text.rstrip("：:")[:LONGEST]
        if len(text) >= SHORTEST:
            yield one.section, text, one.page


def _furniture(pages: list[Page]) -> set[str]:
    """Lines that stand on many slides: footers and the like, nobody's problem."""
    seen = Counter(line for page in pages for line in {*map(_plain, page.text.splitlines())})
    return {line for line, times in seen.items() if times >= FURNITURE}


def _plain(line: str) -> str:
    return " ".join(line.split())


def _paragraphs(page: Page, furniture: set[str]) -> Iterator[str]:
    """The lines below the title without their bullets; a line that ends in a colon leads the next."""
    leading = ""
    title = _plain(page.title)
    for line in page.text.splitlines():
        words = _plain(_BULLET.sub("", line))
        if not words or _plain(line) in {title, *furniture} or section_of(line) is not None:
            continue
        words, leading = leading + words, ""
        if words.endswith(("：", ":")) and len(words) < 60:
            leading = words
        elif len(words) >= SHORTEST:
            yield words[:LONGEST]
    if len(leading) > SHORTEST:
        yield leading.rstrip("：:")
