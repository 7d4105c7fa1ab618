"""Lays out a topic's facts: as the slides of a deck, and as the paragraphs of a manuscript."""

from __future__ import annotations

import random

from hub.demo.topics import PHASES, Facts, Slide

_OPENING = (
    "各位领导、各位同事，下面由我代表{place}汇报“{topic}”的情况。",
    "大家好，{place}这个月重点抓了“{topic}”，请大家多提意见。",
    "根据例会安排，{place}就“{topic}”作交流发言。",
)
_MEANS = ("%", "岁", "分", "分钟", "小时")
_CLOSING = (
    "以上汇报，不当之处请批评指正。",
    "欢迎大家到我们镇上看看，多给我们支招。",
    "我们的做法还不成熟，盼着听听各位的经验。",
)


def slides(facts: Facts) -> tuple[Slide, ...]:
    """The deck's slides, 7 to 11 of them: fewer measures and no story in the first month."""
    made = [_cover(facts)]
    if facts.phase:
        made.append(_contents(facts))
    made += [_background(facts), _flow(facts), *_measures(facts), _table(facts), _chart(facts)]
    if facts.phase:
        made.append(_story(facts))
    made += [_problems(facts), _plan(facts)]
    if _rng(facts).random() < 0.15:
        made.append(_spare(facts))
    return tuple(made)


def quoted(text: str) -> str:
    """The text as it stands inside “ ”: inner quotation marks become single ones."""
    return text.replace("“", "‘").replace("”", "’")


def _rng(facts: Facts) -> random.Random:
    return random.Random(f"{facts.place.key}/{facts.topic.key}/{facts.year}/{facts.month}")


def _cover(facts: Facts) -> Slide:
    opening = _rng(facts).choice(_OPENING)
    opening = opening.format(place=facts.place.name, topic=quoted(facts.topic.title))
    lines = (
        PHASES[facts.phase],
        f"{facts.land.name}{facts.place.name}",
        f"{facts.year}年{facts.month}月",
    )
    return Slide("cover", facts.topic.title, lines, opening)


def _contents(facts: Facts) -> Slide:
    items = ("为什么做", "怎么做", "做得怎样", "还有什么难题", "下一步打算")
    return Slide("toc", "汇报提纲", items, "先看提纲，五个部分，重点讲做法和难题。")


def _background(facts: Facts) -> Slide:
    notes = f"这几条是我们在{facts.fill.village}、{facts.fill.village2}走访时听到最多的。"
    return Slide("bullets", "一、为什么做", facts.fill.all(facts.topic.why), notes)


def _flow(facts: Facts) -> Slide:
    steps = tuple(facts.fill(measure.title) for measure in facts.topic.measures)
    return Slide(
        "flow", "二、怎么做：三步走", steps, "三步不是一次做完，每个月回头看一次，缺哪步补哪步。"
    )


def _measures(facts: Facts) -> list[Slide]:
    """A slide for each measure, or one for all when they have little to say each."""
    practices = facts.fill.all(facts.topic.practices)
    measures = [(facts.fill(m.title), facts.fill.all(m.points)) for m in facts.topic.measures]
    if sum(len(points) for _, points in measures) < 2 * len(measures):
        rows = tuple(
            (title, *points, f"做法：{practice}")
            for (title, points), practice in zip(measures, practices, strict=False)
        )
        return [
            Slide(
                "columns",
                "怎么做：分步说",
                (),
                f"三步都由{facts.fill.village}先行一个月。",
                rows=rows,
            )
        ]
    made = []
    for number, (title, points) in enumerate(measures):
        notes = f"第{'一二三'[number]}步由{facts.fill.village}先行一个月，其他村随后跟上，讲的时候带一句本村的例子。"
        callout = practices[number] if facts.phase and number < len(practices) else ""
        made.append(
            Slide("bullets", f"（{'一二三'[number]}）{title}", points, notes, callout=callout)
        )
    return made


def _table(facts: Facts) -> Slide:
    rows = [("指标", "上月", "本月", "变化")]
    for metric, before, now in facts.figures:
        rows.append(
            (f"{metric.label}（{metric.unit}）", str(before), str(now), f"{now - before:+d}")
        )
    metric, before, now = facts.figures[0]
    notes = f"重点看第一行，{metric.label}由{before}{metric.unit}到{now}{metric.unit}，数字经支部逐一核过。"
    return Slide("table", "三、做得怎样", (), notes, rows=tuple(rows))


def _chart(facts: Facts) -> Slide:
    """The largest count that can be summed over villages, shared out among six of them."""
    counts = [(now, metric) for metric, _, now in facts.figures if metric.unit not in _MEANS]
    now, metric = max(counts, key=lambda pair: pair[0])
    rng = _rng(facts)
    weights = [rng.uniform(0.5, 1.5) for _ in range(6)]
    values = [max(1, round(now * weight / sum(weights))) for weight in weights]
    series = tuple(
        (name[:-1], value) for name, value in zip(facts.place.villages, values, strict=False)
    )
    best = max(series, key=lambda pair: pair[1])[0]
    notes = f"各村有快有慢，{best}村走在前面，做法一会儿请他们补充。"
    title = f"各村“{metric.label}”对比"
    return Slide("chart", title, (f"单位：{metric.unit}",), notes, series=series, unit=metric.unit)


def _story(facts: Facts) -> Slide:
    lesson = f"体会：{facts.topic.lesson}"
    return Slide(
        "story",
        f"{facts.fill.village}的一件事",
        (facts.fill(facts.topic.story), lesson),
        "这件事是村里自己讲的，我们核过。",
    )


def _problems(facts: Facts) -> Slide:
    shown = facts.topic.problems[: 3 - facts.phase]
    notes = "这些难题想请各兄弟乡镇支招，会后我们在问题栏里跟进。"
    return Slide("bullets", "四、还有什么难题", facts.fill.all(shown), notes)


def _plan(facts: Facts) -> Slide:
    notes = _rng(facts).choice(_CLOSING)
    return Slide("end", "五、下一步打算", facts.fill.all(facts.topic.plan), notes)


def _spare(facts: Facts) -> Slide:
    return Slide(
        "bullets",
        "备用：测算依据",
        ("本页供提问时使用", "数字取自当月台账，由支部委员复核"),
        "平时隐藏，有人问到再放。",
        hidden=True,
    )


def manuscript(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The written talk as (style, text): style is title, by, h1, h2 or p."""
    topic, fill = facts.topic, facts.fill
    made = [
        ("title", topic.title),
        ("by", f"{facts.land.name}{facts.place.name}（{facts.year}年{facts.month}月）"),
    ]
    made.append(
        (
            "p",
            f"近来，{facts.place.name}围绕“{quoted(topic.title)}”做了一些探索，现将{PHASES[facts.phase]}报告如下。",
        )
    )
    made.append(("h1", "一、基本情况"))
    made.append(("p", "；".join(fill.all(topic.why)) + "。" + _sums(facts)))
    made.append(("h1", "二、主要做法"))
    for number, measure in enumerate(topic.measures):
        made.append(("h2", f"（{'一二三四'[number]}）{fill(measure.title)}"))
        made.append(
            (
                "p",
                "。".join(fill.all(measure.points))
                + f"。{fill.all(topic.practices)[number % len(topic.practices)]}",
            )
        )
    made += [
        ("h1", "三、一点体会"),
        ("p", f"{fill(topic.story)}{topic.lesson}"),
        ("h1", "四、存在问题"),
    ]
    for number, problem in enumerate(fill.all(topic.problems[: 3 - facts.phase]), 1):
        made.append(("p", f"{number}.{problem}"))
    made += [("h1", "五、下一步打算"), ("p", "；".join(fill.all(topic.plan)) + "。")]
    return tuple(made)


def _sums(facts: Facts) -> str:
    said = [f"{metric.label}{now}{metric.unit}" for metric, _, now in facts.figures]
    return f"截至{facts.month}月，全{facts.place.name[-1]}" + "，".join(said) + "。"
