"""What changed between two versions, slide by slide: by picture and by words. No I/O.

Slides with the same words are the same slide wherever they stand; between such anchors the pairing
with the most in common is taken; what is left over on both sides and is alike has moved.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

from .models import Page
from .signatures import distance, looks_same

ALIKE = 0.34  # below it two slides have too little in common to be called one slide
SURELY = 0.85
CONTEXT = 24  # characters of unchanged words shown beside a change
CELLS = 40_000  # pairs of slides that are weighed against each other
TOKENS = 3000  # longer texts are compared by lines
_WORD = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)


class State(StrEnum):
    """What became of a slide."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words: `op` is same, added, removed or gap (unchanged words left out)."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A slide before (`old`) and after (`new`). `picture`: whether it looks different (None: not
    known); `text` and `notes`: the words with what was added and removed, empty when unchanged."""

    state: State
    old: Page | None
    new: Page | None
    picture: bool | None = None
    text: list[Piece] = field(default_factory=list)
    notes: list[Piece] = field(default_factory=list)
    hidden: bool = False

    @property
    def place(self) -> int:
        """Its number now, or what it was."""
        page = self.new or self.old
        return page.number if page else 0


def compare(old: Sequence[Page], new: Sequence[Page], *, notes: bool = True) -> list[Change]:
    """Every slide of both versions once, in the order of the new one; removed ones stand where they
    were. `notes`: whether the reader may know of notes."""
    pairs = _pairs(old, new)
    pairs = _with_moves(pairs)
    return [_change(a, b, moved, notes) for a, b, moved in pairs]


def counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many slides of each state, every state named."""
    found = dict.fromkeys(map(str, State), 0)
    for change in changes:
        found[change.state] += 1
    return found


# --- Which slide is which -------------------------------------------------------------------------

Pair = tuple[Page | None, Page | None, bool]


def _words(page: Page) -> str:
    """The slide's words without its own number, which follows from its place."""
    number = str(page.number)
    return "\n".join(line for line in page.text.splitlines() if line.strip() != number)


def _key(page: Page) -> str:
    words = " ".join(_words(page).split())
    return words or f"\0{page.signature}"


def _pairs(old: Sequence[Page], new: Sequence[Page]) -> list[Pair]:
    matcher = SequenceMatcher(None, [_key(p) for p in old], [_key(p) for p in new], autojunk=False)
    found: list[Pair] = []
    for op, a1, a2, b1, b2 in matcher.get_opcodes():
        if op == "equal":
            found += [(a, b, False) for a, b in zip(old[a1:a2], new[b1:b2], strict=True)]
        else:
            found += _aligned(old[a1:a2], new[b1:b2])
    return found


def _aligned(old: Sequence[Page], new: Sequence[Page]) -> list[Pair]:
    """The pairing in order with the greatest likeness in sum (Needleman-Wunsch)."""
    if not old or not new:
        return [*((page, None, False) for page in old), *((None, page, False) for page in new)]
    if len(old) * len(new) > CELLS:
        return _by_place(old, new)
    grams = {id(page): _grams(page) for page in (*old, *new)}
    like = [[_likeness(a, b, grams[id(a)], grams[id(b)]) for b in new] for a in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = best[i + 1][j + 1] + like[i][j] if like[i][j] >= ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found: list[Pair] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if like[i][j] >= ALIKE and best[i][j] == best[i + 1][j + 1] + like[i][j]:
            found.append((old[i], new[j], False))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            found.append((old[i], None, False))
            i += 1
        else:
            found.append((None, new[j], False))
            j += 1
    found += [(page, None, False) for page in old[i:]]
    return found + [(None, page, False) for page in new[j:]]


def _by_place(old: Sequence[Page], new: Sequence[Page]) -> list[Pair]:
    """Two long stretches without anything in common: compared place by place, which is quick."""
    pairs: list[Pair] = [(a, b, False) for a, b in zip(old, new, strict=False)]
    pairs += [(page, None, False) for page in old[len(new) :]]
    return pairs + [(None, page, False) for page in new[len(old) :]]


def _grams(page: Page) -> set[str]:
    words = "".join(f"{page.title}\n{_words(page)}".split())[:5000]
    return {words[n : n + 2] for n in range(len(words) - 1)} or ({words} if words else set())


def _likeness(a: Page, b: Page, grams_a: set[str], grams_b: set[str]) -> float:
    """0 to 1 by words, by the picture where there are hardly any."""
    if len(grams_a) < 4 and len(grams_b) < 4:
        far = distance(a.signature, b.signature)
        return 0.5 if far is None else 1 - far / 255
    common = len(grams_a & grams_b)
    either = len(grams_a | grams_b)
    score = common / either if either else 0.0
    titled = bool(a.title.strip()) and a.title.strip() == b.title.strip()
    return min(1.0, score + 0.3) if titled else score


def _with_moves(pairs: list[Pair]) -> list[Pair]:
    """A slide taken out at one place and put in at another has moved: one row, where it is now."""
    gone = [page for page, other, _ in pairs if page is not None and other is None]
    if len(gone) * sum(page is None for page, _, _ in pairs) > CELLS:
        return pairs
    moved: dict[int, Page] = {}
    for n, (before, page, _) in enumerate(pairs):
        if before is not None or page is None:
            continue
        words = _grams(page)
        for candidate in gone:
            if candidate.text.strip() and (
                _likeness(candidate, page, _grams(candidate), words) >= SURELY
            ):
                moved[n] = candidate
                gone.remove(candidate)
                break
    taken = {page.pk for page in moved.values()}
    return [
        (moved[n], page, True) if n in moved else (before, page, False)
        for n, (before, page, _) in enumerate(pairs)
        if not (page is None and before is not None and before.pk in taken)
    ]


# --- What is different about it -------------------------------------------------------------------


def _change(old: Page | None, new: Page | None, moved: bool, notes: bool) -> Change:
    if old is None:
        return Change(State.ADDED, None, new)
    if new is None:
        return Change(State.REMOVED, old, None)
    same = looks_same(old.signature, new.signature)
    picture = None if same is None else not same
    text = differences(_words(old), _words(new))
    said = differences(old.notes, new.notes) if notes else []
    hidden = old.hidden != new.hidden
    touched = bool(picture or text or said or hidden)
    state = State.MOVED if moved else State.CHANGED if touched else State.SAME
    return Change(state, old, new, picture, text, said, hidden)


def differences(old: str, new: str) -> list[Piece]:
    """The words of both with what was removed and added; empty when only spaces differ."""
    if old.split() == new.split():
        return []
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > TOKENS:
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    pieces: list[Piece] = []
    for op, a1, a2, b1, b2 in matcher.get_opcodes():
        if op == "equal":
            pieces.append(Piece("same", "".join(before[a1:a2])))
            continue
        if a2 > a1:
            pieces.append(Piece("removed", "".join(before[a1:a2])))
        if b2 > b1:
            pieces.append(Piece("added", "".join(after[b1:b2])))
    return list(_shortened(pieces))


def _shortened(pieces: list[Piece]) -> Iterator[Piece]:
    """Long unchanged stretches become their ends, with a gap between."""
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        if piece.op != "same" or len(piece.text) <= 2 * CONTEXT + 10:
            yield piece
            continue
        if place > 0:
            yield Piece("same", piece.text[:CONTEXT])
        yield Piece("gap", "")
        if place < last:
            yield Piece("same", piece.text[-CONTEXT:])
