"""Diagrams (SmartArt) of which a part is missing, as other programs leave them: LibreOffice crashes without the
colours, unless nothing names them any more."""

import zipfile

import pytest

from uploads.processing.pipeline import process, read_words
from uploads.processing.relationships import relations

from .builders import bent, corpus, look

SLIDE = "ppt/slides/slide1.xml"
PARTS = ("data1", "layout1", "quickStyle1", "colors1", "drawing1")


def kinds_of(path) -> set[str]:
    """What the slide's diagram is made of, by the names of its relationships."""
    with zipfile.ZipFile(path) as package:
        return {kind for _id, kind, _part in relations(package, SLIDE) if "diagram" in kind}


@pytest.mark.parametrize("missing", PARTS)
def test_the_deck_is_drawn_without_it(tmp_path, options, missing):
    def without(parts: dict[str, bytes]) -> None:
        del parts[f"ppt/diagrams/{missing}.xml"]

    inspected = look(tmp_path, bent(without, corpus("decks", "SmartArt.pptx").read_bytes()))
    words = read_words(inspected, options)
    done = process(inspected, inspected.path.parent, options, words=words)
    assert len(done.pictures) == 1
    assert ("diagramColors" in kinds_of(inspected.path)) is (missing != "colors1")


def test_a_whole_diagram_stays_as_it_is(tmp_path):
    source = corpus("decks", "SmartArt.pptx")
    inspected = look(tmp_path, source.read_bytes())
    assert kinds_of(inspected.path) == kinds_of(source) >= {"diagramColors", "diagramData"}
