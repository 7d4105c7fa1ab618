"""Every write about minutes: drafting, saving a part, settling a conflict, approving.

Minutes are records made from the other packages' facts; nothing in those packages is changed here. Words are never lost: every text that was
sent stays as a `MinutesSave`; one that ran into somebody else's words waits beside the part until it is settled.
"""

import datetime as dt
import io
import logging
import threading
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from meetings import events
from meetings.models import Meeting
from meetings.notice.words import language_of
from townships import audit
from townships.actors import Actor, system_actor
from townships.permissions import Action, require
from townships.problems import Conflict, Invalid, NotFound
from townships.texts import many_lines
from uploads import files

from . import document, draft
from .merging import merge
from .models import Minutes, MinutesSave, MinutesSection, digest_of

LONGEST = 60_000
MOST_TRIED = 20  # meetings whose minutes are tried in one step
log = logging.getLogger("lihui.minutes")


class MinutesFrozen(Conflict):
    code = "minutes_frozen"
    title = _("The minutes are approved")
    sentence = _(
        "These minutes have been approved and are frozen. An archivist can add a correction to the meeting."
    )


class ChangedMeanwhile(Conflict):
    code = "minutes_changed"
    title = _("The minutes have changed")
    sentence = _(
        "Somebody changed the minutes since you opened them. Please read them again before you approve them."
    )


class Unsettled(Conflict):
    code = "minutes_unsettled"
    title = _("Two texts wait for a decision")
    sentence = _("Two people wrote different words in one place. Settle it first, then approve.")


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a text that was sent: `conflict` is the kept text when it could not be joined."""

    section: MinutesSection
    merged: bool = False
    conflict: MinutesSave | None = None


def expect_minutes(*, meeting: Meeting, **_signal: Any) -> None:
    """A meeting closes (in its transaction): its minutes are to be drafted as soon as everything is written."""
    Minutes.objects.get_or_create(meeting=meeting, defaults={"language": language_of(meeting)})


def draft_next() -> bool:
    """Draft the minutes of one meeting that has none yet (the worker calls this); False when there is none.

    One that cannot be drafted does not stop the others.
    """
    waiting = Minutes.objects.filter(drafted_at=None).order_by("-meeting__closed_at", "pk")
    for meeting_id in waiting.values_list("meeting", flat=True)[:MOST_TRIED]:
        try:
            draft_minutes(meeting_id=meeting_id)
        except Exception:
            log.exception("the minutes of %s could not be drafted", meeting_id)
        else:
            return True
    return False


def draft_minutes(*, meeting_id: uuid.UUID, at: dt.datetime | None = None) -> Minutes:
    """The minutes of a closed meeting, drafted if they are not yet. Raises `NotFound` for one that is not closed."""
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        if not meeting.is_closed:
            raise NotFound
        minutes, _made = Minutes.objects.get_or_create(
            meeting=meeting, defaults={"language": language_of(meeting)}
        )
        if minutes.drafted_at is not None:
            return minutes
        with override(minutes.language):
            parts = draft.parts_of(meeting)
        moment = at or timezone.now()
        sections = [
            MinutesSection(
                minutes=minutes,
                key=part.key,
                position=place,
                title=part.title,
                body=part.body,
                changed_at=moment,
            )
            for place, part in enumerate(parts)
        ]
        MinutesSection.objects.bulk_create(sections)
        MinutesSave.objects.bulk_create(
            [MinutesSave(section=each, number=1, body=each.body, at=moment) for each in sections]
        )
        minutes.drafted_at = moment
        minutes.save(update_fields=["drafted_at"])
        audit.write(actor=system_actor(meeting.county_id), action="minutes.drafted", obj=minutes)
    return minutes


def _locked(actor: Actor, meeting_id: uuid.UUID) -> Minutes:
    """The drafted minutes with their meeting locked, still open. Raises `NotFound`, `NotAllowed`, `MinutesFrozen`."""
    meeting = events.lock(meeting_id)
    require(actor, Action.MINUTES, meeting)
    minutes = Minutes.objects.filter(meeting=meeting, drafted_at__isnull=False).first()
    if minutes is None:
        raise NotFound
    minutes.meeting = meeting
    if minutes.is_frozen:
        raise MinutesFrozen
    return minutes


def _section(minutes: Minutes, key: str) -> MinutesSection:
    section = minutes.sections.filter(key=key).first()
    if section is None:
        raise NotFound
    return section


def save_section(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    key: str,
    body: str,
    base: int = 0,
    base_body: str | None = None,
    at: dt.datetime | None = None,
) -> Saved:
    """Save a part that was edited from its change number `base`, or from the text `base_body`.

    What others changed meanwhile is joined with it line by line. Where both changed the same lines the part stays as
    it is and the text is kept beside it as a conflict. Raises `Invalid`, `MinutesFrozen`.
    """
    body = many_lines(body, "body", most=LONGEST)
    with transaction.atomic():
        minutes = _locked(actor, meeting_id)
        section = _section(minutes, key)
        merged = False
        old = _started_from(section, base, base_body)
        if old != section.body:
            joined = merge(old, body, section.body)
            if joined.clash:
                kept = _keep(section, actor, body, base, None, at)
                audit.write(actor=actor, action="minutes.conflict", obj=minutes, part=key)
                return Saved(section, conflict=kept)
            merged, body = joined.text != body, joined.text
        _write(minutes, section, actor, body, base, at)
    return Saved(section, merged=merged)


def _started_from(section: MinutesSection, base: int, base_body: str | None) -> str:
    """The text that somebody's changes were made in."""
    if base_body is not None:
        return many_lines(base_body, "base_body", most=LONGEST)
    if base == section.number:
        return section.body
    old = section.saves.filter(number=base).first()
    if old is None:
        raise Invalid(fields={"base": _("This part has no such change.")})
    return old.body


def _write(
    minutes: Minutes,
    section: MinutesSection,
    actor: Actor,
    body: str,
    base: int,
    at: dt.datetime | None,
) -> None:
    if body == section.body:
        return
    section.body, section.number = body, section.number + 1
    section.changed_at, section.changed_name = at or timezone.now(), actor.name[:100]
    section.save(update_fields=["body", "number", "changed_at", "changed_name"])
    _keep(section, actor, body, base, section.number, at)
    audit.write(
        actor=actor, action="minutes.saved", obj=minutes, part=section.key, number=section.number
    )


def _keep(
    section: MinutesSection,
    actor: Actor,
    body: str,
    base: int,
    number: int | None,
    at: dt.datetime | None,
) -> MinutesSave:
    return MinutesSave.objects.create(
        section=section,
        number=number,
        base=base,
        body=body,
        author_id=actor.membership_id,
        author_name=actor.name[:100],
        at=at or timezone.now(),
    )


def settle(
    *, actor: Actor, meeting_id: uuid.UUID, save_id: uuid.UUID, body: str, base: int
) -> MinutesSection:
    """Settle a conflict with the text that shall stand, made from the part's change number `base`.

    Raises `ChangedMeanwhile` when the part has changed again.
    """
    body = many_lines(body, "body", most=LONGEST)
    with transaction.atomic():
        minutes = _locked(actor, meeting_id)
        kept = (
            MinutesSave.objects.select_related("section")
            .filter(pk=save_id, section__minutes=minutes, number=None, settled_at=None)
            .first()
        )
        if kept is None:
            raise NotFound
        if kept.section.number != base:
            raise ChangedMeanwhile
        kept.settled_at = timezone.now()
        kept.save(update_fields=["settled_at"])
        _write(minutes, kept.section, actor, body, base, None)
        audit.write(actor=actor, action="minutes.settled", obj=minutes, part=kept.section.key)
    return kept.section


def draft_again(*, actor: Actor, meeting_id: uuid.UUID, key: str, base: int) -> MinutesSection:
    """Make a part anew from what is known now (cases go on after the meeting); the old text stays in its history."""
    with transaction.atomic():
        minutes = _locked(actor, meeting_id)
        section = _section(minutes, key)
        if section.number != base:
            raise ChangedMeanwhile
        if key not in draft.KEYS or key == draft.DECISIONS:
            raise NotFound
        with override(minutes.language):
            parts = draft.parts_of(minutes.meeting, [key])
        if parts:
            _write(minutes, section, actor, parts[0].body, base, None)
    return section


def approve(
    *, actor: Actor, meeting_id: uuid.UUID, digest: str, at: dt.datetime | None = None
) -> Minutes:
    """Freeze the minutes as they were read (`digest` of what the approver saw); the worker makes the PDF.

    Raises `ChangedMeanwhile`, `Unsettled`, `MinutesFrozen`.
    """
    with transaction.atomic():
        minutes = _locked(actor, meeting_id)
        sections = list(minutes.sections.all())
        if digest_of(sections) != digest:
            raise ChangedMeanwhile
        if MinutesSave.objects.filter(
            section__minutes=minutes, number=None, settled_at=None
        ).exists():
            raise Unsettled
        moment = at or timezone.now()
        minutes.approved_at, minutes.approved_by_id = moment, actor.membership_id
        minutes.approved_name, minutes.sha256 = actor.name[:100], digest
        minutes.pdf_due = timezone.now()
        minutes.save()
        events.record(
            minutes.meeting,
            events.MINUTES_APPROVED,
            minutes.meeting,
            actor,
            data={"sha256": digest},
            at=moment,
        )
    return minutes


_printing: list[threading.Thread] = []


def print_beside() -> None:
    """Print in a thread of its own (the worker calls this): LibreOffice takes seconds, and other steps must not wait."""
    if any(thread.is_alive() for thread in _printing):
        return

    def work() -> None:
        try:
            while print_next():
                pass
        finally:
            connection.close()

    _printing[:] = [threading.Thread(target=work, name="minutes", daemon=True)]
    _printing[0].start()


def print_next() -> bool:
    """Store the DOCX and PDF of one approved minutes (the worker calls this); False when there is none.

    The row is moved first, so that two workers do not both print it. Tried five times, later each time.
    """
    from uploads.printing import pdf_of
    from uploads.processing.errors import ConversionFailed

    approved = Minutes.objects.filter(approved_at__isnull=False)
    due = approved.filter(Q(pdf_due__lte=timezone.now()) | Q(pdf_due=None, pdf_tries=0, pdf=""))
    minutes = due.select_related("meeting__county").order_by("-approved_at").first()
    if minutes is None:
        return False
    tries = minutes.pdf_tries + 1
    later = timezone.now() + dt.timedelta(minutes=2**tries) if tries < 6 else None
    taken = Minutes.objects.filter(pk=minutes.pk, pdf_due=minutes.pdf_due)
    if not taken.update(pdf_due=later, pdf_tries=tries):
        return True
    made = document.docx_of(minutes, list(minutes.sections.all()))
    folder = f"minutes/{minutes.pk}/{uuid.uuid4()}"
    found = Minutes.objects.filter(pk=minutes.pk)
    if not minutes.docx:
        kept = files.store(io.BytesIO(made), f"{folder}/minutes.docx", document.DOCX_TYPE)
        found.update(docx=kept.key)
    try:
        printed = pdf_of(made)
    except ConversionFailed:
        return True
    found.update(
        pdf=files.store(io.BytesIO(printed), f"{folder}/minutes.pdf", "application/pdf").key,
        pdf_due=None,
    )
    return True
