"""Picture dimensions from the first bytes, nothing is decoded."""

from __future__ import annotations

import io
import re
import struct
import warnings

from PIL import Image

from uploads.processing.errors import Refused
from uploads.processing.limits import Limits

#: How many first bytes of a picture are enough for its header (long EXIF blocks come before JPEG's).
HEAD = 1024 * 1024
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_ENDINGS = (
    ".png",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".gif",
    ".bmp",
    ".dib",
    ".tif",
    ".tiff",
    ".webp",
)
_BLIP = re.compile(rb"[\x1d\x1f\x29]\xf0.{4}", re.DOTALL)
_DIB = struct.pack("<L", 40)
_PNG = re.compile(rb"\x89PNG\r\n\x1a\n....IHDR(........)", re.DOTALL)


def is_picture(name: str, head: bytes) -> bool:
    """True when name or first bytes say it is a raster picture."""
    return name.lower().endswith(_ENDINGS) or head.startswith(
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
    )


def size(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels from the first bytes, None when the header cannot be read."""
    found = _PNG.match(head)
    if found:
        width, height = struct.unpack(">LL", found.group(1))
        return width, height
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(head), formats=_FORMATS) as image:
                return image.size
    except Image.DecompressionBombError:
        return (2**31, 2**31)
    except Exception:  # an unreadable header: LibreOffice draws nothing, or stops inside the cage
        return None


def check(head: bytes, limits: Limits) -> None:
    """Refuses pixel bombs.

    Raises:
        Refused: picture_too_large.
    """
    dimensions = size(head)
    if dimensions and dimensions[0] * dimensions[1] > limits.picture_pixels:
        raise Refused("picture_too_large", width=dimensions[0], height=dimensions[1])


def check_embedded(data: bytes, limits: Limits) -> None:
    """The same for every picture inside old .ppt and .doc files: PNG wherever it stands, and what [MS-ODRAW]
    keeps in a record of its own (OfficeArtBlip: JPEG, TIFF, DIB), behind one or two checksums and a tag."""
    for found in _PNG.finditer(data):
        check(found.group(0), limits)
    for found in _BLIP.finditer(data):
        for prefix in (17, 33):
            start = found.end() + prefix
            first = data[start : start + 16]
            if first.startswith(_DIB):
                check(_bitmap(data[start : start + 40]), limits)
            elif first.startswith((b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")):
                check(data[start : start + HEAD], limits)


def _bitmap(header: bytes) -> bytes:
    """A device independent bitmap with the header that makes a .bmp of it."""
    return b"BM" + struct.pack("<LHHL", 54 + len(header), 0, 0, 54) + header
