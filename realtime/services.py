"""Every write of the live room: what the hall sees.

Two hosts do not fight: each call sets the whole state under the meeting's lock, the last one wins,
and both see it.
"""

import uuid

from django.db import transaction

from board.models import Poll
from meetings import events
from meetings.models import Meeting
from townships.actors import Actor
from townships.permissions import Action, require
from townships.problems import NotFound, SignedOut
from uploads.models import Material, Version

from .problems import BadMode, NoSuchPage, NothingToShow, ScreenWaits
from .screen import visible_pages

SLIDE = Meeting.ScreenMode.SLIDE


def set_screen(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    mode: str,
    material_id: uuid.UUID | None = None,
    page: int | None = None,
    poll_id: uuid.UUID | None = None,
) -> Meeting:
    """Show a slide, the board, a poll, the join code, the code for checking in, or nothing.

    For `slide`, `material_id` and `page` choose it (without a material: the one chosen last; without
    a page: its first, or the one shown last). Its current version is pinned. For `poll`, `poll_id`
    (without it: the one shown last). Setting what is already shown changes nothing. Raises `BadMode`, `NothingToShow`, `NoSuchPage`, `ScreenWaits`.
    """
    if mode not in Meeting.ScreenMode.values:
        raise BadMode
    with transaction.atomic():
        meeting = _lock(actor, meeting_id)
        target = (meeting.screen_material_id, meeting.screen_version_id, meeting.screen_page)
        if mode == SLIDE:
            if not meeting.is_live:
                raise ScreenWaits
            target = _chosen(meeting, material_id, page)
        poll = _poll(meeting, poll_id) if mode == Meeting.ScreenMode.POLL else None
        return _show(actor, meeting, mode, *target, poll)


def step_screen(
    *, actor: Actor, meeting_id: uuid.UUID, by: int, seen: int | None = None
) -> Meeting:
    """One slide on (`by=1`) or back (`by=-1`), over hidden slides; stays at the ends.

    From the board, the join code or a blank screen it comes back to the slide shown before. `seen`:
    the number up to which the host knows the log. Where the screen was changed since, it stays: two
    hosts who press at once turn one slide.
    """
    with transaction.atomic():
        meeting = _lock(actor, meeting_id)
        if seen is not None and _changed_since(meeting, seen):
            return meeting
        if not meeting.is_live:
            raise ScreenWaits
        version_id = meeting.screen_version_id
        if version_id is None:
            raise NothingToShow
        number = meeting.screen_page or 1
        if meeting.screen_mode == SLIDE:
            pages = visible_pages(version_id)
            if by > 0:
                found = pages.filter(number__gt=number).first()
            else:
                found = pages.filter(number__lt=number).last()
            number = found.number if found else number
        return _show(actor, meeting, SLIDE, meeting.screen_material_id, version_id, number)


def _changed_since(meeting: Meeting, seen: int) -> bool:
    changes = meeting.events.filter(kind=events.SCREEN_CHANGED.name, seq__gt=seen)
    return meeting.last_seq > seen and changes.exists()


def _lock(actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    if not actor.signed_in:
        raise SignedOut
    meeting = events.lock(meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    events.refuse_closed(meeting)
    return meeting


def _chosen(
    meeting: Meeting, material_id: uuid.UUID | None, page: int | None
) -> tuple[uuid.UUID, uuid.UUID, int]:
    """The material, version and page to show. Raises what `set_screen` raises."""
    if material_id is None:
        if meeting.screen_material_id is None or meeting.screen_version_id is None:
            raise NothingToShow
        material_id, version_id = meeting.screen_material_id, meeting.screen_version_id
        page = page or meeting.screen_page
    else:
        material = (
            Material.objects.filter(pk=material_id, meeting=meeting, withdrawn_at__isnull=True)
            .select_related("current")
            .first()
        )
        if material is None:
            raise NotFound
        if material.current is None or material.current.state != Version.State.READY:
            raise NothingToShow
        version_id = material.current.pk
    return material_id, version_id, _page_number(version_id, page)


def _poll(meeting: Meeting, poll_id: uuid.UUID | None) -> uuid.UUID:
    """The poll to show: one that was opened. Raises `NothingToShow`."""
    shown = meeting.polls.exclude(state=Poll.State.DRAFT)
    found = shown.filter(pk=poll_id or meeting.screen_poll_id).first()
    if found is None:
        raise NothingToShow
    return found.pk


def _page_number(version_id: uuid.UUID, page: int | None) -> int:
    """The page asked for, if there is one, or the first that is not hidden."""
    numbers = dict(
        Version.objects.get(pk=version_id).pages.order_by("number").values_list("number", "hidden")
    )
    if not numbers:
        raise NothingToShow
    if page is None:
        return next((number for number, hidden in numbers.items() if not hidden), min(numbers))
    if page not in numbers:
        raise NoSuchPage(total=len(numbers))
    return page


def _show(
    actor: Actor,
    meeting: Meeting,
    mode: str,
    material_id: uuid.UUID | None,
    version_id: uuid.UUID | None,
    page: int | None,
    poll_id: uuid.UUID | None = None,
) -> Meeting:
    target = {
        "screen_mode": mode,
        "screen_material_id": material_id,
        "screen_version_id": version_id,
        "screen_page": page,
        "screen_poll_id": poll_id or meeting.screen_poll_id,
    }
    if all(getattr(meeting, name) == value for name, value in target.items()):
        return meeting
    for name, value in target.items():
        setattr(meeting, name, value)
    meeting.save(update_fields=list(target))
    events.record(
        meeting,
        events.SCREEN_CHANGED,
        meeting,
        actor,
        data={"by": actor.name},
        mode=mode,
        material=str(material_id) if material_id else None,
        page=page,
    )
    return meeting
