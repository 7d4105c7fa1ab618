"""The states people see, declared once: words, tone and shape of every badge."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Badge:
    """Words, tone (CSS class) and icon (shape) of one state."""

    text: str | Promise
    tone: str
    icon: str


BADGES: dict[str, dict[str, Badge]] = {
    "meeting": {
        "draft": Badge(pgettext_lazy("meeting", "Draft"), "dashed", "edit"),
        "announced": Badge(pgettext_lazy("meeting", "Announced"), "info", "bell"),
        "live": Badge(pgettext_lazy("meeting", "Live"), "solid", "dot"),
        "closed": Badge(pgettext_lazy("meeting", "Closed"), "", "archive"),
    },
    "version": {
        "missing": Badge(pgettext_lazy("material", "Missing"), "dashed", "ring"),
        "received": Badge(pgettext_lazy("material", "Received"), "info", "download"),
        "inspecting": Badge(pgettext_lazy("material", "Checking"), "info spin", "refresh"),
        "converting": Badge(pgettext_lazy("material", "Converting"), "info spin", "refresh"),
        "ready": Badge(pgettext_lazy("material", "Ready"), "ok", "check"),
        "refused": Badge(pgettext_lazy("material", "Refused"), "bad", "stop"),
        "failed": Badge(pgettext_lazy("material", "Failed"), "bad", "error"),
    },
    "post": {
        "problem": Badge(pgettext_lazy("post", "Problem"), "bad", "problem"),
        "practice": Badge(pgettext_lazy("post", "Practice"), "ok", "practice"),
        "question": Badge(pgettext_lazy("post", "Question"), "info", "question"),
    },
    "post-state": {
        "open": Badge(pgettext_lazy("post", "Open"), "", "ring"),
        "waiting": Badge(pgettext_lazy("post", "Waiting to be sent"), "warn dashed", "clock"),
        "screen": Badge(pgettext_lazy("post", "On screen"), "solid", "screen"),
        "answered": Badge(pgettext_lazy("post", "Answered"), "ok", "check"),
        "carried": Badge(pgettext_lazy("post", "Carried forward"), "warn", "arrow-right"),
        "listed": Badge(pgettext_lazy("post", "Waiting"), "", "ring"),
        "held": Badge(pgettext_lazy("post", "Waiting for approval"), "warn dashed", "clock"),
        "hidden": Badge(pgettext_lazy("post", "Hidden"), "dashed", "eye-off"),
        "merged": Badge(pgettext_lazy("post", "Merged"), "", "merge"),
        "withdrawn": Badge(pgettext_lazy("post", "Withdrawn"), "dashed", "cross"),
        "pinned": Badge(pgettext_lazy("post", "Pinned"), "accent", "pin"),
    },
    "case": {
        "open": Badge(pgettext_lazy("case", "Open"), "bad", "ring"),
        "running": Badge(pgettext_lazy("case", "In progress"), "warn", "clock"),
        "solved": Badge(pgettext_lazy("case", "Solved"), "ok", "check"),
        "dropped": Badge(pgettext_lazy("case", "Dropped"), "dashed", "cross"),
    },
    "adoption": {
        "planned": Badge(pgettext_lazy("adoption", "Planned"), "info", "ring"),
        "running": Badge(pgettext_lazy("adoption", "Being tried"), "warn", "clock"),
        "done": Badge(pgettext_lazy("adoption", "Done"), "ok", "check"),
        "dropped": Badge(pgettext_lazy("adoption", "Dropped"), "dashed", "cross"),
    },
    "role": {
        "organiser": Badge(pgettext_lazy("role", "Organiser"), "accent", "key"),
        "member": Badge(pgettext_lazy("role", "Member"), "", "township"),
        "observer": Badge(pgettext_lazy("role", "Observer"), "", "eye"),
        "archivist": Badge(pgettext_lazy("role", "Archivist"), "", "archive"),
        "guest": Badge(pgettext_lazy("role", "Guest"), "dashed", "user"),
    },
    "presence": {
        "here": Badge(pgettext_lazy("presence", "Online"), "ok", "check"),
        "away": Badge(pgettext_lazy("presence", "Not online"), "dashed", "ring"),
    },
    "deadline": {
        "due": Badge(pgettext_lazy("deadline", "To hand in"), "info", "clock"),
        "soon": Badge(pgettext_lazy("deadline", "Due soon"), "warn", "warning"),
        "late": Badge(pgettext_lazy("deadline", "Overdue"), "bad", "error"),
        "extended": Badge(pgettext_lazy("deadline", "Extended"), "warn", "history"),
        "done": Badge(pgettext_lazy("deadline", "Handed in"), "ok", "check"),
    },
    "upload": {
        "sending": Badge(pgettext_lazy("upload", "Sending"), "info", "upload"),
        "checking": Badge(pgettext_lazy("upload", "Checking"), "info spin", "refresh"),
        "converting": Badge(pgettext_lazy("upload", "Converting"), "info spin", "refresh"),
        "paused": Badge(pgettext_lazy("upload", "Paused"), "warn", "pause"),
        "ready": Badge(pgettext_lazy("upload", "Ready"), "ok", "check"),
        "done": Badge(pgettext_lazy("upload", "Sent"), "ok", "check"),
        "error": Badge(pgettext_lazy("upload", "Not sent"), "bad", "error"),
    },
    "invitation": {
        "new": Badge(pgettext_lazy("invitation", "No link yet"), "dashed", "link"),
        "ended": Badge(pgettext_lazy("invitation", "Access ended"), "dashed", "lock"),
        "pending": Badge(pgettext_lazy("invitation", "Waiting for an answer"), "info", "mail"),
        "accepted": Badge(pgettext_lazy("invitation", "Accepted"), "ok", "check"),
        "expired": Badge(pgettext_lazy("invitation", "Expired"), "warn", "clock"),
        "revoked": Badge(pgettext_lazy("invitation", "Revoked"), "dashed", "cross"),
    },
}
BADGES["material"] = BADGES["version"]


def badge_of(kind: str, state: str) -> Badge:
    """The badge of a state; a plain one with the raw word where the state is not known."""
    return BADGES.get(kind, {}).get(state) or Badge(state, "", "ring")
