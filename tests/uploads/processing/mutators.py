"""A seeded mutator of files: bytes, zip parts, and XML that stays XML but says something else."""

import random

from lxml import etree

from .builders import corpus, deck_bytes, document_bytes, members, odp_bytes, pack, pdf_bytes

#: What is put in the place of a number, a name or a reference of an attribute.
ODD_VALUES = (
    "0", "-1", "1", "65536", "2147483647", "-2147483648", "9223372036854775808", "99999999999999999999",
    "NaN", "1e999", "", "true", "rId1", "rId9999", "../../x", "\ud55c" * 300, "#", "%s%n", "A" * 5000,
)  # fmt: skip


def sources() -> list[tuple[str, str, bytes]]:
    """What is mutated: name, kind and bytes of made files and of the corpus."""
    return [
        ("a.pptx", "deck", deck_bytes(3)),
        ("a.docx", "manuscript", document_bytes()),
        ("a.pptx", "deck", corpus("decks", "SampleShow.pptx").read_bytes()),
        ("a.pptx", "deck", corpus("decks", "with_japanese.pptx").read_bytes()),
        ("a.pptx", "deck", corpus("decks", "SmartArt.pptx").read_bytes()),
        ("a.ppsx", "deck", corpus("decks", "testPPT.ppsx").read_bytes()),
        ("a.ppt", "deck", corpus("decks", "headers_footers_2007.ppt").read_bytes()),
        ("a.docx", "manuscript", corpus("manuscripts", "sample.docx").read_bytes()),
        ("a.txt", "manuscript", "三月例会\n发言稿\n".encode() * 20),
        ("a.docx", "manuscript", corpus("manuscripts", "checkboxes.docx").read_bytes()),
        ("a.pptx", "deck", corpus("decks", "bar-chart.pptx").read_bytes()),
        ("a.odp", "deck", odp_bytes(2)),
        ("a.pdf", "deck", pdf_bytes(3)),
    ]


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One mutation; the same for the same state of `rng`."""
    if data[:2] == b"PK":
        ways = [bend_parts, bend_parts, reshape_parts, reshape_parts, reshape_parts, flip, cut]
        return rng.choice(ways)(data, rng)
    return rng.choice([flip, cut])(data, rng)


def flip(data: bytes, rng: random.Random) -> bytes:
    """Up to twelve bytes become others."""
    raw = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def cut(data: bytes, rng: random.Random) -> bytes:
    """A stretch is lost, or comes twice."""
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.randint(1, len(data) // 4 + 1))
    return data[:start] + (data[start:end] * rng.choice([0, 0, 2])) + data[end:]


def edit_xml(data: bytes, rng: random.Random) -> bytes:
    """One piece of the text of an XML part becomes another."""
    edits = [
        (b"<", b"<<"),
        (b"/>", b">"),
        (b'="', b'="-'),
        (b'="', b'="99999999999999999999'),
        (b'Id="', b'Idx="'),
        (b"r:id=", b"r:embed="),
        (b"Target=", b'TargetMode="External" Target='),
        (b"slide", b"\xe5\xb9\xbb"),
        (b">", b"><!DOCTYPE x>"),
        (b"UTF-8", b"UTF-16"),
        (b"a:t>", b"a:p>"),
    ]
    old, new = rng.choice(edits)
    places = data.count(old)
    if not places:
        return flip(data, rng) if data else data
    parts = data.split(old)
    at = rng.randrange(1, len(parts))
    return old.join(parts[:at]) + new + old.join(parts[at:])


def bend_parts(data: bytes, rng: random.Random) -> bytes:
    """Parts are dropped, doubled, swapped, emptied or edited as text."""
    parts = members(data)
    names = list(parts)
    for _ in range(rng.randint(1, 4)):
        name, other = rng.choice(names), rng.choice(names)
        action = rng.randrange(6)
        if action == 0:
            parts.pop(name, None)
        elif action == 1:
            parts[name] = parts.get(other, b"")
        elif action == 2:
            parts[name] = b""
        elif action == 3 and parts.get(name):
            parts[name] = flip(parts[name], rng)
        elif parts.get(name):
            parts[name] = edit_xml(parts[name], rng)
    return pack(parts)


def reshape_parts(data: bytes, rng: random.Random) -> bytes:
    """Elements of some XML parts are lost, doubled, moved or told odd values; the XML stays XML."""
    parts = members(data)
    told = [name for name in parts if name.endswith((".xml", ".rels")) and parts[name]]
    content = [
        n for n in told if n.endswith(".xml") and ("slide" in n or "chart" in n or "doc" in n)
    ]
    for _ in range(rng.randint(1, 3)):
        name = rng.choice(content if content and rng.random() < 0.8 else told)
        try:
            root = etree.fromstring(parts[name], etree.XMLParser(huge_tree=True))
        except etree.XMLSyntaxError:
            continue
        for _ in range(rng.randint(1, 5)):
            _reshape(root, rng)
        parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return pack(parts)


def _reshape(root: etree._Element, rng: random.Random) -> None:
    elements = [each for each in root.iter() if isinstance(each.tag, str) and each is not root]
    if not elements:
        return
    one, other = rng.choice(elements), rng.choice(elements)
    parent = one.getparent()
    action = rng.randrange(6)
    if action == 0:
        parent.remove(one)
    elif action == 1:
        parent.insert(rng.randrange(len(parent) + 1), _copy(one))
    elif action == 2 and len(list(one.iter())) < 200:
        other.append(_copy(one))
    elif action == 3:
        one.tag = other.tag
    elif one.attrib:
        one.set(rng.choice(sorted(one.attrib)), rng.choice(ODD_VALUES))
    else:
        one.text = rng.choice(ODD_VALUES)


def _copy(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element, with_tail=False))
