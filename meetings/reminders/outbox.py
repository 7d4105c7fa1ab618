"""Sends what is in the outbox: each row once, by one worker, whatever dies meanwhile.

waiting --claim--> (leased) --hand--> handed --answer--> sent
                      |                  |----no-------> waiting, later
                      |----lease over    |----silence--> unconfirmed
                      '--> waiting again '----lease over> unconfirmed

A claim is one conditional UPDATE with a token and a lease, and so is `hand`, just before the last
byte: a worker that slept through its lease cannot hand anything over. What was handed is never sent
again by itself; if the answer is lost, the log says "not confirmed".
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Collection

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from townships.models import Membership, Township

from .. import expected
from ..models import CallPlan, Meeting, Reminder
from .chat import deliver as deliver_chat
from .mail import Postman
from .planning import plans_of, quiet_of
from .texts import Missing, Text, chat_text, mail_text
from .times import out_of_quiet
from .ways import Hand, Lost, NotDelivered, Unconfirmed

log = logging.getLogger("lihui.reminders")

LEASE = dt.timedelta(seconds=90)  # longer than a dialogue with a slow server may take
RETRY_MINUTES = (1, 2, 5, 15, 30, 60)  # after the first, second ... failure; then each hour
MOST_ATTEMPTS = 30
BY_HAND_HOURS = 24  # how long a reminder asked for by hand is worth sending
ROUND_SECONDS = 30.0
ROUND_MESSAGES = 200
State = Reminder.State


def send_waiting(stop: Callable[[], bool] = lambda: False) -> int:
    """Send what is due now, at most a round of it; returns how many were sent.

    Safe in several workers at once. `stop` is asked between two messages.
    """
    settle_unconfirmed()
    sent, until = 0, time.monotonic() + ROUND_SECONDS
    down: set[str] = set()
    with Postman() as postman:
        for _number in range(ROUND_MESSAGES):
            if stop() or time.monotonic() > until:
                break
            claimed = claim_next(down)
            if claimed is None:
                break
            outcome = Sending(claimed, postman).run()
            sent += outcome == State.SENT
            if outcome == "down":
                down.add(claimed.way)
    return sent


def settle_unconfirmed() -> int:
    """Rows whose worker died between handing over and hearing the answer: said so, not repeated."""
    return Reminder.objects.filter(state=State.HANDED, claimed_until__lt=timezone.now()).update(
        state=State.UNCONFIRMED, error="the worker ended before the answer came"
    )


def claim_next(without: Collection[str] = ()) -> Reminder | None:
    """Take the oldest row that is due, for LEASE; None when there is none."""
    now = timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    waiting = Reminder.objects.filter(free, state=State.WAITING, not_before__lte=now).exclude(
        way__in=list(without)
    )
    for pk in waiting.order_by("not_before", "pk").values_list("pk", flat=True)[:5]:
        token = uuid.uuid4().hex
        if waiting.filter(pk=pk).update(
            claimed_by=token, claimed_until=now + LEASE, attempts=F("attempts") + 1
        ):
            return Reminder.objects.select_related("meeting__county", "user", "chat").get(pk=pk)
    return None


class Sending:
    """One claimed row on its way."""

    def __init__(self, row: Reminder, postman: Postman) -> None:
        self.row = row
        self.postman = postman
        self.text = Text("", "")
        self.handed = False

    def run(self) -> str:
        """The state it ended in, or "down" when the way itself does not work now."""
        row = self.row
        plan = plans_of([row.meeting]).get(row.meeting.pk)
        now = timezone.now()
        if row.rule_id or row.minutes_before is not None:
            later = out_of_quiet(now, quiet_of(plan), row.meeting.zone)
            if later > now:
                return self._later(later, counted=False)
        missing = still_missing(row)
        if not missing:
            return self._end(State.NEEDLESS)
        try:
            self._deliver(missing, plan)
        except Lost:
            log.warning("reminder %s was taken over by another worker", row.pk)
            return "lost"
        except Unconfirmed as error:
            return self._end(State.UNCONFIRMED, error.reason)
        except NotDelivered as error:
            outcome = self._failed(error)
            return "down" if error.everybody else outcome
        except Exception as error:
            log.exception("reminder %s stumbled", row.pk)
            if self.handed:  # left to become unconfirmed: it may have gone out
                return State.HANDED
            return self._failed(NotDelivered(type(error).__name__))
        return self._end(State.SENT, sent_at=timezone.now())

    def _deliver(self, missing: list[Missing], plan: CallPlan | None) -> None:
        row = self.row
        notes = [row.note, plan.note if plan else ""]
        if row.way == Reminder.Way.CHAT:
            if row.chat is None or not row.chat.active:
                raise NotDelivered("the chat group was removed", final=True)
            self.text = chat_text(
                meeting=row.meeting, missing=missing, language=row.chat.language, notes=notes
            )
            deliver_chat(row.chat.address, self.text.subject, self.text.body, self._hand)
            return
        assert row.user is not None
        self.text = mail_text(
            meeting=row.meeting,
            missing=missing[0],
            name=str(row.user),
            language=row.user.language or row.meeting.county.language,
            notes=notes,
        )
        self.postman.deliver(message_of(row, self.text), self._hand)

    @property
    def _hand(self) -> Hand:
        def hand() -> None:
            now = timezone.now()
            ours = Reminder.objects.filter(
                pk=self.row.pk,
                state=State.WAITING,
                claimed_by=self.row.claimed_by,
                claimed_until__gt=now,
            )
            if not ours.update(
                state=State.HANDED,
                subject=self.text.subject,
                body=self.text.body,
                claimed_until=now + LEASE,
            ):
                raise Lost
            self.handed = True

        return hand

    def _failed(self, error: NotDelivered) -> str:
        row, now = self.row, timezone.now()
        wait = RETRY_MINUTES[min(row.attempts, len(RETRY_MINUTES)) - 1]
        again = now + dt.timedelta(minutes=wait)
        if row.asked_by_id is not None or row.minutes_before is None:
            until = row.created_at + dt.timedelta(hours=BY_HAND_HOURS)
        else:
            until = row.due
        if error.final or again > until or row.attempts >= MOST_ATTEMPTS:
            log.warning("reminder %s was not delivered: %s", row.pk, error.reason)
            return self._end(State.FAILED, error.reason)
        return self._later(again, error=error.reason)

    def _later(self, moment: dt.datetime, *, counted: bool = True, error: str = "") -> str:
        attempts = self.row.attempts if counted else self.row.attempts - 1
        self._ours().update(
            state=State.WAITING,
            not_before=moment,
            attempts=attempts,
            error=error,
            claimed_by="",
            claimed_until=None,
        )
        return State.WAITING

    def _end(self, state: str, error: str = "", **values: object) -> str:
        self._ours().update(
            state=state,
            error=error,
            subject=self.text.subject,
            body=self.text.body,
            claimed_by="",
            claimed_until=None,
            **values,
        )
        return state

    def _ours(self) -> "QuerySet[Reminder]":
        return Reminder.objects.filter(pk=self.row.pk, claimed_by=self.row.claimed_by)


def still_missing(row: Reminder) -> list[Missing]:
    """What the row's reader still owes now; empty when nothing, or the reader is gone."""
    meeting = row.meeting
    if meeting.status not in (Meeting.Status.ANNOUNCED, Meeting.Status.LIVE):
        return []
    owed = expected.missing([meeting])[meeting.pk]
    if row.way == Reminder.Way.MAIL:
        member = Membership.objects.filter(
            user=row.user_id, township=row.township_id, active=True, user__is_active=True
        )
        if not member.exclude(user__email="").exists():
            return []
        owed = [slot for slot in owed if slot.township_id == row.township_id]
    by_township: dict[uuid.UUID, list[tuple[str, dt.datetime]]] = {}
    for slot in owed:
        by_township.setdefault(slot.township_id, []).append((slot.kind, slot.due))
    names = dict(Township.objects.filter(pk__in=by_township).values_list("pk", "name"))
    return [Missing(names[pk], tuple(slots)) for pk, slots in by_township.items()]


def message_of(row: Reminder, text: Text) -> EmailMessage:
    """The e-mail of a row. Its Message-ID is the row's, so a receiver knows one from two."""
    assert row.user is not None
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return EmailMessage(
        subject=text.subject,
        body=text.body,
        to=[row.user.email],
        headers={"Message-ID": f"<{row.pk.hex}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
