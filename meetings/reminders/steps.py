"""The worker's two steps: planning, and sending in a thread of its own (see `desk`)."""

import logging

from .outbox import send
from .planning import plan_due

__all__ = ["plan", "send"]

log = logging.getLogger("lihui.reminders")


def plan() -> None:
    """Write what is due into the outbox."""
    made = plan_due()
    if made:
        log.info("reminders planned: %s", made)
