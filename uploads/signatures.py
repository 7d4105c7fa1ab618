"""A page's picture in very small: enough to say whether two slides look the same."""

import base64
from pathlib import Path

from PIL import Image

COLUMNS, ROWS = 16, 9
SAME = 5  # of 255: below it a difference is the noise of compression


def signature_of(picture: Path) -> str:
    """The mean colours of a grid over the picture, as base64; "" when it cannot be read."""
    try:
        with Image.open(picture) as opened:
            small = opened.convert("RGB").resize((COLUMNS, ROWS), Image.Resampling.BOX)
    except (OSError, ValueError):
        return ""
    return base64.b64encode(small.tobytes()).decode()


def distance(one: str, other: str) -> int | None:
    """The largest difference of any field of the grid (0-255); None when a picture is unknown."""
    a, b = base64.b64decode(one or ""), base64.b64decode(other or "")
    if not a or len(a) != len(b):
        return None
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def looks_same(one: str, other: str) -> bool | None:
    """Whether two pictures look the same to people; None when one is not known."""
    found = distance(one, other)
    return None if found is None else found <= SAME
