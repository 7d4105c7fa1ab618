"""What moves or sounds at home and is still in the hall: each kind is remarked, once a slide."""

from pathlib import Path

import pytest

from uploads.processing.findings import Finding
from uploads.processing.pipeline import ProcessOptions, read_words
from uploads.processing.preflight import PreflightOptions

from .builders import bent, corpus, deck_bytes, look

SLIDE = "ppt/slides/slide1.xml"
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'


def findings(tmp_path: Path, extra: str) -> list[Finding]:
    """Of a deck of two slides; `extra` stands behind everything else in the first."""

    def change(parts: dict[str, bytes]) -> None:
        parts[SLIDE] = parts[SLIDE].replace(b"</p:sld>", extra.encode() + b"</p:sld>")

    return read_words(look(tmp_path, bent(change, deck_bytes(2)))).findings


def timing(node: str) -> str:
    return (
        f"<p:timing {P}><p:tnLst><p:par><p:cTn><p:childTnLst>{node}</p:childTnLst></p:cTn></p:par>"
        "</p:tnLst></p:timing>"
    )


@pytest.mark.parametrize(
    "kind", ["anim", "animClr", "animEffect", "animMotion", "animRot", "animScale", "set"]
)
def test_every_kind_of_animation(tmp_path, kind):
    found = findings(tmp_path, timing(f"<p:{kind}/><p:{kind}/>"))
    assert [f.slide for f in found if f.code == "animation"] == [1]


def test_text_that_is_built_line_by_line(tmp_path):
    found = findings(
        tmp_path, f'<p:timing {P}><p:bldLst><p:bldP spid="2" grpId="0"/></p:bldLst></p:timing>'
    )
    assert [f.slide for f in found if f.code == "animation"] == [1]


def test_a_video_that_only_plays_is_no_animation(tmp_path):
    node = '<p:cmd type="call" cmd="playFrom(0.0)"/><p:video/>'
    assert "animation" not in {f.code for f in findings(tmp_path, timing(node))}


def test_a_transition_is_told_once_also_in_its_newer_form(tmp_path):
    newer = "http://schemas.microsoft.com/office/powerpoint/2010/main"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    extra = (
        f'<mc:AlternateContent xmlns:mc="{mc}" {P}><mc:Choice xmlns:p14="{newer}" Requires="p14">'
        '<p:transition p14:dur="2000"><p14:vortex dir="r"/></p:transition></mc:Choice>'
        "<mc:Fallback><p:transition><p:fade/></p:transition></mc:Fallback></mc:AlternateContent>"
    )
    assert [f.slide for f in findings(tmp_path, extra) if f.code == "transition"] == [1]
    still = findings(tmp_path, "")
    assert {"transition", "animation", "media"} & {f.code for f in still} == set()


@pytest.mark.parametrize("name", ["EmbeddedAudio.pptx", "EmbeddedVideo.pptx"])
def test_sound_and_video_do_not_play_in_the_hall(tmp_path, name):
    found = read_words(look(tmp_path, corpus("decks", name).read_bytes())).findings
    assert [f.slide for f in found if f.code == "media"] == [1]


def test_a_file_that_takes_long_to_open(tmp_path):
    """The size is that of the file as it was sent."""
    data = deck_bytes()
    for limit, told in ((len(data), False), (len(data) - 1, True)):
        options = ProcessOptions(preflight=PreflightOptions(large_file=limit))
        codes = {f.code for f in read_words(look(tmp_path, data), options).findings}
        assert ("large_file" in codes) == told
