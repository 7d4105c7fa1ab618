"""Runs alone inside the cage (``python -I pdf_tool.py <command> ...``): everything that touches PDFium.

Imports nothing of the project. Prints one JSON object a line. Commands:
``info PDF``, ``text PDF``, ``merge OUT PDF...``, ``render PDF FOLDER FIRST THUMB_WIDTH HALL_WIDTH QUALITY``.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

#: The longest text kept of one page, in characters.
TEXT_LIMIT = 100_000
#: The largest picture made of one page, in pixels of its height at hall size.
HEIGHT_LIMIT = 8_000


def say(**values: object) -> None:
    print(json.dumps(values, ensure_ascii=True), flush=True)


def info(path: str) -> None:
    """Pages, scripts and attachments; an "error" instead when PDFium cannot open it."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        number = getattr(error, "err_code", None)
        text = str(error).lower()
        if (
            number in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
            or "password" in text
            or "security" in text
        ):
            say(error="password")
        else:
            say(error="damaged")
        return
    size = document[0].get_size() if len(document) else (0.0, 0.0)
    say(
        pages=len(document),
        javascript=raw.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0,
        attachments=raw.FPDFDoc_GetAttachmentCount(document.raw) > 0,
        width=size[0],
        height=size[1],
    )


def text(path: str) -> None:
    """One line a page: its number from 1 and its text."""
    document = pdfium.PdfDocument(path)
    for index in range(len(document)):
        try:
            page = document[index]
            textpage = page.get_textpage()
            found = textpage.get_text_bounded()[:TEXT_LIMIT]
            textpage.close()
            page.close()
        except pdfium.PdfiumError:
            found = ""
        say(page=index + 1, text=found)


def merge(out: str, *paths: str) -> None:
    """The pages of several PDFs in order, as one."""
    whole = pdfium.PdfDocument.new()
    for path in paths:
        whole.import_pages(pdfium.PdfDocument(path))
    whole.save(out)
    say(pages=len(whole))


def render(path: str, folder: str, first: str, thumb: str, hall: str, quality: str) -> None:
    """Two WebP pictures a page: ``0001-hall.webp`` and ``0001-thumb.webp``, numbered from ``first``."""
    document = pdfium.PdfDocument(path)
    count = len(document)
    for index in range(count):
        number = int(first) + index
        try:
            page = document[index]
            width, height = page.get_size()
            scale = min(int(hall) / max(width, 1), HEIGHT_LIMIT / max(height, 1))
            picture = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil()
            page.close()
        except (pdfium.PdfiumError, MemoryError, ValueError):
            say(error="page", page=number)
            return
        picture = picture.convert("RGB")
        save(picture, Path(folder) / f"{number:04d}-hall.webp", int(quality))
        save(
            picture.resize(thumb_size(picture.size, int(thumb), int(hall)), reducing_gap=2.0),
            Path(folder) / f"{number:04d}-thumb.webp",
            int(quality),
        )
        say(page=number, done=index + 1, of=count, width=picture.width, height=picture.height)


def thumb_size(size: tuple[int, int], thumb: int, hall: int) -> tuple[int, int]:
    """As wide as thumbnails are, and no higher beside the hall picture than that: a page may be a hair wide."""
    share = min(thumb / size[0], HEIGHT_LIMIT * thumb / hall / size[1])
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def save(picture: object, path: Path, quality: int) -> None:
    """WebP beside its place, then renamed: a picture that exists is whole."""
    part = path.with_suffix(".part")
    picture.save(part, "WEBP", quality=quality, method=2)  # type: ignore[attr-defined]
    part.replace(path)


if __name__ == "__main__":
    commands: dict[str, Callable[..., None]] = {
        "info": info,
        "text": text,
        "merge": merge,
        "render": render,
    }
    commands[sys.argv[1]](*sys.argv[2:])
