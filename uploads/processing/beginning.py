"""The first slides of a deck as a deck of their own, which LibreOffice loads in a moment."""

from __future__ import annotations

import logging
import posixpath
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

_logger = logging.getLogger(__name__)
_TYPES = "[Content_Types].xml"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)
_NOT_DRAWN = {"slide", "notesSlide", "audio", "video", "media"}
"""Kinds of relationships that lead from a slide to what its picture does not show."""


def make(source: Path, target: Path, slides: int) -> Path | None:
    """Writes the first ``slides`` slides of an inspected .pptx, .ppsx or .potx, with what they are drawn
    from and nothing else, to ``target``.

    Their numbers stay what they are, because they are the first ones. None where the package is so odd that
    this cannot be told; the whole deck does then.
    """
    try:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
            _write(_Deck(old, slides), new)
    except Exception:  # odd packages raise anything
        _logger.info("no beginning could be made of %s", source.name, exc_info=True)
        return None
    return target


class _Deck:
    """An open package, with its list of slides and their relationships cut short."""

    def __init__(self, package: zipfile.ZipFile, slides: int) -> None:
        self.package = package
        self.names = set(package.namelist())
        self.main = next(
            part for kind, part, _ in self._leading_from("") if kind == "officeDocument"
        )
        presentation = self._tree(self.main)
        (listed,) = (e for e in presentation if _local(e) == "sldIdLst")
        later = list(listed)[slides:]
        self.later = {
            str(value) for entry in later for key, value in entry.attrib.items() if "}" in str(key)
        }
        for entry in later:
            listed.remove(entry)
        for shows in [e for e in presentation if _local(e) == "custShowLst"]:
            presentation.remove(shows)
        self.changed = {self.main: _xml(presentation)}

    def needed(self) -> set[str]:
        """The names of the parts that the first slides are drawn from, and of what the package itself names:
        LibreOffice opens none whose properties are missing."""
        found: set[str] = set()
        waiting = [part for _, part, _ in self._leading_from("")]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.names:
                continue
            found.add(name)
            waiting += [
                part
                for kind, part, identity in self._leading_from(name)
                if (identity not in self.later if name == self.main else kind not in _NOT_DRAWN)
            ]
        return found

    def relations(self, name: str, needed: set[str]) -> bytes:
        """A part's relationships without those to what is left out, which LibreOffice may fall over."""
        root = self._tree(_relations_of(name))
        for entry, (_kind, part, _identity) in zip(
            [e for e in root if e.get("TargetMode") != "External"],
            self._leading_from(name),
            strict=True,
        ):
            if part not in needed:
                root.remove(entry)
        return _xml(root)

    def _leading_from(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Kind, target and id of a part's relationships; "" is the package."""
        if (relations := _relations_of(name)) not in self.names:
            return
        for entry in self._tree(relations):
            if entry.get("TargetMode") != "External":
                target = posixpath.join("/", posixpath.dirname(name), entry.get("Target", ""))
                kind = entry.get("Type", "").rpartition("/")[2]
                yield kind, posixpath.normpath(target).lstrip("/"), entry.get("Id", "")

    def _tree(self, name: str) -> etree._Element:
        return etree.fromstring(self.package.read(name), _PARSER)


def _write(deck: _Deck, out: zipfile.ZipFile) -> None:
    needed = deck.needed()
    owners = {_relations_of(name): name for name in ("", *needed)}
    for name in deck.package.namelist():
        if name in deck.changed:
            out.writestr(name, deck.changed[name])
        elif name in owners:
            out.writestr(name, deck.relations(owners[name], needed))
        elif name in needed or name == _TYPES:
            with deck.package.open(name) as reader, out.open(name, "w") as writer:
                shutil.copyfileobj(reader, writer)


def _xml(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _relations_of(name: str) -> str:
    folder, part = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{part}.rels")
