"""What the drawn pages tell: faint words, words beyond the edge, fonts, whatever they were inherited from."""

import io
from pathlib import Path

import pikepdf
import pytest
from docx import Document
from docx.oxml.ns import qn as word
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.presentation import Presentation as Deck
from pptx.util import Inches, Pt

from uploads.processing import requested
from uploads.processing.findings import Finding
from uploads.processing.pipeline import ProcessOptions, process, read_words

from .builders import deck_bytes, libreoffice, look, need_fonts, odp_bytes

DARK = RGBColor(0x20, 0x20, 0x60)
SHADOW = (
    f'<a:effectLst {nsdecls("a")}><a:outerShdw dist="50800" dir="2700000">'
    '<a:srgbClr val="D0D0D0"/></a:outerShdw></a:effectLst>'
)


def box(shapes, text: str, colour: str = "", at: tuple[float, float] = (1, 1), fill: str = ""):
    shape = shapes.add_textbox(Inches(at[0]), Inches(at[1]), Inches(5), Inches(1))
    shape.text_frame.text = text
    shape.text_frame.word_wrap = True
    run = shape.text_frame.paragraphs[0].runs[0]
    run.font.size = Pt(28)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour)
    if fill:
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill)
    return shape


def wide() -> Deck:
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    return deck


def saved(deck: Deck) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def found_in(
    tmp_path: Path, data: bytes, options: ProcessOptions, name: str = "a.pptx", kind: str = "deck"
) -> list[Finding]:
    inspected = look(tmp_path, data, name, kind)
    words = read_words(inspected, options)
    return process(inspected, inspected.path.parent, options, words=words).findings


def told(findings: list[Finding], code: str) -> list[tuple[int | None, list[object]]]:
    return [(f.slide, list(f.params.values())) for f in findings if f.code == code]


def test_words_are_faint_by_what_is_seen_not_by_what_is_written(tmp_path, options):
    """Colours of runs, the theme, tables and groups; grounds of the slide, the shape and what lies below."""
    deck = wide()
    blank = deck.slide_layouts[6]
    box(deck.slides.add_slide(blank).shapes, "清楚")  # slide 1
    slide = deck.slides.add_slide(blank)  # slide 2: grey on white
    box(slide.shapes, "看不清", "C8C8C8")
    slide = deck.slides.add_slide(blank)  # slide 3: white on the shape's own dark fill
    box(slide.shapes, "白字", "FFFFFF", fill="C00000")
    slide = deck.slides.add_slide(blank)  # slide 4: the theme's light colour on a dark slide
    text = box(slide.shapes, "浅色").text_frame.paragraphs[0].runs[0]
    text.font.color.theme_color = MSO_THEME_COLOR.BACKGROUND_1
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = DARK
    slide = deck.slides.add_slide(blank)  # slide 5: inside a group
    box(slide.shapes.add_group_shape().shapes, "组内", "FFFF00")
    slide = deck.slides.add_slide(blank)  # slide 6: in a table whose cell was made white
    table = slide.shapes.add_table(1, 1, Inches(1), Inches(1), Inches(6), Inches(1)).table
    table.cell(0, 0).text = "表头"
    table.cell(0, 0).fill.solid()
    table.cell(0, 0).fill.fore_color.rgb = RGBColor(255, 255, 255)
    slide = deck.slides.add_slide(blank)  # slide 7: white words on a band that is another shape
    band = slide.shapes.add_shape(1, 0, Inches(0.5), Inches(13), Inches(2))
    band.fill.solid()
    band.fill.fore_color.rgb = DARK
    box(slide.shapes, "带上的字", "FFFFFF")
    found = found_in(tmp_path, saved(deck), options)
    assert told(found, "low_contrast") == [(2, ["看不清"]), (5, ["组内"]), (6, ["表头"])]


def test_shadows_and_thin_letters_are_not_faint(tmp_path, options):
    """A shadow is a grey copy below the words; a lone 一 or l fills its own box with its own colour."""
    deck = wide()
    blank = deck.slide_layouts[6]
    for colour in ("000000", "E4E4E4"):
        shape = box(deck.slides.add_slide(blank).shapes, "有影子的字", colour)
        shape._element.spPr.append(parse_xml(SHADOW))
    slide = deck.slides.add_slide(blank)
    for place, words in enumerate(("一", "l", "I")):
        box(slide.shapes, words, "000000", at=(1, 1 + place))
    slide = deck.slides.add_slide(blank)
    box(slide.shapes, "一", "E4E4E4")
    found = found_in(tmp_path, saved(deck), options)
    assert told(found, "low_contrast") == [(2, ["有影子的字"]), (4, ["一"])]


def test_words_that_reach_beyond_the_edge(tmp_path, options):
    """By the words themselves: a box may be larger than what is in it."""
    deck = wide()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box(slide.shapes, "短", at=(11, 1))
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box(slide.shapes, "一行伸出右边的文字", at=(12, 1)).text_frame.word_wrap = False
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box(slide.shapes, "落到下边的文字", at=(1, 7.25))
    found = found_in(tmp_path, saved(deck), options)
    assert [slide for slide, _ in told(found, "cut_off")] == [2, 3]
    assert told(found, "outside_slide") == []


def written(run, latin: str = "", east: str = "") -> None:
    properties = run._r.get_or_add_rPr()
    for tag, name in (("a:latin", latin), ("a:ea", east)):
        if name:
            properties.append(properties.makeelement(qn(tag), {"typeface": name}))


def test_fonts_of_a_deck_that_are_used_and_not_here(tmp_path, options):
    """Each once, at its first slide: written on slides, and the theme's; not those of layouts that no slide
    has, nor the Latin half of a font where there are only Chinese words."""
    need_fonts()
    deck = wide()
    unused = deck.slide_layouts[1].placeholders[1].text_frame.paragraphs[0].add_run()
    unused.text = "不用"
    written(unused, east="楷体_GB2312")
    for number, (words, latin, east) in enumerate(
        [
            ("仿宋的字", "No Latin", "仿宋"),
            ("Latin words", "No Such Font", "方正小标宋简体"),
            ("又是仿宋", "", "仿宋"),
            ("黑体的字", "", "SimHei"),
        ],
        start=1,
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        frame = box(slide.shapes, words).text_frame
        written(frame.paragraphs[0].runs[0], latin, east)
        assert len(deck.slides) == number
    found = told(found_in(tmp_path, saved(deck), options), "font_substituted")
    here = {name: (slide, used) for slide, (name, used) in found}
    assert here["仿宋"] == (1, "Noto Serif CJK SC")
    assert here["SimHei"] == (4, "Noto Sans CJK SC")
    assert here["No Such Font"][0] == 2
    assert set(here) == {"仿宋", "SimHei", "No Such Font"}


def test_fonts_of_manuscripts_and_what_is_not_asked_of_them(tmp_path, options):
    """Of runs and of the styles that are used; no remarks that are about slides."""
    need_fonts()
    document = Document()
    for name, font in (("Normal", "仿宋_GB2312"), ("Intense Quote", "楷体")):
        style = document.styles[name]
        style.font.name = font
        style.element.get_or_add_rPr().get_or_add_rFonts().set(word("w:eastAsia"), font)
    document.add_paragraph("一段仿宋的文字")
    document.add_page_break()
    run = document.add_paragraph().add_run("一行黑体")
    run.font.name = "黑体"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(word("w:eastAsia"), "黑体")
    out = io.BytesIO()
    document.save(out)
    found = found_in(tmp_path, out.getvalue(), options, "a.docx", "manuscript")
    fonts = {str(params[0]): slide for slide, params in told(found, "font_substituted")}
    assert (fonts.get("仿宋_GB2312"), fonts.get("黑体")) == (1, 2)
    assert "楷体" not in fonts
    assert {finding.code for finding in found} == {"font_substituted"}
    old = libreoffice(tmp_path, "doc", out.getvalue(), "a.docx")
    found = found_in(tmp_path, old, options, "a.doc", "manuscript")
    fonts = {str(params[0]): slide for slide, params in told(found, "font_substituted")}
    assert (fonts.get("仿宋_GB2312"), fonts.get("黑体")) == (1, 2)


@pytest.mark.parametrize("name", ["a.odp", "a.ppt"])
def test_decks_of_other_kinds_are_looked_at_and_say_what_was_left_out(tmp_path, options, name):
    """Faint and small words, words beyond the edge, empty slides, fonts and the shape of the slides."""
    need_fonts()
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box(slide.shapes, "看不清", "E0E0E0")
    run = box(slide.shapes, "小字", at=(1, 3)).text_frame.paragraphs[0].runs[0]
    run.font.size = Pt(11)
    written(run, east="仿宋")
    deck.slides.add_slide(deck.slide_layouts[6])
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box(slide.shapes, "伸出右边的一行文字", at=(8, 1)).text_frame.word_wrap = False
    data = libreoffice(tmp_path, name[-3:], saved(deck), "b.pptx")
    found = found_in(tmp_path, data, options, name)
    assert told(found, "part_checked") == [(None, [])]
    assert told(found, "aspect_ratio") == [(None, ["4:3"])]
    assert told(found, "low_contrast") == [(1, ["看不清"])]
    assert told(found, "small_text") == [(1, ["11"])]
    assert told(found, "empty_slide") == [(2, [])]
    assert [slide for slide, _ in told(found, "cut_off")] == [3]
    assert (1, ["仿宋", "Noto Serif CJK SC"]) in told(found, "font_substituted")


def test_a_footer_on_every_slide_is_no_small_text(tmp_path, options):
    found = found_in(tmp_path, odp_bytes(4), options, "a.odp")
    assert told(found, "small_text") == []


def test_a_pdf_that_does_not_bring_its_font_along(tmp_path, options):
    """The fourteen standard fonts need not come along."""
    made = pikepdf.new()
    for name in ("Helvetica", "GillSansMT"):
        made.add_blank_page(page_size=(842, 595))
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.TrueType, BaseFont=pikepdf.Name(f"/{name}")
        )
        page = made.pages[-1]
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = made.make_stream(b"BT /F1 30 Tf 100 300 Td (Words) Tj ET")
    made.add_blank_page(page_size=(842, 595))
    out = io.BytesIO()
    made.save(out)
    found = found_in(tmp_path, out.getvalue(), options, "a.pdf")
    assert told(found, "font_missing") == [(2, ["GillSansMT"])]
    assert told(found, "aspect_ratio") == [(None, ["A4"])]
    assert told(found, "empty_slide") == [(3, [])]
    assert told(found, "part_checked") == [(None, [])]
    found = found_in(tmp_path, out.getvalue(), options, "a.pdf", "manuscript")
    assert [finding.code for finding in found] == ["font_missing"]


def test_a_sound_deck_has_nothing_to_remark_about_its_look(tmp_path, options):
    looks = {"low_contrast", "cut_off", "empty_slide", "small_text", "part_checked"}
    codes = {finding.code for finding in found_in(tmp_path, deck_bytes(3), options)}
    assert codes & looks == set()


def test_a_file_that_names_thousands_of_fonts_does_not_ask_for_all_of_them(tmp_path):
    deck = wide()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    frame = box(slide.shapes, "一").text_frame
    for number in range(3000):
        run = frame.paragraphs[0].add_run()
        run.text = "字"
        written(run, east=f"Font {number}")
    inspected = look(tmp_path, saved(deck))
    named = requested.fonts_of(inspected.path, inspected.format)
    assert len(named) == requested.MOST
    assert all(asked.near for asked in named)
