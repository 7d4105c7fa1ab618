"""Links from slide to slide, on which LibreOffice crashes where the number in a name is beyond the last slide."""

import io

import pytest
from pptx import Presentation
from pptx.util import Inches

from uploads.processing.pipeline import process, read_words

from .builders import bent, look

RELS = "ppt/slides/_rels/slide1.xml.rels"


def linked() -> bytes:
    """Three slides; a shape of the first leads to the third."""
    deck = Presentation()
    for number in (1, 2, 3):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        shape = slide.shapes.add_shape(1, 0, 0, Inches(3), Inches(1))
        shape.text_frame.text = f"第{number}页"
    deck.slides[0].shapes[0].click_action.target_slide = deck.slides[2]
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def missing(parts: dict[str, bytes]) -> None:
    parts[RELS] = parts[RELS].replace(b"slide3.xml", b"slide9.xml")


def odd_number(parts: dict[str, bytes]) -> None:
    """The third slide is called the ninety-ninth, as some programs do after others were deleted."""
    before = dict(parts)
    parts.clear()
    for name, data in before.items():
        data = data.replace(b"slides/slide3.xml", b"slides/slide99.xml")
        data = data.replace(b'"slide3.xml"', b'"slide99.xml"')
        parts[name.replace("/slide3.xml", "/slide99.xml")] = data


@pytest.mark.parametrize("change", [missing, odd_number, lambda parts: None])
def test_the_deck_is_drawn_and_read(tmp_path, options, change):
    inspected = look(tmp_path, bent(change, linked()))
    words = read_words(inspected, options)
    done = process(inspected, inspected.path.parent, options, words=words)
    assert [page.text for page in done.pages] == ["第1页", "第2页", "第3页"]
    assert len(done.pictures) == 3


def test_a_link_that_is_sound_stays_one(tmp_path, options):
    inspected = look(tmp_path, linked())
    deck = Presentation(str(inspected.path))
    assert deck.slides[0].shapes[0].click_action.target_slide == deck.slides[2]
