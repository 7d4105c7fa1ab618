"""Small files made on the spot: decks, documents, and packages bent in one place."""

import io
import os
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from pptx import Presentation
from pptx.util import Inches, Pt

from uploads.processing.cage import cage_works
from uploads.processing.errors import ProcessingError
from uploads.processing.inspection import Inspected, inspect
from uploads.processing.limits import Limits

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
CI = os.environ.get("CI") == "true"

#: Nothing may stay unfetched by accident: linked files of tests point here.
CANARY = "http://127.0.0.1:9/canary.png"


def corpus(folder: str, name: str) -> Path:
    """A file of the corpus; skips where the corpus is missing, fails where CI=true."""
    path = CORPUS / folder / name
    if not path.exists():
        if CI:
            pytest.fail(f"{path} is missing; the corpus must be there where CI=true")
        pytest.skip(f"{path} is missing: the corpus lies beside the project, not in it")
    return path


def need_converter() -> None:
    """Conversion tests need LibreOffice and bubblewrap; they fail without where CI=true."""
    from uploads.processing.cage import available

    missing = available()
    if missing:
        if CI:
            pytest.fail(f"missing Debian packages: {missing}")
        pytest.skip(f"missing Debian packages: {missing}")


def need_cage() -> None:
    if not cage_works():
        if CI:
            pytest.fail("bubblewrap is missing")
        pytest.skip("bubblewrap is missing")


def need_fonts() -> None:
    """Font tests need Debian's fonts-noto-cjk; they fail without where CI=true."""
    from uploads.processing import fonts

    if "noto serif cjk sc" not in fonts.installed():
        if CI:
            pytest.fail("the Debian package fonts-noto-cjk is missing")
        pytest.skip("the Debian package fonts-noto-cjk is missing")


def libreoffice(tmp_path: Path, ending: str, data: bytes, name: str) -> bytes:
    """What a plain LibreOffice makes of a file when it saves it as another kind."""
    need_converter()
    (tmp_path / name).write_bytes(data)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", ending, "--outdir"]
    subprocess.run(
        [*command, tmp_path, tmp_path / name], check=True, timeout=120, capture_output=True
    )
    return (tmp_path / name).with_suffix(f".{ending}").read_bytes()


def deck_bytes(slides: int = 1, title: str = "志愿者登记") -> bytes:
    """A deck with a title and a line on every slide."""
    deck = Presentation()
    for number in range(1, slides + 1):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"{title} {number}"
        box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(6), Inches(1))
        box.text_frame.text = f"第{number}页"
        box.text_frame.paragraphs[0].runs[0].font.size = Pt(24)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def document_bytes(text: str = "干部考核") -> bytes:
    document = Document()
    document.add_heading(text, level=1)
    document.add_paragraph("一段文字")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def odp_bytes(slides: int = 2, notes: str = "讲稿") -> bytes:
    """A small OpenDocument presentation; each slide has a title, a line and notes."""
    names = {
        "office": "office", "draw": "drawing", "text": "text", "presentation": "presentation",
        "style": "style",
    }  # fmt: skip
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in names.items()
    )
    spaces += ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    box = 'svg:x="2cm" svg:y="{y}cm" svg:width="20cm" svg:height="3cm"'
    pages = "".join(
        f'<draw:page draw:name="p{n}" draw:master-page-name="m">'
        f'<draw:frame presentation:class="title" {box.format(y=1)}><draw:text-box><text:p>第{n}部分</text:p>'
        f"</draw:text-box></draw:frame><draw:frame {box.format(y=6)}><draw:text-box><text:p>正文{n}</text:p>"
        f"</draw:text-box></draw:frame><presentation:notes>"
        f'<draw:frame presentation:class="notes" {box.format(y=15)}><draw:text-box><text:p>{notes}{n}</text:p>'
        f"</draw:text-box></draw:frame></presentation:notes></draw:page>"
        for n in range(1, slides + 1)
    )
    declared = '<?xml version="1.0" encoding="UTF-8"?>'
    kind = "application/vnd.oasis.opendocument.presentation"
    content = (
        f'{declared}<office:document-content {spaces} office:version="1.3"><office:body><office:presentation>'
        f"{pages}</office:presentation></office:body></office:document-content>"
    )
    styles = (
        f'{declared}<office:document-styles {spaces} office:version="1.3"><office:automatic-styles>'
        '<style:page-layout style:name="l"/></office:automatic-styles><office:master-styles>'
        '<style:master-page style:name="m" style:page-layout-name="l"/></office:master-styles>'
        "</office:document-styles>"
    )
    manifest = (
        f'{declared}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    first = zipfile.ZipInfo("mimetype")
    parts = [("content.xml", content), ("styles.xml", styles), ("META-INF/manifest.xml", manifest)]
    return pack([(first, kind.encode()), *((name, text.encode()) for name, text in parts)])


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def pack(parts: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    """A zip of the given parts, in order; a list may hold the same name twice."""
    out = io.BytesIO()
    pairs = list(parts.items()) if isinstance(parts, dict) else parts
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pairs:
            archive.writestr(name, data)
    return out.getvalue()


def bent(change: Callable[[dict[str, bytes]], None], data: bytes | None = None) -> bytes:
    """A sound deck after ``change`` edited its parts."""
    parts = members(data or deck_bytes())
    change(parts)
    return pack(parts)


def with_part(name: str, content: bytes) -> bytes:
    """A sound deck with one part added or replaced."""
    return bent(lambda parts: parts.update({name: content}))


def with_relationship(
    kind: str,
    target: str,
    part: str = "ppt/slides/_rels/slide1.xml.rels",
    data: bytes | None = None,
) -> bytes:
    """A deck whose first slide has a relationship to the outside."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    def change(parts: dict[str, bytes]) -> None:
        extra = f'<Relationship Id="rIdX" Type="{office}/{kind}" Target="{target}" TargetMode="External"/>'
        parts[part] = parts[part].replace(b"</Relationships>", extra.encode() + b"</Relationships>")

    return bent(change, data)


def png_header(width: int, height: int) -> bytes:
    """A PNG whose header claims a size; hardly any data follows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        )

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\x00" * 100)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def pdf_bytes(pages: int = 1, extra: bytes = b"", catalog: bytes = b"") -> bytes:
    """A plain PDF with empty pages; ``extra`` objects and ``catalog`` entries may be added."""
    kids = b" ".join(b"%d 0 R" % (3 + n) for n in range(pages))
    objects = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R" + catalog + b">>endobj\n",
        b"2 0 obj<</Type/Pages/Count %d/Kids[%s]>>endobj\n" % (pages, kids),
    ]
    objects += [
        b"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 960 540]>>endobj\n" % (3 + n)
        for n in range(pages)
    ]
    body = b"%PDF-1.7\n"
    offsets = []
    for item in objects:
        offsets.append(len(body))
        body += item
    start = len(body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        body
        + extra
        + (b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) if not extra else b"")
        + (table if not extra else b"")
        + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            start if not extra else 0,
        )
    )


def look(
    tmp_path: Path,
    data: bytes,
    name: str = "deck.pptx",
    kind: str = "deck",
    limits: Limits | None = None,
) -> Inspected:
    """Inspects bytes as an upload of that name; the original must stay as it was."""
    source = tmp_path / "original.bin"
    source.write_bytes(data)
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    try:
        return inspect(source, name, kind, work, limits)
    finally:
        assert source.read_bytes() == data


def refusal(
    tmp_path: Path,
    data: bytes,
    name: str = "deck.pptx",
    kind: str = "deck",
    limits: Limits | None = None,
) -> str:
    """The code a file is refused with; nothing openable may be left behind."""
    with pytest.raises(ProcessingError) as caught:
        look(tmp_path, data, name, kind, limits)
    return caught.value.code
