"""Simple pictures drawn with Pillow: hills, fields and houses in a deck's colours."""

from __future__ import annotations

import math
import random
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]


def rgb(text: str) -> Colour:
    """`A61B1B` as three numbers."""
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of `second` in `first`, 0 to 1."""
    a, b, c = (round(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return a, b, c


@lru_cache(maxsize=64)
def landscape(dark: str, accent: str, scene: int, width: int = 1280, height: int = 720) -> bytes:
    """A JPEG of a valley: `scene` chooses the shape; the same arguments give the same bytes."""
    rng = random.Random(scene)
    sky_top, sky_low = (
        mix(rgb(accent), (255, 255, 255), 0.9),
        mix(rgb(accent), (255, 250, 240), 0.62),
    )
    image = Image.new("RGB", (1, height))
    for y in range(height):
        image.putpixel((0, y), mix(sky_top, sky_low, y / height))
    image = image.resize((width, height))
    draw = ImageDraw.Draw(image)
    sun = rng.randint(round(width * 0.68), round(width * 0.84)), round(height * 0.47), height // 11
    draw.ellipse(_box(*sun), fill=mix(rgb(accent), (255, 255, 255), 0.35))
    for layer in range(5):
        base = height * (0.5 + 0.085 * layer)
        colour = mix(rgb(dark), sky_low, 0.78 - 0.19 * layer)
        ridge = _ridge(rng, width, base, height * (0.11 - 0.018 * layer))
        draw.polygon([*ridge, (width, height), (0, height)], fill=colour)
        if layer == 2:
            _houses(draw, rng, ridge, height, mix(rgb(dark), (255, 255, 255), 0.9), rgb(accent))
    out = BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _box(x: int, y: int, r: int) -> tuple[int, int, int, int]:
    return x - r, y - r, x + r, y + r


def _ridge(rng: random.Random, width: int, base: float, swing: float) -> list[tuple[float, float]]:
    waves = [(rng.uniform(0.6, 3.2), rng.uniform(0, 6.28), rng.uniform(0.3, 1)) for _ in range(3)]
    line = []
    for x in range(0, width + 8, 8):
        lift = sum(k * math.sin(n * math.tau * x / width + p) for n, p, k in waves)
        line.append((float(x), base - swing * lift / 1.8))
    return line


def _houses(
    draw: ImageDraw.ImageDraw, rng: random.Random, ridge: list[tuple[float, float]], height: int,
    wall: Colour, roof: Colour,
) -> None:  # fmt: skip
    """A handful of houses with roofs standing along a ridge."""
    size = height / 24
    for place in sorted(rng.sample(range(6, len(ridge) - 6), 7)):
        x, y = ridge[place]
        w, h = size * rng.uniform(0.9, 1.4), size * rng.uniform(0.7, 0.9)
        draw.rectangle((x, y - h + 6, x + w, y + 8), fill=wall)
        draw.polygon(
            [(x - 5, y - h + 8), (x + w / 2, y - h - size * 0.45), (x + w + 5, y - h + 8)],
            fill=roof,
        )
        draw.rectangle((x + w * 0.4, y - h * 0.35, x + w * 0.6, y + 8), fill=mix(wall, roof, 0.45))
