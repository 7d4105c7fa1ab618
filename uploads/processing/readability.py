"""Can it be read from the back row: the size and the contrast of text, with what it inherits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from uploads.processing.text import A, P

#: Contrast of large text (18 pt and more) below which WCAG 2 calls it hard to read.
LOW_CONTRAST = 3.0
_TITLES = ("title", "ctrTitle")
_BODIES = ("body", "subTitle", "obj", None)
_MAP = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
_WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Run:
    """Words written alike: size in points and colour where they can be told."""

    words: str
    size: float | None
    colour: tuple[int, int, int] | None
    ground: tuple[int, int, int] | None

    @property
    def contrast(self) -> float | None:
        """Of the colours, 1 to 21; None where one of them cannot be told."""
        if self.colour is None or self.ground is None:
            return None
        light, dark = sorted((_luminance(self.colour), _luminance(self.ground)), reverse=True)
        return (light + 0.05) / (dark + 0.05)


@dataclass
class Style:
    """What slides inherit: colours of the theme, and elements of layout and master."""

    colours: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    fonts: set[str] = field(default_factory=set)


def style_of(deck: Deck) -> Style:
    """Colours and fonts of the deck's first theme."""
    style = Style()
    for master in deck.slide_masters:
        for relationship in master.part.rels.values():
            if relationship.is_external or not relationship.reltype.endswith("/theme"):
                continue
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            _read_theme(etree.fromstring(relationship.target_part.blob, parser), style)
            return style
    return style


def _read_theme(root: etree._Element, style: Style) -> None:
    scheme = root.find(f"{A}themeElements/{A}clrScheme")
    for item in scheme if scheme is not None else ():
        for colour in item:
            found = _hex(colour.get("val") or "") or _hex(colour.get("lastClr") or "")
            if found:
                style.colours[etree.QName(item).localname] = found
    for kind in ("majorFont", "minorFont"):
        for name in ("latin", "ea"):
            face = root.find(f"{A}themeElements/{A}fontScheme/{A}{kind}/{A}{name}")
            if face is not None and face.get("typeface"):
                style.fonts.add(face.get("typeface", ""))


def runs(slide: Slide, style: Style) -> Iterator[Run]:
    """The words of a slide's top-level shapes, with size and colours."""
    ground = _ground(slide, style)
    for shape in slide._element.iterfind(f"{P}cSld/{P}spTree/{P}sp"):
        body = shape.find(f"{P}txBody")
        if body is None:
            continue
        scale = _scale(body)
        behind = _behind(shape, ground, style)
        for paragraph in body.iterfind(f"{A}p"):
            level = _level(paragraph)
            for run in paragraph.iterfind(f"{A}r"):
                words = (run.findtext(f"{A}t") or "").strip()
                if not words:
                    continue
                size = _size(run, shape, slide, level)
                yield Run(
                    words, size * scale if size else None,
                    _fill(run.find(f"{A}rPr"), style), behind,
                )  # fmt: skip


def _level(paragraph: etree._Element) -> int:
    properties = paragraph.find(f"{A}pPr")
    value = properties.get("lvl", "0") if properties is not None else "0"
    return int(value) if value.isdigit() and int(value) < 9 else 0


def _scale(body: etree._Element) -> float:
    """How much the program shrank the text to fit its box."""
    fit = body.find(f"{A}bodyPr/{A}normAutofit")
    value = fit.get("fontScale", "100000").rstrip("%") if fit is not None else "100000"
    return int(value) / 100_000 if value.isdigit() and int(value) > 1000 else 1.0


def _size(run: etree._Element, shape: etree._Element, slide: Slide, level: int) -> float | None:
    """In points: the run's own, else what shape, layout and master say for its level."""
    own = _points(run.find(f"{A}rPr"))
    if own:
        return own
    step = f"{A}lvl{level + 1}pPr/{A}defRPr"
    own = _points(shape.find(f"{P}txBody/{A}lstStyle/{step}"))
    placeholder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    if own or placeholder is None:
        return own
    kind, index = placeholder.get("type"), placeholder.get("idx")
    for above in (slide.slide_layout, slide.slide_layout.slide_master):
        for other in above._element.iterfind(f"{P}cSld/{P}spTree/{P}sp"):
            ph = other.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
            if ph is None or not (ph.get("type") == kind and (kind or ph.get("idx") == index)):
                continue
            found = _points(other.find(f"{P}txBody/{A}lstStyle/{step}"))
            if found:
                return found
    styles = slide.slide_layout.slide_master._element.find(f"{P}txStyles")
    if styles is None:
        return None
    name = "titleStyle" if kind in _TITLES else "bodyStyle" if kind in _BODIES else "otherStyle"
    return _points(styles.find(f"{P}{name}/{step}"))


def _points(properties: etree._Element | None) -> float | None:
    value = properties.get("sz", "") if properties is not None else ""
    return int(value) / 100 if value.isdigit() and int(value) else None


def _ground(slide: Slide, style: Style) -> tuple[int, int, int] | None:
    """The plain colour behind a slide; white where nothing is said, None for pictures and gradients."""
    for level in (slide, slide.slide_layout, slide.slide_layout.slide_master):
        ground = level._element.find(f"{P}cSld/{P}bg")
        if ground is None:
            continue
        properties = ground.find(f"{P}bgPr")
        if properties is not None:
            return _fill(properties, style)
        reference = ground.find(f"{P}bgRef")
        if reference is None or reference.get("idx") not in ("0", "1001"):
            return None
        return _colour(reference, style)
    return _WHITE


def _behind(
    shape: etree._Element, ground: tuple[int, int, int] | None, style: Style
) -> tuple[int, int, int] | None:
    """The shape's own plain fill; the slide's where it has none; None for anything else."""
    properties = shape.find(f"{P}spPr")
    fill = _fill(properties, style)
    if fill or properties is None:
        return fill or ground
    if any(
        properties.find(f"{A}{kind}") is not None
        for kind in ("gradFill", "blipFill", "pattFill", "solidFill")
    ):
        return None
    plain = shape.find(f"{P}style") is None or properties.find(f"{A}noFill") is not None
    return ground if plain else None


def _fill(parent: etree._Element | None, style: Style) -> tuple[int, int, int] | None:
    solid = parent.find(f"{A}solidFill") if parent is not None else None
    return _colour(solid, style) if solid is not None else None


def _colour(parent: etree._Element, style: Style) -> tuple[int, int, int] | None:
    """A colour without tints and transparency; None where there are some."""
    for item in parent:
        if len(item):
            return None
        value = item.get("val") or ""
        if item.tag == f"{A}srgbClr":
            return _hex(value)
        if item.tag == f"{A}schemeClr":
            return style.colours.get(_MAP.get(value, value))
    return None


def _hex(value: str) -> tuple[int, int, int] | None:
    try:
        number = int(value, 16) if len(value) == 6 else -1
    except ValueError:
        return None
    return (number >> 16, number >> 8 & 255, number & 255) if number >= 0 else None


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (value / 255 for value in colour)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
