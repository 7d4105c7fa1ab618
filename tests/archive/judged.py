"""The judged set: 200 queries over a year of the demo county, with what each of them must find.

What is relevant is decided without the search: by plain comparison of the (simplified) texts that
the demo's generator wrote. Nothing is asked that no text
contains. The hand-written queries name the expected simplified phrase by hand;
the generated ones are words taken from a chosen slide or entry, in either script.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from opencc import OpenCC

from archive.models import Entry
from archive.search import search
from hub.demo.conversation import entries
from hub.demo.places import LANXIU
from hub.demo.topics import calendar, compose, topics
from townships.actors import Actor
from townships.models import County, Township

from .material import add_deck, add_entry, index, month

MONTHS = 12
TEN, QUERIES = 10, 200

# (typed, what the hit must contain in simplified characters: all of them)
HAND_WRITTEN: list[tuple[str, list[str]]] = [
    ("流动党员", ["流动党员"]), ("流動黨員", ["流动党员"]), ("党员积分", ["积分"]), ("黨員積分", ["党员", "积分"]),
    ("独居老人", ["独居老人"]), ("獨居老人", ["独居老人"]), ("青年夜校", ["青年夜校"]), ("主题党日", ["主题党日"]),
    ("主題黨日", ["主题党日"]), ("微党课", ["微党课"]), ("微黨課", ["微党课"]), ("后备干部", ["后备干部"]),
    ("後備幹部", ["后备干部"]), ("述职评议", ["述职评议"]), ("述職評議", ["述职评议"]), ("离任交接", ["离任交接"]),
    ("集体增收", ["集体增收"]), ("集體增收", ["集体增收"]), ("入党申请", ["入党申请"]), ("志愿者名册", ["志愿者名册"]),
    ("志願者名冊", ["志愿者名册"]), ("红色食堂", ["红色食堂"]), ("村史室", ["村史室"]), ("代办员", ["代办员"]),
    ("代辦員", ["代办员"]), ("随手拍", ["随手拍"]), ("隨手拍", ["随手拍"]), ("小微权力清单", ["小微权力清单"]),
    ("板凳调解", ["板凳调解"]), ("调解员", ["调解员"]), ("網格員", ["网格员"]), ("联合支部", ["联合支部"]),
    ("联合党委", ["联合党委"]), ("聯合黨委", ["联合党委"]), ("代办员 油费", ["代办员", "油费"]), ("坐班 群众", ["坐班", "群众"]),
    ("表格 合并", ["表格", "合并"]), ('"关停工作群"', ["关停工作群"]), ("關停工作群", ["关停工作群"]), ("「板凳調解」", ["板凳调解"]),
    ("联合支部 党员", ["联合支部", "党员"]), ("聯合支部 黨員", ["联合支部", "党员"]), ("返乡创业", ["返乡创业"]), ("返鄉創業", ["返乡创业"]),
    ("应急突击队", ["应急突击队"]), ("應急突擊隊", ["应急突击队"]), ("排查隐患", ["排查隐患"]), ("考察材料", ["考察材料"]),
    ("積極分子", ["积极分子"]), ("发展对象", ["发展对象"]), ("妇女骨干", ["妇女骨干"]), ("婦女骨幹", ["妇女骨干"]),
    ("假期学堂", ["假期学堂"]), ("假期學堂", ["假期学堂"]), ("查档平均用时", ["查档平均用时"]), ("软弱涣散", ["软弱涣散"]),
    ("軟弱渙散", ["软弱涣散"]), ("支部评星", ["支部评星"]), ("困难党员 走访", ["困难党员", "走访"]), ("墩苗", ["墩苗"]),
]  # fmt: skip


@dataclass(slots=True)
class Judged:
    """One query, and the simplified words that a right entry contains."""

    typed: str
    words: list[str]


@dataclass(slots=True)
class Scores:
    recall: list[float] = field(default_factory=list)
    precision: list[float] = field(default_factory=list)
    rank: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def recall_at_10(self) -> float:
        return sum(self.recall) / len(self.recall)

    @property
    def mrr(self) -> float:
        return sum(self.rank) / len(self.rank)


def build(county: County) -> None:
    """A year of the demo county's decks and boards, indexed."""
    from tests.people import make_meeting

    towns = [
        Township.objects.create(county=county, name=place.name, position=number)
        for number, place in enumerate(LANXIU.places)
    ]
    for number, row in enumerate(calendar(LANXIU, MONTHS)):
        meeting = make_meeting(
            county, "closed", **month(2025, number + 1), title=f"{number + 1}月例会"
        )
        for place, town, (topic, phase) in zip(LANXIU.places, towns, row, strict=True):
            talk = compose(LANXIU, place, topic, phase, 2025, number + 1)
            add_deck(meeting, town, [{"title": s.title, "text": s.text} for s in talk.slides])
        for said in entries(LANXIU, MONTHS, (2025, 1), number, brief=True):
            if said.who >= 0:
                add_entry(meeting, towns[said.who], said.body, kind=said.kind)
    index()


def plain(text: str) -> str:
    """Simplified and without line breaks, by other means than the search's own folding."""
    return OpenCC("t2s").convert(text)


def judged_set(texts: list[tuple[str, str, str]]) -> list[Judged]:
    """200 queries; `texts` are all entries as (kind, title, text)."""
    rng = random.Random("judged")
    made = [Judged(typed, words) for typed, words in HAND_WRITTEN]
    traditional = OpenCC("s2t").convert
    held = {topic.key for row in calendar(LANXIU, MONTHS) for topic, _phase in row}
    chosen = [topic for topic in topics() if topic.key in held]
    for number, topic in enumerate(rng.choices(chosen, k=40)):
        words = [
            part for part in topic.title.replace("：", "“").replace("，", "“").split("“") if part
        ]
        title = words[0].strip("”")
        made.append(Judged(traditional(title) if number % 2 else title, [title]))
    sources = [row for row in texts if row[0] in ("slide", "problem", "practice", "question")]
    while len(made) < QUERIES:
        _kind, _title, text = rng.choice(sources)
        pieces = [p for p in split(plain(text)) if 6 <= len(p) <= 14]
        if len(pieces) < 2:
            continue
        picked = rng.sample(pieces, 2)
        typed = " ".join(piece[:6] for piece in picked)
        words = [piece[:6] for piece in picked]
        made.append(Judged(traditional(typed) if len(made) % 2 else typed, words))
    return made


def split(text: str) -> list[str]:
    for mark in "，。；：、！？（）“”‘’《》〔〕[]()+-/%\n \t·—…—":
        text = text.replace(mark, "|")
    return [part for part in text.split("|") if part and not any(c.isdigit() for c in part)]


def judge(actor: Actor, county: County) -> Scores:
    """Search each query and compare with what is right.

    Right is every entry with all the words; where some have them all in their titles, one of those
    has to come first.
    """
    rows = [
        (kind, plain(title), plain(text))
        for kind, title, text in Entry.objects.filter(county=county).values_list(
            "kind", "title", "text"
        )
    ]
    scores = Scores()
    for query in judged_set(sorted(rows)):
        right = [row for row in rows if all(w in row[1] or w in row[2] for w in query.words)]
        titled = [row for row in right if all(word in row[1] for word in query.words)]
        hits = [
            (hit.entry.kind, plain(hit.entry.title), plain(hit.entry.text))
            for hit in search(actor=actor, text=query.typed).hits[:TEN]
        ]
        score(scores, query, hits, right, titled or right)
    return scores


def score(
    scores: Scores, query: Judged, hits: list[Any], right: list[Any], first: list[Any]
) -> None:
    """Recall and precision of the first ten, and the reciprocal rank of the first best one."""
    good = sum(hit in right for hit in hits)
    scores.recall.append(good / min(TEN, len(right)) if right else float(not hits))
    scores.precision.append(good / len(hits) if hits else 1.0)
    scores.rank.append(next((1 / place for place, hit in enumerate(hits, 1) if hit in first), 0.0))
    if scores.recall[-1] < 1 or scores.rank[-1] < 0.5 or scores.precision[-1] < 1:
        scores.failed.append(
            f"{query.typed}: recall {scores.recall[-1]:.2f}, precision {scores.precision[-1]:.2f}, "
            f"rank {scores.rank[-1]:.2f}, {len(right)} right"
        )
