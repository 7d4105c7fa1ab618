"""Words and findings of files: what needs no conversion."""

import io
from pathlib import Path

import pytest
from django.utils import translation
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

from uploads.processing import errors, findings, fonts
from uploads.processing.pipeline import ProcessOptions, Words, read_words
from uploads.processing.preflight import PreflightOptions

from .builders import (
    CANARY,
    deck_bytes,
    document_bytes,
    look,
    need_fonts,
    png_header,
    with_relationship,
)


def _rich_deck() -> bytes:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "志愿者登记"
    group = slide.shapes.add_group_shape()
    inner = group.shapes.add_group_shape()
    inner.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = "组内文字"
    table = slide.shapes.add_table(1, 2, 0, 0, Inches(4), Inches(1)).table
    table.cell(0, 1).text = "单元格"
    data = CategoryChartData()
    data.categories = ["村"]
    data.add_series("s", (1,))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(2), Inches(2), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "图表标题"
    slide.notes_slide.notes_text_frame.text = "讲稿"
    small = slide.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame
    small.text = "小字"
    small.paragraphs[0].runs[0].font.size = Pt(10)
    hidden = deck.slides.add_slide(deck.slide_layouts[6])
    hidden._element.set("show", "0")
    third = deck.slides.add_slide(deck.slide_layouts[6])
    third.shapes.add_textbox(Inches(50), 0, Inches(2), Inches(1)).text_frame.text = "看不见"
    third.shapes.add_picture(io.BytesIO(png_header(10, 10)), 0, 0)
    third.shapes[-1]._element.nvPicPr.cNvPr.set("descr", "")
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


@pytest.fixture
def words(tmp_path: Path) -> Words:
    options = ProcessOptions(preflight=PreflightOptions(minutes=1, seconds_per_slide=40))
    return read_words(look(tmp_path, _rich_deck()), options)


def test_titles_text_notes_and_hidden_slides(words: Words) -> None:
    """Groups in groups, table cells and chart titles are words of the slide; notes stay apart."""
    first, second, third = words.pages
    assert (first.title, first.notes, first.hidden) == ("志愿者登记", "讲稿", False)
    assert set(first.text.split("\n")) == {"志愿者登记", "组内文字", "单元格", "图表标题", "小字"}
    assert (second.text, second.hidden) == ("", True)
    assert (third.title, third.text) == ("看不见", "看不见")
    assert words.outline.title == "志愿者登记"


def test_findings_name_their_slide(words: Words) -> None:
    found = {(finding.code, finding.slide) for finding in words.findings}
    assert found == {
        ("too_many_for_time", None),
        ("small_text", 1),
        ("hidden_slide", 2),
        ("empty_slide", 2),
        ("outside_slide", 3),
        ("no_description", 3),
    }
    by_code = {finding.code: finding for finding in words.findings}
    assert by_code["small_text"].params == {"size": "10"}
    assert by_code["too_many_for_time"].params == {"slides": 2, "minutes": 1, "seconds": 40}


def test_every_finding_and_reason_is_a_sentence_in_three_languages(words: Words) -> None:
    """Also with its values missing: an old row never breaks a page."""
    for language in ("zh-hans", "zh-hant", "en"):
        with translation.override(language):
            for finding in words.findings:
                sentence, advice = findings.finding_words(finding.code, finding.params)
                assert "%(" not in sentence + advice
                assert sentence != finding.code
            for code in findings.WORDS:
                assert all(findings.finding_words(code))
            for code in errors.SENTENCES:
                assert "%(" not in errors.sentence(code, {})
                assert errors.sentence(code, {}) != code
    assert errors.sentence("from_the_future") == "from_the_future"
    assert findings.finding_words("from_the_future") == ("from_the_future", "")


def test_every_finding_that_has_words_is_made_somewhere() -> None:
    folder = Path(findings.__file__).parent
    sources = [p.read_text() for p in folder.glob("*.py") if p.name != "findings.py"]
    made = {code for code in findings.WORDS if any(f'"{code}"' in source for source in sources)}
    assert made == set(findings.WORDS)


def test_a_removed_link_names_its_slide(tmp_path: Path) -> None:
    data = with_relationship("image", CANARY, "ppt/slides/_rels/slide2.xml.rels", deck_bytes(3))
    found = read_words(look(tmp_path, data)).findings
    assert [(f.slide, f.params["target"]) for f in found if f.code == "link_removed"] == [
        (2, CANARY)
    ]


def test_large_decks_are_read_without_their_media(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy python-pptx opens is light; its words are the same."""
    inspected = look(tmp_path, _rich_deck())
    usual = read_words(inspected).pages
    monkeypatch.setattr("uploads.processing.text._LARGE", 0)
    assert read_words(inspected).pages == usual
    assert (inspected.path.parent / "readable.pptx").exists()


def test_findings_survive_storage(words: Words) -> None:
    assert [findings.Finding(**f.as_dict()) for f in words.findings] == words.findings


def test_headings_of_documents_and_markdown(tmp_path: Path) -> None:
    document = look(tmp_path, document_bytes("干部考核"), "a.docx", "manuscript")
    assert read_words(document).outline.headings == ((1, "干部考核"),)
    markdown = "# 一、做法\n文字\n## （一）登记\n".encode()
    text = look(tmp_path, markdown, "a.md", "manuscript")
    assert read_words(text).outline.headings == ((1, "一、做法"), (2, "（一）登记"))
    assert read_words(text).outline.title == "一、做法"


@pytest.mark.parametrize(
    ("font", "used"),
    [
        ("仿宋", "Noto Serif CJK SC"),
        ("仿宋_GB2312", "Noto Serif CJK SC"),
        ("楷体_GB2312", "Noto Serif CJK SC"),
        ("方正小标宋简体", "Noto Serif CJK SC"),
        ("SimSun", "Noto Serif CJK SC"),
        ("黑体", "Noto Sans CJK SC"),
        ("Microsoft YaHei", "Noto Sans CJK SC"),
        ("等线", "Noto Sans CJK SC"),
        ("標楷體", "Noto Serif CJK TC"),
    ],
)
def test_chinese_office_fonts_have_their_kin(font: str, used: str) -> None:
    need_fonts()
    instead = fonts.used_instead(font, east=True)
    assert instead is not None
    assert instead.family == used


def test_a_font_that_is_there_is_used_itself() -> None:
    need_fonts()
    assert fonts.used_instead("Noto Serif CJK SC") is None
