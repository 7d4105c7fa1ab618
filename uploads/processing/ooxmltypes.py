"""A show or template as an ordinary presentation: only the content type of its main part differs."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

_TYPES = "[Content_Types].xml"
_PRESENTATION = b"presentationml.presentation.main+xml"
_OTHERS = (b"presentationml.slideshow.main+xml", b"presentationml.template.main+xml")


def as_presentation(source: Path, target: Path) -> Path:
    """Copies an inspected .ppsx or .potx to ``target`` under the content type of a .pptx."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            fresh = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            if info.filename == _TYPES:
                data = old.read(info)
                for other in _OTHERS:
                    data = data.replace(other, _PRESENTATION)
                new.writestr(fresh, data)
                continue
            with old.open(info) as reader, new.open(fresh, "w") as writer:
                shutil.copyfileobj(reader, writer)
    return target
