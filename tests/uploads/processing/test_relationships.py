"""What a part of a package refers to: its targets by their whole names, whichever way they are written."""

import io
import zipfile

from uploads.processing.relationships import relations

from .builders import pack

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
RELS = f"""<Relationships><!-- by hand -->
<Relationship Id="a" Type="{OFFICE}/image" Target="../media/image1.png"/>
<Relationship Id="b" Type="{STRICT}/slide" Target="slide2.xml"/>
<Relationship Id="c" Type="{OFFICE}/slideLayout" Target="/ppt/slideLayouts/slideLayout1.xml"/>
<Relationship Id="d" Type="{OFFICE}/hyperlink" Target="https://example.org" TargetMode="External"/>
<Relationship Id="e" Type="{OFFICE}/slide" Target=""/>
</Relationships>"""


def test_targets_are_parts_and_kinds_are_words() -> None:
    """What leads out of the package or nowhere is passed over."""
    with zipfile.ZipFile(
        io.BytesIO(pack({"ppt/slides/_rels/slide1.xml.rels": RELS.encode()}))
    ) as p:
        assert list(relations(p, "ppt/slides/slide1.xml")) == [
            ("a", "image", "ppt/media/image1.png"),
            ("b", "slide", "ppt/slides/slide2.xml"),
            ("c", "slideLayout", "ppt/slideLayouts/slideLayout1.xml"),
        ]
        assert list(relations(p, "ppt/slides/slide2.xml")) == []


def test_the_package_itself_refers_to_its_main_part() -> None:
    rels = (
        f'<Relationships><Relationship Id="a" Type="{OFFICE}/officeDocument" Target="ppt/p.xml"/>'
    )
    with zipfile.ZipFile(
        io.BytesIO(pack({"_rels/.rels": f"{rels}</Relationships>".encode()}))
    ) as p:
        assert list(relations(p, "")) == [("a", "officeDocument", "ppt/p.xml")]
