"""Every write about materials: receiving a file, withdrawing, trying again, extensions, restoring."""

import datetime as dt
import uuid
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings import events
from meetings.models import Letter, Meeting
from townships import audit
from townships.actors import Actor
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound
from townships.texts import one_line
from townships.throttle import spend

from . import files
from .letters import tell_of_time
from .models import Material, Version
from .problems import FileRefused, NothingToRetry, NotReady
from .processing.errors import ProcessingError
from .processing.kinds import FileName, clean_filename
from .slots import Slot, find_slot, require_upload

LIVE_PRIORITY = -10


def checked_name(filename: str, kind: str) -> FileName:
    """The name fit for display with its ending. Raises `FileRefused` with the refusal's code."""
    try:
        return clean_filename(filename, kind)
    except ProcessingError as error:
        raise FileRefused.of(error) from None


def receive(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    township_id: uuid.UUID | None,
    kind: str,
    filename: str,
    source: Path | File | IO[bytes],
    at: dt.datetime | None = None,
) -> Version:
    """Take a whole file into a slot: durable, hashed, a new version, event `material.received`.

    The source is copied, not moved. Raises `FileRefused` for its name, `NotFound`,
    `DeadlinePassed`, `MeetingClosed`, `StorageFull`.
    """
    slot = find_slot(
        actor=actor, meeting_id=meeting_id, township_id=township_id, kind=kind, moment=at
    )
    require_upload(actor, slot)
    name = checked_name(filename, kind)
    key = files.new_original_key(name.extension)
    if isinstance(source, Path):
        with source.open("rb") as opened:
            stored = files.store(opened, key)
    else:
        source.seek(0)
        stored = files.store(source, key)  # type: ignore[arg-type]
    try:
        if not stored.size:
            raise FileRefused("empty")
        with transaction.atomic():
            return add_version(actor=actor, slot=slot, name=name.name, stored=stored, at=at)
    except BaseException:
        files.delete([key])
        raise


def add_version(
    *,
    actor: Actor,
    slot: Slot,
    name: str,
    stored: files.Stored,
    at: dt.datetime | None = None,
) -> Version:
    """The rows and the event of a stored file; the caller checked rights and holds a transaction.

    Raises `MeetingClosed` when the meeting was closed meanwhile.
    """
    meeting = events.lock_open(slot.meeting.pk)
    moment = at or timezone.now()
    material, created = Material.objects.get_or_create(
        meeting=meeting,
        township=slot.township,
        kind=slot.kind,
        defaults={"title": Path(name).stem[:300], "created_at": moment},
    )
    if not created and (material.withdrawn_at or not material.title):
        material.withdrawn_at = None
        material.title = material.title or Path(name).stem[:300]
        material.save(update_fields=["withdrawn_at", "title"])
    last = material.versions.aggregate(last=Max("number"))["last"] or 0
    version = Version.objects.create(
        material=material,
        number=last + 1,
        filename=name,
        size=stored.size,
        sha256=stored.sha256,
        original=stored.key,
        uploaded_by_id=actor.membership_id,
        uploaded_at=moment,
        late=moment > meeting.due_of(material.township_id, material.kind),
        priority=LIVE_PRIORITY if meeting.is_live else 0,
    )
    events.record(
        meeting,
        events.MATERIAL_RECEIVED,
        material,
        actor,
        township_id=material.township_id,
        at=at,
        version=str(version.pk),
        number=version.number,
        size=version.size,
        sha256=version.sha256,
    )
    return version


def locked_material(actor: Actor, material_id: uuid.UUID, *, closed_too: bool = False) -> Material:
    """The material with its meeting's row locked. Raises `NotFound` when it is not the actor's."""
    found = Material.objects.visible_to(actor).filter(pk=material_id).first()
    if found is None:
        raise NotFound
    lock = events.lock if closed_too else events.lock_open
    meeting = lock(found.meeting_id)
    material = Material.objects.select_related("township", "current").get(pk=material_id)
    material.meeting = meeting
    return material


def _require_change(actor: Actor, material: Material) -> None:
    slot = Slot(material.meeting, material.township, material.kind, material)
    require_upload(actor, slot)


def withdraw_material(*, actor: Actor, material_id: uuid.UUID) -> Material:
    """Take a material back: nobody but its township and the organisers sees it; files are kept.

    A screen that shows it goes blank. Sending a new version brings it back. Raises as
    `require_upload`.
    """
    with transaction.atomic():
        material = locked_material(actor, material_id)
        _require_change(actor, material)
        if material.withdrawn_at is None:
            material.withdrawn_at = timezone.now()
            material.save(update_fields=["withdrawn_at"])
            _record(events.MATERIAL_WITHDRAWN, material, actor)
            _clear_screen(material, actor)
    return material


def _clear_screen(material: Material, actor: Actor) -> None:
    """The hall no longer shows this material, nor comes back to it."""
    meeting = material.meeting
    if meeting.screen_material_id != material.pk:
        return
    if meeting.screen_mode == Meeting.ScreenMode.SLIDE:
        meeting.screen_mode = Meeting.ScreenMode.BLANK
    meeting.screen_material_id = meeting.screen_version_id = meeting.screen_page = None
    meeting.save(
        update_fields=[
            "screen_mode", "screen_material_id", "screen_version_id", "screen_page",
        ]
    )  # fmt: skip
    events.record(meeting, events.SCREEN_CHANGED, meeting, actor, mode=meeting.screen_mode)


def retry_version(*, actor: Actor, version_id: uuid.UUID) -> Version:
    """Convert a failed version once more, with fresh attempts.

    Raises `NothingToRetry` unless it failed (or is ready without pictures).
    """
    with transaction.atomic():
        version = version_of(actor, version_id)
        material = locked_material(actor, version.material_id, closed_too=True)
        slot = Slot(material.meeting, material.township, material.kind, material)
        if not (actor.township_id == slot.township_id and actor.county_id == slot.county_id):
            require(actor, Action.UPLOAD, slot)
        changed = Version.objects.filter(pk=version_id).filter(
            state__in=[Version.State.FAILED, Version.State.READY]
        )
        version = changed.first() or version
        pictures_missing = version.state == Version.State.READY and bool(version.notice_code)
        if version.state != Version.State.FAILED and not pictures_missing:
            raise NothingToRetry
        changed.update(
            state=Version.State.RECEIVED,
            attempts=0,
            reason_code="",
            reason_params={},
            notice_code="",
            claimed_by="",
            claimed_until=None,
            not_before=None,
            finished_at=None,
            progress_done=0,
            progress_total=0,
        )
        _record(events.MATERIAL_RETRIED, material, actor, version=str(version_id))
        version.refresh_from_db()
    return version


def restore_version(*, actor: Actor, version_id: uuid.UUID) -> Material:
    """Show an older, ready version again. Raises `NotReady`, and as `require_upload`."""
    with transaction.atomic():
        version = version_of(actor, version_id)
        material = locked_material(actor, version.material_id)
        _require_change(actor, material)
        if version.state != Version.State.READY:
            raise NotReady
        Material.objects.filter(pk=material.pk).update(current=version, withdrawn_at=None)
        material.refresh_from_db(fields=["current", "withdrawn_at"])
        _record(events.MATERIAL_CHANGED, material, actor, restored=version.number)
    return material


def ask_extension(
    *, actor: Actor, meeting_id: uuid.UUID, township_id: uuid.UUID | None, kind: str, reason: str
) -> Material:
    """A township asks for more time, saying why (at most 300 characters). Raises `TooMany`."""
    reason = one_line(reason, "reason", most=300, needed=True)
    slot = find_slot(actor=actor, meeting_id=meeting_id, township_id=township_id, kind=kind)
    if actor.township_id != slot.township_id:
        require(actor, Action.UPLOAD, slot)
    spend("extension", actor.key, limit=settings.EXTENSIONS_PER_MINUTE)
    with transaction.atomic():
        material = _slot_row(slot)
        news = material.extension_asked_at is None or material.extension_reason != reason
        material.extension_asked_at = timezone.now()
        material.extension_reason = reason
        material.save(update_fields=["extension_asked_at", "extension_reason"])
        _record(events.MATERIAL_CHANGED, material, actor, asked_extension=True)
        if news:
            tell_of_time(Letter.What.TIME_ASKED, material, actor, reason=reason)
    return material


def grant_extension(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    township_id: uuid.UUID,
    kind: str,
    until: dt.datetime,
) -> Material:
    """The organiser gives a township more time, until a moment in the future.

    A moment without an offset is the county's local time.
    """
    slot = find_slot(actor=actor, meeting_id=meeting_id, township_id=township_id, kind=kind)
    require(actor, Action.SCHEDULE, slot)
    if timezone.is_naive(until):
        until = until.replace(tzinfo=slot.meeting.zone)
    if until <= timezone.now():
        raise Invalid(fields={"until": _("Choose a moment that is still to come.")})
    with transaction.atomic():
        material = _slot_row(slot)
        material.extended_until = until
        material.extension_asked_at = None
        material.save(update_fields=["extended_until", "extension_asked_at"])
        _record(events.MATERIAL_CHANGED, material, actor, extended_until=until.isoformat())
        tell_of_time(Letter.What.TIME_GRANTED, material, actor, due=until)
    return material


def _slot_row(slot: Slot) -> Material:
    """The slot's material, made empty if there is none; the meeting's row is locked."""
    meeting = events.lock_open(slot.meeting.pk)
    material, _created = Material.objects.get_or_create(
        meeting=meeting, township=slot.township, kind=slot.kind
    )
    material.meeting = meeting
    return material


def version_of(actor: Actor, version_id: uuid.UUID) -> Version:
    version = (
        Version.objects.filter(
            pk=version_id, material__in=Material.objects.visible_to(actor).values("pk")
        )
        .select_related("material")
        .first()
    )
    if version is None:
        raise NotFound
    return version


def _record(kind: events.Kind, material: Material, actor: Actor, **detail: Any) -> None:
    events.record(
        material.meeting, kind, material, actor, township_id=material.township_id, **detail
    )


def record_refusal(*, actor: Actor, code: str, filename: str, slot: Slot) -> None:
    """Leave an audit row about a file that was refused before it was sent."""
    with transaction.atomic():
        audit.write(
            actor=actor,
            action="upload.refused",
            obj=slot.meeting,
            county_id=slot.county_id,
            code=code,
            filename=ascii(filename)[1:-1][:100],  # a NUL must not reach PostgreSQL
        )
