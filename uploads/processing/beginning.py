"""The first slides of a deck as a deck of their own, which LibreOffice loads in a moment."""

from __future__ import annotations

import logging
import shutil
import zipfile
from pathlib import Path

from lxml import etree

from uploads.processing import xmlguard
from uploads.processing.relationships import relations, rels_of

_logger = logging.getLogger(__name__)
_TYPES = "[Content_Types].xml"
_LINKS = {"slide", "hyperlink"}
_NOT_DRAWN = _LINKS | {"notesSlide", "audio", "video", "media"}
"""Kinds of relationships whose target a slide's picture does not show; that words are a link, it does."""
_NOWHERE = "#"


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
        target.unlink(missing_ok=True)  # half-written, and as large as its media
        return None
    return target


class _Deck:
    """An open package, with its list of slides and their relationships cut short."""

    def __init__(self, package: zipfile.ZipFile, slides: int) -> None:
        self.package = package
        self.names = set(package.namelist())
        self.main = next(
            part for _id, kind, part in relations(package, "") if kind == "officeDocument"
        )
        presentation = xmlguard.parse(package.read(self.main))
        (listed,) = (e for e in presentation if _local(e) == "sldIdLst")
        later = list(listed)[slides:]
        self.later = {
            str(value) for entry in later for key, value in entry.attrib.items() if "}" in str(key)
        }
        for entry in later:
            listed.remove(entry)
        for shows in [e for e in presentation if _local(e) == "custShowLst"]:
            presentation.remove(shows)
        self.changed = {self.main: xmlguard.tostring(presentation)}

    def needed(self) -> set[str]:
        """The names of the parts that the first slides are drawn from, and of what the package itself names:
        LibreOffice opens none whose properties are missing."""
        found: set[str] = set()
        waiting = [part for _id, _kind, part in relations(self.package, "")]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self.names:
                continue
            found.add(name)
            waiting += [
                part
                for identity, kind, part in relations(self.package, name)
                if (identity not in self.later if name == self.main else kind not in _NOT_DRAWN)
            ]
        return found

    def rels(self, name: str, needed: set[str]) -> bytes:
        """A part's relationships without those to what is left out, which LibreOffice may fall over.

        Links stay and lead nowhere: without them LibreOffice draws plain words, and it crashes where a
        shape leads to a slide number that is not there.
        """
        links = _LINKS if name != self.main else set()
        leading = {identity: lead for identity, *lead in relations(self.package, name)}
        root = xmlguard.parse(self.package.read(rels_of(name)))
        for entry in [e for e in root if e.get("Id") in leading]:
            kind, part = leading[entry.get("Id", "")]
            if kind in links:
                entry.set("Target", _NOWHERE)
            elif part not in needed:
                root.remove(entry)
        return xmlguard.tostring(root)


def _write(deck: _Deck, out: zipfile.ZipFile) -> None:
    needed = deck.needed()
    owners = {rels_of(name): name for name in ("", *needed)}
    for name in deck.package.namelist():
        if name in deck.changed:
            out.writestr(name, deck.changed[name])
        elif name in owners:
            out.writestr(name, deck.rels(owners[name], needed))
        elif name in needed or name == _TYPES:
            with deck.package.open(name) as reader, out.open(name, "w") as writer:
                shutil.copyfileobj(reader, writer)


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""
