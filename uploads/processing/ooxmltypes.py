"""A copy for python-pptx: a show or template called a presentation, and without the weight of its media."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

_TYPES = "[Content_Types].xml"
_PRESENTATION = b"presentationml.presentation.main+xml"
_OTHERS = (b"presentationml.slideshow.main+xml", b"presentationml.template.main+xml")


def as_presentation(source: Path, target: Path, *, media: bool = False) -> Path:
    """Copies an inspected deck to ``target`` under the content type of a .pptx, its media emptied.

    python-pptx reads every part into memory; for words and findings the pictures are not needed.
    ``media``: keep them, for a copy that is written on.
    """
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            fresh = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            if info.filename == _TYPES:
                data = old.read(info)
                for other in _OTHERS:
                    data = data.replace(other, _PRESENTATION)
                new.writestr(fresh, data)
                continue
            if not media and info.filename.lower().startswith("ppt/media/"):
                new.writestr(fresh, b"")
                continue
            with old.open(info) as reader, new.open(fresh, "w") as writer:
                shutil.copyfileobj(reader, writer)
    return target
