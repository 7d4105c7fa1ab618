"""What the parts of an OOXML package refer to."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator

from uploads.processing import xmlguard


def rels_of(part: str) -> str:
    """The name of the part that holds another's relationships; "" is the package."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relations(package: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str, str]]:
    """(id, type, target part) of what a part refers to inside the package; "" is the package.

    A type is its last word ("slide", "officeDocument"), for its beginning says only which edition of the
    standard it is from. Raises: Refused: xml_damaged.
    """
    try:
        rels = package.read(rels_of(part))
    except KeyError:
        return
    for item in xmlguard.parse(rels):
        target = item.get("Target") or ""
        if item.get("TargetMode") == "External" or not target:
            continue
        whole = posixpath.join("/", posixpath.dirname(part), target)
        kind = (item.get("Type") or "").rpartition("/")[2]
        yield item.get("Id") or "", kind, posixpath.normpath(whole).lstrip("/")
