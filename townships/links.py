"""The hub's own address, for links outside of a browser: mails, calendars, the command line."""

from django.conf import settings


def origin() -> str:
    """Where people reach the hub, e.g. https://lihui.example; "" where it was not told (ORIGINS)."""
    return settings.ORIGINS[0].rstrip("/") if settings.ORIGINS else ""
