"""A desk sends the rows of one outbox: each once, by one worker, whatever dies meanwhile.

waiting --claim--> (leased) --hand--> handed --answer--> sent
                      |                  |----no-------> waiting, later
                      |----lease over    |----silence--> unconfirmed
                      '--> waiting again '----lease over> unconfirmed

A claim is one conditional UPDATE with a token and a lease, and so is `hand`, just before the last
byte: a worker that slept through its lease cannot hand anything over. What was handed over is never
sent again by itself; if the answer never came, the row says "not confirmed".
"""

import datetime as dt
import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ..models_outbox import Outgoing
from .mail import Postman
from .ways import Hand, Lost, NotDelivered, Unconfirmed

log = logging.getLogger("lihui.desk")

LEASE = dt.timedelta(seconds=90)  # longer than a dialogue with a slow server may take
RETRY_MINUTES = (1, 2, 5, 15, 30, 60)  # after the first, second ... failure; then each hour
MOST_ATTEMPTS = 30
ROUND_SECONDS = 30.0
ROUND_MESSAGES = 200
WAITING, HANDED, SENT = "waiting", "handed", "sent"
NEEDLESS, FAILED, UNCONFIRMED = "needless", "failed", "unconfirmed"


class Later(Exception):
    """Raised by `deliver`: not now, but then; it is no failure."""

    def __init__(self, moment: dt.datetime) -> None:
        super().__init__(moment)
        self.moment = moment


class Desk:
    """Sends one kind of outbox (see `Outgoing`).

    `deliver(row, postman, hand)` sends a row, or returns False where it is no longer needed;
    `until(row)` is how long it is worth trying; `related`: what `deliver` needs loaded; `mails`:
    which rows go by mail (they wait while the mail server is down); `kept`: fields that `deliver`
    fills and that stay with the row.
    """

    def __init__(
        self,
        name: str,
        model: type[Outgoing],
        *,
        related: tuple[str, ...],
        deliver: Callable[[Any, Postman, Hand], bool],
        until: Callable[[Any], dt.datetime],
        mails: Q | None = None,
        kept: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.rows: Any = model._default_manager
        self.related = related
        self.deliver_row = deliver
        self.until = until
        self.mails = mails
        self.kept = kept
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
        """Send what is due, at most a round of it; returns how many were sent.

        Safe in several workers at once. `stop` is asked between two messages.
        """
        self._settle_unconfirmed()
        sent, until, mail_down = 0, time.monotonic() + ROUND_SECONDS, False
        with Postman() as postman:
            for _number in range(ROUND_MESSAGES):
                row = None if stop() or time.monotonic() > until else self.claim_next(mail_down)
                if row is None:
                    break
                outcome = self.deliver(row, postman)
                sent += outcome == SENT
                mail_down = mail_down or outcome == "down"
        return sent

    def _settle_unconfirmed(self) -> None:
        """Rows whose worker died between handing over and hearing the answer."""
        self.rows.filter(state=HANDED, claimed_until__lt=timezone.now()).update(
            state=UNCONFIRMED, error="the worker ended before the answer came"
        )

    def claim_next(self, mail_down: bool = False) -> Any:
        """Take the oldest row that is due, for LEASE; None when there is none."""
        if mail_down and self.mails is None:
            return None
        now = timezone.now()
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
        waiting = self.rows.filter(free, state=WAITING, not_before__lte=now)
        if mail_down:
            waiting = waiting.exclude(self.mails)
        for pk in waiting.order_by("not_before", "pk").values_list("pk", flat=True)[:5]:
            token = uuid.uuid4().hex
            if waiting.filter(pk=pk).update(
                claimed_by=token, claimed_until=now + LEASE, attempts=F("attempts") + 1
            ):
                return self.rows.select_related(*self.related).get(pk=pk)
        return None

    def deliver(self, row: Any, postman: Postman) -> str:
        """Send one claimed row; the state it ended in, or "down" when mail does not work now."""
        handed = False

        def hand() -> None:
            nonlocal handed
            self.hand(row)
            handed = True

        try:
            needed = self.deliver_row(row, postman, hand)
        except Later as wait:
            return self._wait(row, wait.moment, attempts=row.attempts - 1)
        except Lost:
            log.warning("%s: %s was taken over by another worker", self.name, row.pk)
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

    def hand(self, row: Any) -> None:
        """The last byte goes out now. Raises `Lost` where the claim has run out."""
        now = timezone.now()
        ours = self._ours(row).filter(state=WAITING, claimed_until__gt=now)
        if not ours.update(state=HANDED, claimed_until=now + LEASE, **self._words(row)):
            raise Lost

    def _ours(self, row: Any) -> "QuerySet[Outgoing]":
        found: QuerySet[Outgoing] = self.rows.filter(pk=row.pk, claimed_by=row.claimed_by)
        return found

    def _words(self, row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in self.kept}

    def _end(self, row: Any, state: str, error: str = "") -> str:
        self._ours(row).update(
            state=state,
            error=error,
            claimed_by="",
            claimed_until=None,
            sent_at=timezone.now() if state == SENT else None,
            **self._words(row),
        )
        return state

    def _failed(self, row: Any, error: NotDelivered) -> str:
        wait = RETRY_MINUTES[min(row.attempts, len(RETRY_MINUTES)) - 1]
        again = timezone.now() + dt.timedelta(minutes=wait)
        if error.final or row.attempts >= MOST_ATTEMPTS or again > self.until(row):
            log.warning("%s: %s was not delivered: %s", self.name, row.pk, error.reason)
            state = self._end(row, FAILED, error.reason)
        else:
            state = self._wait(row, again, error=error.reason)
        return "down" if error.everybody else state

    def _wait(self, row: Any, moment: dt.datetime, **values: Any) -> str:
        free: dict[str, Any] = {"claimed_by": "", "claimed_until": None, "error": "", **values}
        self._ours(row).update(state=WAITING, not_before=moment, **free)
        return WAITING
