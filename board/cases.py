"""Cases: who sees to a problem or a practice, until when, and what came of it, across meetings.

A case belongs to the county, not to a meeting, so it goes on when its meetings are closed and
frozen. While a meeting that has it on its list is open, a change is an event there.
"""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from townships import audit
from townships.actors import Actor, with_unit
from townships.models import Membership
from townships.permissions import Action
from townships.problems import NotFound
from townships.texts import one_line

from .carrying import put_on_next
from .categories import choosable
from .following import add_step, lock_case, make_case, tell
from .models import Case, CaseStep, Post
from .problems import BadPerson, BadStatus, CaseInUse, PostGone
from .text import clean_body
from .writing import lock_post

CHANGEABLE = {
    "title",
    "status",
    "outcome",
    "due",
    "responsible_id",
    "responsible_name",
    "solved_by_id",
    "category_id",
}
UNTOUCHED = {CaseStep.Kind.OPENED, CaseStep.Kind.ASSIGNED, CaseStep.Kind.UNASSIGNED}


def open_case(*, actor: Actor, post_id: uuid.UUID, at: dt.datetime | None = None) -> Case:
    """Follow a problem or a practice from now on; the same case again where it is followed.

    Raises `NotFollowed` for a question, `PostGone`, `MeetingClosed`.
    """
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        return open_for(post, actor, at=at)


def open_for(post: Post, actor: Actor, *, at: dt.datetime | None = None) -> Case:
    """`open_case` for an entry whose meeting is locked, with its events."""
    if post.case is not None:
        return post.case
    if post.withdrawn_at or post.hidden_at or post.merged_into_id:
        raise PostGone
    case = make_case(post, actor, at=at)
    events.record(post.meeting, events.CASE_CHANGED, case, actor, at=at, opened=str(post.pk))
    events.record(post.meeting, events.POST_CHANGED, post, actor, at=at, case=str(case.pk))
    return case


def change_case(
    *, actor: Actor, case_id: uuid.UUID, at: dt.datetime | None = None, note: str = "", **changes: Any
) -> Case:  # fmt: skip
    """Change a case: title, status, outcome, due (a date), category_id, solved_by_id (a practice),
    and who sees to it: responsible_id (a user of the county) or responsible_name.

    Every change is a line of its history, with the `note`. Setting it solved or dropped takes it
    off the lists of meetings that have not opened yet; opening it again puts it on the next one.
    Raises `Invalid` with the wrong fields, `BadStatus`, `BadPerson`, `NotFound`.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"a case's {', '.join(sorted(unknown))} cannot be changed this way")
    note = clean_body(note, required=False)
    with transaction.atomic():
        case, meetings = lock_case(actor, Action.MODERATE, case_id)
        values = _checked(case, dict(changes))
        old = {name: getattr(case, name) for name in values}
        changed = {name: value for name, value in values.items() if old[name] != value}
        if not changed and not note:
            return case
        was_open = case.is_open
        for name, value in changed.items():
            setattr(case, name, value)
        if was_open is not case.is_open:
            case.closed_at = None if case.is_open else at or timezone.now()
        case.save()
        _history(case, changed, old, note, actor, at)
        if was_open is not case.is_open:
            meetings = _move_lists(case, meetings, actor, at)
        audit.write(actor=actor, action="case.changed", obj=case, fields=sorted(changed))
        tell(case, meetings, actor, at=at)
    return case


def _checked(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """The changes, cleaned. Raises for each wrong one."""
    if "title" in values:
        values["title"] = one_line(values["title"], "title", most=200, needed=True)
    if "outcome" in values:
        values["outcome"] = clean_body(values["outcome"], required=False)
    if "status" in values and values["status"] not in Case.Status.values:
        raise BadStatus
    if values.get("responsible_id"):
        values["responsible_name"] = person_named(case, values["responsible_id"])
    elif "responsible_name" in values:
        values["responsible_name"] = one_line(
            values["responsible_name"], "responsible_name", most=100
        )
        values["responsible_id"] = None
    elif "responsible_id" in values:
        values["responsible_name"] = ""
    if values.get("solved_by_id"):
        practices = Post.objects.filter(kind=Post.Kind.PRACTICE, meeting__county_id=case.county_id)
        seen = practices.filter(
            hidden_at=None, withdrawn_at=None, held_at=None, pk=values["solved_by_id"]
        )
        if not seen.exists():
            raise NotFound
    if values.get("category_id"):
        if values["category_id"] != case.category_id:
            choosable(case.county_id, values["category_id"])
    return values


def person_named(case: Case, user_id: Any) -> str:
    """The name and unit of a person of the case's county. Raises `BadPerson`."""
    found = Membership.objects.filter(user_id=user_id, county_id=case.county_id, active=True)
    membership = found.select_related("user", "township").first()
    if membership is None:
        raise BadPerson(fields={"responsible": BadPerson.sentence})
    return with_unit(membership.user, membership.township)[:100]


def _history(
    case: Case, changed: dict[str, Any], old: dict[str, Any], note: str, actor: Actor, at: dt.datetime | None
) -> None:  # fmt: skip
    """The lines of history for a change: one for the assignment, one for the status, one for the rest."""
    steps: list[tuple[str, dict[str, Any]]] = []
    if changed.keys() & {"responsible_id", "responsible_name", "due"}:
        kind = CaseStep.Kind.ASSIGNED if case.responsible_name or case.due else "unassigned"
        due = case.due.isoformat() if case.due else ""
        steps.append((kind, {"responsible": case.responsible_name, "due": due}))
    if "status" in changed:
        steps.append((CaseStep.Kind.STATUS, {"status": case.status, "before": old["status"]}))
    rest = sorted(changed.keys() & {"title", "outcome", "solved_by_id", "category_id"})
    if rest and "status" not in changed:
        steps.append((CaseStep.Kind.CHANGED, {"fields": rest}))
    if note and not steps:
        steps.append((CaseStep.Kind.NOTE, {}))
    for number, (kind, data) in enumerate(steps):
        text = (note or case.outcome * ("outcome" in changed)) if number == len(steps) - 1 else ""
        add_step(case, kind, actor, at=at, data=data, text=text)


def _move_lists(case: Case, meetings: list[Meeting], actor: Actor, at: dt.datetime | None) -> list[Meeting]:  # fmt: skip
    """Off the lists of meetings that have not opened when it ended, onto the next when it is open
    again; the meetings to be told."""
    if case.is_open:
        return put_on_next(case, meetings, actor, at=at)
    ahead = [meeting.pk for meeting in meetings if not meeting.is_open]
    case.discussions.filter(meeting__in=ahead).delete()
    return meetings


def add_note(*, actor: Actor, case_id: uuid.UUID, text: str, at: dt.datetime | None = None) -> CaseStep:  # fmt: skip
    """Say how it goes: organisers, the case's township, and whoever sees to it."""
    text = clean_body(text)
    with transaction.atomic():
        case, meetings = lock_case(actor, Action.FOLLOW_CASE, case_id)
        step = add_step(case, CaseStep.Kind.NOTE, actor, text=text, at=at)
        audit.write(actor=actor, action="case.noted", obj=case)
        tell(case, meetings, actor, at=at)
    return step


def assign_post(
    *,
    actor: Actor,
    post_id: uuid.UUID,
    responsible_id: uuid.UUID | None = None,
    responsible_name: str = "",
    due: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Case:
    """Say who sees to an entry and until when: opens its case where there is none. `BadPerson`."""
    if responsible_id is None and not responsible_name.strip():
        raise BadPerson(fields={"responsible": BadPerson.sentence})
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        case = open_for(post, actor, at=at)
        who: dict[str, Any] = (
            {"responsible_id": responsible_id}
            if responsible_id
            else {"responsible_name": responsible_name}
        )
        return change_case(actor=actor, case_id=case.pk, due=due, at=at, **who)


def unassign_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Undo `assign_post`: nobody sees to it any more; a case that was opened by that alone is gone."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.case is None:
            return post
        if post.status == Post.Status.CARRIED or not untouched(post.case):
            change_case(actor=actor, case_id=post.case.pk, responsible_id=None, due=None)
        else:
            _remove(post, actor)
            events.record(post.meeting, events.POST_CHANGED, post, actor, case=None)
    return post


def unfollow_post(*, actor: Actor, post_id: uuid.UUID) -> Post:
    """Undo `open_case`. Raises `CaseInUse` for a case that was worked on."""
    with transaction.atomic():
        post = lock_post(actor, Action.MODERATE, post_id)
        if post.case is not None:
            if not untouched(post.case):
                raise CaseInUse
            _remove(post, actor)
            events.record(post.meeting, events.POST_CHANGED, post, actor, case=None)
    return post


def take_back(post: Post, actor: Actor) -> None:
    """Remove the case of an entry of a locked meeting that nobody has worked on or sees to."""
    case = post.case
    if case is not None and not case.responsible_name and not case.due and untouched(case):
        _remove(post, actor)


def untouched(case: Case) -> bool:
    """Whether the case can be taken back: open, one entry, one meeting, no work in its history."""
    return (
        case.status == Case.Status.OPEN
        and case.discussions.count() <= 1
        and case.posts.count() <= 1
        and not case.steps.exclude(kind__in=UNTOUCHED).exists()
    )


def _remove(post: Post, actor: Actor) -> None:
    case = post.case
    assert case is not None
    audit.write(actor=actor, action="case.removed", obj=case, title=case.title)
    events.record(post.meeting, events.CASE_CHANGED, case, actor, removed=True)
    post.case = None
    post.save(update_fields=["case"])
    case.delete()
