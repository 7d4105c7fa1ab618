"""The first slides of a long deck as a deck of their own: the same pictures, links of words included, in a
fraction of the time."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.util import Inches, Pt

from uploads.processing import beginning, convert, render
from uploads.processing.convert import ConvertOptions
from uploads.processing.inspection import Inspected
from uploads.processing.pipeline import ProcessOptions

from .builders import bent, corpus, deck_bytes, look

LINK_TOPS = (3, 4, 5)
"""Where the linked lines begin, in inches."""


def linked_deck() -> bytes:
    """Five slides with pictures and notes; the first one links to the last."""
    deck = Presentation(io.BytesIO(deck_bytes(5)))
    for number, slide in enumerate(deck.slides, start=1):
        picture = io.BytesIO()
        Image.new("RGB", (40 + number, 30), (number * 40, 20, 20)).save(picture, "PNG")
        slide.shapes.add_picture(picture, Inches(1), Inches(1))
        slide.notes_slide.notes_text_frame.text = f"讲稿 {number}"
    box = deck.slides[0].shapes.add_textbox(Inches(5), Inches(1), Inches(2), Inches(1))
    box.click_action.target_slide = deck.slides[4]
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def deck_with_linked_words() -> bytes:
    """The same with three lines of the second slide that lead to the last: as PowerPoint links a slide,
    by a hyperlink to its part, and by a hyperlink to its name."""
    deck = Presentation(io.BytesIO(linked_deck()))
    slide, last = deck.slides[1], deck.slides[4]
    links = (
        (slide.part.relate_to(last.part, RT.SLIDE), "ppaction://hlinksldjump"),
        (slide.part.relate_to(last.part, RT.HYPERLINK), "ppaction://hlinksldjump"),
        (slide.part.relate_to("#Slide 5", RT.HYPERLINK, is_external=True), ""),
    )
    for top, (relationship, action) in zip(LINK_TOPS, links, strict=True):
        box = slide.shapes.add_textbox(Inches(1), Inches(top), Inches(6), Inches(0.8))
        run = box.text_frame.paragraphs[0].add_run()
        run.text = "见最后一页"
        run.font.size = Pt(32)
        run._r.get_or_add_rPr().add_hlinkClick(relationship).set("action", action)
    out = io.BytesIO()
    deck.save(out)

    def inside(parts: dict[str, bytes]) -> None:
        name = "ppt/slides/_rels/slide2.xml.rels"
        parts[name] = parts[name].replace(b' TargetMode="External"', b"")

    return bent(inside, out.getvalue())


def test_it_holds_the_first_slides_and_what_they_are_drawn_from(tmp_path: Path) -> None:
    """Other slides, their pictures and the notes are left out, also where a slide links to another."""
    source = tmp_path / "whole.pptx"
    source.write_bytes(deck_with_linked_words())
    made = beginning.make(source, tmp_path / "beginning.pptx", 2)
    assert made == tmp_path / "beginning.pptx"
    with zipfile.ZipFile(made) as package:
        names = package.namelist()
    slides = sorted(name for name in names if name.startswith("ppt/slides/slide"))
    assert slides == ["ppt/slides/slide1.xml", "ppt/slides/slide2.xml"]
    assert len([name for name in names if name.startswith("ppt/media/")]) == 2
    assert not [name for name in names if "notesSlide" in name]


def drawn(inspected: Inspected, options: ProcessOptions) -> list[list[Image.Image]]:
    """The first two slides as drawn of the whole deck, and of its beginning."""
    work = inspected.path.parent
    made = beginning.make(inspected.path, work / "beginning.pptx", 2)
    assert made is not None
    found = []
    for part, source in (("of-whole", inspected.path), ("of-beginning", made)):
        job = convert._Job(
            source, inspected, work, options.convert, lambda _: None, convert.threading.Event()
        )
        pdf = job._run(part, (1, 2)).path
        folder = work / f"pictures-{part}"
        folder.mkdir()
        pictures = render.render(pdf, folder, options.render, first=1, own=True)
        found.append([Image.open(picture.hall).convert("RGB") for picture in pictures])
    assert [len(pictures) for pictures in found] == [2, 2]
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["customGeo.pptx", "2411-Performance_Up.pptx"])
def test_its_pictures_are_those_of_the_whole_deck(
    name: str, tmp_path: Path, options: ProcessOptions
) -> None:
    found = drawn(look(tmp_path, corpus("decks", name).read_bytes()), options)
    for whole, alone in zip(*found, strict=True):
        assert whole.size == alone.size
        assert max(ImageStat.Stat(ImageChops.difference(whole, alone)).mean) < 0.5


@pytest.mark.timeout(300)
def test_words_that_lead_to_a_later_slide_look_as_in_the_whole_deck(
    tmp_path: Path, options: ProcessOptions
) -> None:
    """LibreOffice gives words a link's colour and line only where the link's relationship is there, but
    crashes where a shape leads to a slide that is not, as one of the first slide does here."""
    (_, whole), (_, alone) = drawn(look(tmp_path, deck_with_linked_words()), options)
    for top in LINK_TOPS:
        box = [round(inches * whole.width / 10) for inches in (1, top, 7, top + 0.8)]
        words, same = whole.crop(box), alone.crop(box)
        red, _green, blue = ImageStat.Stat(words).mean
        assert blue > red + 5
        assert max(ImageStat.Stat(ImageChops.difference(words, same)).mean) < 0.5


def test_of_an_odd_package_there_is_none(tmp_path: Path) -> None:
    """Then the whole deck is loaded for its first slides, as for an .odp or a .ppt."""
    source = tmp_path / "odd.pptx"
    source.write_bytes(bent(lambda parts: parts.pop("ppt/presentation.xml")))
    assert beginning.make(source, tmp_path / "beginning.pptx", 2) is None
    assert not (tmp_path / "beginning.pptx").exists()
    source.write_bytes(b"PK\x03\x04 no package")
    assert beginning.make(source, tmp_path / "beginning.pptx", 2) is None


def test_a_beginning_that_cannot_be_opened_does_not_refuse_the_deck(
    tmp_path: Path, options: ProcessOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole deck is converted then, and says for itself whether it can be."""

    def broken(source: Path, target: Path, slides: int) -> Path:
        target.write_bytes(source.read_bytes()[:200])
        return target

    monkeypatch.setattr(beginning, "make", broken)
    inspected = look(tmp_path, deck_bytes(6))
    settings: ConvertOptions = replace(options.convert, split_from=4)
    assert convert.convert(inspected, inspected.path.parent, settings).pages == 6
