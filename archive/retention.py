"""How long things are kept, and how something leaves the archive: never by one person alone.

One person asks, with a reason; another one of the county's organisers and archivists agrees or keeps
it. What was removed leaves a tombstone (the `Disposal` row): its name, township, checksums, the
reason and both names. Files leave the storage after the commit; the worker tries again until they
are gone. The meeting gets a new manifest without them; the older one still tells their hashes.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from board.following import title_of
from board.models import Case, CaseStep, Post, Reply
from meetings import events
from meetings.models import Meeting
from townships import audit
from townships.actors import Actor
from townships.models import County
from townships.permissions import Action, require
from townships.problems import Conflict, Invalid, NotAllowed, NotFound
from uploads import files
from uploads.models import Material, Version

from .corrections import NotClosed
from .models import Disposal, RetentionRule

Kind, Period = RetentionRule.Kind, RetentionRule.Period
DEFAULTS = {
    Kind.DECK: Period.Y10,
    Kind.MANUSCRIPT: Period.Y30,
    Kind.BOARD: Period.Y30,
    Kind.RECORD: Period.PERMANENT,
}
YEARS = {Period.Y10: 10, Period.Y30: 30}
REMOVED_TEXT = "—"
MOST_DUE = 500
SHORTEST_QUOTE = 4  # characters; shorter entries are words that anybody may have used


class AskedAlready(Conflict):
    code = "disposal_asked"
    title = _("It was asked for already")
    sentence = _("Somebody asked for this to be removed, or it is removed already.")


class Decided(Conflict):
    code = "disposal_decided"
    title = _("It is decided already")
    sentence = _("Somebody decided about this meanwhile.")


class SecondPerson(NotAllowed):
    code = "second_person"
    title = _("A second person is needed")
    sentence = _("Whoever asked for something to be removed cannot agree to it. Another organiser or archivist has to.")  # fmt: skip


# --- Classes and periods ----------------------------------------------------------------------------


def periods_of(county_id: uuid.UUID | None) -> dict[str, str]:
    """The county's period of each kind (one query)."""
    own = RetentionRule.objects.filter(county=county_id).values_list("kind", "period")
    return {kind.value: period.value for kind, period in DEFAULTS.items()} | dict(own)


def set_periods(*, actor: Actor, periods: Mapping[str, str]) -> None:
    """Set the county's periods by kind. Raises `Invalid` for an unknown kind or period."""
    require(actor, Action.DISPOSE)
    if set(periods) - set(Kind.values) or set(periods.values()) - set(Period.values):
        raise Invalid
    assert actor.county_id is not None
    with transaction.atomic():
        for kind, period in periods.items():
            RetentionRule.objects.update_or_create(
                county_id=actor.county_id, kind=kind, defaults={"period": period}
            )
        audit.write(
            actor=actor, action="archive.periods", county_id=actor.county_id, periods=dict(periods)
        )


def kept_until(meeting: Meeting, period: str) -> dt.date | None:
    """The last day of the period: it runs from the year after the meeting's; None is for ever."""
    years = YEARS.get(Period(period))
    if years is None:
        return None
    return dt.date(meeting.starts_at.astimezone(meeting.zone).year + years, 12, 31)


@dataclass(frozen=True, slots=True)
class Due:
    """Something whose time is over: a file or an entry that may be asked to be removed, or the record of a
    whole meeting, which the hub only names."""

    what: str
    subject: Material | Post | Meeting
    meeting: Meeting
    until: dt.date

    @property
    def title(self) -> str:
        """What it is called; of an entry its first sentence."""
        return title_of(self.subject.body) if isinstance(self.subject, Post) else str(self.subject)


def due(actor: Actor, today: dt.date | None = None) -> list[Due]:
    """What nobody asked to remove or decided to keep after its period, kind by kind and the oldest first,
    at most 500 of each (five queries).

    Records (agenda, attendance, minutes) are listed so that somebody looks at them, but never removed
    here: a manifest without its meeting would prove nothing, and offices keep them permanently.
    """
    require(actor, Action.DISPOSE)
    assert actor.county_id is not None
    county = County.objects.get(pk=actor.county_id)
    periods = periods_of(county.pk)
    today = today or timezone.localdate()
    asked = Disposal.objects.filter(county=county).values("object_id")

    def over(found: QuerySet[Any], kind: str, starts_at: str) -> Iterator[tuple[Any, dt.date]]:
        years = YEARS.get(Period(periods[kind]))
        if years is None:
            return
        # a year too many, because the year is counted in the county's time zone
        old = found.filter(**{f"{starts_at}__year__lte": today.year - years})
        for row in old.order_by(starts_at, "pk")[:MOST_DUE]:
            meeting = row if isinstance(row, Meeting) else row.meeting
            meeting.county = county
            until = kept_until(meeting, periods[kind])
            if until is not None and until < today:
                yield row, until

    closed = {"meeting__county": county, "meeting__status": Meeting.Status.CLOSED}
    files_of_kind = Material.objects.filter(**closed, current__isnull=False)
    files_of_kind = files_of_kind.exclude(pk__in=asked).select_related("meeting", "township")
    entries = Post.objects.filter(**closed, withdrawn_at__isnull=True).exclude(pk__in=asked)
    records = Meeting.objects.filter(county=county, status=Meeting.Status.CLOSED)
    rows = [
        Due(Disposal.What.MATERIAL.value, row, row.meeting, until)
        for kind in (Kind.DECK.value, Kind.MANUSCRIPT.value)
        for row, until in over(files_of_kind.filter(kind=kind), kind, "meeting__starts_at")
    ]
    rows += [
        Due(Disposal.What.POST.value, row, row.meeting, until)
        for row, until in over(
            entries.select_related("meeting", "township"), Kind.BOARD, "meeting__starts_at"
        )
    ]
    return rows + [
        Due("record", row, row, until) for row, until in over(records, Kind.RECORD, "starts_at")
    ]


# --- Asking and deciding ----------------------------------------------------------------------------


def ask_removal(
    *, actor: Actor, what: str, object_id: uuid.UUID, reason: str, at: dt.datetime | None = None
) -> Disposal:
    """Ask for a file or an entry of a closed meeting to be removed; a second person decides.

    Raises `NotFound`, `NotAllowed`, `NotClosed`, `AskedAlready`, `Invalid` without a reason.
    """
    require(actor, Action.DISPOSE)
    reason = reason.strip()
    if not reason or len(reason) > 500:
        message = _("Please fill this in, with %(limit)s characters at most.") % {"limit": 500}
        raise Invalid(fields={"reason": message})
    with transaction.atomic():
        subject = subject_of(actor, what, object_id)
        meeting = events.lock(subject.meeting_id)
        if not meeting.is_closed:
            raise NotClosed
        if Disposal.objects.filter(object_id=object_id).exclude(state=Disposal.State.REFUSED):
            raise AskedAlready
        disposal = Disposal.objects.create(
            county_id=meeting.county_id,
            meeting=meeting,
            what=what,
            object_id=object_id,
            kind=subject.kind,
            title=str(subject)[:300],
            township_id=subject.township_id,
            files=files_of(subject),
            cause=_cause(subject, meeting),
            reason=reason,
            asked_by_id=actor.membership_id,
            asked_name=actor.name[:100],
            asked_at=at or timezone.now(),
        )
        audit.write(actor=actor, action="archive.removal_asked", obj=subject, reason=reason)
    return disposal


def subject_of(actor: Actor, what: str, object_id: uuid.UUID) -> Material | Post:
    found: Material | Post | None = None
    if what == Disposal.What.MATERIAL:
        found = Material.objects.filter(pk=object_id, current__isnull=False).first()
    elif what == Disposal.What.POST:
        found = Post.objects.filter(pk=object_id, withdrawn_at__isnull=True).first()
    if found is None or found.county_id != actor.county_id:
        raise NotFound
    return found


def _cause(subject: Material | Post, meeting: Meeting) -> str:
    kind = subject.kind if isinstance(subject, Material) else Kind.BOARD
    until = kept_until(meeting, periods_of(meeting.county_id)[kind])
    over = until is not None and until < timezone.localdate()
    return Disposal.Cause.DUE if over else Disposal.Cause.WITHDRAWN


def files_of(subject: Material | Post) -> list[dict[str, object]]:
    if isinstance(subject, Post):
        return []
    return [
        {"name": version.filename, "size": version.size, "sha256": version.sha256}
        for version in subject.versions.order_by("number")
    ]


def decide_removal(
    *, actor: Actor, disposal_id: uuid.UUID, agree: bool, at: dt.datetime | None = None
) -> Disposal:
    """Agree to a removal, which carries it out, or keep the thing. Never by who asked.

    Whoever asked may take it back (`agree=False`). Raises `NotFound`, `SecondPerson`, `Decided`.
    """
    require(actor, Action.DISPOSE)
    with transaction.atomic():
        found = Disposal.objects.filter(pk=disposal_id, county_id=actor.county_id).first()
        if found is None:
            raise NotFound
        meeting = events.lock(found.meeting_id)
        disposal = Disposal.objects.select_for_update().get(pk=disposal_id)
        if disposal.state != Disposal.State.ASKED:
            raise Decided
        if agree and same_person(actor, disposal):
            raise SecondPerson
        disposal.decided_by_id = actor.membership_id
        disposal.decided_name = actor.name[:100]
        disposal.decided_at = at or timezone.now()
        disposal.state = Disposal.State.DONE if agree else Disposal.State.REFUSED
        if agree:
            disposal.keys = _carry_out(disposal, meeting, actor)
        disposal.save()
        action = "archive.removed" if agree else "archive.kept"
        audit.write(actor=actor, action=action, obj=disposal, county_id=disposal.county_id)
        if agree:
            transaction.on_commit(partial(drop_files, disposal.pk))
    return disposal


def same_person(actor: Actor, disposal: Disposal) -> bool:
    """The same membership, or another one of the same user."""
    if actor.membership_id is None or disposal.asked_by_id is None:
        return True
    asked_by = disposal.asked_by
    return asked_by is not None and asked_by.user_id == actor.user_id


def _carry_out(disposal: Disposal, meeting: Meeting, actor: Actor) -> list[str]:
    """Empty the rows, within the transaction; the storage keys that have to go."""
    if disposal.what == Disposal.What.POST:
        post = Post.objects.get(pk=disposal.object_id)
        Reply.objects.filter(post=post).update(body=REMOVED_TEXT)
        _forget_in_cases(post)
        post.body, post.withdrawn_at = REMOVED_TEXT, disposal.decided_at
        post.save(update_fields=["body", "withdrawn_at"])
        Disposal.objects.filter(pk=disposal.pk).update(title=REMOVED_TEXT)
        disposal.title = REMOVED_TEXT
        events.record(meeting, events.POST_REMOVED, post, actor)
        return []
    material = Material.objects.get(pk=disposal.object_id)
    versions = list(material.versions.prefetch_related("pages"))
    keys = [key for version in versions for key in keys_of(version)]
    for version in versions:
        version.pages.update(
            title="", text="", notes="", thumb="", image="", signature="", media=[]
        )
    material.versions.update(original="", pdf="", pdfa_name="", pdfa_note="removed", findings=[])
    material.current, material.withdrawn_at = None, disposal.decided_at
    material.save(update_fields=["current", "withdrawn_at"])
    events.record(
        meeting, events.MATERIAL_REMOVED, material, actor, township_id=material.township_id
    )
    return keys


def _forget_in_cases(post: Post) -> None:
    """Take the entry's words out of the cases it belongs to: the one it opened is called by its first
    sentence, and notes may quote it. What a note says of its own stays."""
    title, body = title_of(post.body), post.body.strip()
    for case in Case.objects.filter(posts=post, title=title):
        case.title = REMOVED_TEXT
        case.save(update_fields=["title"])
    quotes = [words for words in (body, title) if len(words) >= SHORTEST_QUOTE]
    for step in CaseStep.objects.filter(case__posts=post).exclude(text="").distinct():
        text = step.text
        for words in quotes:
            text = text.replace(words, REMOVED_TEXT)
        if text != step.text:
            CaseStep.objects.filter(pk=step.pk).update(text=text)


def keys_of(version: Version) -> list[str]:
    """Every stored file of a version: the original, both PDFs, pictures, sound and video."""
    keys = [version.original, version.pdf, version.pdfa_name]
    for page in version.pages.all():
        keys += [page.image, page.thumb, *(item["key"] for item in page.media)]
    return sorted({key for key in keys if key})


def drop_files(disposal_id: uuid.UUID) -> bool:
    """Remove the files of one removal from storage; False while the storage is away."""
    disposal = Disposal.objects.get(pk=disposal_id)
    try:
        files.delete(disposal.keys)
    except (BotoCoreError, ClientError, OSError):
        return False
    Disposal.objects.filter(pk=disposal_id).update(keys=[])
    return True


def drop_waiting() -> int:
    """Files that could not be removed at once (a step of the worker); how many removals."""
    waiting = Disposal.objects.filter(state=Disposal.State.DONE).exclude(keys=[])
    return sum(drop_files(pk) for pk in list(waiting.values_list("pk", flat=True)[:20]))


def tombstones(meetings: Iterable[Meeting]) -> list[Disposal]:
    """What was removed from these meetings (one query)."""
    found = Disposal.objects.filter(meeting__in=list(meetings), state=Disposal.State.DONE)
    return list(found.select_related("township").order_by("decided_at"))
