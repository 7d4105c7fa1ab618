"""Every kind that is taken becomes pages: old ones, open ones, templates and shows, under all their names."""

import io
from pathlib import Path

import pytest
from docx import Document

from uploads.processing.pipeline import ProcessOptions, process, read_words

from .builders import bent, deck_bytes, libreoffice, look

SHOW = {
    "a.ppsx": b"application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml",
    "a.potx": b"application/vnd.openxmlformats-officedocument.presentationml.template.main+xml",
}
DECK = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A deck of two slides and a manuscript of two pages, as other programs save them."""
    folder = tmp_path_factory.mktemp("made")
    document = Document()
    document.add_paragraph("发言之一")
    document.add_page_break()
    document.add_paragraph("发言之二")
    out = io.BytesIO()
    document.save(out)
    found = {end: libreoffice(folder, end, deck_bytes(2), "deck.pptx") for end in ("ppt", "odp")}
    for end in ("doc", "odt"):
        found[end] = libreoffice(folder, end, out.getvalue(), "text.docx")
    return found


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["a.ppt", "a.pps", "a.dps", "a.odp", "a.ppsx", "a.potx"])
def test_decks(tmp_path: Path, options: ProcessOptions, made: dict[str, bytes], name: str) -> None:
    if name in SHOW:
        types = "[Content_Types].xml"
        data = bent(
            lambda parts: parts.update({types: parts[types].replace(DECK, SHOW[name])}),
            deck_bytes(2),
        )
    else:
        data = made["odp" if name == "a.odp" else "ppt"]
    pages = pages_of(tmp_path, data, name, "deck", options)
    assert ["志愿者登记 1" in pages[0], "第2页" in pages[1]] == [True, True]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["a.doc", "a.wps", "a.odt"])
def test_manuscripts(
    tmp_path: Path, options: ProcessOptions, made: dict[str, bytes], name: str
) -> None:
    data = made["odt" if name == "a.odt" else "doc"]
    pages = pages_of(tmp_path, data, name, "manuscript", options)
    assert ["发言之一" in pages[0], "发言之二" in pages[1]] == [True, True]


def pages_of(
    tmp_path: Path, data: bytes, name: str, kind: str, options: ProcessOptions
) -> list[str]:
    """The words of its pages, each of which has both pictures."""
    inspected = look(tmp_path, data, name, kind)
    words = read_words(inspected, options)
    done = process(inspected, inspected.path.parent, options, words=words)
    assert [picture.number for picture in done.pictures] == [1, 2]
    assert all(one.hall.exists() and one.thumb.exists() for one in done.pictures)
    return [page.text for page in done.pages]
