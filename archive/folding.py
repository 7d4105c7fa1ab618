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
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import opencc
import pypinyin
import snowballstemmer

# Pairs that OpenCC leaves alone one by one, because they depend on the word.
VARIANTS = str.maketrans("著麽甚妳祂牠佔週遊鬥捲餘徵穫揹", "着么什你他它占周游斗卷余征获背")
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


def fold_character(character: str) -> str:
    """The folded form of one character: one or several characters, never none."""
    if character.isascii():
        return character.lower()
    plain = unicodedata.normalize("NFKC", character).casefold()
    return simplifier().convert(plain).translate(VARIANTS)


class Folding(dict[int, str]):
    """For `str.translate`: every character's folded form, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = fold_character(chr(code))
        return folded


FOLDING = Folding()


def fold(text: str) -> str:
    """The folded text: equal for spellings that search treats as the same."""
    return text.translate(FOLDING)


def fold_with_positions(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the index in `text` it came from."""
    folded = fold(text)
    if len(folded) == len(text):  # no character becomes less than one, so each became one
        return folded, range(len(text))
    positions: list[int] = []
    for index, character in enumerate(text):
        positions += [index] * len(FOLDING[ord(character)])
    return folded, positions


@cache
def stemmer() -> Any:
    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of an English word (folded); anything else stays as it is."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return word
    return str(stemmer().stemWord(word))


@lru_cache(maxsize=5_000)
def initials(name: str) -> str:
    """The first letters of a Chinese name's syllables: 青石镇 is qsz; "" without Chinese."""
    if not IS_CJK.search(name) or len(name) > 12:
        return ""
    letters = pypinyin.lazy_pinyin(fold(name), style=pypinyin.Style.FIRST_LETTER, errors="ignore")
    return "".join(letters)


def runs(folded: str) -> Iterator[tuple[bool, str]]:
    """The runs of folded text: (is it Chinese, Japanese or Korean; its characters)."""
    for found in TOKEN.finditer(folded):
        run = found.group()
        yield bool(IS_CJK.match(run)), run


def tokens(text: str) -> str:
    """The tokens of a text to be indexed, separated by spaces.

    English words are indexed by their stems, and once more whole behind everything else, so that
    they are also found while they are being typed.
    """
    out: list[str] = []
    whole: list[str] = []
    for is_cjk, run in runs(fold(text)):
        if is_cjk:
            out.extend(map("".join, pairwise(run)))
            out.append(run[-1])
            continue
        word = run[:WORD_LENGTH]
        out.append(stem(word))
        if out[-1] != word:
            whole.append(word)
    return " ".join(out + whole)


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
            out.append(stem(run[:WORD_LENGTH]))
            continue
        out.extend(map("".join, pairwise(run)))
        if not last or len(run) == 1:
            out.append(run[-1])
    return out, prefix


def typed_word(term: str) -> str:
    """The one English word a term is, if its stem differs from it (it may be half typed)."""
    found = list(runs(fold(term)))
    if len(found) != 1 or found[0][0]:
        return ""
    word = found[0][1][:WORD_LENGTH]
    return word if stem(word) != word else ""


@lru_cache(maxsize=512)
def word_pattern(term: str) -> re.Pattern[str] | None:
    """What a search term looks like in folded text, for marking; None for nothing."""
    folded = fold(term).strip()
    if not folded:
        return None
    root = stem(folded)
    if not (folded.isascii() and folded.isalpha() and len(folded) > 2):
        return re.compile(re.escape(folded))
    root = re.escape(root[:-1]) + "[iy]" if root.endswith("i") else re.escape(root)
    return re.compile(rf"\b{root}[^\W{CJK}]*")
