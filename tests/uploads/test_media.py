"""Sound and video of slides: found in the inspected copy, told apart by their bytes, served to players."""

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from pptx import Presentation
from pptx.util import Inches

from tests.people import client_of
from tests.uploads.ready import make_ready
from uploads import files
from uploads.media import keep_media, store_media
from uploads.processing.inspection import inspect
from uploads.processing.media import UNKNOWN, find_media, playable, sniff_media

MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 8
on_disk = pytest.mark.skipif(bool(settings.S3_BUCKET), reason="S3 serves it itself")


def status_of(actor, address):
    answer = client_of(actor).get(address)
    for close in answer._resource_closers:  # answer.close() would close the test's database too
        close()
    return answer.status_code


def deck_with_video(folder: Path, data: bytes = MP4) -> Path:
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    video = folder / "clip.mp4"
    video.write_bytes(data)
    slide.shapes.add_movie(str(video), 0, 0, Inches(3), Inches(2), mime_type="video/mp4")
    path = folder / "deck.pptx"
    deck.save(str(path))
    return path


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (MP4, "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x01\x00\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x01\x00\x42\x82\x88matroska", UNKNOWN),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"fLaC\x00", "audio/flac"),
        (bytes.fromhex("3026b2758e66cf11"), "video/x-ms-asf"),
        (b"<html><script>", UNKNOWN),
        (b"MZ\x90\x00", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_the_kind_is_what_the_bytes_say(head, kind):
    """Never the name; what no browser plays is a download only."""
    assert sniff_media(head) == kind
    assert playable(kind) == (kind.split("/")[0] in ("audio", "video") and "x-ms" not in kind)


def test_found_on_its_slide_in_the_inspected_copy(tmp_path):
    checked = inspect(deck_with_video(tmp_path), "a.pptx", "deck", tmp_path)
    [media] = find_media(checked)
    assert (media.slide, media.type, media.size) == (2, "video/mp4", len(MP4))
    assert media.name.endswith(".mp4")


def test_linked_media_is_not_fetched(tmp_path):
    """A relation to something outside is gone from the inspected copy, and skipped if it were not."""
    path = deck_with_video(tmp_path)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    rels = "ppt/slides/_rels/slide2.xml.rels"
    parts[rels] = parts[rels].replace(
        b'Target="../media/media1.mp4"', b'Target="http://evil.example/x.mp4" TargetMode="External"'
    )
    with zipfile.ZipFile(tmp_path / "linked.pptx", "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    assert find_media(SimpleNamespace(format="pptx", path=tmp_path / "linked.pptx")) == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip"])
def test_what_cannot_be_read_has_no_media(tmp_path, data):
    (tmp_path / "x.pptx").write_bytes(data)
    assert find_media(SimpleNamespace(format="pptx", path=tmp_path / "x.pptx")) == []
    assert find_media(SimpleNamespace(format="docx", path=tmp_path / "x.pptx")) == []


def test_a_presentation_of_libreoffice_too(tmp_path):
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><draw:page/><draw:page>'
        '<draw:plugin xlink:href="Media/a.mp3"/><draw:plugin xlink:href="http://x.example/b.mp3"/>'
        '<draw:plugin xlink:href="../../etc/passwd"/></draw:page></office:document-content>'
    )
    with zipfile.ZipFile(tmp_path / "x.odp", "w") as package:
        package.writestr("content.xml", content)
        package.writestr("Media/a.mp3", b"ID3\x04sound")
    [media] = find_media(SimpleNamespace(format="odp", path=tmp_path / "x.odp"))
    assert (media.slide, media.type, media.part) == (2, "audio/mpeg", "Media/a.mp3")


@pytest.fixture
def playing(member, meeting, township, tmp_path):
    """A ready deck whose second slide has a video, kept as the worker keeps it."""
    version = make_ready(member, meeting, township)
    checked = inspect(deck_with_video(tmp_path), "a.pptx", "deck", tmp_path)
    keep_media(version, store_media(checked, f"pages/{version.pk}/a1b2c3d4/", tmp_path))
    return version


def clip(version):
    return f"/pages/{version.pages.get(number=2).pk}/media/0"


def test_the_viewer_offers_a_player_for_it(playing, member, api):
    [_one, two, _three] = api(member).get(f"/materials/{playing.material_id}/pages").json()["pages"]
    assert two["media"][0]["type"] == "video/mp4"
    page = client_of(member).get(f"/materials/{playing.material_id}/?page=2").content.decode()
    assert two["media"][0]["url"] in page.replace("\\u002D", "-")


@on_disk
def test_a_player_gets_ranges_and_a_page_cannot_run_it(playing, member):
    """206 with the right bytes, nosniff, and a policy under which nothing in it could run."""
    answer = client_of(member).get(clip(playing), headers={"Range": "bytes=4-11"})
    assert (answer.status_code, b"".join(answer.streaming_content)) == (206, b"ftypisom")
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Content-Disposition"] == "inline"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Content-Range"] == f"bytes 4-11/{len(MP4)}"


@on_disk
def test_what_browsers_do_not_play_is_only_a_download(playing, member):
    page = playing.pages.get(number=2)
    stored = files.store(ContentFile(b"<script>alert(1)</script>"), page.media[0]["key"] + "x")
    page.media = [{"key": stored.key, "type": UNKNOWN, "size": 9, "name": "a.html"}]
    page.save()
    answer = client_of(member).get(clip(playing))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == UNKNOWN


def test_who_may_play_it(playing, organiser, other_member, foreign_organiser, nobody, meeting):
    """As with the slide's picture: the own township and organisers before the meeting opens."""
    assert status_of(organiser, clip(playing)) == (302 if settings.S3_BUCKET else 200)
    for actor in (other_member, foreign_organiser):
        assert status_of(actor, clip(playing)) == 404
    assert status_of(nobody, clip(playing)) == 302


@pytest.mark.parametrize("place", ["1", "99", "-1", "x"])
def test_a_place_that_is_not_there(playing, member, place):
    assert client_of(member).get(clip(playing)[:-1] + place).status_code == 404


def test_a_part_on_two_slides_is_stored_once(tmp_path, member, meeting, township):
    deck = Presentation()
    (tmp_path / "clip.mp4").write_bytes(MP4)
    for _n in range(2):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.shapes.add_movie(io.BytesIO(MP4), 0, 0, Inches(3), Inches(2), mime_type="video/mp4")
    deck.save(str(tmp_path / "deck.pptx"))
    checked = inspect(tmp_path / "deck.pptx", "a.pptx", "deck", tmp_path)
    found = store_media(checked, "pages/x/y/", tmp_path)
    assert sorted(found) == [1, 2]
    assert len({item["key"] for media in found.values() for item in media}) == 1
    files.delete(files.keys_below("pages/x/y/"))
