"""Invented content for the /design/ page; no person or place in it is real."""

import datetime as dt
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """One field of every kind."""

    title = forms.CharField(label=_("Title"), max_length=80, help_text=_("As people will see it."))
    venue = forms.CharField(label=_("Place"), required=False)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}))
    township = forms.ChoiceField(
        label=_("Township"), choices=[("1", "青石镇"), ("2", "柳河乡"), ("3", "白塔镇")]
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=forms.RadioSelect,
        choices=[("deck", _("Slides")), ("manuscript", _("Manuscript"))],
    )
    body = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 4}))
    remind = forms.BooleanField(label=_("Remind by e-mail"), required=False)


def _at(hour: int, minute: int = 0, days: int = 0) -> dt.datetime:
    now = timezone.localtime()
    return now.replace(hour=hour, minute=minute, second=0) + dt.timedelta(days=days)


def pages() -> list[dict[str, Any]]:
    titles = ["封面", "登记断档", "一表三签", "下一步打算", "需要县里支持的事"]
    return [
        {
            "number": n,
            "title": title,
            "thumb": static(f"hub/sample-{n}.svg") if n < 4 else "",
            "image": static(f"hub/sample-{n}.svg") if n < 4 else "",
            "url": f"#slide-{n}",
            "text": title,
            "notes": "这一页讲两分钟，重点说三个村的对比。",
            "hidden": n == 5,
            "warnings": 2 if n == 2 else 0,
        }
        for n, title in enumerate(titles, 1)
    ]


def posts() -> list[dict[str, Any]]:
    return [
        {
            "id": "p1",
            "kind": "problem",
            "state": "screen",
            "township": "柳河乡",
            "author": "周明远",
            "body": "流动党员回村时间短，志愿服务登记常常隔月才补，台账和实际对不上。"
            "有没有手机上就能登记、村里当天能核的办法？",
            "created": _at(9, 42),
            "supports": 9,
            "townships": 6,
            "pinned": True,
            "page": pages()[1],
            "replies": [
                {
                    "author": "许佳",
                    "township": "青石镇",
                    "body": "我们用“一表三签”，网格员当天拍照，支书周五统一核。",
                    "created": _at(9, 47),
                    "spoken": True,
                }
            ],
        },
        {
            "id": "p2",
            "kind": "practice",
            "state": "answered",
            "township": "青石镇",
            "author": "许佳",
            "body": "发展青年党员：把返乡创业青年编进产业党小组，由产业带头人作培养联系人。",
            "created": _at(9, 50),
            "supports": 4,
            "townships": 4,
        },
        {
            "id": "p3",
            "kind": "question",
            "township": "白塔镇",
            "author": "赵一宁",
            "body": "村干部年度考核里群众测评占多少？怎么避免“人情分”？",
            "created": _at(9, 55),
            "supports": 2,
            "mine": True,
            "waiting": True,
        },
    ]


def agenda() -> list[dict[str, Any]]:
    rows = [
        ("开场与上月问题回访", "", "县委组织部", 10, "done"),
        ("多媒体演示：党员志愿服务台账", "青石镇", "许佳", 20, "now"),
        ("多媒体演示：村干部考核“双评”", "白塔镇", "赵一宁", 20, "next"),
        ("文稿交流：便民服务站错时值班", "柳河乡", "周明远", 15, "next"),
        ("谈体会与讨论", "", "", 30, "next"),
    ]
    start = _at(9)
    items = []
    for n, (title, township, presenter, minutes, state) in enumerate(rows, 1):
        items.append(
            {
                "id": n,
                "kind": "presentation",
                "title": title,
                "township": township,
                "presenter": presenter,
                "starts": start,
                "minutes": minutes,
                "state": state,
                "materials": 2 if township else 0,
                "url": f"#item-{n}",
            }
        )
        start += dt.timedelta(minutes=minutes)
    return items


def files() -> list[dict[str, Any]]:
    mb = 1024 * 1024
    return [
        {
            "id": "f1",
            "name": "青石镇-志愿服务台账-11月.pptx",
            "size": 84 * mb,
            "sent": 31 * mb,
            "state": "sending",
            "speed": 1.2 * mb,
            "left": 44,
        },
        {
            "id": "f2",
            "name": "柳河乡-错时值班-交流文稿.docx",
            "size": 2 * mb,
            "sent": mb,
            "state": "paused",
        },
        {
            "id": "f3",
            "name": "白塔镇-双评.pptx",
            "size": 12 * mb,
            "sent": 12 * mb,
            "state": "ready",
            "url": "#",
        },
        {
            "id": "f4",
            "name": "旧版材料.xls",
            "size": mb,
            "sent": 0,
            "state": "error",
            "message": "这种文件不能作为课件或文稿，请换成 PPTX、DOCX 或 PDF。",
        },
    ]


def timeline() -> list[dict[str, Any]]:
    return [
        {
            "when": _at(9, days=-61),
            "title": "在 9 月例会提出",
            "text": "柳河乡",
            "state": "problem",
        },
        {
            "when": _at(9, days=-31),
            "title": "转入 10 月例会",
            "state": "done",
            "icon": "arrow-right",
        },
        {"when": _at(9), "title": "青石镇介绍做法", "text": "6 个乡镇附议", "state": "now"},
        {"when": _at(9, days=30), "title": "到期：回访结果", "state": "next"},
    ]


def hits() -> list[dict[str, Any]]:
    return [
        {
            "kind": "slide",
            "title": "青石镇：党员志愿服务台账，第 2 页",
            "url": "#",
            "snippet": "8 个村近三月<mark>志愿服务</mark><mark>台账</mark>缺 41 条，主要是流动党员登记断档",
            "thumb": static("hub/sample-2.svg"),
            "meeting": "2026年11月例会",
            "township": "青石镇",
            "date": _at(9),
        },
        {
            "kind": "problem",
            "title": "登记常常隔月才补",
            "url": "#",
            "snippet": "流动党员回村时间短，<mark>志愿服务</mark>登记常常隔月才补",
            "meeting": "2026年9月例会",
            "township": "柳河乡",
            "date": _at(9, days=-61),
        },
    ]


def sample_page(number: int) -> Page[int]:
    return Paginator(range(240), 20).page(number)


def context() -> dict[str, Any]:
    """Everything the page shows."""
    today = timezone.localdate()
    invalid = SampleForm({"title": "", "venue": "县委党校二楼", "day": "x"}, prefix="bad")
    return {
        "form": SampleForm(),
        "invalid": invalid,
        "pages": pages(),
        "posts": posts(),
        "agenda_items": agenda(),
        "files": files(),
        "steps": timeline(),
        "hits": hits(),
        "page": sample_page(4),
        "pictures": ["board", "materials", "archive", "search", "people", "signal", "done"],
        "today": today,
        "now": timezone.now(),
        "events": [
            {"date": today, "title": "11月例会", "url": "#", "state": "live"},
            {"date": today + dt.timedelta(days=3), "title": "材料截止", "url": "#"},
        ],
        "tabs": [
            {"key": "now", "label": _("Now"), "url": "#now", "count": 12},
            {"key": "problem", "label": _("Problems"), "url": "#problem", "count": 5},
            {"key": "practice", "label": _("Practices"), "url": "#practice", "count": 4},
            {"key": "question", "label": _("Questions"), "url": "#question", "count": 3},
        ],
        "chart": [
            {"label": "青石镇", "value": 12},
            {"label": "柳河乡", "value": 9},
            {"label": "白塔镇", "value": 7},
            {"label": "松坪乡", "value": 2},
        ],
        "colours": [
            "paper",
            "surface",
            "sunken",
            "accent",
            "accent-soft",
            "info",
            "ok",
            "warn",
            "bad",
        ],
    }
