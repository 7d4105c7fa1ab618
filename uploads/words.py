"""Keeping the words of pages: rows matched by number, because board entries point at them."""

from .models import Page, Version
from .processing.text import PageText


def save_words(version: Version, pages: list[PageText]) -> None:
    """Write title, text and notes of each page; rows that exist keep their ids and pictures."""
    existing = {page.number: page for page in version.pages.all()}
    fresh: list[Page] = []
    changed: list[Page] = []
    for words in pages:
        page = existing.get(words.number)
        (changed if page else fresh).append(
            _with_words(page or Page(version=version, number=words.number), words)
        )
    Page.objects.bulk_create(fresh)
    Page.objects.bulk_update(changed, ["title", "text", "notes", "hidden"], batch_size=100)


def _with_words(page: Page, words: PageText) -> Page:
    page.title = words.title[:500]
    page.text, page.notes = words.text.replace("\0", ""), words.notes.replace("\0", "")
    page.hidden = words.hidden
    return page
