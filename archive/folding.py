"""Folding: what makes two spellings the same word for search, and how text becomes tokens.

Chinese is written without spaces, so a search engine needs its words made for it. We index every
pair of neighbouring characters (bigrams) of each run of Chinese, plus the run's last character
alone; Latin words and numbers stay whole. A query becomes the same tokens in a row, looked up as a
phrase, so it finds exactly the texts that contain it and never matches across punctuation.

Folding works character by character, so that positions in the folded text are positions in the
original, which is what marking a hit needs: full width becomes half width (NFKC), capitals small,
traditional simplified (OpenCC).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

import opencc

# Pairs that OpenCC leaves alone one by one, because they depend on the word.
VARIANTS = str.maketrans("著麽甚妳祂牠佔週遊鬥捲餘徵穫", "着么什你他它占周游斗卷余征获")
CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
TOKEN = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+")
IS_CJK = re.compile(f"[{CJK}]")
WORD_LENGTH = 60


@cache
def simplifier() -> opencc.OpenCC:
    """OpenCC's traditional-to-simplified converter; loading its dictionary takes a moment."""
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=60_000)
def fold_character(character: str) -> str:
    """The folded form of one character: none, one or several characters."""
    if character.isascii():
        return character.lower()
    plain = unicodedata.normalize("NFKC", character).casefold()
    return simplifier().convert(plain).translate(VARIANTS)


def fold(text: str) -> str:
    """The folded text: equal for spellings that search treats as the same."""
    return "".join(map(fold_character, text))


def fold_with_positions(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the index in `text` it came from."""
    folded: list[str] = []
    positions: list[int] = []
    for index, character in enumerate(text):
        for part in fold_character(character):
            folded.append(part)
            positions.append(index)
    return "".join(folded), positions


def runs(folded: str) -> Iterator[tuple[bool, str]]:
    """The runs of folded text: (is it Chinese, Japanese or Korean; its characters)."""
    for found in TOKEN.finditer(folded):
        run = found.group()
        yield bool(IS_CJK.match(run)), run


def tokens(text: str) -> str:
    """The tokens of a text to be indexed, separated by spaces."""
    out: list[str] = []
    for is_cjk, run in runs(fold(text)):
        if is_cjk:
            out.extend(run[i : i + 2] for i in range(len(run) - 1))
            out.append(run[-1])
        else:
            out.append(run[:WORD_LENGTH])
    return " ".join(out)


def query_tokens(term: str) -> tuple[list[str], bool]:
    """The tokens of one search term, in a row, and whether the last one is only a beginning.

    A single Chinese character, and a Latin word at the end, match as beginnings ("organis" finds
    "organisation"); numbers match whole.
    """
    out: list[str] = []
    prefix = False
    found = list(runs(fold(term)))
    for index, (is_cjk, run) in enumerate(found):
        last = index == len(found) - 1
        prefix = last and (len(run) == 1 if is_cjk else len(run) > 2 and not run.isdigit())
        if not is_cjk:
            out.append(run[:WORD_LENGTH])
            continue
        out.extend(run[i : i + 2] for i in range(len(run) - 1))
        if not last or len(run) == 1:
            out.append(run[-1])
    return out, prefix
