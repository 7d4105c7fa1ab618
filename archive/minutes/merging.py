"""Joining two people's changes of one text, line by line. Pure."""

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

# Thousands of equal (empty) lines would take minutes to compare: such texts stand side by side.
MOST_PAIRS = 200_000


@dataclass(frozen=True, slots=True)
class Merged:
    """The joined text; `clash` when both changed the same lines in different ways (then it is no use)."""

    text: str
    clash: bool


def merge(base: str, mine: str, theirs: str) -> Merged:
    """What comes of `base` when one made `mine` of it and the other `theirs`: nobody's lines are lost."""
    if mine == theirs or base == theirs:
        return Merged(mine, clash=False)
    if base == mine:
        return Merged(theirs, clash=False)
    old, ours, others = base.split("\n"), mine.split("\n"), theirs.split("\n")
    if _pairs(old, ours) + _pairs(old, others) > MOST_PAIRS:
        return Merged("", clash=True)
    kept = _common(old, ours, others)
    joined: list[str] = []
    a = b = c = 0
    for start, at_ours, at_others, size in [*kept, (len(old), len(ours), len(others), 0)]:
        was, my, their = old[a:start], ours[b:at_ours], others[c:at_others]
        if my == their or their == was:
            joined += my
        elif my == was:
            joined += their
        else:
            return Merged("", clash=True)
        joined += old[start : start + size]
        a, b, c = start + size, at_ours + size, at_others + size
    return Merged("\n".join(joined), clash=False)


def _pairs(old: list[str], new: list[str]) -> int:
    """How many lines of one are equal to lines of the other: what comparing them costs grows with it."""
    counted = Counter(new)
    return sum(counted[line] for line in old)


def _common(old: list[str], ours: list[str], others: list[str]) -> list[tuple[int, int, int, int]]:
    """Runs of old lines that both kept: (place in old, in ours, in others, how many)."""
    first = _places(old, ours)
    second = _places(old, others)
    runs: list[tuple[int, int, int, int]] = []
    for place in range(len(old)):
        if place not in first or place not in second:
            continue
        if runs:
            start, at_ours, at_others, size = runs[-1]
            if (start + size, at_ours + size, at_others + size) == (
                place,
                first[place],
                second[place],
            ):
                runs[-1] = (start, at_ours, at_others, size + 1)
                continue
        runs.append((place, first[place], second[place], 1))
    return runs


def _places(old: list[str], new: list[str]) -> dict[int, int]:
    """Where each kept old line stands in the new text."""
    found: dict[int, int] = {}
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            found[block.a + step] = block.b + step
    return found
