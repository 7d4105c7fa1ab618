"""A desk sends the rows of one outbox: each once, by one worker, whatever dies meanwhile.

The same way as for reminders (`outbox`): a claim is one conditional UPDATE with a token and a lease,
and so is handing over, just before the last byte. What was handed over is never sent again by
itself; if the answer never came, the row says "not confirmed".
"""

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connection
from django.db.models import F, Model, Q
from django.utils import timezone

from .mail import Postman
from .ways import Hand, Lost, NotDelivered, Unconfirmed

log = logging.getLogger("lihui.desk")

LEASE = dt.timedelta(seconds=90)
RETRY_MINUTES = (1, 2, 5, 15, 30, 60)
MOST_ATTEMPTS = 30
ROUND_SECONDS = 30.0
ROUND_MESSAGES = 200
WAITING, HANDED, SENT = "waiting", "handed", "sent"
NEEDLESS, FAILED, UNCONFIRMED = "needless", "failed", "unconfirmed"


class Desk:
    """`model` has the fields of an outbox: state, not_before, attempts, claimed_by, claimed_until,
    sent_at, error.

    `deliver(row, postman, hand)` sends a row, or returns False where it is no longer needed;
    `until(row)` is how long it is worth trying; `related`: what `deliver` needs loaded.
    """

    def __init__(
        self,
        name: str,
        model: type[Model],
        *,
        related: tuple[str, ...],
        deliver: Callable[[Any, Postman, Hand], bool],
        until: Callable[[Any], dt.datetime],
    ) -> None:
        self.name = name
        self.rows: Any = model._default_manager
        self.related = related
        self.deliver_row = deliver
        self.until = until
        self._running = threading.Lock()

    def send(self) -> None:
        """The worker's step: start a round in a thread of its own, unless one is going on."""
        if self._running.acquire(blocking=False):
            threading.Thread(target=self._round, name=self.name).start()

    def _round(self) -> None:
        close_old_connections()
        try:
            sent = self.send_waiting(stop=lambda: not threading.main_thread().is_alive())
            if sent:
                log.info("%s sent: %s", self.name, sent)
        except Exception:
            log.exception("%s stumbled; it goes on with the next round", self.name)
        finally:
            connection.close()
            self._running.release()

    def send_waiting(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send what is due, at most a round of it; returns how many were sent."""
        self.rows.filter(state=HANDED, claimed_until__lt=timezone.now()).update(
            state=UNCONFIRMED, error="the worker ended before the answer came"
        )
        sent, until = 0, time.monotonic() + ROUND_SECONDS
        with Postman() as postman:
            for _number in range(ROUND_MESSAGES):
                row = None if stop() or time.monotonic() > until else self.claim_next()
                if row is None:
                    break
                outcome = self.deliver(row, postman)
                sent += outcome == SENT
                if outcome == "down":
                    break
        return sent

    def claim_next(self) -> Any:
        """Take the oldest row that is due, for LEASE; None when there is none."""
        now = timezone.now()
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
        waiting = self.rows.filter(free, state=WAITING, not_before__lte=now)
        for pk in waiting.order_by("not_before", "pk").values_list("pk", flat=True)[:5]:
            token = uuid.uuid4().hex
            if waiting.filter(pk=pk).update(
                claimed_by=token, claimed_until=now + LEASE, attempts=F("attempts") + 1
            ):
                return self.rows.select_related(*self.related).get(pk=pk)
        return None

    def deliver(self, row: Any, postman: Postman) -> str:
        """Send one claimed row; the state it ended in, or "down" when its way does not work now."""
        handed = False

        def hand() -> None:
            nonlocal handed
            now = timezone.now()
            ours = self.rows.filter(
                pk=row.pk, state=WAITING, claimed_by=row.claimed_by, claimed_until__gt=now
            )
            if not ours.update(state=HANDED, claimed_until=now + LEASE):
                raise Lost
            handed = True

        try:
            needed = self.deliver_row(row, postman, hand)
        except Lost:
            return "lost"
        except Unconfirmed as error:
            return self._end(row, UNCONFIRMED, error.reason)
        except NotDelivered as error:
            return self._failed(row, error)
        except Exception as error:
            log.exception("%s: %s stumbled", self.name, row.pk)
            if handed:  # left to become unconfirmed: it may have gone out
                return HANDED
            return self._failed(row, NotDelivered(type(error).__name__))
        return self._end(row, SENT if needed else NEEDLESS)

    def _end(self, row: Any, state: str, error: str = "") -> str:
        self.rows.filter(pk=row.pk, claimed_by=row.claimed_by).update(
            state=state,
            error=error,
            claimed_by="",
            claimed_until=None,
            sent_at=timezone.now() if state == SENT else None,
        )
        return state

    def _failed(self, row: Any, error: NotDelivered) -> str:
        wait = RETRY_MINUTES[min(row.attempts, len(RETRY_MINUTES)) - 1]
        again = timezone.now() + dt.timedelta(minutes=wait)
        if error.final or row.attempts >= MOST_ATTEMPTS or again > self.until(row):
            log.warning("%s: %s was not delivered: %s", self.name, row.pk, error.reason)
            return self._end(row, FAILED, error.reason)
        self.rows.filter(pk=row.pk, claimed_by=row.claimed_by).update(
            state=WAITING,
            not_before=again,
            error=error.reason,
            claimed_by="",
            claimed_until=None,
        )
        return "down" if error.everybody else WAITING
