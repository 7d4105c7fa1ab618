"""Pictures with too many pixels inside old office files and PDFs are seen by their headers, not decoded."""

import io
import struct
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from pptx import Presentation

from uploads.processing import pictures
from uploads.processing.errors import Refused
from uploads.processing.limits import Limits

from .builders import libreoffice, look, need_cage, refusal

SMALL = Limits(picture_pixels=64 * 48 - 1)
ENOUGH = Limits(picture_pixels=64 * 48)


def drawn(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(out, form)
    return out.getvalue()


def record(kind: int, body: bytes, checksums: int = 1) -> bytes:
    """An OfficeArtBlip of [MS-ODRAW]: header, one or two checksums, a tag, the picture."""
    inside = b"\x07" * 16 * checksums + b"\xff" + body
    return struct.pack("<HHL", 0x46A0, kind, len(inside)) + inside


@pytest.mark.parametrize("checksums", [1, 2])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (0xF01D, drawn("JPEG")),
        (0xF01E, drawn("PNG")),
        (0xF01F, drawn("BMP")[14:]),
        (0xF029, drawn("TIFF")),
    ],
    ids=["jpeg", "png", "dib", "tiff"],
)
def test_every_kind_that_is_kept_as_it_is(kind, body, checksums):
    data = bytes(1000) + record(kind, body, checksums) + bytes(1000)
    pictures.check_embedded(data, ENOUGH)
    with pytest.raises(Refused) as caught:
        pictures.check_embedded(data, SMALL)
    assert caught.value.code == "picture_too_large"
    assert caught.value.params == {"width": 64, "height": 48}


@pytest.mark.parametrize(
    ("name", "kind"), [("a.ppt", "deck"), ("a.pps", "deck"), ("a.doc", "manuscript")]
)
def test_real_old_files(tmp_path: Path, name: str, kind: str) -> None:
    out = io.BytesIO()
    if kind == "deck":
        deck = Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.shapes.add_picture(io.BytesIO(drawn("JPEG")), 0, 0)
        deck.save(out)
        data = libreoffice(tmp_path, "ppt", out.getvalue(), "b.pptx")
    else:
        from docx import Document

        document = Document()
        document.add_picture(io.BytesIO(drawn("JPEG")))
        document.save(out)
        data = libreoffice(tmp_path, "doc", out.getvalue(), "b.docx")
    assert look(tmp_path, data, name, kind, ENOUGH).format == {"deck": "ppt"}.get(kind, "doc")
    assert refusal(tmp_path, data, name, kind, SMALL) == "picture_too_large"


def test_a_picture_in_a_pdf(tmp_path: Path) -> None:
    """Also inside a form that the page draws; one that no page draws does not matter."""
    need_cage()

    def made(*, shown: bool, nested: bool) -> bytes:
        pdf = pikepdf.new()
        pdf.add_blank_page(page_size=(960, 540))
        picture = pdf.make_stream(
            b"\x00", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=30_000, Height=30_000,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=1,
        )  # fmt: skip
        draw = pdf.make_stream(
            b"/I Do", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 9, 9],
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=picture)),
        )  # fmt: skip
        inside = pikepdf.Dictionary(I=draw if nested else picture)
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=inside)
        pdf.pages[0].Contents = pdf.make_stream(b"q 90 0 0 90 0 0 cm /I Do Q" if shown else b"q Q")
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()

    assert refusal(tmp_path, made(shown=True, nested=False), "a.pdf") == "picture_too_large"
    assert refusal(tmp_path, made(shown=True, nested=True), "a.pdf") == "picture_too_large"
    assert look(tmp_path, made(shown=False, nested=False), "a.pdf").pages == 1
