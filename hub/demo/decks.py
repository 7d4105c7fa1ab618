"""Draws a talk as a slide deck: 16:9, native table and chart, drawn shapes, a picture, notes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.util import Inches, Pt

from hub.demo.drawing import (
    COVER,
    PLAIN,
    Palette,
    add_notes,
    draw,
    paint,
    palette,
    repack,
    start,
    write,
)
from hub.demo.pictures import landscape
from hub.demo.topics import Slide, Talk

INK, GREY, WHITE = "2B2B2B", "7A7A7A", "FFFFFF"


def build_deck(talk: Talk) -> bytes:
    """The talk as a .pptx file; the same talk gives the same bytes."""
    rng = random.Random(talk.seed)
    colours = palette(random.Random(f"{talk.place.key}/{talk.year}"))
    deck, scene = start(colours), rng.randrange(6)
    for number, outline in enumerate(talk.slides, 1):
        slide = deck.slides.add_slide(
            deck.slide_layouts[COVER if outline.kind == "cover" else PLAIN]
        )
        _DRAW[outline.kind](slide, outline, colours, scene)
        if outline.kind != "cover":
            _frame(slide, outline, talk, colours, number)
        if outline.notes:
            add_notes(deck, slide, outline.notes, number)
        if outline.hidden:
            slide._element.set("show", "0")
    _properties(deck, talk)
    out = BytesIO()
    deck.save(out)
    return repack(out.getvalue())


def _properties(deck: Any, talk: Talk) -> None:
    facts = deck.core_properties
    facts.title, facts.author = talk.title, f"{talk.county}{talk.place.name}"
    facts.created = facts.modified = datetime(talk.year, talk.month, 1)
    facts.language, facts.last_modified_by = "zh-CN", talk.place.name


def _frame(slide: Any, outline: Slide, talk: Talk, colours: Palette, number: int) -> None:
    """The title, and the footer with township and page number."""
    write(
        slide.shapes.title._element.txBody,
        outline.title,
        colours,
        size=30,
        colour=colours.dark,
        bold=True,
    )
    footer = f"{talk.county}{talk.place.name}　|　{talk.topic.category}"
    draw(slide, "rect", (0.5, 7.06, 9, 0.44), "", footer, colours, size=12)
    draw(slide, "rect", (11.6, 7.06, 1.3, 0.44), "", str(number), colours, size=12, align="r")


def _cover(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    picture = BytesIO(landscape(colours.dark, colours.accent, scene))
    shape = slide.shapes.add_picture(picture, 0, 0, Inches(13.333), Inches(7.5))
    shape._element.nvPicPr.cNvPr.set("descr", "山谷与村舍的示意画")
    tree = slide.shapes._spTree
    tree.remove(shape._element)
    tree.insert(2, shape._element)
    phase, place, date = outline.bullets
    draw(slide, "rect", (0.9, 1.25, 0.16, 2.0), colours.accent)
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = (Inches(v) for v in (1.25, 1.1, 11.2, 1.5))
    size = 38 if len(outline.title) > 16 else 44
    write(title._element.txBody, outline.title, colours, size=size, colour=colours.dark, bold=True)
    draw(slide, "rect", (1.25, 2.6, 6, 0.65), "", phase, colours, size=22, colour="5A5A5A")
    draw(slide, "rect", (0.9, 5.95, 7, 0.65), "", place, colours, size=26, bold=True)
    draw(slide, "rect", (0.9, 6.55, 7, 0.5), "", date, colours, size=18)


def _contents(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    for row, text in enumerate(outline.bullets):
        top = 1.75 + row * 0.98
        fill = colours.dark if row % 2 == 0 else colours.accent
        draw(
            slide,
            "ellipse",
            (2.4, top, 0.72, 0.72),
            fill,
            str(row + 1),
            colours,
            size=20,
            bold=True,
            align="ctr",
        )
        draw(slide, "rect", (3.4, top, 7, 0.72), "", text, colours, size=26, colour=INK)


def _bullets(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    """Points as numbered cards, and the practice that goes with them in a band below."""
    room = 3.6 if outline.callout else 5.1
    height = min(1.3, room / max(1, len(outline.bullets)) - 0.18)
    top = 1.75 if len(outline.bullets) > 2 or outline.callout else 2.2
    for row, text in enumerate(outline.bullets):
        y = top + row * (height + 0.2)
        draw(
            slide,
            "rect",
            (0.75, y, 11.85, height),
            colours.tint,
            text,
            colours,
            size=22,
            colour=INK,
            inset=1.1,
        )
        draw(
            slide,
            "rect",
            (0.75, y, 0.85, height),
            colours.dark,
            str(row + 1),
            colours,
            size=24,
            bold=True,
            align="ctr",
        )
    if outline.callout:
        draw(slide, "roundRect", (0.75, 5.55, 11.85, 1.25), WHITE, line=colours.accent, bend=8000)
        draw(
            slide,
            "rect",
            (0.95, 5.62, 1.7, 1.1),
            "",
            "我们的做法",
            colours,
            size=17,
            colour=colours.accent,
            bold=True,
        )
        draw(
            slide, "rect", (2.6, 5.62, 9.8, 1.1), "", outline.callout, colours, size=17, colour=INK
        )


def _columns(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    """Each row of the outline (heading, points) as a card beside the others."""
    width = 11.85 / len(outline.rows)
    for column, (heading, *points) in enumerate(outline.rows):
        left, wide = 0.75 + column * width + 0.1, width - 0.2
        fill = colours.dark if column % 2 == 0 else colours.accent
        draw(slide, "rect", (left, 1.8, wide, 4.8), colours.tint)
        draw(
            slide,
            "rect",
            (left, 1.8, wide, 0.85),
            fill,
            heading,
            colours,
            size=20,
            bold=True,
            align="ctr",
        )
        text = "\n".join(f"• {point}" for point in points)
        draw(
            slide,
            "rect",
            (left, 2.75, wide, 3.7),
            "",
            text,
            colours,
            size=20,
            colour=INK,
            anchor="t",
            inset=0.2,
        )


def _flow(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    """The steps as arrows, one after the other, with a return arrow underneath."""
    width = 11.9 / len(outline.bullets)
    for column, text in enumerate(outline.bullets):
        left = 0.7 + column * width
        fill = colours.dark if column % 2 == 0 else colours.accent
        kind = "chevron" if column else "homePlate"
        draw(slide, kind, (left, 2.6, width + 0.12, 1.9), fill, text, colours, size=20, bold=True, align="ctr",
             bend=22000, inset=0.45 if column else 0.2)  # fmt: skip
        draw(slide, "ellipse", (left + width / 2 - 0.3, 1.75, 0.6, 0.6), WHITE, str(column + 1), colours, line=fill,
             size=18, colour=fill, bold=True, align="ctr", inset=0.05)  # fmt: skip
    turn = "每月回头看一次，缺哪步补哪步"
    draw(
        slide,
        "leftArrow",
        (1.2, 5.1, 10.9, 1.1),
        colours.tint,
        turn,
        colours,
        size=18,
        colour=colours.dark,
        align="ctr",
    )


def _table(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    rows = outline.rows
    frame = slide.shapes.add_table(
        len(rows), 4, Inches(0.75), Inches(1.8), Inches(11.85), Inches(0.85 * len(rows))
    )
    table = frame.table
    table.columns[0].width = Inches(5.1)
    for column in (1, 2, 3):
        table.columns[column].width = Inches(2.25)
    for number, (row, line) in enumerate(zip(rows, table._tbl.tr_lst, strict=True)):
        fill = colours.dark if number == 0 else (colours.tint if number % 2 else WHITE)
        for column, (text, cell) in enumerate(zip(row, line.tc_lst, strict=True)):
            colour = WHITE if number == 0 else (colours.dark if column == 3 else INK)
            bold = number == 0 or column == 3
            write(
                cell.get_or_add_txBody(),
                text,
                colours,
                size=20,
                colour=colour,
                bold=bold,
                align="ctr" if column else "l",
            )
            properties = cell.get_or_add_tcPr()
            properties.set("anchor", "ctr")
            properties.append(paint(fill))


def _chart(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    data = CategoryChartData()
    data.categories = [name for name, _ in outline.series]
    data.add_series(outline.title, [value for _, value in outline.series])
    kind = XL_CHART_TYPE.BAR_CLUSTERED if scene % 2 else XL_CHART_TYPE.COLUMN_CLUSTERED
    place = (Inches(v) for v in (0.75, 1.95, 11.85, 4.9))
    chart = slide.shapes.add_chart(kind, *place, data).chart
    chart.has_title = chart.has_legend = False
    chart.font.size, chart.font.name = Pt(16), colours.font
    plot = chart.plots[0]
    plot.gap_width, plot.has_data_labels = 70, True
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    plot.data_labels.font.size, plot.data_labels.font.bold = Pt(16), True
    plot.series[0].format.fill.solid()
    plot.series[0].format.fill.fore_color.rgb = RGBColor.from_string(colours.dark)
    best = max(range(len(outline.series)), key=lambda i: outline.series[i][1])
    point = plot.series[0].points[best].format.fill
    point.solid()
    point.fore_color.rgb = RGBColor.from_string(colours.accent)
    chart.value_axis.visible = chart.value_axis.has_major_gridlines = False
    chart.value_axis.minimum_scale = 0
    chart.category_axis.format.line.color.rgb = RGBColor.from_string("BFBFBF")
    draw(slide, "rect", (0.75, 1.45, 6, 0.5), "", outline.bullets[0], colours, size=16, colour=GREY)


def _story(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    picture = BytesIO(landscape(colours.dark, colours.accent, scene))
    shape = slide.shapes.add_picture(picture, Inches(0.75), Inches(1.75), width=Inches(5.2))
    shape.crop_left, shape.crop_right = 0.3, 0.109
    shape.height, shape.width = Inches(4.95), Inches(5.2)
    shape._element.nvPicPr.cNvPr.set("descr", "村庄的示意画")
    draw(
        slide,
        "rect",
        (6.3, 1.6, 1.4, 1.1),
        "",
        "“",
        colours,
        size=72,
        colour=colours.accent,
        bold=True,
        anchor="t",
    )
    draw(
        slide,
        "rect",
        (6.45, 2.45, 6.2, 2.9),
        "",
        outline.bullets[0],
        colours,
        size=21,
        colour=INK,
        anchor="t",
    )
    draw(
        slide,
        "rect",
        (6.45, 5.65, 6.15, 1.05),
        colours.dark,
        outline.bullets[1],
        colours,
        size=18,
        bold=True,
        inset=0.25,
    )


def _end(slide: Any, outline: Slide, colours: Palette, scene: int) -> None:
    """Next steps as columns under a line with dots."""
    width = 11.85 / len(outline.bullets)
    draw(slide, "rect", (0.75, 2.48, 11.85, 0.05), colours.accent)
    for column, text in enumerate(outline.bullets):
        left = 0.75 + column * width
        dot = (left + width / 2 - 0.35, 2.15, 0.7, 0.7)
        draw(
            slide,
            "ellipse",
            dot,
            colours.dark,
            str(column + 1),
            colours,
            size=20,
            bold=True,
            align="ctr",
        )
        card = (left + 0.12, 3.2, width - 0.24, 2.1)
        draw(
            slide,
            "roundRect",
            card,
            colours.tint,
            text,
            colours,
            size=22,
            colour=INK,
            align="ctr",
            bend=6000,
        )
    thanks = (0.75, 5.75, 11.85, 0.8)
    draw(
        slide,
        "rect",
        thanks,
        "",
        "请批评指正",
        colours,
        size=24,
        colour=colours.dark,
        bold=True,
        align="ctr",
    )


_DRAW: dict[str, Callable[[Any, Slide, Palette, int], None]] = {
    "cover": _cover, "toc": _contents, "bullets": _bullets, "flow": _flow,
    "columns": _columns, "table": _table, "chart": _chart, "story": _story, "end": _end,
}  # fmt: skip
