"""Linked files are never fetched and files of the server never get into a PDF (uploads 26-29)."""

import http.server
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from uploads.processing import convert
from uploads.processing.inspection import Inspected
from uploads.processing.pipeline import ProcessOptions

from .builders import bent, libreoffice, look, members, odp_bytes, pack, png_header


class Canary(http.server.BaseHTTPRequestHandler):
    """Notes who asks, and answers with a picture."""

    hits: list[str] = []

    def do_GET(self) -> None:
        self.hits.append(self.path)
        picture = png_header(8, 8)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(picture)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(picture)

    do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815 (names of http.server)

    def log_message(self, *_args: object) -> None:
        """Silent."""


@pytest.fixture
def canary() -> Iterator[str]:
    Canary.hits.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _linking(*targets: str) -> bytes:
    """A deck that shows linked pictures."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    def change(parts: dict[str, bytes]) -> None:
        rels, pictures = "", ""
        for number, target in enumerate(targets):
            rels += (
                f'<Relationship Id="rIdL{number}" Type="{office}/image" Target="{target}" '
                'TargetMode="External"/>'
            )
            pictures += (
                f'<p:pic><p:nvPicPr><p:cNvPr id="{900 + number}" name="p"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr>'
                f'<p:blipFill><a:blip r:link="rIdL{number}"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
                '<p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9144000" cy="6858000"/></a:xfrm>'
                '<a:prstGeom prst="rect"/></p:spPr></p:pic>'
            )
        name = "ppt/slides/_rels/slide1.xml.rels"
        parts[name] = parts[name].replace(b"</Relationships>", rels.encode() + b"</Relationships>")
        slide = parts["ppt/slides/slide1.xml"]
        parts["ppt/slides/slide1.xml"] = slide.replace(
            b"</p:spTree>", pictures.encode() + b"</p:spTree>"
        )

    return bent(change)


def _red(path: Path) -> Path:
    Image.new("RGB", (64, 64), (255, 0, 0)).save(path)
    path.chmod(0o644)
    return path


def _shows_red(pdf: Path, work: Path, options: ProcessOptions) -> bool:
    from uploads.processing.render import render

    picture = render(pdf, work / "pages", options.render)[0]
    with Image.open(picture.hall) as image:
        colours = image.convert("RGB").resize((32, 24)).getcolors(1024) or []
    return any(r > 200 and g < 80 and b < 80 for _count, (r, g, b) in colours)


def test_without_protection_the_canary_is_hit(
    tmp_path: Path, canary: str, options: ProcessOptions
) -> None:
    """The control: a plain LibreOffice fetches the picture and embeds the file."""
    secret = _red(tmp_path / "secret.png")
    (tmp_path / "http.pptx").write_bytes(_linking(f"{canary}/a.png"))
    (tmp_path / "file.pptx").write_bytes(_linking(secret.as_uri()))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for name in ("http.pptx", "file.pptx"):
        subprocess.run(
            [
                "soffice",
                profile,
                "--headless",
                "--convert-to",
                "pdf",
                "--outdir",
                tmp_path,
                tmp_path / name,
            ],
            capture_output=True,
            check=True,
        )
    assert Canary.hits
    assert _shows_red(tmp_path / "file.pdf", tmp_path, options)


def test_inspection_cuts_the_links(tmp_path: Path, canary: str, options: ProcessOptions) -> None:
    secret = _red(tmp_path / "secret.png")
    inspected = look(tmp_path, _linking(f"{canary}/a.png", secret.as_uri()))
    work = inspected.path.parent
    converted = convert.convert(inspected, work, options.convert)
    assert Canary.hits == []
    assert not _shows_red(converted.path, work, options)


def test_the_cage_holds_even_when_inspection_missed_a_link(
    tmp_path: Path, canary: str, options: ProcessOptions
) -> None:
    """The second wall: profile and cage alone, the deck not inspected."""
    secret = _red(tmp_path / "secret.png")
    work = tmp_path / "work"
    work.mkdir()
    path = work / "raw.pptx"
    path.write_bytes(_linking(f"{canary}/a.png", secret.as_uri()))
    raw = Inspected(path, "pptx", "deck", "raw.pptx", ".pptx", "", 1, 1)
    converted = convert.convert(raw, work, options.convert)
    assert Canary.hits == []
    assert not _shows_red(converted.path, work, options)


def test_the_profile_alone_blocks_a_file_beside_the_deck(
    tmp_path: Path, options: ProcessOptions
) -> None:
    """The third wall: a linked file that the cage does show is still not loaded."""
    work = tmp_path / "work"
    work.mkdir()
    secret = _red(tmp_path / "seen.png")
    path = work / "raw.pptx"
    path.write_bytes(_linking(secret.as_uri()))
    raw = Inspected(path, "pptx", "deck", "raw.pptx", ".pptx", "", 1, 1)
    seen = replace(options.convert, cage=replace(options.convert.cage, readable=(secret,)))
    converted = convert.convert(raw, work, seen)
    assert not _shows_red(converted.path, work, options)


def _svg(canary: str) -> bytes:
    """A picture that fetches in every way SVG knows."""
    return (
        f'<?xml-stylesheet href="{canary}/sheet.css"?><svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="90">'
        f'<style>@import "{canary}/import.css"; rect {{ fill: url({canary}/fill.svg#a) }}</style>'
        f'<image width="90" height="90" href="{canary}/a.png"/>'
        f'<image width="90" height="90" xlink:href="{canary}/b.png"/>'
        f'<rect width="9" height="9" style="fill:url({canary}/c.svg#a)"/>'
        f'<use href="{canary}/d.svg#a"/><script href="{canary}/e.js"/></svg>'
    ).encode()


def _with_svg(canary: str) -> bytes:
    """A deck that shows it."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    drawing = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"

    def change(parts: dict[str, bytes]) -> None:
        parts["ppt/media/i.svg"] = _svg(canary)
        types = "[Content_Types].xml"
        kind = b'<Default Extension="svg" ContentType="image/svg+xml"/></Types>'
        parts[types] = parts[types].replace(b"</Types>", kind)
        name = "ppt/slides/_rels/slide1.xml.rels"
        link = f'<Relationship Id="rIdS" Type="{office}/image" Target="../media/i.svg"/>'.encode()
        parts[name] = parts[name].replace(b"</Relationships>", link + b"</Relationships>")
        shown = (
            '<p:pic><p:nvPicPr><p:cNvPr id="77" name="p"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill>'
            '<a:blip r:embed="rIdS"><a:extLst><a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}">'
            f'<asvg:svgBlip xmlns:asvg="{drawing}" r:embed="rIdS"/></a:ext></a:extLst></a:blip>'
            '<a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr><a:xfrm><a:off x="0" y="0"/>'
            '<a:ext cx="914400" cy="914400"/></a:xfrm><a:prstGeom prst="rect"/></p:spPr></p:pic></p:spTree>'
        )
        slide = "ppt/slides/slide1.xml"
        parts[slide] = parts[slide].replace(b"</p:spTree>", shown.encode())

    return bent(change)


def _odp(canary: str) -> bytes:
    parts = members(odp_bytes(1))
    frame = (
        '<draw:frame xmlns:xlink="http://www.w3.org/1999/xlink" svg:width="5cm" svg:height="5cm">'
        f'<draw:image xlink:href="{canary}/odp.png" xlink:type="simple"/></draw:frame></draw:page>'
    )
    content = parts["content.xml"].decode().replace("</draw:page>", frame)
    return pack(parts | {"content.xml": content.encode()})


def names(data: bytes, address: str) -> bool:
    """Whether a file holds an address, in whichever way its kind writes text."""
    parts = list(members(data).values()) if data[:2] == b"PK" else [data]
    plain = address.partition("//")[2]
    return any(plain.encode() in p or plain.encode("utf-16-le") in p for p in parts)


def test_no_kind_of_file_fetches_what_it_links_to(
    tmp_path: Path, canary: str, options: ProcessOptions
) -> None:
    """Inspected as it is uploaded: links in OOXML, OpenDocument and SVG are cut out of the copy; what an old
    binary file links to is held by profile and cage."""
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text><text:p>'
        '<draw:frame text:anchor-type="as-char" svg:width="5cm" svg:height="5cm">'
        f'<draw:image xlink:href="{canary}/text.png" xlink:type="simple"/></draw:frame></text:p>'
        "</office:text></office:body></office:document>"
    ).encode()
    files = {
        "svg.pptx": (_with_svg(canary), "deck"),
        "a.odp": (_odp(canary), "deck"),
        "a.ppt": (libreoffice(tmp_path, "ppt", _linking(f"{canary}/ppt.png"), "ppt.pptx"), "deck"),
    } | {
        f"a.{ending}": (libreoffice(tmp_path, ending, document, f"{ending}.fodt"), "manuscript")
        for ending in ("odt", "docx", "doc")
    }
    Canary.hits.clear()  # the plain LibreOffice that made them did ask
    for name, (data, kind) in files.items():
        assert (name, names(data, canary)) == (name, True)
        work = tmp_path / name.replace(".", "-")
        work.mkdir()
        inspected = look(work, data, name, kind)
        cut = "link_removed" in {finding.code for finding in inspected.findings}
        assert (name, cut) == (name, name not in ("a.ppt", "a.doc"))
        convert.convert(inspected, inspected.path.parent, options.convert)
        assert (name, Canary.hits) == (name, [])
