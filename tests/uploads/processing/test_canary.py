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

from .builders import bent, look


class Canary(http.server.BaseHTTPRequestHandler):
    hits: list[str] = []

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(404)
        self.end_headers()

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
