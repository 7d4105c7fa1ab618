"""The digest of a meeting as a deck, from the county's own template where it has one: figures, charts, each township's
chosen slides as pictures, problems, practices."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Emu, Pt

from board.models import Post
from meetings.models import Meeting
from meetings.notice.words import language_of
from townships.sheets import guarded
from townships.texts import printable
from uploads import files
from uploads.base_decks import current_base
from uploads.models import Page
from uploads.monthly import filling
from uploads.monthly.deck import Cover, UnusableBase, build_deck

from ..figures.charts import Chart, by_township
from ..figures.facts import Numbers, numbers_of
from ..minutes.draft import entries, state_of
from .content import Deck

PPTX_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
WIDE = 1280
PER_SLIDE = 5
CHARTS = (
    "submissions-by-township",
    "problems-by-township",
    "practices-by-township",
    "speaking-by-township",
)


def digest_of(meeting: Meeting, decks: Sequence[Deck]) -> bytes:
    """The deck, in the language of the meeting's papers."""
    with override(language_of(meeting)):
        deck = Presentation(io.BytesIO(_base(meeting)))
        _keep_the_cover(deck)
        numbers = numbers_of([meeting])
        _words(deck, _("The meeting in figures"), _figures(numbers))
        for chart in by_township(numbers):
            if chart.key in CHARTS and chart.has_values:
                _chart(deck, chart)
        for each in decks:
            _pictures(deck, each)
        _entries(
            deck,
            _("Problems raised"),
            [_problem(post) for post in entries(meeting, Post.Kind.PROBLEM)],
        )
        _entries(
            deck,
            _("Practices shared"),
            [_practice(post) for post in entries(meeting, Post.Kind.PRACTICE)],
        )
        out = io.BytesIO()
        deck.save(out)
        return out.getvalue()


def _base(meeting: Meeting) -> bytes:
    """A deck with its cover, from the county's own deck or our design."""
    held = meeting.starts_at.astimezone(meeting.zone)
    cover = Cover(
        county=meeting.county.name,
        township=_("Digest of the meeting"),
        meeting=meeting.title,
        date=date_format(held, "DATE_FORMAT"),
    )
    with _template(meeting) as path:
        try:
            return build_deck(cover, {}, "", path)
        except UnusableBase:
            return build_deck(cover, {}, "", None)


@contextmanager
def _template(meeting: Meeting) -> Iterator[Path | None]:
    base = current_base(meeting.county_id)
    if base is None:
        yield None
        return
    with TemporaryDirectory(prefix="lihui-digest-") as folder:
        path = Path(folder) / "base.pptx"
        try:
            files.fetch(base.inspected, path)
        except (FileNotFoundError, ClientError):
            yield None
            return
        yield path


def _keep_the_cover(deck: Any) -> None:
    listed = deck.slides._sldIdLst
    for item in list(listed)[1:]:
        deck.part.drop_rel(item.rId)
        listed.remove(item)


def _new(deck: Any, title: str, *, with_text: bool) -> tuple[Any, Any]:
    """A slide with its title; its text place, or None with the place taken out."""
    layout = next(
        (
            layout
            for layout in deck.slide_layouts
            if {1, 3}
            & (kinds := {int(p.placeholder_format.type or 0) for p in layout.placeholders})
            and {2, 7} & kinds
        ),
        deck.slide_layouts[0],
    )
    slide = deck.slides.add_slide(layout)
    if slide.shapes.title is not None:
        filling.write(slide.shapes.title, [title])
    text = next(
        (p for p in slide.placeholders if p.placeholder_format.idx != 0 and p.has_text_frame), None
    )
    kept = text.placeholder_format.idx if text is not None and with_text else 0
    for place in list(slide.placeholders):
        if place.placeholder_format.idx not in (0, kept):
            place._element.getparent().remove(place._element)
    return slide, text if with_text else None


def _area(deck: Any, slide: Any) -> tuple[int, int, int, int]:
    """Left, top, width, height below the title, in EMU."""
    margin = int(deck.slide_width * 0.05)
    title = slide.shapes.title
    top = (
        int(title.top + title.height)
        if title is not None and title.top is not None
        else int(deck.slide_height * 0.2)
    )
    top = min(max(top, int(deck.slide_height * 0.18)), int(deck.slide_height * 0.3)) + int(
        deck.slide_height * 0.02
    )
    return margin, top, int(deck.slide_width) - 2 * margin, int(deck.slide_height * 0.95) - top


def _words(deck: Any, title: str, lines: list[str], points: int = 20) -> None:
    slide, text = _new(deck, title, with_text=True)
    if text is None:
        left, top, width, height = _area(deck, slide)
        text = slide.shapes.add_textbox(Emu(left), Emu(top), Emu(width), Emu(height))
        text.text_frame.word_wrap = True
    filling.write(text, lines)
    for paragraph in text.text_frame.paragraphs:
        for run in paragraph.runs:
            run.font.size = Pt(points)


def _figures(numbers: Numbers) -> list[str]:
    whole = numbers.whole
    lines = []
    if whole.attendance is not None:
        lines.append(
            _("Present: %(here)d of %(expected)d (%(share)d %%)")
            % {"here": whole.present, "expected": whole.expected, "share": whole.attendance}
        )
    if whole.punctuality is not None:
        lines.append(
            _("Handed in: %(on_time)d in time, %(late)d late, %(missing)d missing")
            % {
                "on_time": whole.submissions["on_time"],
                "late": whole.submissions["late"],
                "missing": whole.submissions["missing"],
            }
        )
    lines.append(
        _("Problems raised: %(n)d, solved by now: %(solved)d")
        % {"n": whole.problems, "solved": whole.solved}
    )
    lines.append(
        _("Practices shared: %(n)d, adopted: %(adopted)d times")
        % {"n": whole.practices, "adopted": whole.adopted}
    )
    return lines


def _chart(deck: Any, chart: Chart) -> None:
    """A native chart, whose numbers can be opened in PowerPoint."""
    slide, _text = _new(deck, chart.title, with_text=False)
    data = CategoryChartData()
    # the numbers open in a spreadsheet: no name may become a formula there
    data.categories = [guarded(label) for label in chart.labels]
    for name, values in chart.series:
        data.add_series(guarded(name), [value or 0 for value in values])
    kind = XL_CHART_TYPE.COLUMN_STACKED if chart.stacked else XL_CHART_TYPE.COLUMN_CLUSTERED
    left, top, width, height = _area(deck, slide)
    drawn = slide.shapes.add_chart(kind, Emu(left), Emu(top), Emu(width), Emu(height), data).chart
    drawn.font.size = Pt(12)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False


def _pictures(deck: Any, each: Deck) -> None:
    """A township's chosen slides, two or four to a slide."""
    chosen = [page for page in each.chosen if page.image]
    for start in range(0, len(chosen), 4):
        group = chosen[start : start + 4]
        slide, _text = _new(
            deck, f"{each.material.township.name}　{each.material}", with_text=False
        )
        left, top, width, height = _area(deck, slide)
        columns = 1 if len(group) == 1 else 2
        rows = (len(group) + columns - 1) // columns
        gap = int(deck.slide_width * 0.015)
        cell = ((width - gap * (columns - 1)) // columns, (height - gap * (rows - 1)) // rows)
        for place, page in enumerate(group):
            at = (
                left + (place % columns) * (cell[0] + gap),
                top + (place // columns) * (cell[1] + gap),
            )
            _picture(slide, page, at, cell)


def _picture(slide: Any, page: Page, at: tuple[int, int], cell: tuple[int, int]) -> None:
    """A page's picture as JPEG (PowerPoint takes no WebP), fitted into its cell."""
    try:
        with (
            files.open_stored(page.image) as stored,
            Image.open(io.BytesIO(stored.read())) as opened,
        ):
            shown = opened.convert("RGB")
    except (FileNotFoundError, ClientError, OSError):
        return
    shown.thumbnail((WIDE, WIDE))
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=85)
    scale = min(cell[0] / shown.width, cell[1] / shown.height)
    width, height = int(shown.width * scale), int(shown.height * scale)
    out.seek(0)
    made = slide.shapes.add_picture(
        out,
        Emu(at[0] + (cell[0] - width) // 2),
        Emu(at[1] + (cell[1] - height) // 2),
        Emu(width),
        Emu(height),
    )
    made._element.nvPicPr.cNvPr.set("descr", printable(f"{page.number} {page.title}".strip()))


def _short(text: str, most: int = 110) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _problem(post: Post) -> str:
    who = post.township.name if post.township else post.author_unit
    return f"{who}：{_short(post.body)}（{state_of(post).rstrip('。.')}）"


def _practice(post: Post) -> str:
    who = post.township.name if post.township else post.author_unit
    tried = [one.township.name for one in post.adoptions.all()]
    return f"{who}：{_short(post.body)}" + (
        f"（{_('Adopted by: %(who)s.') % {'who': _(', ').join(tried)}}）" if tried else ""
    )


def _entries(deck: Any, title: str, lines: list[str]) -> None:
    for start in range(0, len(lines), PER_SLIDE):
        _words(deck, title, lines[start : start + PER_SLIDE], 16)
