"""Conversion: text files become pages, parts make one PDF, failures say why and leave nothing running."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from uploads.processing import pdf
from uploads.processing.convert import ConvertOptions, convert, plan
from uploads.processing.errors import ConversionFailed, Refused
from uploads.processing.inspection import Inspected
from uploads.processing.pipeline import ProcessOptions, process, read_words

from .builders import deck_bytes, look, need_cage, pdf_bytes


def test_a_gb18030_text_becomes_pages(tmp_path: Path, options: ProcessOptions) -> None:
    text = "关于志愿者登记的发言\n" + "一行文字。\n" * 80
    inspected = look(tmp_path, text.encode("gb18030"), "发言.txt", "manuscript")
    processed = process(inspected, inspected.path.parent, options)
    assert len(processed.pages) > 1
    assert "关于志愿者登记的发言" in processed.pages[0].text
    assert processed.outline.title == "关于志愿者登记的发言"


def test_markdown_becomes_pages(tmp_path: Path, options: ProcessOptions) -> None:
    text = "# 做法\n\n- 登记\n- 走访\n\n<b>不是标记</b>\n"
    inspected = look(tmp_path, text.encode(), "a.md", "manuscript")
    processed = process(inspected, inspected.path.parent, options)
    assert [page.number for page in processed.pages] == [1]
    assert "<b>不是标记</b>" in processed.pages[0].text
    assert "#" not in processed.pages[0].text


def test_chinese_words_in_office_fonts_are_drawn_in_their_kin(
    tmp_path: Path, options: ProcessOptions
) -> None:
    """The aliases reach LibreOffice inside the cage."""
    inspected = look(tmp_path, "仿宋文字".encode(), "a.txt", "manuscript")
    converted = convert(inspected, inspected.path.parent, options.convert)
    assert b"NotoSerifCJK" in converted.path.read_bytes()


def test_a_deck_in_parts_is_one_pdf_in_order(tmp_path: Path, options: ProcessOptions) -> None:
    inspected = look(tmp_path, deck_bytes(7))
    parts: list[int] = []
    settings = replace(options.convert, split_from=4)
    assert plan(inspected, settings) == [(1, 2), (3, 7)]
    converted = convert(inspected, inspected.path.parent, settings, lambda p: parts.append(p.first))
    texts = pdf.page_texts(converted.path, inspected.path.parent, options.convert.cage)
    assert parts == [1, 3]
    assert [text.split("\n")[0] for text in texts] == [f"志愿者登记 {n}" for n in range(1, 8)]


def test_the_rest_of_a_long_deck_comes_in_two_halves(tmp_path: Path) -> None:
    """Each process loads the whole deck: two pay only where many slides are to be drawn, and only with two
    at once."""
    inspected = look(tmp_path, deck_bytes(30))
    options = ConvertOptions()
    assert plan(inspected, options) == [(1, 2), (16, 30), (3, 15)]
    assert plan(inspected, ConvertOptions(halves_from=31)) == [(1, 2), (3, 30)]
    assert plan(inspected, ConvertOptions(parallel=1)) == [(1, 2), (3, 30)]
    assert plan(inspected, ConvertOptions(pdf_version=2)) == [(1, 30)]


def test_a_long_deck_in_three_parts_is_one_pdf_in_order(
    tmp_path: Path, options: ProcessOptions
) -> None:
    inspected = look(tmp_path, deck_bytes(13))
    parts: list[int] = []
    settings = replace(options.convert, halves_from=13)
    converted = convert(inspected, inspected.path.parent, settings, lambda p: parts.append(p.first))
    texts = pdf.page_texts(converted.path, inspected.path.parent, options.convert.cage)
    assert (parts[0], sorted(parts)) == (1, [1, 3, 8])
    assert [text.split("\n")[0] for text in texts] == [f"志愿者登记 {n}" for n in range(1, 14)]


def test_pages_are_counted_without_a_process_where_it_can_be_told(
    tmp_path: Path, options: ProcessOptions
) -> None:
    """LibreOffice's own PDFs; anything else is asked in the cage."""
    inspected = look(tmp_path, deck_bytes(3))
    converted = convert(inspected, inspected.path.parent, options.convert)
    assert pdf.quick_count(converted.path) == 3
    twice = tmp_path / "twice.pdf"
    twice.write_bytes(converted.path.read_bytes() + b"/Type/Pages /Count 9 endobj")
    assert pdf.quick_count(twice) is None
    twice.write_bytes(b"%PDF-1.7 nothing")
    assert pdf.quick_count(twice) is None


def test_a_pdf_needs_no_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_cage()
    inspected = look(tmp_path, pdf_bytes(3), "a.pdf")
    processed = process(inspected, inspected.path.parent, ProcessOptions())
    assert [(p.width, p.height) for p in processed.pictures] == [(1920, 1080)] * 3
    assert "pictures_only" in {finding.code for finding in processed.findings}


@pytest.mark.parametrize(
    ("box", "hall", "thumb"),
    [
        (b"0 0 0.05 792", (1, 8000), (1, 2000)),
        (b"0 0 14400 0.05", (1920, 1), (480, 1)),
        (b"0 0 200 8000", (200, 8000), (50, 2000)),
    ],
)
def test_a_page_a_hair_wide_or_high_has_bounded_pictures(
    tmp_path: Path, box: bytes, hall: tuple[int, int], thumb: tuple[int, int]
) -> None:
    need_cage()
    inspected = look(tmp_path, pdf_bytes().replace(b"0 0 960 540", box), "a.pdf")
    (picture,) = process(inspected, inspected.path.parent, ProcessOptions()).pictures
    assert (picture.width, picture.height) == hall
    with Image.open(picture.thumb) as small:
        assert small.size == thumb


def test_without_libreoffice_the_outline_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected = look(tmp_path, deck_bytes(2))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConversionFailed) as caught:
        convert(inspected, inspected.path.parent, ConvertOptions())
    assert caught.value.code == "converter_missing"
    assert "libreoffice-impress" in str(caught.value.params["packages"])
    assert [page.title for page in read_words(inspected).pages] == ["志愿者登记 1", "志愿者登记 2"]


def test_what_libreoffice_cannot_read_fails_with_a_reason(
    tmp_path: Path, options: ProcessOptions
) -> None:
    """It exits 0 without a PDF; only pages count."""
    path = tmp_path / "inspected.ppt"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2_000)
    raw = Inspected(path, "ppt", "deck", "a.ppt", ".ppt", "", 1, None)
    with pytest.raises(Refused) as caught:
        convert(raw, tmp_path, options.convert)
    assert caught.value.code == "office_cannot_open"


def test_a_deck_that_loses_slides_is_not_called_ready(
    tmp_path: Path, options: ProcessOptions
) -> None:
    inspected = replace(look(tmp_path, deck_bytes(2)), pages=3)
    with pytest.raises(Refused) as caught:
        convert(inspected, inspected.path.parent, options.convert)
    assert (caught.value.code, caught.value.params) == (
        "slides_lost",
        {"pages": 2, "expected": 3},
    )


def test_too_slow_is_stopped_with_a_reason(tmp_path: Path, options: ProcessOptions) -> None:
    inspected = look(tmp_path, deck_bytes(3))
    hurried = replace(
        options.convert, cage=replace(options.convert.cage, cpu_seconds=180, seconds=0)
    )
    hurried = replace(hurried, cage=replace(hurried.cage, seconds=1))
    inspected.path.write_bytes(deck_bytes(150))
    with pytest.raises(ConversionFailed) as caught:
        convert(replace(inspected, pages=None), inspected.path.parent, hurried)
    assert caught.value.code == "conversion_timeout"
    assert _converters(inspected.path.parent) == []


def test_a_stop_leaves_no_process_behind(tmp_path: Path, options: ProcessOptions) -> None:
    inspected = look(tmp_path, deck_bytes(30))
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    with pytest.raises(ConversionFailed) as caught:
        convert(inspected, inspected.path.parent, options.convert, stop=stop)
    assert caught.value.code == "stopped"
    time.sleep(0.2)
    assert _converters(inspected.path.parent) == []


def _converters(work: Path) -> list[int]:
    """Processes that have this job's folder on their command line."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(str(work) in word for word in process.info["cmdline"] or [])
    ]
