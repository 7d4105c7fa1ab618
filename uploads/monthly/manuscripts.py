"""The sections of a manuscript: paragraphs put together again from the lines of its pages. No I/O."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..models import Page
from .headings import Section, section_of

FURNITURE = 3  # a line on so many pages is a header or footer; first or last on a page, on two
SHORT = 0.8  # a line so much shorter than the longest one ends its paragraph
HEADING = 60  # a heading is no wider (a Chinese character counts twice)
_PAGE_NUMBER = re.compile(r"^[\s\-–—·.第页/]*\d{1,4}[\s\-–—·.第页/\d]*$")
_ENDS = re.compile(r"[。！？；!?;…][”’\"）)]?$")
#: The steps of official Chinese writing: 一、 （一） 1. （1）; a bullet is below them all.
_STEPS = (
    re.compile(r"^第?[一二三四五六七八九十]{1,3}(?:[、.．]|部分)\s*"),
    re.compile(r"^[（(][一二三四五六七八九十]{1,3}[）)]\s*"),
    re.compile(r"^\d{1,2}(?:[、.．](?!\d)|\s+)\s*"),
    re.compile(r"^(?:[（(]\d{1,2}[）)]|[①-⑳])\s*"),
    re.compile(r"^[•●○◆■□▪▶►➢✓*·\-–—]+\s*"),
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph below one of the four headings, with the page on which it begins."""

    section: Section
    text: str
    page: Page


@dataclass(slots=True)
class _Open:
    """The paragraph that is being put together. `numbered`: it begins with a number or a bullet."""

    text: str
    page: Page
    numbered: bool
    last: str

    @property
    def is_heading(self) -> bool:
        """A short numbered line without an end: what follows belongs to it."""
        return self.numbered and _width(self.text) <= HEADING and not _ENDS.search(self.text)


def paragraphs(pages: Sequence[Page]) -> Iterator[Paragraph]:
    """Every paragraph under the four headings, in order, without its number or bullet.

    A section ends at the next known heading, and at a heading of its own step or a higher one.
    """
    furniture = _furniture(pages)
    lines = [(page, line) for page in pages for line in _lines(page) if line not in furniture]
    full = max((_width(line) for _page, line in lines), default=0)
    section: Section | None = None
    level: int | None = None
    held: _Open | None = None
    for page, line in lines:
        step, words = _step(line)
        heading, rest = _heading(words)
        closes = level is not None and step is not None and step <= level
        if heading is not None or closes:
            yield from _done(section, held)
            held, section, level = None, heading, step if heading else None
            if rest:
                held = _Open(rest, page, False, line)
        elif section is None or not words:
            continue
        elif held is not None and step is None and held.is_heading:
            glue = "" if held.text.endswith(("：", ":")) else "："
            held = _Open(held.text + glue + words, held.page, False, line)
        elif held is not None and step is None and _goes_on(held.last, full):
            held = _Open(_joined(held.text, words), held.page, held.numbered, line)
        else:
            yield from _done(section, held)
            held = _Open(words, page, step is not None, line)
    yield from _done(section, held)


def _done(section: Section | None, held: _Open | None) -> Iterable[Paragraph]:
    if section is not None and held is not None:
        yield Paragraph(section, held.text, held.page)


def _lines(page: Page) -> list[str]:
    lines = [" ".join(line.split()) for line in page.text.splitlines()]
    return [line for line in lines if line and not _PAGE_NUMBER.match(line)]


def _furniture(pages: Sequence[Page]) -> set[str]:
    written = [_lines(page) for page in pages]
    seen = Counter(line for lines in written for line in set(lines))
    edges = Counter(line for lines in written for line in {*lines[:1], *lines[-1:]})
    return {
        line
        for line, times in seen.items()
        if (times >= FURNITURE or edges[line] > 1) and section_of(line) is None
    }


def _step(line: str) -> tuple[int | None, str]:
    """How deep the number before a line is (0 is the highest), and the words behind it."""
    for depth, pattern in enumerate(_STEPS):
        found = pattern.match(line)
        if found:
            return depth, line[found.end() :].strip()
    return None, line


def _heading(words: str) -> tuple[Section | None, str]:
    """The section a line opens, and what stands behind the colon of a heading within the line."""
    found = section_of(words)
    if found is not None:
        return found, ""
    before, colon, after = words.replace(":", "：", 1).partition("：")
    found = section_of(before) if colon else None
    return found, after.strip() if found else ""


def _goes_on(last: str, full: int) -> bool:
    """Whether the paragraph goes on in the next line: its last line reaches the margin."""
    return _width(last) >= full * SHORT


def _joined(text: str, more: str) -> str:
    """Chinese goes on without a space, other words with one."""
    plain = text[-1:].isascii() and more[:1].isascii()
    return f"{text} {more}" if plain else text + more


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
