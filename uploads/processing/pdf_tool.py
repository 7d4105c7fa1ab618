"""Runs alone inside the cage (``python -I pdf_tool.py <command> ...``): everything that touches PDFium.

Imports nothing of the project. Prints one JSON object a line. Commands:
``info PDF``, ``text PDF``, ``merge OUT PDF...``, ``render PDF FOLDER FIRST THUMB_WIDTH HALL_WIDTH QUALITY``.
"""

import ctypes
import functools
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

#: The longest text kept of one page, in characters.
TEXT_LIMIT = 100_000
#: The largest picture made of one page, in pixels of its height at hall size.
HEIGHT_LIMIT = 8_000
#: How many pieces of text of one page are looked at, and how much of each is told.
PIECES, TOLD = 2_000, 60
#: Contrast of large text (18 pt and more) below which WCAG 2 calls it hard to read, and the share of a
#: piece's box that has to stand out from its letters so much. Letters cover a quarter of it at most.
CONTRAST, SHARE = 3.0, 0.1
INVISIBLE, FILLED = 3, (0, 2, 4, 6)


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
        picture=largest_picture(document),
    )


def largest_picture(document: pdfium.PdfDocument) -> tuple[int, int]:
    """Width and height in pixels of the picture with most of them; none is decoded."""
    largest = (0, 0)
    for index in range(len(document)):
        try:
            page = document[index]
            for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=5):
                width, height = ctypes.c_uint(), ctypes.c_uint()
                if raw.FPDFImageObj_GetImagePixelSize(item.raw, width, height):
                    found = (width.value, height.value)
                    largest = max(largest, found, key=math.prod)
            page.close()
        except pdfium.PdfiumError:
            continue
    return largest


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
            picture = picture.convert("RGB")
            seen = tried(page, picture, scale)
            page.close()
        except (pdfium.PdfiumError, MemoryError, ValueError):
            say(error="page", page=number)
            return
        save(picture, Path(folder) / f"{number:04d}-hall.webp", int(quality))
        save(
            picture.resize(thumb_size(picture.size, int(thumb), int(hall)), reducing_gap=2.0),
            Path(folder) / f"{number:04d}-thumb.webp",
            int(quality),
        )
        say(
            page=number, done=index + 1, of=count, width=picture.width, height=picture.height, **seen
        )  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """Words drawn in one go. box: left, bottom, right, top in points; None where it cannot be told."""

    words: str
    font: str
    embedded: bool
    size: float
    colour: tuple[int, int, int] | None
    box: tuple[float, float, float, float] | None


def tried(page: pdfium.PdfPage, picture: object, scale: float) -> dict[str, object]:
    """``look``; nothing where PDFium or the page is odd: the picture is there all the same."""
    try:
        return look(page, picture, scale)
    except (pdfium.PdfiumError, OSError, ValueError, OverflowError):
        return {}


def look(page: pdfium.PdfPage, picture: object, scale: float) -> dict[str, object]:
    """What stands on a page as it was drawn: the fonts used, those that are not inside the file, the sizes of
    the smallest words, words that reach beyond its edge, and words that hardly stand out."""
    fonts: set[str] = set()
    loose: set[str] = set()
    small: list[tuple[float, str]] = []
    cut, faint = "", ""
    width, height = page.get_size()
    drawn = list(pieces(page))
    for place, piece in enumerate(drawn):
        (fonts if piece.embedded else loose).add(piece.font)
        if piece.size:
            small.append((round(piece.size, 1), piece.words))
        if piece.box is None or not any(letter.isalnum() for letter in piece.words):
            continue  # bullets and dashes are not read
        left, bottom, right, top = piece.box
        slack = max(piece.size, 6) / 4
        if min(left, bottom) < -slack or right > width + slack or top > height + slack:
            cut = cut or piece.words
        elif not faint and piece.colour is not None:
            left, bottom, right, top = roomy(piece.box, piece.size / 2)
            area = [left * scale, (height - top) * scale, right * scale, (height - bottom) * scale]
            if not stands_out(piece.colour, picture, area) and not is_shadow(piece, drawn[place:]):
                faint = piece.words
    smallest = sorted(set(small))[:8]
    low, high = zip(*picture.getextrema(), strict=True)  # type: ignore[attr-defined]
    return {
        "fonts": sorted(fonts)[:50],
        "loose": sorted(loose)[:50],
        "small": smallest,
        "cut": cut,
        "faint": faint,
        "blank": low == high,
    }


def pieces(page: pdfium.PdfPage) -> Iterator[Piece]:
    """The text of a page piece by piece; without boxes where the page is turned or cropped."""
    upright = page.get_rotation() == 0 and tuple(page.get_bbox()[:2]) == (0, 0)
    textpage = page.get_textpage()
    found = page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=5)
    for _, piece in zip(range(PIECES), found, strict=False):
        words = " ".join(words_of(piece, textpage).split())
        mode = raw.FPDFTextObj_GetTextRenderMode(piece.raw)
        if not words or mode == INVISIBLE:
            continue
        font = raw.FPDFTextObj_GetFont(piece.raw)
        matrix = piece.get_matrix()
        points = ctypes.c_float()
        raw.FPDFTextObj_GetFontSize(piece.raw, points)
        placed = upright and piece.level == 0
        yield Piece(
            words[:TOLD],
            font_name(font),
            bool(raw.FPDFFont_GetIsEmbedded(font)),
            points.value * math.hypot(matrix.b, matrix.d),
            colour_of(piece) if mode in FILLED else None,
            tuple(piece.get_bounds()) if placed else None,
        )
    textpage.close()


def words_of(piece: pdfium.PdfObject, textpage: pdfium.PdfTextPage) -> str:
    size = raw.FPDFTextObj_GetText(piece.raw, textpage.raw, None, 0)
    letters = (ctypes.c_ushort * (size // 2 + 1))()
    raw.FPDFTextObj_GetText(piece.raw, textpage.raw, letters, size)
    return bytes(letters)[:size].decode("utf-16-le", "replace").rstrip("\0")


def font_name(font: object) -> str:
    size = raw.FPDFFont_GetBaseFontName(font, None, 0)
    letters = ctypes.create_string_buffer(max(size, 1))
    raw.FPDFFont_GetBaseFontName(font, letters, size)
    return letters.value.decode("utf-8", "replace")[:100]


def colour_of(piece: pdfium.PdfObject) -> tuple[int, int, int] | None:
    """The colour of the letters; None where something shines through."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(piece.raw, red, green, blue, alpha) or alpha.value < 255:
        return None
    return red.value, green.value, blue.value


def roomy(
    box: tuple[float, float, float, float], least: float
) -> tuple[float, float, float, float]:
    """The box, made at least so wide and high about its middle: a lone 一 or l fills its own."""
    left, bottom, right, top = box
    wider, higher = max(0, least - (right - left)) / 2, max(0, least - (top - bottom)) / 2
    return left - wider, bottom - higher, right + wider, top + higher


def is_shadow(piece: Piece, later: list[Piece]) -> bool:
    """Whether the same words are drawn again above it in another colour, less than a letter away."""
    return any(
        above.words == piece.words
        and above.colour != piece.colour
        and above.box is not None
        and piece.box is not None
        and max(abs(a - b) for a, b in zip(above.box, piece.box, strict=True)) < piece.size
        for above in later
    )


def stands_out(colour: tuple[int, int, int], picture: object, area: list[float]) -> bool:
    """Whether enough of what was drawn in the letters' box differs from them; also where it is too small to
    tell. Judged by the picture, so that whatever lies below or above them counts."""
    width, height = picture.size  # type: ignore[attr-defined]
    left, top, right, bottom = (round(edge) for edge in area)
    inside = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
    if inside[2] - inside[0] < 4 or inside[3] - inside[1] < 4:
        return True
    part = picture.crop(inside).resize((32, 8), 0).convert("RGB")  # type: ignore[attr-defined]
    mine = luminance(colour)
    readable = sum(
        count
        for count, other in part.getcolors(256)
        if (max(mine, luminance(other)) + 0.05) / (min(mine, luminance(other)) + 0.05) >= CONTRAST
    )
    return bool(readable >= 256 * SHARE)


@functools.lru_cache(maxsize=4096)
def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
