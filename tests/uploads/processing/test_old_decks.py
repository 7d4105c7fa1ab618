"""Words of .odp and .ppt decks: titles, text, notes and hidden slides are kept, not only what a PDF shows."""

import io
import time
from pathlib import Path

import pytest
from pptx import Presentation

from uploads.processing import odptext
from uploads.processing.pipeline import ProcessOptions, process, read_words

from .builders import bent, corpus, libreoffice, look, members, need_converter, odp_bytes, pack


def test_an_odp_is_read_before_anything_is_converted(tmp_path: Path) -> None:
    words = read_words(look(tmp_path, odp_bytes(2), "a.odp"))
    assert [(p.title, p.text, p.notes, p.hidden) for p in words.pages] == [
        ("第1部分", "第1部分\n正文1", "讲稿1", False),
        ("第2部分", "第2部分\n正文2", "讲稿2", False),
    ]
    assert words.outline.title == "第1部分"
    assert "no_notes" not in [finding.code for finding in words.findings]


def test_an_odp_without_notes_and_with_a_hidden_slide_is_remarked(tmp_path: Path) -> None:
    parts = members(odp_bytes(2, notes=""))
    style = (
        '<office:automatic-styles><style:style style:name="h" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
        "</office:automatic-styles><office:body>"
    )
    content = parts["content.xml"].decode().replace("<office:body>", style)
    content = content.replace('draw:name="p2"', 'draw:name="p2" draw:style-name="h"')
    content = content.replace("<text:p>1</text:p>", "").replace("<text:p>2</text:p>", "")
    words = read_words(look(tmp_path, pack(parts | {"content.xml": content.encode()}), "a.odp"))
    assert [page.hidden for page in words.pages] == [False, True]
    found = [(finding.code, finding.slide) for finding in words.findings]
    assert ("no_notes", None) in found
    assert ("hidden_slide", 2) in found


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", bent(lambda parts: None)])
def test_what_is_none_has_no_words(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.odp").write_bytes(data)
    assert odptext.slide_texts(tmp_path / "a.odp") == []


@pytest.mark.timeout(180)
def test_a_ppt_keeps_its_notes(tmp_path: Path) -> None:
    """Saved as .ppt by LibreOffice, then taken like any upload; the pictures come before the words."""
    need_converter()
    deck = Presentation()
    for number in (1, 2):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"第{number}部分"
        slide.notes_slide.notes_text_frame.text = f"讲稿{number}"
    deck.slides[1].shapes.add_textbox(0, 0, 900000, 900000).text_frame.text = "正文2"
    out = io.BytesIO()
    deck.save(out)
    checked = look(tmp_path, libreoffice(tmp_path, "ppt", out.getvalue(), "a.pptx"), "a.ppt")
    shown: list[float] = []
    done = process(
        checked, checked.path.parent, ProcessOptions(), lambda _page: shown.append(time.monotonic())
    )
    ended = time.monotonic()
    assert [(page.title, page.notes) for page in done.pages] == [
        ("第1部分", "讲稿1"),
        ("第2部分", "讲稿2"),
    ]
    assert "正文2" in done.pages[1].text
    assert len(shown) == 2
    print(f"notes cost {ended - shown[-1]:.1f} s after the last picture")


@pytest.mark.timeout(180)
def test_a_ppt_of_the_corpus_keeps_its_words(tmp_path: Path) -> None:
    need_converter()
    checked = look(tmp_path, corpus("decks", "headers_footers_2007.ppt").read_bytes(), "a.ppt")
    done = process(checked, checked.path.parent, ProcessOptions())
    assert [page.number for page in done.pages] == list(range(1, len(done.pictures) + 1))
    assert any(page.text for page in done.pages)
