"""How values look on a page: icons, dates, sizes and durations, one way per language."""

import datetime as dt
from functools import lru_cache
from typing import Any

from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from .badges import badge_of

# Monday first, short enough for a month on a phone.
WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


def icon_url(name: str) -> str:
    """The address of an icon in the sprite, for `<use href>`."""
    return f"{static('hub/icons.svg')}#{name}"


def badge(kind: str, state: str, text: str = "") -> SafeString:
    """A status in a pill: shape, words (`text` instead of the state's own) and colour. Unknown states show
    their own name."""
    return _badge(kind, str(state), str(text), static("hub/icons.svg"), get_language())


# A page has dozens of badges and icons: each is made once of everything it depends on.
@lru_cache(maxsize=4096, typed=True)
def _badge(kind: str, state: str, text: str, sprite: str, language: str | None) -> SafeString:
    shown = badge_of(kind, state)
    return format_html(
        '<span class="badge {}">{}{}</span>',
        shown.tone,
        _icon(f"{sprite}#{shown.icon}", ""),
        text or shown.text,
    )


def picture(name: str) -> SafeString:
    """A line drawing for an empty state; decorative."""
    address = f"{static('hub/pictures.svg')}#{name}"
    return format_html(
        '<svg class="picture" aria-hidden="true" viewBox="0 0 160 120"><use href="{}"/></svg>',
        address,
    )


def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; hidden from screen readers unless it has a `label`."""
    return _icon(icon_url(name), str(label))


@lru_cache(maxsize=4096, typed=True)
def _icon(address: str, label: str) -> SafeString:
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, address
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', address)


def _local(value: Any) -> Any:
    """The value in the reader's time zone; naive values and plain dates stay as they are."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def _shown(value: Any, style: str) -> str:
    if not value:
        return ""
    local = _local(value)
    if not isinstance(local, dt.datetime):
        return formats.date_format(local, style)
    # without its zone: what is shown never names it, and equal moments in two zones look different
    return _formatted(local.replace(tzinfo=None), style, get_language())


@lru_cache(maxsize=4096, typed=True)
def _formatted(local: dt.datetime, style: str, language: str | None) -> str:
    return str(formats.date_format(local, style))


def day(value: dt.date | None) -> str:
    """2026年11月22日 星期日 / Sun 22 Nov 2026."""
    return _shown(value, "DATE_FORMAT")


def daytime(value: dt.datetime | None) -> str:
    """2026年11月22日 星期日 09:00 / Sun 22 Nov 2026, 09:00."""
    return _shown(value, "DATETIME_FORMAT")


def hm(value: dt.datetime | dt.time | None) -> str:
    """09:00."""
    if isinstance(value, dt.time):
        return formats.time_format(value, "TIME_FORMAT")
    return _shown(value, "TIME_FORMAT")


def shortday(value: dt.date | None) -> str:
    """11月22日 / 22 Nov."""
    return _shown(value, "MONTH_DAY_FORMAT")


def yearmonth(value: dt.date | None) -> str:
    """2026年11月 / November 2026."""
    return _shown(value, "YEAR_MONTH_FORMAT")


STYLES = {"full": daytime, "day": day, "short": shortday, "time": hm, "month": yearmonth}


def when(value: Any, style: str = "full") -> SafeString:
    """A `<time>` element; style is full, day, short, time, month or relative (a script ticks it)."""
    if not value:
        return SafeString("")
    stamp = _local(value).isoformat()
    if style == "relative":
        return format_html(
            '<time datetime="{}" data-relative title="{}">{}</time>',
            stamp,
            daytime(value),
            daytime(value),
        )
    return format_html('<time datetime="{}">{}</time>', stamp, STYLES[style](value))


def size(value: float | str | None) -> str:
    """A number of bytes in words people use: 0 B, 312 KB, 1.4 MB (1 KB = 1024 bytes)."""
    try:
        number = float(value or 0)
    except (TypeError, ValueError):
        return ""
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1024 or unit == "GB":
            break
        number /= 1024
    digits = 0 if unit in ("B", "KB") or number >= 100 else 1
    return f"{formats.number_format(round(number, digits), digits)} {unit}"


def span(value: float | dt.timedelta | None) -> str:
    """A duration (seconds or timedelta) in its two largest units: 1 h 20 min, 45 s."""
    seconds = value.total_seconds() if isinstance(value, dt.timedelta) else float(value or 0)
    total = max(0, round(seconds))
    if total < 60:
        return _("%(n)d s") % {"n": total}
    minutes = round(total / 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        if not rest:
            return _("%(n)d h") % {"n": hours}
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
    days = round(minutes / (24 * 60))
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


# The first match wins: the more special name first.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("QQBrowser", "QQ"),
    ("UCBrowser", "UC"),
    ("360", "360"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(agent: str | None) -> str:
    """A User-Agent header in words a person knows: "Chrome · Windows"."""
    text = agent or ""
    names = [
        next((name for mark, name in table if mark in text), "") for table in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(n for n in names if n) or text[:60] or "?"
