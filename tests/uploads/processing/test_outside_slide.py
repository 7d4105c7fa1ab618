"""Words wholly beside the slide, which nobody sees: wherever their place comes from."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.oxml.ns import qn
from pptx.util import Inches

from uploads.processing.pipeline import read_words

from .builders import look


def beside(tmp_path: Path, build: Callable[[object], None], layout: int = 6) -> list[object]:
    """The words said to be outside of a one-slide deck of 10 by 7.5 inches."""
    deck = Presentation()
    build(deck.slides.add_slide(deck.slide_layouts[layout]))
    out = io.BytesIO()
    deck.save(out)
    found = read_words(look(tmp_path, out.getvalue())).findings
    return [finding.params["text"] for finding in found if finding.code == "outside_slide"]


def at(shapes, left: float, top: float, text: str = "看不见"):
    shape = shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1))
    shape.text_frame.text = text
    return shape


@pytest.mark.parametrize(
    ("left", "top", "hidden"),
    [
        (10, 0, True), (-2, 0, True), (0, 7.5, True), (0, -1, True),
        (9.9, 0, False), (-1.9, 0, False), (0, 7.4, False), (4, 3, False),
    ],
)  # fmt: skip
def test_on_every_side(tmp_path, left, top, hidden):
    expected = ["看不见"] if hidden else []
    assert beside(tmp_path, lambda slide: at(slide.shapes, left, top)) == expected


def test_a_box_without_words_does_not_matter(tmp_path):
    assert beside(tmp_path, lambda slide: at(slide.shapes, 20, 0, "")) == []


def test_inside_a_group_that_was_moved_and_shrunk(tmp_path):
    """The group's inside has measures of its own: what looks outside there may be inside, and vice versa."""

    def build(slide, left: float) -> None:
        group = slide.shapes.add_group_shape()
        at(group.shapes, 0, 0, "")
        at(group.shapes, 20, 0, "组内")
        group.left, group.top, group.width, group.height = (
            Inches(left),
            Inches(1),
            Inches(5.5),
            Inches(1),
        )

    assert beside(tmp_path, lambda slide: build(slide, 1)) == []
    assert beside(tmp_path, lambda slide: build(slide, 6)) == ["组内"]


def test_a_table_beside_the_slide(tmp_path):
    def build(slide) -> None:
        table = slide.shapes.add_table(1, 1, Inches(11), 0, Inches(3), Inches(1)).table
        table.cell(0, 0).text = "表格"

    assert beside(tmp_path, build) == ["表格"]


def test_a_placeholder_that_the_layout_put_beside(tmp_path):
    def build(slide) -> None:
        title = slide.slide_layout.placeholders[0]
        title.left, title.top, title.width, title.height = Inches(30), 0, Inches(5), Inches(1)
        slide.shapes.title.text = "标题"

    assert beside(tmp_path, build, layout=5) == ["标题"]


def test_a_long_box_turned_upright(tmp_path):
    """Turned by a right angle about its centre, 8 x 1 inches reach where they did not before."""

    def build(slide, turn: float) -> None:
        shape = slide.shapes.add_textbox(Inches(0), Inches(8), Inches(8), Inches(1))
        shape.text_frame.text = "转"
        shape.rotation = turn

    assert beside(tmp_path, lambda slide: build(slide, 0)) == ["转"]
    assert beside(tmp_path, lambda slide: build(slide, 90)) == []


@pytest.mark.parametrize(
    ("turn", "flip", "hidden"),
    [(0, "", True), (90, "", False), (180, "", False), (0, "flipV", False), (180, "flipV", True)],
)
def test_inside_a_group_that_was_turned_or_mirrored(tmp_path, turn, flip, hidden):
    """The words are at the lower end of a group of 2 by 3 inches whose middle is half an inch inside."""

    def build(slide) -> None:
        group = slide.shapes.add_group_shape()
        at(group.shapes, 1, 5.5, "")
        at(group.shapes, 1, 7.5, "组内")
        group.rotation = turn
        if flip:
            group._element.grpSpPr.find(qn("a:xfrm")).set(flip, "1")

    assert beside(tmp_path, build) == (["组内"] if hidden else [])
