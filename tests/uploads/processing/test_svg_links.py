"""SVG pictures inside a file: what is fetched when they are drawn is cut out, what is part of them stays."""

import zipfile
from pathlib import Path

import pytest

from .builders import look, with_part

OUTSIDE = "http://outside.example/a"
OPEN = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def copied(tmp_path: Path, inside: str, before: str = "") -> tuple[str, list[str]]:
    """The picture in the inspected copy, and the codes of what was found."""
    data = f"{before}<svg {OPEN}>{inside}</svg>".encode()
    inspected = look(tmp_path, with_part("ppt/media/i.svg", data))
    with zipfile.ZipFile(inspected.path) as package:
        return package.read("ppt/media/i.svg").decode(), [f.code for f in inspected.findings]


@pytest.mark.parametrize(
    "inside",
    [
        f'<image href="{OUTSIDE}"/>',
        f'<image xlink:href="{OUTSIDE}"/>',
        '<use href="//outside.example/a#b"/>',
        '<image href="file:///outside.example"/>',
        f'<rect fill="url({OUTSIDE})"/>',
        f"<rect style=\"fill: url('{OUTSIDE}#a')\"/>",
        f'<style>@import "{OUTSIDE}";</style>',
        f"<style>rect {{ fill: URL( {OUTSIDE} ) }}</style>",
        '<image href="data:image/svg+xml,outside.example"/>',
    ],
)
def test_addresses_are_cut_out_and_said(tmp_path, inside):
    picture, codes = copied(tmp_path, inside)
    assert "outside.example" not in picture
    assert codes == ["link_removed"]


def test_style_sheets_and_scripts_are_left_out(tmp_path):
    before = f'<?xml version="1.0"?><?xml-stylesheet href="{OUTSIDE}"?>'
    picture, _codes = copied(
        tmp_path, f'<script href="{OUTSIDE}">1</script><?p {OUTSIDE}?>', before
    )
    assert "outside.example" not in picture


def test_what_is_part_of_the_picture_stays(tmp_path):
    inside = (
        '<defs><linearGradient id="a"/></defs><use href="#a"/><rect fill="url(#a)" style="fill:url(#a)"/>'
        '<image href="data:image/png;base64,AAAA"/><style>rect { fill: url(#a) }</style>'
    )
    picture, codes = copied(tmp_path, inside)
    assert codes == []
    assert picture.count("url(#a)") == 3
    assert 'href="#a"' in picture
    assert "data:image/png;base64,AAAA" in picture
