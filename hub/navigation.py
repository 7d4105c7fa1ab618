"""The main navigation: which entries a reader has, and which one is the page shown."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

ALL = ("organiser", "member", "observer", "archivist")

# Address name, label, icon, roles that see it, namespaces or names that light it up.
ENTRIES: tuple[tuple[str, Any, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("home", _("This month"), "home", ALL, ("home",)),
    ("meetings:list", _("Meetings"), "meetings", ALL, ("meetings", "uploads", "realtime", "board")),
    ("cases", _("Cases"), "flag", ALL, ("cases", "case", "practice")),
    ("archive:index", _("Archive"), "archive", ALL, ("archive",)),
    ("search", _("Search"), "search", ALL, ("search",)),
    ("people", _("People"), "people", ("organiser",), ("people", "townships")),
)


def nav_items(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries for this request's actor; nothing for readers without a membership."""
    request = context.get("request")
    role = getattr(getattr(request, "actor", None), "role", None)
    match = getattr(request, "resolver_match", None)
    here = {match.url_name, *match.namespaces, match.view_name} if match else set()
    if "search" in here:
        here = {"search"}
    items = []
    for name, label, icon, roles, lit in ENTRIES:
        if role not in roles:
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        items.append({"url": url, "label": label, "icon": icon, "current": bool(here & set(lit))})
    return items
