"""Text that cannot be read from the back row: its real size, whatever it inherits."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from uploads.processing.pipeline import read_words

from .builders import corpus, look, with_part

PLACEHOLDER = (
    f"<p:sp {nsdecls('p', 'a')}>"
    '<p:nvSpPr><p:cNvPr id="9{index}" name="x"/><p:cNvSpPr/><p:nvPr><p:ph type="body" idx="{index}"/></p:nvPr>'
    "</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>"
    '<a:lstStyle><a:lvl1pPr><a:defRPr sz="{size}"/></a:lvl1pPr></a:lstStyle><a:p>{words}</a:p></p:txBody></p:sp>'
)


def findings(tmp_path: Path, build: Callable[[object], None], layout: int = 6) -> dict[str, dict]:
    """Code -> values of the findings of a one-slide deck."""
    deck = Presentation()
    build(deck.slides.add_slide(deck.slide_layouts[layout]))
    out = io.BytesIO()
    deck.save(out)
    found = read_words(look(tmp_path, out.getvalue())).findings
    return {finding.code: finding.params for finding in found}


def test_sizes_are_inherited_from_the_layout_and_shrunk_with_their_box(tmp_path):
    """Nobody wrote a size: the master's counts, times what PowerPoint shrank it by."""

    def build(slide):
        slide.shapes.title.text = "标题"
        slide.placeholders[1].text_frame.text = "正文"

    assert "small_text" not in findings(tmp_path, build, layout=1)

    def shrunk(slide):
        build(slide)
        frame = slide.placeholders[1].text_frame
        body = frame._txBody.bodyPr
        body.append(body.makeelement(f"{{{body.nsmap['a']}}}normAutofit", {"fontScale": "40000"}))

    assert findings(tmp_path, shrunk, layout=1)["small_text"] == {"size": "12.8"}


def test_small_words_in_tables_and_groups_count(tmp_path):
    def table(slide):
        table = slide.shapes.add_table(1, 1, 0, 0, Inches(4), Inches(1)).table
        table.cell(0, 0).text = "小"
        table.cell(0, 0).text_frame.paragraphs[0].runs[0].font.size = Pt(9)

    def group(slide):
        box = slide.shapes.add_group_shape().shapes.add_textbox(0, 0, Inches(4), Inches(1))
        box.text_frame.text = "小"
        body = box.text_frame._txBody
        body.bodyPr.append(body.makeelement(qn("a:normAutofit"), {"fontScale": "50000"}))

    assert findings(tmp_path, table)["small_text"] == {"size": "9"}
    assert findings(tmp_path, group)["small_text"] == {"size": "9"}


@pytest.mark.parametrize("where", ["table", "group"])
@pytest.mark.parametrize(("size", "told"), [("1800", None), ("1400", {"size": "14"})])
def test_words_that_say_no_size_have_that_of_the_deck(tmp_path, where, size, told):
    def build(slide) -> None:
        styles = slide.part.package.presentation_part._element.find(qn("p:defaultTextStyle"))
        styles.find(f"{qn('a:lvl1pPr')}/{qn('a:defRPr')}").set("sz", size)
        if where == "table":
            slide.shapes.add_table(1, 1, 0, 0, Inches(4), Inches(1)).table.cell(0, 0).text = "表"
        else:
            group = slide.shapes.add_group_shape()
            group.shapes.add_textbox(0, 0, Inches(4), Inches(1)).text_frame.text = "组"

    assert findings(tmp_path, build).get("small_text") == told


def test_a_placeholder_has_the_size_of_its_own_in_the_layout(tmp_path):
    """Of two bodies on a layout the one with its number counts, not the first."""

    def build(slide, number: int) -> None:
        for index, size in ((13, "1200"), (14, "2800")):
            shape = slide.slide_layout.shapes._spTree
            shape.append(parse_xml(PLACEHOLDER.format(index=index, size=size, words="")))
        words = "<a:r><a:t>字</a:t></a:r>"
        slide.shapes._spTree.append(
            parse_xml(PLACEHOLDER.format(index=number, size="", words=words).replace('sz=""', ""))
        )

    assert findings(tmp_path, lambda slide: build(slide, 13))["small_text"] == {"size": "12"}
    assert "small_text" not in findings(tmp_path, lambda slide: build(slide, 14))


@pytest.mark.parametrize(
    ("kind", "told"), [("body", {"size": "9"}), ("dt", None), ("ftr", None), ("sldNum", None)]
)
def test_a_footer_is_not_read_in_the_hall(tmp_path, kind, told):
    def build(slide) -> None:
        words = "<a:r><a:rPr sz='900'/><a:t>镇</a:t></a:r>"
        shape = PLACEHOLDER.format(index=10, size="", words=words).replace('sz=""', "")
        slide.shapes._spTree.append(parse_xml(shape.replace('type="body"', f'type="{kind}"')))

    assert findings(tmp_path, build).get("small_text") == told


def test_sound_and_video_no_browser_plays_is_named(tmp_path):
    """By its bytes, not its name."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    name = "ppt/slides/_rels/slide1.xml.rels"

    def deck(data: bytes) -> bytes:
        from .builders import bent

        def change(parts: dict[str, bytes]) -> None:
            extra = f'<Relationship Id="rIdM" Type="{office}/video" Target="../media/film.avi"/>'.encode()
            parts[name] = parts[name].replace(b"</Relationships>", extra + b"</Relationships>")
            types = "[Content_Types].xml"
            parts[types] = parts[types].replace(
                b"</Types>", b'<Default Extension="avi" ContentType="video/avi"/></Types>'
            )

        return bent(change, with_part("ppt/media/film.avi", data))

    codes = {f.code: f for f in read_words(look(tmp_path, deck(b"RIFF\0\0\0\0AVI LIST"))).findings}
    assert codes["media_unplayable"].params == {"name": "film.avi"}
    assert codes["media_unplayable"].slide == 1
    mp4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64)
    codes = {f.code: f for f in read_words(look(tmp_path, deck(mp4))).findings}
    assert "media_unplayable" not in codes


@pytest.mark.parametrize(
    "name", ["themes.pptx", "backgrounds.pptx", "table_test.pptx", "with_japanese.pptx"]
)
def test_real_decks_are_judged_without_a_stumble(tmp_path, name):
    words = read_words(look(tmp_path, corpus("decks", name).read_bytes()))
    assert words.pages
    assert all(f.slide is None or 1 <= f.slide <= len(words.pages) for f in words.findings)
