"""What may not stand inside the parts of a file: DOCTYPE, depth, pixel bombs, links out (uploads 23-34)."""

from pathlib import Path

import pytest

from uploads.processing.errors import Refused

from .builders import (
    CANARY,
    bent,
    document_bytes,
    look,
    members,
    pack,
    png_header,
    refusal,
    with_part,
    with_relationship,
)

DOCTYPE = '<?xml version="1.0"{encoding}?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.mark.parametrize(
    "name", ["docProps/app.xml", "customXml/item1.xml", "ppt/slides/slide1.xml"]
)
def test_23_doctype_in_any_part(tmp_path: Path, name: str) -> None:
    data = with_part(name, DOCTYPE.format(encoding="").encode())
    assert refusal(tmp_path, data) == "xml_doctype"


def test_23_doctype_in_a_part_that_hides_its_kind(tmp_path: Path) -> None:
    for name in ("ppt/media/image9.svg", "ppt/drawings/vml1.vml", "ppt/x.bin"):
        data = with_part(name, b"  <!DOCTYPE html><html><br></html>")
        assert refusal(tmp_path, data) == "xml_doctype"


def test_24_entity_expansion(tmp_path: Path) -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY a{n} "&a{n - 1 if n else ""};&a{n - 1 if n else ""};">' for n in range(30)
    )
    assert (
        refusal(tmp_path, with_part("x.xml", f"{laughs}]><l>&a29;</l>".encode())) == "xml_doctype"
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_25_utf16_does_not_hide_a_doctype(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[encoding]
    body = DOCTYPE.format(encoding=' encoding="UTF-16"').encode(encoding)
    assert refusal(tmp_path, with_part("docProps/app.xml", mark + body)) == "xml_doctype"


def test_25_utf7_is_no_encoding_for_office_files(tmp_path: Path) -> None:
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-<x/>'
    assert refusal(tmp_path, with_part("docProps/app.xml", hidden)) == "xml_damaged"


def test_34_xml_10000_deep(tmp_path: Path) -> None:
    deep = b"<x>" * 10_000 + b"</x>" * 10_000
    assert refusal(tmp_path, with_part("ppt/slides/slide1.xml", deep)) == "xml_deep"


def test_damaged_xml(tmp_path: Path) -> None:
    assert refusal(tmp_path, with_part("ppt/slides/slide1.xml", b"<p:sld>")) == "xml_damaged"


@pytest.mark.parametrize("name", ["ppt/media/image1.png", "ppt/media/image1.jpeg", "ppt/x.bin"])
def test_32_900_megapixel_picture(tmp_path: Path, name: str) -> None:
    """The size is read from the header whatever the part is called; nothing is decoded."""
    assert refusal(tmp_path, with_part(name, png_header(30_000, 30_000))) == "picture_too_large"


def test_a_large_but_reasonable_picture_is_taken(tmp_path: Path) -> None:
    assert look(tmp_path, with_part("ppt/media/image1.png", png_header(8_000, 6_000))).pages == 1


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("image", CANARY),
        ("image", "file:///etc/passwd"),
        ("image", "\\\\server\\share\\a.png"),
        ("image", "//server/share/a.png"),
        ("image", "smb://server/a.png"),
        ("image", "ftp://server/a.png"),
        ("oleObject", "file:///C:/a.xlsx"),
        ("attachedTemplate", CANARY),
        ("video", "https://example.org/a.mp4"),
        ("audio", "a.mp3"),
    ],
)
def test_26_29_linked_files_are_cut_out_of_the_copy(tmp_path: Path, kind: str, target: str) -> None:
    inspected = look(tmp_path, with_relationship(kind, target))
    assert [f.code for f in inspected.findings] == ["link_removed"]
    rels = members(inspected.path.read_bytes())["ppt/slides/_rels/slide1.xml.rels"]
    assert b"rIdX" not in rels
    assert b"External" not in rels


def test_a_link_out_that_does_not_call_itself_external_is_cut_too(tmp_path: Path) -> None:
    def change(parts: dict[str, bytes]) -> None:
        name = "ppt/slides/_rels/slide1.xml.rels"
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        extra = f'<Relationship Id="rIdX" Type="{office}/image" Target="file:///etc/passwd"/>'
        parts[name] = parts[name].replace(b"</Relationships>", extra.encode() + b"</Relationships>")

    inspected = look(tmp_path, bent(change))
    assert b"passwd" not in members(inspected.path.read_bytes())["ppt/slides/_rels/slide1.xml.rels"]


@pytest.mark.parametrize("target", ["javascript:alert(1)", "file:///etc/passwd", "vbscript:x"])
def test_30_script_hyperlinks_are_dropped(tmp_path: Path, target: str) -> None:
    inspected = look(tmp_path, with_relationship("hyperlink", target))
    assert [f.code for f in inspected.findings] == ["hyperlink_removed"]
    assert b"rIdX" not in members(inspected.path.read_bytes())["ppt/slides/_rels/slide1.xml.rels"]


def test_web_and_mail_hyperlinks_stay(tmp_path: Path) -> None:
    for target in ("https://example.org/a", "mailto:a@example.org"):
        inspected = look(tmp_path, with_relationship("hyperlink", target))
        assert inspected.findings == ()


def test_word_fields_that_load_files_are_emptied(tmp_path: Path) -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    field = (
        f'<w:p xmlns:w="{w}"><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:instrText>INCLUDE</w:instrText></w:r>"
        f'<w:r><w:instrText>PICTURE "{CANARY}" \\d</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    data = bent(
        lambda parts: parts.update(
            {
                "word/document.xml": parts["word/document.xml"].replace(
                    b"<w:body>", b"<w:body>" + field.encode()
                )
            }
        ),
        document_bytes(),
    )
    inspected = look(tmp_path, data, "a.docx", "manuscript")
    assert [f.code for f in inspected.findings] == ["link_removed"]
    assert CANARY.encode() not in members(inspected.path.read_bytes())["word/document.xml"]


def test_addresses_in_vml_drawings_are_cut(tmp_path: Path) -> None:
    vml = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape>'
        f'<v:imagedata src="{CANARY}"/></v:shape></xml>'
    )
    inspected = look(tmp_path, with_part("ppt/drawings/vmlDrawing1.vml", vml.encode()))
    assert [f.code for f in inspected.findings] == ["link_removed"]
    assert (
        CANARY.encode() not in members(inspected.path.read_bytes())["ppt/drawings/vmlDrawing1.vml"]
    )
    broken = b'<xml xmlns:v="urn:schemas-microsoft-com:vml"><br></xml>'
    inspected = look(tmp_path, with_part("ppt/drawings/vmlDrawing1.vml", broken))
    assert members(inspected.path.read_bytes())["ppt/drawings/vmlDrawing1.vml"] == broken


ODF = "urn:oasis:names:tc:opendocument:xmlns:"
CONTENT = f"""<office:document-content xmlns:office="{ODF}office:1.0" xmlns:draw="{ODF}drawing:1.0"
 xmlns:text="{ODF}text:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3">
<office:body><office:presentation><draw:page draw:name="1"><draw:frame>
<draw:image xlink:href="{{image}}"/></draw:frame><text:p><text:a xlink:href="{{link}}">x</text:a></text:p>
</draw:page></office:presentation></office:body></office:document-content>"""
MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{}</manifest:manifest>'


def odp(
    image: str = "Pictures/a.png", link: str = "https://example.org", manifest: str = ""
) -> bytes:
    return pack(
        {
            "mimetype": b"application/vnd.oasis.opendocument.presentation",
            "META-INF/manifest.xml": MANIFEST.format(manifest).encode(),
            "content.xml": CONTENT.format(image=image, link=link).encode(),
        }
    )


def test_opendocument_links_are_cut_and_web_links_kept(tmp_path: Path) -> None:
    inspected = look(tmp_path, odp(image="file:///etc/passwd"), "a.odp")
    content = members(inspected.path.read_bytes())["content.xml"]
    assert b"passwd" not in content
    assert b"https://example.org" in content
    inspected = look(tmp_path, odp(link="javascript:alert(1)"), "a.odp")
    assert b"javascript" not in members(inspected.path.read_bytes())["content.xml"]
    assert look(tmp_path, odp(), "a.odp").pages == 1


def test_encrypted_opendocument_and_its_macros(tmp_path: Path) -> None:
    entry = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    assert refusal(tmp_path, odp(manifest=entry), "a.odp") == "password"
    parts = members(odp()) | {"Basic/Standard/Module1.xml": b"<m>Sub X</m>"}
    assert refusal(tmp_path, pack(parts), "a.odp") == "macros"


def test_every_reason_has_a_sentence() -> None:
    with pytest.raises(ValueError, match="unknown reason code"):
        Refused("no_such_code")
