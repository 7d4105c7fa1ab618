"""The invented counties, townships and people of the demo. Any likeness to real ones is chance."""

from __future__ import annotations

import random
from dataclasses import dataclass

PASSWORD = "lihui-demo-2026"
"""The one password of every demo user; documented, never for a real installation."""


@dataclass(frozen=True)
class Person:
    """A demo user: sign-in name, full name, role as in `townships.models.Membership`."""

    user_name: str
    name: str
    role: str
    title: str


@dataclass(frozen=True)
class Place:
    """A township: short `key` (also its first member's sign-in name), name, villages, members."""

    key: str
    name: str
    villages: tuple[str, ...]
    members: tuple[Person, ...]

    @property
    def short(self) -> str:
        """The name without 镇 or 乡."""
        return self.name[:-1]


@dataclass(frozen=True)
class Land:
    """A county with its townships and the people of its organisation department."""

    key: str
    name: str
    office: str
    places: tuple[Place, ...]
    staff: tuple[Person, ...]

    @property
    def organiser(self) -> Person:
        """The first organiser."""
        return self.staff[0]


_FIRST = [
    ("heshu", "禾澍镇", "苏砚禾", "梁知夏"),
    ("yunlan", "筠岚镇", "罗静筠", ""),
    ("yantang", "砚棠镇", "谭思源", "何雨棠"),
    ("jibai", "霁柏镇", "方明霁", ""),
    ("xingdu", "荇渡镇", "江望舟", "陆小荇"),
    ("shuyue", "漱月镇", "白若溪", ""),
    ("chengji", "澄稷镇", "田承稷", "邵云开"),
    ("lingge", "菱歌镇", "水清菱", ""),
    ("mingxu", "茗墟镇", "叶知茗", "龚向阳"),
    ("huaixu", "槐序镇", "孟槐生", ""),
    ("lusheng", "麓笙乡", "鹿鸣山", "戴听松"),
    ("fengjian", "枫笺乡", "姜晚枫", ""),
    ("chunwu", "椿坞乡", "庄椿林", "贺春迟"),
    ("zhumo", "杼陌乡", "桑采薇", ""),
]
_SECOND = [
    ("sangdi", "桑笛镇", "沈笛声", ""),
    ("liaoting", "蓼汀镇", "廖汀兰", ""),
    ("jiaan", "葭岸乡", "贾岸芷", ""),
    ("hengyu", "珩峪乡", "衡以玉", ""),
]
_HEADS = "云石松柳桐竹桃杏梨枣榆葛茶苇芦麻稻豆瓜禾雁鹤鹭燕鹿犀龙凤青白紫金银铜"
_TAILS = "湾坳坪冲塘埠堰垭坎岭桥渡井垄铺头屋场溪岸畈墩圩沱坡"
_SURNAMES = "温秦岑俞柏鲍骆阮简柯牧冉茅宁翁祝殷屈"


def _villages(rng: random.Random, taken: set[str]) -> tuple[str, ...]:
    """Eight village names nobody else in the demo has."""
    made: list[str] = []
    while len(made) < 8:
        first, second = rng.sample(_HEADS, 2)
        name = f"{first}{second}{rng.choice(_TAILS)}村"
        if name not in taken:
            taken.add(name)
            made.append(name)
    return tuple(made)


def _places(rows: list[tuple[str, str, str, str]], seed: int) -> tuple[Place, ...]:
    rng, taken = random.Random(seed), set[str]()
    places = []
    for key, name, first, second in rows:
        members = [Person(key, first, "member", f"{name}组织委员")]
        if second:
            members.append(Person(f"{key}2", second, "member", f"{name}组织干事"))
        places.append(Place(key, name, _villages(rng, taken), tuple(members)))
    return tuple(places)


LANXIU = Land(
    key="lanxiu",
    name="澜岫县",
    office="澜岫县委组织部",
    places=_places(_FIRST, 11),
    staff=(
        Person("zuzhi", "顾长澜", "organiser", "组织部组织科科长"),
        Person("zuzhi2", "许南岫", "organiser", "组织部组织科干部"),
        Person("liexi", "闻亦舒", "observer", "组织部列席人员"),
        Person("dangan", "纪守诚", "archivist", "组织部档案员"),
    ),
)
"""The demo county: 14 townships, 21 members, two organisers, an observer and an archivist."""

DAICHUAN = Land(
    key="daichuan",
    name="黛川县",
    office="黛川县委组织部",
    places=_places(_SECOND, 12),
    staff=(
        Person("daichuan", "黎望川", "organiser", "组织部组织科科长"),
        Person("daichuan2", "墨守正", "archivist", "组织部档案员"),
    ),
)
"""The second county: 4 townships; it proves that nothing crosses."""

LANDS = (LANXIU, DAICHUAN)


def villager(rng: random.Random) -> str:
    """How a talk names somebody of a village: a surname only, never a full name."""
    return rng.choice(("老", "小", "老", "大")) + rng.choice(_SURNAMES)
