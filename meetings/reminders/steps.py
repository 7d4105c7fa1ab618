"""The worker's two steps: planning, and sending in a thread of its own.

A mail server that hangs must not hold up the worker's other steps, so sending has its own thread;
it ends with the process, after the message it is at.
"""

import logging
import threading

from django.db import close_old_connections, connection

from .outbox import send_waiting
from .planning import plan_due

log = logging.getLogger("lihui.reminders")
_running = threading.Lock()


def plan() -> None:
    """Write what is due into the outbox."""
    made = plan_due()
    if made:
        log.info("reminders planned: %s", made)


def send() -> None:
    """Start a round of sending, unless one is going on."""
    if _running.acquire(blocking=False):
        threading.Thread(target=_round, name="reminders").start()


def _round() -> None:
    close_old_connections()
    try:
        sent = send_waiting(stop=lambda: not threading.main_thread().is_alive())
        if sent:
            log.info("reminders sent: %s", sent)
    except Exception:
        log.exception("sending reminders stumbled; it goes on with the next round")
    finally:
        connection.close()
        _running.release()
