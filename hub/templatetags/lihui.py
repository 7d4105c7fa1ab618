"""Every component of the design system as a template tag, and the date, size and time filters.

A tag is rendered by `hub/templates/hub/parts/<tag>.html`, whose first comment says what it takes.
Tags read dictionaries and objects alike. The /design/ page (DEBUG) shows each of them.
The simple values (`icon`, `badge`, `when`, filters) are in `hub.display`, usable from Python too.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, ChoiceWidget, RadioSelect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString, mark_safe

from hub import display, navigation

register = template.Library()

icon = register.simple_tag(display.icon, name="icon")
register.simple_tag(display.icon_url, name="icon_url")
register.simple_tag(display.badge, name="badge")
register.simple_tag(display.picture, name="picture")
register.simple_tag(display.when, name="when")
register.filter("browser", display.browser)
register.filter("size", display.size)
register.filter("span", display.span)
register.filter("day", display.day)
register.filter("daytime", display.daytime)
register.filter("hm", display.hm)
register.filter("shortday", display.shortday)
register.filter("yearmonth", display.yearmonth)


def _part(name: str, context: Mapping[str, Any]) -> SafeString:
    return render_to_string(f"hub/parts/{name}.html", dict(context))


@register.simple_block_tag
def capture(content: str) -> SafeString:
    """`{% capture as x %}…{% endcapture %}` keeps a rendered block for later."""
    return mark_safe(content.strip())  # noqa: S308


register.simple_tag(navigation.nav_items, takes_context=True, name="nav_items")


@register.inclusion_tag("hub/parts/field.html")
def field(
    bound: BoundField,
    label: str = "",
    help: str | None = None,
    hide_label: bool = False,
    prefix_icon: str = "",
    optional: bool = True,
) -> dict[str, Any]:
    """One form field: label, control, help and errors, tied together for screen readers.

    Fields that may be left empty say so, but not choices, nor with `optional=False`.
    `help=""` drops the form's own help text. That one may hold HTML, as everywhere in Django.
    """
    widget = bound.field.widget
    help_text = mark_safe(str(bound.help_text)) if help is None else help  # noqa: S308
    described = []
    if help_text:
        described.append(f"{bound.auto_id}_helptext")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attrs: dict[str, Any] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    many = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "bound": bound,
        "control": "" if many else bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "help": help_text,
        "hide_label": hide_label,
        "prefix_icon": prefix_icon,
        "many": many,
        "check": isinstance(widget, CheckboxInput),
        "optional": optional and not (bound.field.required or isinstance(widget, ChoiceWidget)),
        "described": " ".join(described),
    }


@register.inclusion_tag("hub/parts/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """A summary of what is wrong, each line a link to its field. Nothing when all is well."""
    return {"form": form, "bad": [b for b in form if b.errors] if form.is_bound else []}


@register.simple_block_tag
def notice(content: str, level: str = "info", title: str = "") -> SafeString:
    """A message in the page; `level` is info, success, warning or error."""
    icons = {"success": "check-circle", "warning": "warning", "error": "error"}
    return _part(
        "notice",
        {
            "content": mark_safe(content),  # noqa: S308 (a rendered, escaped template block)
            "level": level,
            "title": title,
            "icon": icons.get(level, "info"),
        },
    )


@register.simple_block_tag
def emptystate(
    content: str, title: str = "", text: str = "", picture: str = "board", level: int = 2
) -> SafeString:
    """Nothing here yet: a picture, a sentence and what to do next (the block: buttons)."""
    return _part(
        "emptystate",
        {
            "content": mark_safe(content.strip()),  # noqa: S308
            "title": title,
            "text": text,
            "picture": picture,
            "level": level,
        },
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str = "", size: str = "") -> SafeString:
    """A native dialog, opened by `<button data-dialog="id">`, closed by Esc or `data-close`."""
    context = {"content": mark_safe(content), "id": id, "title": title, "size": size}  # noqa: S308
    return _part("dialog", context)


@register.inclusion_tag("hub/parts/tabs.html")
def tabs(items: Iterable[Any], current: str = "", label: str = "") -> dict[str, Any]:
    """Tabs that are links; items have key, label, url and maybe count."""
    return {"items": items, "current": current, "label": label}


@register.inclusion_tag("hub/parts/pagination.html", takes_context=True)
def pagination(context: dict[str, Any], page: Page[Any], param: str = "page") -> dict[str, Any]:
    """Links to the pages of a Django Page; keeps the rest of the query string."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None

    def url(number: int) -> str:
        if query is None:
            return f"?{param}={number}"
        query[param] = str(number)
        return f"?{query.urlencode()}"

    numbers = [
        {"number": n, "url": url(n) if isinstance(n, int) else ""}
        for n in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    return {
        "page": page,
        "numbers": numbers,
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("hub/parts/crumb.html")
def crumb(url: str, label: str) -> dict[str, Any]:
    """One step of the breadcrumb; `url` is an address, a URL name, or "" for the page itself."""
    if url and not url.startswith(("/", "http", "?", "#")):
        try:
            url = reverse(url)
        except NoReverseMatch:
            url = ""
    return {"url": url, "label": label}


@register.inclusion_tag("hub/parts/timeline.html")
def timeline(items: Iterable[Any]) -> dict[str, Any]:
    """What happened when; items have when, title and maybe text, url, state, icon."""
    return {"items": items}


@register.inclusion_tag("hub/parts/slides.html")
def slides(pages: Iterable[Any], current: int = 0, action: str = "link") -> dict[str, Any]:
    """Thumbnails of a deck; `action="button"` makes `<button data-page>` instead of links."""
    return {"pages": pages, "current": current, "action": action}


@register.inclusion_tag("hub/parts/viewer.html")
def viewer(page: Any, total: int = 0, prev: str = "", next: str = "") -> dict[str, Any]:
    """One slide, large, with its neighbours and its notes."""
    return {"page": page, "total": total, "prev": prev, "next": next}


@register.simple_block_tag
def post(content: str, item: Any) -> SafeString:
    """A board entry with its replies; the block holds its buttons."""
    return _part("post", {"item": item, "content": mark_safe(content.strip())})  # noqa: S308


@register.inclusion_tag("hub/parts/agenda.html")
def agenda(items: Iterable[Any], current: Any = None) -> dict[str, Any]:
    """The agenda with its times; `current` is the id of the item now running."""
    return {"items": items, "current": str(current) if current is not None else ""}


@register.inclusion_tag("hub/parts/month_calendar.html")
def month_calendar(
    year: int, month: int, events: Iterable[Any] = (), prev: str = "", next: str = ""
) -> dict[str, Any]:
    """A month as a table, weeks from Monday; events have date, title, url, state."""
    by_day: dict[dt.date, list[Any]] = {}
    for event in events:
        when = event["date"] if isinstance(event, Mapping) else event.date
        if isinstance(when, dt.datetime):
            when = (timezone.localtime(when) if timezone.is_aware(when) else when).date()
        by_day.setdefault(when, []).append(event)
    weeks = [
        [{"date": day, "other": day.month != month, "events": by_day.get(day, [])} for day in week]
        for week in calendar.Calendar().monthdatescalendar(int(year), int(month))
    ]
    return {
        "first": dt.date(int(year), int(month), 1),
        "weeks": weeks,
        "weekdays": display.WEEKDAYS,
        "today": timezone.localdate(),
        "prev": prev,
        "next": next,
    }


@register.inclusion_tag("hub/parts/drop_zone.html")
def drop_zone(
    id: str, label: str = "", help: str = "", accept: str = "", multiple: bool = True
) -> dict[str, Any]:
    """A place to drop files, with a real file input inside and a list for the rows below."""
    return {"id": id, "label": label, "help": help, "accept": accept, "multiple": multiple}


@register.inclusion_tag("hub/parts/file_row.html")
def file_row(row: Any = None) -> dict[str, Any]:
    """One file on its way; `{% file_row None %}` inside a <template> is the pattern for scripts."""
    return {"row": row}


@register.inclusion_tag("hub/parts/search_box.html")
def search_box(
    action: str,
    q: str = "",
    placeholder: str = "",
    label: str = "",
    large: bool = False,
    autofocus: bool = False,
) -> dict[str, Any]:
    """A GET form with one field named `q`."""
    return {
        "action": action,
        "q": q,
        "placeholder": placeholder,
        "label": label,
        "large": large,
        "autofocus": autofocus,
    }


@register.inclusion_tag("hub/parts/hit.html")
def hit(h: Any) -> dict[str, Any]:
    """One search result; its `snippet` is safe HTML with <mark> around the words found."""
    return {"h": h}


@register.inclusion_tag("hub/parts/connection.html")
def connection() -> dict[str, Any]:
    """The state of the live connection in words; scripts change it with `setConnection()`."""
    return {}


@register.inclusion_tag("hub/parts/progress.html")
def progress(
    value: float, max: float, label: str, detail: str = "", state: str = ""
) -> dict[str, Any]:
    """A progress bar with its words; `state` is "", ok or error."""
    return {"value": value, "max": max or 1, "label": label, "detail": detail, "state": state}


@register.inclusion_tag("hub/parts/stat.html")
def stat(label: str, value: Any, note: str = "", icon: str = "", url: str = "") -> dict[str, Any]:
    """A number worth knowing."""
    return {"label": label, "value": value, "note": note, "icon": icon, "url": url}


@register.inclusion_tag("hub/parts/bar_chart.html")
def bar_chart(title: str, rows: Iterable[Any], unit: str = "") -> dict[str, Any]:
    """Bars in a table, so that the numbers can be read and heard; rows have label and value."""
    shown = []
    for row in rows:
        value = row["value"] if isinstance(row, Mapping) else row.value
        shown.append({"row": row, "value": value})
    top = max((r["value"] for r in shown), default=0) or 1
    for entry in shown:
        entry["width"] = f"{100 * entry['value'] / top:.1f}%"
        entry["text"] = formats.localize(entry["value"])
    return {"title": title, "rows": shown, "unit": unit}
