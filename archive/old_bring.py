"""Bringing old meetings in: look first and explain, then one meeting after another, all or nothing each.

A ZIP comes through the page in pieces (kept in storage, so that any process can go on), a folder or a
ZIP on the server by `manage.py bring_in`. Looking (the dry run) writes down for every file where it
belongs or why it is left out. Carrying it out takes one meeting at a time: its files are stored, then
all its rows are written in one transaction. After an interruption the next meeting is the first that
was not finished; a day that has a meeting already is left alone.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from meetings import events
from meetings.models import AgendaItem, Meeting
from townships import audit
from townships.actors import Actor, system_actor
from townships.languages import language_for
from townships.models import County, Township
from townships.permissions import Action, require
from townships.problems import Conflict, Invalid, NotFound, Problem
from uploads import files
from uploads.models import Kind, Material, Version
from uploads.problems import QuotaExceeded
from uploads.processing.kinds import clean_filename

from .models import OldFile, OldImport
from .old_pieces import whole
from .old_plan import is_system, names_of, place
from .old_room import require_room
from .old_source import BadSource, FolderSource, Source, zip_source

LARGEST = 20 * 1024**3
PIECE_BYTES = 8 * 1024 * 1024
LEASE = dt.timedelta(minutes=10)
PRIORITY = 50  # converted after everything that somebody waits for
State = OldImport.State


class WrongOffset(Conflict):
    code = "wrong_offset"
    title = _("It does not go on here")
    sentence = _("%(received)s bytes have come so far.")


class NotPlanned(Conflict):
    code = "not_planned"
    title = _("It is not ready to be brought in")
    sentence = _("It is being looked through, or it was brought in already.")


def find(actor: Actor, import_id: uuid.UUID) -> OldImport:
    """One of the county's imports. Raises `NotFound`, `NotAllowed`."""
    require(actor, Action.IMPORT)
    found = OldImport.objects.filter(pk=import_id, county_id=actor.county_id).first()
    if found is None:
        raise NotFound
    return found


# --- Coming in --------------------------------------------------------------------------------------


def begin(*, actor: Actor, name: str, size: int) -> OldImport:
    """A ZIP is about to come in pieces. Raises `Invalid` for another kind of file or size,
    `QuotaExceeded` where the county has no room for it."""
    require(actor, Action.IMPORT)
    name = name.replace("\\", "/").rsplit("/", 1)[-1].strip()[:255]
    if not name.lower().endswith(".zip") or not 0 < size <= LARGEST:
        raise Invalid(_("Please choose a ZIP file of at most 20 GB."))
    assert actor.county_id is not None
    with transaction.atomic():
        require_room(actor.county_id, size)
        made = OldImport(county_id=actor.county_id, brought_by_id=actor.membership_id, name=name)
        made.size, made.source = size, f"imports/{made.pk}/"
        made.save()
        audit.write(actor=actor, action="archive.import_begun", obj=made, name=name, size=size)
    return made


def begin_here(*, actor: Actor, path: Path) -> OldImport:
    """A folder or ZIP on this machine: the one that was interrupted, or a new one to be looked through.

    The caller does the work; no worker takes it for an hour."""
    require(actor, Action.IMPORT)
    assert actor.county_id is not None
    mine = OldImport.objects.filter(county_id=actor.county_id, source=str(path))
    if (running := mine.filter(state=State.RUNNING).first()) is not None:
        return running
    with transaction.atomic():
        made = OldImport.objects.create(
            county_id=actor.county_id,
            name=path.name[:255],
            source=str(path),
            state=State.LOOKING,
            claimed_until=timezone.now() + dt.timedelta(hours=1),
        )
        audit.write(actor=actor, action="archive.import_begun", obj=made, name=made.name)
    return made


def receive(*, actor: Actor, import_id: uuid.UUID, offset: int, source: IO[bytes]) -> OldImport:
    """Keep the next piece (at most 8 MiB), durable before this returns.

    Raises `WrongOffset` with the right one; a piece sent twice is refused, nothing is doubled.
    """
    found = find(actor, import_id)
    if found.state != State.RECEIVING or offset != found.received:
        raise WrongOffset(received=found.received)
    # A name of its own: of two senders of one piece neither writes over what the other stored.
    stored = files.store(source, f"{found.source}{offset:015d}-{uuid.uuid4().hex[:8]}")
    try:
        with transaction.atomic():
            locked = OldImport.objects.select_for_update().filter(pk=import_id).first()
            if locked is None:
                raise NotFound
            fits = 0 < stored.size <= min(PIECE_BYTES, locked.size - offset)
            if locked.received != offset or not fits:
                raise WrongOffset(received=locked.received)
            locked.received += stored.size
            if locked.received == locked.size:
                locked.state = State.LOOKING
            locked.save(update_fields=["received", "state"])
    except Problem:
        files.delete([stored.key])
        raise
    return locked


def drop(*, actor: Actor, import_id: uuid.UUID) -> None:
    """Forget an import that was not begun; what came in is removed."""
    found = find(actor, import_id)
    with transaction.atomic():
        locked = OldImport.objects.select_for_update().get(pk=found.pk)
        if locked.state in (State.RUNNING, State.DONE):
            raise NotPlanned
        audit.write(actor=actor, action="archive.import_dropped", obj=locked, name=locked.name)
        locked.delete()
    remove_pieces(found)


def remove_pieces(found: OldImport) -> None:
    if found.source.startswith("imports/"):
        files.delete(files.keys_below(found.source))


@contextmanager
def opened(found: OldImport) -> Iterator[Source]:
    """The import's files. Raises `BadSource`."""
    if not found.source.startswith("imports/"):
        path = Path(found.source)
        if path.is_dir():
            yield FolderSource(path)
            return
        if not path.is_file():
            raise BadSource(reason=_("“%(path)s” is not there.") % {"path": path})
        with zip_source(path) as source:
            yield source
        return
    with whole(found.source, found.size) as file, zip_source(file) as source:
        yield source


# --- The dry run ------------------------------------------------------------------------------------


def look(found: OldImport) -> OldImport:
    """Write down for every file where it belongs; nothing else. Ends as planned or refused.

    Looking through a large ZIP may outlast the lease: who comes second, or after the import was dropped,
    changes nothing.
    """
    try:
        with opened(found) as source:
            if hasattr(source, "check"):
                source.check()
            rows, ignored = planned(found, source)
        waiting = sum(row.size for row in rows if row.state == OldFile.State.WAITING)
        with transaction.atomic():
            require_room(found.county_id, waiting, found)
    except (BadSource, QuotaExceeded) as problem:
        refuse(found, problem.detail, State.LOOKING)
        return found
    with transaction.atomic():
        locked = OldImport.objects.select_for_update().filter(pk=found.pk).first()
        if locked is None or locked.state != State.LOOKING:
            return locked or found
        OldFile.objects.filter(bringing=found).delete()
        OldFile.objects.bulk_create(rows, batch_size=500)
        found.state, found.ignored = State.PLANNED, ignored
        found.size = found.size or sum(row.size for row in rows)
        found.save(update_fields=["state", "ignored", "size"])
    return found


def refuse(found: OldImport, reason: str, state: str) -> None:
    """End an import that cannot go on, unless it is no longer in that state; its pieces go."""
    here = OldImport.objects.filter(pk=found.pk, state=state)
    if here.update(state=State.REFUSED, reason=reason[:300]):
        found.state, found.reason = State.REFUSED, reason[:300]
        remove_pieces(found)


def planned(found: OldImport, source: Source) -> tuple[list[OldFile], int]:
    """A row for every file, and how many files of systems were passed over."""
    county = County.objects.get(pk=found.county_id)
    names = names_of(dict(Township.objects.filter(county=county).values_list("pk", "name")))
    zone = ZoneInfo(county.time_zone)
    today = timezone.now().astimezone(zone).date()
    taken = {
        moment.astimezone(zone).date()
        for moment in Meeting.objects.filter(county=county).values_list("starts_at", flat=True)
    }
    rows: list[OldFile] = []
    ignored = 0
    for path, size in source.entries():
        if is_system(path):
            ignored += 1
            continue
        at = place(path, size or 0, names, today=today, largest=settings.UPLOAD_MAX_BYTES)
        reason = "link" if size is None else at.reason
        if not reason and at.day in taken:
            reason = "meeting_exists"
        state = OldFile.State.LEFT_OUT if reason else OldFile.State.WAITING
        rows.append(
            OldFile(
                bringing=found,
                path=path,
                size=size or 0,
                day=at.day,
                title=at.title,
                township_id=at.township,
                kind=at.kind,
                state=state,
                reason=reason,
            )
        )
    return rows, ignored


def confirm(*, actor: Actor, import_id: uuid.UUID) -> OldImport:
    """Carry the plan out. Raises `NotPlanned`."""
    found = find(actor, import_id)
    with transaction.atomic():
        locked = OldImport.objects.select_for_update().get(pk=found.pk)
        if locked.state != State.PLANNED:
            raise NotPlanned
        locked.state = State.RUNNING
        locked.save(update_fields=["state"])
        count = locked.files.filter(state=OldFile.State.WAITING).count()
        audit.write(actor=actor, action="archive.import_confirmed", obj=locked, files=count)
    return locked


# --- Carrying it out --------------------------------------------------------------------------------


def work_some() -> int:
    """A step of the worker: look through what came in, or bring one import's meetings in for a while."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=timezone.now())
    waiting = OldImport.objects.filter(free, state__in=[State.LOOKING, State.RUNNING])
    found = waiting.select_related("county", "brought_by__user").order_by("created_at").first()
    if found is None:
        return 0
    until = timezone.now() + LEASE
    if not OldImport.objects.filter(free, pk=found.pk).update(claimed_until=until):
        return 0
    try:
        who = found.brought_by.user if found.brought_by else None
        with translation.override(language_for(who, found.county)):
            return go_on(found)
    finally:
        OldImport.objects.filter(pk=found.pk).update(claimed_until=None)


def go_on(found: OldImport) -> int:
    """Look through what came in, or bring meetings in for a while; how much was done."""
    try:
        if found.state == State.LOOKING:
            look(found)
            return 1
        return run(found, seconds=20)
    except BadSource as problem:
        # Whole meetings may be in already, so not the sentence that says that nothing is.
        refuse(found, str(problem.params.get("reason", problem.detail)), State.RUNNING)
    except QuotaExceeded as problem:
        refuse(found, problem.detail, State.RUNNING)
    return 0


def run(found: OldImport, *, seconds: float | None = None) -> int:
    """Bring meetings in until none is left, or for so long; how many. A later call goes on."""
    begun, count = timezone.now(), 0
    with opened(found) as source:
        while True:
            days = found.files.filter(state=OldFile.State.WAITING).order_by("day")
            day = days.values_list("day", flat=True).first()
            if day is None:
                break
            bring_meeting(found, source, day)
            count += 1
            OldImport.objects.filter(pk=found.pk).update(claimed_until=timezone.now() + LEASE)
            if seconds is not None and (timezone.now() - begun).total_seconds() > seconds:
                return count
    found.state, found.finished_at = State.DONE, timezone.now()
    found.save(update_fields=["state", "finished_at"])
    remove_pieces(found)
    return count


def bring_meeting(found: OldImport, source: Source, day: dt.date) -> Meeting | None:
    """One meeting with all its files; None where the day has a meeting by now."""
    rows = list(
        found.files.filter(state=OldFile.State.WAITING, day=day)
        .select_related("township")
        .order_by("township__position", "kind", "path")
    )
    stored: list[tuple[OldFile, files.Stored, str]] = []
    try:
        for row in rows:
            name = clean_filename(row.path.rsplit("/", 1)[-1], row.kind)
            with source.open(row.path) as opened_file:
                kept = files.store(opened_file, files.new_original_key(name.extension))
            stored.append((row, kept, name.name))
        with transaction.atomic():
            meeting = write_meeting(found, day, stored)
    except BaseException:
        files.delete([kept.key for _row, kept, _name in stored])
        raise
    if meeting is None:
        files.delete([kept.key for _row, kept, _name in stored])
    return meeting


def write_meeting(
    found: OldImport, day: dt.date, stored: list[tuple[OldFile, files.Stored, str]]
) -> Meeting | None:
    """The meeting's rows and events, closed at once; the caller holds the transaction."""
    county = County.objects.select_for_update().get(pk=found.county_id)
    ids = [row.pk for row, _kept, _name in stored]
    if OldFile.objects.filter(pk__in=ids, state=OldFile.State.WAITING).count() != len(ids):
        return None  # another worker was faster, after this one's lease had run out
    require_room(county.pk, sum(kept.size for _row, kept, _name in stored), found)
    zone = ZoneInfo(county.time_zone)
    starts = dt.datetime.combine(day, dt.time(9), tzinfo=zone)
    midnight = starts.replace(hour=0)
    if Meeting.objects.filter(
        county=county, starts_at__gte=midnight, starts_at__lt=midnight + dt.timedelta(days=1)
    ).exists():
        OldFile.objects.filter(pk__in=ids).update(
            state=OldFile.State.LEFT_OUT, reason="meeting_exists"
        )
        return None
    actor = system_actor(county.pk)
    ends = starts + dt.timedelta(hours=3)
    made = Meeting.objects.create(
        county=county,
        title=stored[0][0].title,
        starts_at=starts,
        ends_at=ends,
        status=Meeting.Status.LIVE,
        announced_at=starts,
        opened_at=starts,
    )
    meeting = events.lock(made.pk)
    events.record(meeting, events.MEETING_CREATED, meeting, actor, at=starts, brought=str(found.pk))
    add_materials(meeting, stored, actor, starts)
    meeting.status, meeting.closed_at = Meeting.Status.CLOSED, ends
    meeting.save(update_fields=["status", "closed_at"])
    events.record(meeting, events.MEETING_CLOSED, meeting, actor, at=ends)
    OldFile.objects.filter(pk__in=ids).update(state=OldFile.State.DONE, meeting=meeting)
    audit.write(
        actor=actor,
        action="archive.meeting_brought",
        obj=meeting,
        bringing=str(found.pk),
        files=len(ids),
    )
    return meeting


def add_materials(
    meeting: Meeting,
    stored: list[tuple[OldFile, files.Stored, str]],
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Each township's files: one slot for its deck and one for its manuscript. Of several in a slot the
    last by name is on show, the others are its earlier versions."""
    slots: dict[tuple[uuid.UUID, str], list[tuple[files.Stored, str]]] = {}
    presents: dict[uuid.UUID, None] = {}
    for row, kept, name in stored:
        assert row.township_id is not None
        slots.setdefault((row.township_id, row.kind), []).append((kept, name))
        presents[row.township_id] = None
    for position, township_id in enumerate(presents):
        AgendaItem.objects.create(
            meeting=meeting,
            position=position,
            kind=AgendaItem.Kind.PRESENTATION
            if (township_id, Kind.DECK) in slots
            else AgendaItem.Kind.MANUSCRIPT,
            township_id=township_id,
            expects_deck=(township_id, Kind.DECK) in slots,
            expects_manuscript=(township_id, Kind.MANUSCRIPT) in slots,
        )
    for (township_id, kind), held in slots.items():
        material = Material.objects.create(
            meeting=meeting,
            township_id=township_id,
            kind=kind,
            title=Path(held[-1][1]).stem[:300],
            created_at=at,
        )
        for number, (kept, name) in enumerate(held, 1):
            Version.objects.create(
                material=material,
                number=number,
                filename=name,
                size=kept.size,
                sha256=kept.sha256,
                original=kept.key,
                uploaded_at=at,
                priority=PRIORITY,
            )
        events.record(
            meeting, events.MATERIAL_RECEIVED, material, actor, township_id=township_id, at=at
        )
