"""How much of everything one file may have."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of one file. Sizes in bytes, lengths in characters, pictures in pixels."""

    file_size: int = 512 * MIB
    zip_entries: int = 5_000
    zip_unpacked: int = 500 * MIB
    zip_ratio: int = 100
    #: A package unpacking to less than this is harmless whatever its ratio.
    zip_ratio_from: int = 32 * MIB
    xml_part: int = 64 * MIB
    xml_depth: int = 250
    slides: int = 500
    #: A template may have layouts only.
    no_slides: bool = False
    pages: int = 1_000
    picture_pixels: int = 100_000_000
    text_size: int = 5 * MIB
