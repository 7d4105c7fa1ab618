"""The design system on one page, in DEBUG only."""

import re
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from hub import badges, design_samples

ICON = re.compile(r'symbol id="([^"]+)"')
VIEWS = {
    "": "hub/design.html",
    "room": "hub/design_room.html",
    "hall": "hub/design_hall.html",
    "focus": "hub/design_focus.html",
    "offline": "hub/offline.html",
    "400": "400.html",
    "403": "403.html",
    "404": "404.html",
    "500": "500.html",
    "csrf": "403_csrf.html",
}


def design(request: HttpRequest) -> HttpResponse:
    """Every component with invented content; `?view=` shows the other page kinds and the errors.

    `?theme=dark` forces the dark colours. The page is shown as an organiser sees it, so that the
    navigation is complete. Outside DEBUG it does not exist.
    """
    view = request.GET.get("view", "")
    if not settings.DEBUG or view not in VIEWS:
        raise Http404
    request.actor = SimpleNamespace(  # type: ignore[attr-defined]
        role="organiser", name="林书言", unit="云岭县委组织部", county_name="云岭县", signed_in=True
    )
    context = design_samples.context() | {
        "theme": "dark" if request.GET.get("theme") == "dark" else "",
        "badges": {k: list(v) for k, v in badges.BADGES.items() if k != "material"},
        "icons": ICON.findall((Path(__file__).parent / "static/hub/icons.svg").read_text()),
        "views": [name for name in VIEWS if name],
    }
    return render(request, VIEWS[view], context)
