"""The archive of the search benchmark: years of decks and entries, written straight into the tables.

The words are the demo county's (43 topics of township work), mixed with invented rare words whose
frequencies fall as in a living language, so that there is something rare to search for.
"""

import datetime as dt
import itertools
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from board.models import Post
from hub.demo.places import LANXIU
from hub.demo.topics import Talk, compose, topics
from meetings import events
from meetings.models import Event, Meeting
from townships.models import County, Township
from uploads.models import Material, Page, Version

YEARS, MONTHS = 10, 12
SLIDES_PER_DECK = 30
POSTS_PER_MEETING = 250
RARE_WORDS = 4000
CHARACTERS = "桑榆漪澜岫荇菱歌砚棠霁柏漱月澄稷茗墟槐序麓笙枫笺椿坞杼陌蓼汀葭岸珩峪黛川禾澍筠岚"


def rare_words() -> list[str]:
    """Two to four characters each, the first ones frequent, the last ones once or never."""
    rng = random.Random("rare words")
    made: dict[str, None] = {}
    while len(made) < RARE_WORDS:
        made["".join(rng.choices(CHARACTERS, k=rng.choice((2, 3, 3, 4))))] = None
    return list(made)


@dataclass(slots=True)
class Archive:
    """What was built: the county, and how much of everything."""

    county: County
    meetings: int = 0
    decks: int = 0
    slides: int = 0
    posts: int = 0


class Builder:
    """Builds `months` closed meetings, the last one in December 2025; `decks` for each of them."""

    def __init__(self, months: int, crowd: int = 1) -> None:
        self.rng = random.Random("archive")
        self.months, self.crowd = months, crowd
        self.rare = rare_words()
        self.weights = list(itertools.accumulate(1 / rank for rank in range(1, RARE_WORDS + 1)))
        self.archive = Archive(County.objects.create(name=LANXIU.name))
        self.townships = [
            Township.objects.create(county=self.archive.county, name=place.name, position=number)
            for number, place in enumerate(LANXIU.places)
        ]

    def build(self) -> Archive:
        for index in range(self.months):
            year, month = divmod(2026 * 12 - self.months + index, 12)
            for _ in range(self.crowd):
                self.hold(year, month + 1)
        return self.archive

    def word(self) -> str:
        return self.rng.choices(self.rare, cum_weights=self.weights)[0]

    def talk(self, place: int, year: int, month: int) -> Talk:
        topic = self.rng.choice(topics())
        return compose(LANXIU, LANXIU.places[place], topic, self.rng.randrange(3), year, month)

    def hold(self, year: int, month: int) -> None:
        """One meeting with its decks, its entries and its events."""
        starts = dt.datetime(year, month, 25, 1, tzinfo=dt.UTC)
        meeting = Meeting.objects.create(
            county=self.archive.county,
            title=f"{year}年{month}月乡镇组织工作例会",
            starts_at=starts,
            ends_at=starts + dt.timedelta(hours=3),
            status=Meeting.Status.CLOSED,
            closed_at=starts + dt.timedelta(hours=3),
        )
        said: list[str] = []
        materials = [self.deck(meeting, place, year, month, said) for place in range(14)]
        posts = list(self.posts(meeting, said))
        Post.objects.bulk_create(posts, batch_size=200)
        log = [(events.MEETING_CLOSED, meeting)]
        log += [(events.MATERIAL_READY, material) for material in materials]
        log += [(events.POST_ADDED, post) for post in posts]
        Event.objects.bulk_create(
            Event(meeting=meeting, seq=seq, kind=kind.name, object_id=obj.pk)
            for seq, (kind, obj) in enumerate(log, 1)
        )
        Meeting.objects.filter(pk=meeting.pk).update(last_seq=len(log))
        self.archive.meetings += 1
        self.archive.posts += len(posts)

    def deck(
        self, meeting: Meeting, place: int, year: int, month: int, said: list[str]
    ) -> Material:
        talks = [self.talk(place, year, month) for _ in range(4)]
        for talk in talks:
            said += [*talk.problems, *talk.practices, *talk.questions]
        material = Material.objects.create(
            meeting=meeting, township=self.townships[place], kind="deck", title=talks[0].title
        )
        slides = [slide for talk in talks for slide in talk.slides][:SLIDES_PER_DECK]
        version = Version.objects.create(
            material=material, number=1, state=Version.State.READY, filename=talks[0].file_name,
            size=1, sha256="0" * 64, original=f"originals/{uuid.uuid4()}", pages_total=len(slides),
        )  # fmt: skip
        Page.objects.bulk_create(
            Page(
                version=version,
                number=number,
                title=slide.title[:500],
                text=f"{slide.text}\n{self.word()}{self.word()}，{self.word()}",
                notes=slide.notes,
            )
            for number, slide in enumerate(slides, 1)
        )
        material.current = version
        material.save(update_fields=["current"])
        self.archive.decks += 1
        self.archive.slides += len(slides)
        return material

    def posts(self, meeting: Meeting, said: list[str]) -> Iterator[Post]:
        for number in range(POSTS_PER_MEETING):
            who = self.rng.randrange(14)
            body = f"{self.rng.choice(said)}（{self.word()}）{self.rng.choice(said)}"
            yield Post(
                meeting=meeting,
                township=self.townships[who],
                kind=self.rng.choice(Post.Kind.values),
                body=body[:2000],
                author_key="bench",
                author_name=LANXIU.places[who].members[0].name,
                author_unit=self.townships[who].name,
                client_id=str(number),
                fingerprint="",
                created_at=meeting.starts_at + dt.timedelta(seconds=30 * number),
            )


def queries(rng: random.Random) -> dict[str, list[str]]:
    """Queries by class; the same for every size of archive."""
    rare = rare_words()
    titles = [topic.title for topic in topics()]
    points = [point for topic in topics() for measure in topic.measures for point in measure.points]
    pieces = [piece for point in points for piece in point.split("，") if "{" not in piece]

    def some(words: list[str], count: int = 8) -> list[str]:
        return rng.sample(words, min(count, len(words)))

    def part(text: str, length: int) -> str:
        at = rng.randrange(max(1, len(text) - length))
        return text[at : at + length]

    from opencc import OpenCC

    traditional = OpenCC("s2t").convert
    two = ["党员", "支部", "干部", "流动", "培训", "服务", "老人", "台账"]
    return {
        "rare word": some(rare[500:3000]),
        "word of two": two,
        "phrase of four": [part(text, 4) for text in some([p for p in pieces if len(p) > 5])],
        "sentence": some([p for p in pieces if 8 <= len(p) <= 30]),
        "topic": some(titles),
        "traditional": [traditional(part(text, 4)) for text in some([p for p in pieces if len(p) > 5])],
        "two words": [" ".join(pair) for pair in zip(some(two), some(rare[:300]), strict=True)],
        "either": [" OR ".join(pair) for pair in zip(some(rare[50:900]), some(rare[50:900]), strict=True)],
        "without": [f"{a} -{b}" for a, b in zip(some(rare[:60]), some(two), strict=True)],
        "township": [place.name for place in LANXIU.places[:8]],
        "one character": list("党村镇员年会组人"),
        "number": ["2024年", "12", "30%", "2023", "100", "15名", "2019年3月", "7"],
        "nothing": ["阿斯顿飞机", "xyzzy", "乌鲁木齐地铁", "量子纠缠", "qwerty", "火星车", "深海鱼油", "zzz"],
    }  # fmt: skip


def reader(archive: Archive) -> Any:
    """An archivist-like reader: a member of the first township."""
    from townships.actors import Actor

    township = archive.county.townships.order_by("position").first()
    assert township is not None
    return Actor(
        role="member",
        county_id=archive.county.pk,
        township_id=township.pk,
        membership_id=uuid.uuid4(),
        time_zone="Asia/Shanghai",
    )
