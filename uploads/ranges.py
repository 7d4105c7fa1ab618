"""Byte ranges of a download (RFC 9110, one range). No I/O."""

import re

_ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z", re.ASCII)


class Unsatisfiable(Exception):
    """The range lies outside the file, or there is more than one: 416."""


def parse(value: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte asked for, None for the whole file.

    Raises `Unsatisfiable`: several ranges at once are refused as well, they only serve abuse.
    """
    if not value:
        return None
    found = _ONE.match(value.strip())
    if found is None:
        if value.strip().lower().startswith("bytes="):
            raise Unsatisfiable
        return None  # an unknown unit: RFC 9110 says ignore it
    first, last = found.groups()
    if not first and not last:
        raise Unsatisfiable
    if not first:
        length = int(last)
        if not length or not size:
            raise Unsatisfiable
        return max(0, size - length), size - 1
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if start >= size or (last and int(last) < start):
        raise Unsatisfiable
    return start, end
