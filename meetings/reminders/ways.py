"""What the two ways of sending have in common: how a delivery can end."""

from collections.abc import Callable

from django.utils.translation import gettext, gettext_noop

Hand = Callable[[], None]
"""Called just before the last byte goes out; from then on a message is never sent again by itself.

Raises `Lost` when another worker took over meanwhile.
"""


class NotDelivered(Exception):
    """Certainly not delivered. `final`: trying again would not help (the address is refused)."""

    def __init__(self, reason: str, *, final: bool = False, everybody: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason[:300]
        self.final = final
        self.everybody = everybody  # the way itself is down, not this reader's address


class Unconfirmed(Exception):
    """Handed over, but the answer never came: it may have arrived. Never tried again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason[:300]


class Lost(Exception):
    """The claim on the row has run out; somebody else has it now."""


REASONS = (
    gettext_noop("the worker ended before the answer came"),
    gettext_noop("the mail server refused the hub's sign-in"),
    gettext_noop("the chat group was removed"),
    gettext_noop("the chat service cannot be reached"),
    gettext_noop("the chat service did not answer"),
    gettext_noop("the chat service did not take the message"),
    gettext_noop("the address is not of a known service"),
)
ROBOT = "the robot answered "


def reason_words(reason: str) -> str:
    """Why a message did not arrive, in the reader's language; what a server said stays as it is."""
    if reason in REASONS:
        return gettext(reason)
    if reason.startswith(ROBOT):
        return gettext("the robot answered %(answer)s") % {"answer": reason.removeprefix(ROBOT)}
    return reason
