"""The four headings of the month's deck, and under which words people write them."""

import re
from enum import StrEnum
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy
from opencc import OpenCC


class Section(StrEnum):
    """What a township tells: what it did, the problem found, the practice it proposes, what it asks."""

    DID = "did"
    PROBLEM = "problem"
    PRACTICE = "practice"
    ASK = "ask"


#: As the template writes them, in the language of whoever fetches it.
TITLES: dict[Section, Promise] = {
    Section.DID: pgettext_lazy("heading of a deck", "What we did"),
    Section.PROBLEM: pgettext_lazy("heading of a deck", "Problem found"),
    Section.PRACTICE: pgettext_lazy("heading of a deck", "Practice we propose"),
    Section.ASK: pgettext_lazy("heading of a deck", "What we ask"),
}

#: As they are recognised (simplified, small letters, without numbering), the template's own included.
KNOWN: dict[Section, tuple[str, ...]] = {
    Section.DID: (
        "工作开展情况", "本月工作开展情况", "工作情况", "主要工作", "本月工作", "做了什么",
        "what we did",
    ),
    Section.PROBLEM: (
        "发现的问题", "发现问题", "存在的问题", "存在问题", "主要问题", "突出问题", "问题和困难",
        "困难和问题", "问题与困难", "困难与问题", "存在的困难和问题", "存在的问题和困难", "存在的困难",
        "存在困难", "问题与不足", "存在的问题和不足", "存在不足", "遇到的困难", "遇到的问题",
        "还有什么难题", "难题", "主要难题", "面临的难题", "遇到的难题", "存在的难题",
        "problem found", "problems found", "problems",
    ),
    Section.PRACTICE: (
        "推介的做法", "推荐的做法", "推广的做法", "拟推广的做法", "主要做法", "经验做法", "典型做法",
        "特色做法", "创新做法", "好的做法", "好做法", "做法与经验", "做法和经验", "经验与做法",
        "主要做法和经验", "practice we propose", "practices we propose", "practices",
    ),
    Section.ASK: (
        "请求事项", "需要支持的事项", "需要县里支持的事项", "意见建议", "意见和建议", "建议",
        "what we ask",
    ),
}  # fmt: skip

_NUMBERING = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十\d]{1,3}(?:\s*[、.．:：)）]|\s+)|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|0?\d\s+|[IVX]{1,4}\.)\s*"
)
_EDGES = " \t　:：.。·—-–、（）()《》【】[]"


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")


def section_of(title: str) -> Section | None:
    """Which of the four headings a slide's title is; None for any other."""
    words = _NUMBERING.sub("", " ".join(title.split())).strip(_EDGES)
    if not words or len(words) > 40:
        return None
    return _sections().get(_simplified().convert(words).casefold())


@cache
def _sections() -> dict[str, Section]:
    return {words: section for section, known in KNOWN.items() for words in known}
