"""Every real deck and manuscript becomes pages in the right number and order, with its words."""

from pathlib import Path

import pytest
from PIL import Image

from uploads.processing.inspection import inspect
from uploads.processing.pipeline import Processed, ProcessOptions, Progress, process

from .builders import corpus

#: name -> slides, words of the first slide (with words), hidden slides
DECKS: dict[str, tuple[int, str, list[int]]] = {
    "45541_Footer.pptx": (11, "Removing financing obstacles through project structuring", []),
    "45545_Comment.pptx": (11, "Removing financing obstacles through project structuring", []),
    "54541_cropped_bitmap.ppt": (1, "", []),
    "EmbeddedAudio.pptx": (1, "", []),
    "EmbeddedVideo.pptx": (1, "", []),
    "KEY02.pptx": (1, "HTML5, Hardware Accelerated", []),
    "SampleShow.pptx": (2, "Title of the first slide", []),
    "SmartArt.pptx": (1, "", []),
    "backgrounds.pptx": (4, "Solid Fill", []),
    "bar-chart.pptx": (1, "My Bar Chart", []),
    "bug58144-headers-footers-2007.pptx": (1, "Has some text in the headers and footers", []),
    "bug59273.potx": (1, "", []),
    "headers_footers_2007.ppt": (3, "Second point", []),
    "layouts.pptx": (10, "Centered Title", []),
    "pie-chart.pptx": (1, "My Pie Chart", []),
    "table_test.pptx": (1, "", []),
    "testPPT.ppsx": (3, "Attachment Test", []),
    "themes.pptx": (10, "Standard Office theme", []),
    "with_japanese.pptx": (1, "Row 2 Col 1", []),
}
#: The three long ones.
LONG_DECKS: dict[str, tuple[int, str, list[int]]] = {
    "2411-Performance_Up.pptx": (48, "Apache Performance Tuning", [13, 48]),
    "customGeo.pptx": (48, "English Language Arts", []),
    "keyframes.pptx": (28, "Selamat Belajar Biologi", []),
}
MANUSCRIPTS: dict[str, tuple[int, str]] = {
    "HeaderFooterUnicode.docx": (2, "This is a simple header, with a € euro symbol in it."),
    "VariousPictures.docx": (1, "Sheet with various pictures"),
    "checkboxes.docx": (1, "This is a small test for checkboxes"),
    "documentProperties.docx": (1, "Hello World!"),
    "headerFooter.docx": (1, "This is a simple header…"),
    "heading123.docx": (1, "First paragraph"),
    "sample.docx": (1, "Lorem ipsum dolor sit amet"),
}


def _process(
    folder: str, name: str, tmp_path: Path, options: ProcessOptions
) -> tuple[Processed, list[Progress]]:
    kind = "deck" if folder == "decks" else "manuscript"
    seen: list[Progress] = []
    inspected = inspect(corpus(folder, name), name, kind, tmp_path)
    return process(inspected, tmp_path, options, seen.append), seen


def _check_deck(
    name: str, expected: tuple[int, str, list[int]], tmp_path: Path, options: ProcessOptions
) -> list[Progress]:
    processed, seen = _process("decks", name, tmp_path, options)
    slides, words, hidden = expected
    assert [page.number for page in processed.pages] == list(range(1, slides + 1))
    assert [picture.number for picture in processed.pictures] == list(range(1, slides + 1))
    assert words in processed.pages[0].text
    assert [page.number for page in processed.pages if page.hidden] == hidden
    assert sorted(progress.picture.number for progress in seen) == list(range(1, slides + 1))
    assert [progress.done for progress in seen] == list(range(1, slides + 1))
    for picture in processed.pictures:
        with Image.open(picture.hall) as hall, Image.open(picture.thumb) as thumb:
            assert (hall.format, hall.width, thumb.width) == ("WEBP", 640, 240)
    return seen


@pytest.mark.parametrize("name", DECKS)
def test_every_deck(name: str, tmp_path: Path, options: ProcessOptions) -> None:
    _check_deck(name, DECKS[name], tmp_path, options)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", LONG_DECKS)
def test_long_decks_show_their_first_slides_early(
    name: str, tmp_path: Path, options: ProcessOptions
) -> None:
    """The first slide comes first, whatever order the parts of the deck finish in."""
    seen = _check_deck(name, LONG_DECKS[name], tmp_path, options)
    assert [progress.picture.number for progress in seen[:2]] == [1, 2]
    assert seen[0].total == LONG_DECKS[name][0]


@pytest.mark.parametrize("name", MANUSCRIPTS)
def test_every_manuscript(name: str, tmp_path: Path, options: ProcessOptions) -> None:
    processed, _seen = _process("manuscripts", name, tmp_path, options)
    pages, words = MANUSCRIPTS[name]
    assert len(processed.pages) == len(processed.pictures) == pages
    assert words in processed.pages[0].text


def test_the_lists_are_complete() -> None:
    """A file added to the corpus must be added here."""
    decks = {path.name for path in corpus("decks", "SampleShow.pptx").parent.iterdir()}
    manuscripts = {path.name for path in corpus("manuscripts", "sample.docx").parent.iterdir()}
    assert decks == {*DECKS, *LONG_DECKS}
    assert manuscripts == set(MANUSCRIPTS)
