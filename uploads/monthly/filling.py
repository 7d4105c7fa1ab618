"""Writing into slides with python-pptx: words with their language, tokens, theme fonts."""

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE as RELATION
from pptx.oxml.ns import qn

from townships.texts import printable


def write(shape: Any, lines: list[str]) -> None:
    """Put lines into a shape, a paragraph each. The fonts stay the theme's, both the Latin and the
    East Asian one; the language says that it is Chinese, so that the latter is chosen."""
    frame = shape.text_frame
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        for old in list(paragraph.runs):
            paragraph._p.remove(old._r)
        run = paragraph.add_run()
        run.text = printable(line)
        properties = run._r.get_or_add_rPr()
        properties.set("lang", "zh-CN")
        properties.set("altLang", "en-US")


def remove_slides(deck: Any) -> None:
    """Take every slide out; their parts are not saved any more."""
    listed = deck.slides._sldIdLst
    for item in list(listed):
        deck.part.drop_rel(item.rId)
        listed.remove(item)


def has_tokens(deck: Any, tokens: Mapping[str, str]) -> bool:
    """Whether any paragraph of any slide has one of these tokens."""
    return any(
        token in "".join(text.text or "" for text in paragraph.iter(qn("a:t")))
        for paragraph in _paragraphs(deck)
        for token in tokens
    )


def replace_tokens(deck: Any, tokens: Mapping[str, str]) -> None:
    """Put the words in place of the tokens. A token may be torn over several runs (PowerPoint does
    that); then the words take the format of its first letter."""
    for paragraph in _paragraphs(deck):
        texts = list(paragraph.iter(qn("a:t")))
        for token, words in tokens.items():
            while (whole := "".join(text.text or "" for text in texts)).find(token) >= 0:
                if token in words:
                    break
                _replace(texts, whole.find(token), len(token), words)


def _replace(texts: list[Any], start: int, length: int, words: str) -> None:
    at, left, put = 0, length, False
    for text in texts:
        old = text.text or ""
        begin = max(0, start - at)
        at += len(old)
        if at <= start or left == 0:
            continue
        taken = min(left, len(old) - begin)
        text.text = old[:begin] + ("" if put else words) + old[begin + taken :]
        put, left = True, left - taken
        start = at


def _paragraphs(deck: Any) -> Iterator[Any]:
    for slide in deck.slides:
        yield from slide._element.iter(qn("a:p"))


def complete_theme(deck: Any, latin: str, east_asian: str) -> None:
    """Fill in the fonts a theme leaves open: without an East Asian one, Chinese falls back on
    whatever the machine has."""
    for master in deck.slide_masters:
        part = master.part.part_related_by(RELATION.THEME)
        root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))
        changed = False
        for fonts in (*root.iter(qn("a:majorFont")), *root.iter(qn("a:minorFont"))):
            for tag, name in (("a:latin", latin), ("a:ea", east_asian)):
                node = fonts.find(qn(tag))
                if node is None:
                    node = etree.SubElement(fonts, qn(tag))
                    fonts.insert(0 if tag == "a:latin" else 1, node)
                if not node.get("typeface"):
                    node.set("typeface", name)
                    changed = True
        if changed:
            part._blob = etree.tostring(
                root, xml_declaration=True, encoding="UTF-8", standalone=True
            )
