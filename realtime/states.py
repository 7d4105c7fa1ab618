"""What frames carry: the state of an object now, by subject and audience.

Each package's `representations.py` says how its objects look; this module only says who sees which.
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from board.hands import hand_dict
from board.models import Case, Hand, Poll, Post
from board.polls import poll_dict, polls_with_everything
from board.representations import (
    case_dict,
    cases_with_everything,
    hides_something,
    post_dict,
    posts_with_everything,
)
from meetings.events import Subject
from meetings.models import Meeting
from meetings.representations import item_states, meeting_dict
from townships.prepared import by_ids
from uploads.models import Material
from uploads.representations import material_dict, with_versions

from .screen import screen_dict

State = dict[str, Any]
ById = Mapping[uuid.UUID, State]


@dataclass(frozen=True, slots=True)
class States:
    """States by id for organisers, for the object's own township, and for everyone else.

    A missing id means that the object is gone. Where audiences see the same, they share the object.
    `here` makes of everyone's state what may be told of it in one meeting, where that is less.
    """

    staff: ById
    own: ById
    everyone: ById
    here: Callable[[State, uuid.UUID], State] | None = None


def same_for_all(states: ById) -> States:
    return States(states, states, states)


_cases = by_ids(lambda ids: cases_with_everything(Case.objects.filter(pk__in=ids)))
_posts = by_ids(lambda ids: posts_with_everything(Post.objects.filter(pk__in=ids)))
_materials = by_ids(lambda ids: with_versions(Material.objects.filter(pk__in=ids)))
_hands = by_ids(lambda ids: Hand.objects.filter(pk__in=ids).select_related("township"))
_polls = by_ids(lambda ids: polls_with_everything(Poll.objects.filter(pk__in=ids)))
_meetings = by_ids(lambda ids: Meeting.objects.filter(pk__in=ids).select_related("county"))


def posts(ids: Collection[uuid.UUID]) -> States:
    """Hidden and withdrawn entries, and those that wait for approval, are told to organisers only;
    others learn to remove them (the author's page keeps its own that waits)."""
    found = _posts.fetch([(pk,) for pk in ids])
    staff = {one.pk: post_dict(one, staff=True) for one in found}
    everyone = {
        one.pk: _unless_hidden(post_dict(one) if hides_something(one) else staff[one.pk])
        for one in found
    }
    return States(staff, everyone, everyone)


def _unless_hidden(state: State) -> State:
    if state["hidden"] or state["withdrawn"]:
        return {"id": state["id"], "hidden": True}
    if state["held"]:
        return {"id": state["id"], "hidden": True, "held": True}
    return state


def cases(ids: Collection[uuid.UUID]) -> States:
    found = {one.pk: case_dict(one) for one in _cases.fetch([(pk,) for pk in ids])}
    return States(found, found, found, here=case_here)


def case_here(state: State, meeting_id: uuid.UUID) -> State:
    """A case as it is told in a meeting to all but organisers: of the meetings that have it only whether
    this one does. Others may be in preparation, and guests may know of none but theirs."""
    here = str(meeting_id)
    return state | {
        "meetings": [pk for pk in state["meetings"] if pk == here],
        "opened_in": here if state["opened_in"] == here else None,
    }


def meetings(ids: Collection[uuid.UUID]) -> States:
    """The meeting with its whole screen, so that following a slide costs no further request."""
    found = _meetings.fetch([(pk,) for pk in ids])
    return same_for_all(
        {one.pk: {**meeting_dict(one), "screen": screen_dict(one)} for one in found}
    )


def items(ids: Collection[uuid.UUID]) -> States:
    return same_for_all(item_states(ids))


def materials(ids: Collection[uuid.UUID]) -> States:
    """Organisers and the own township see all versions and their way; everyone else what is on show,
    and of a withdrawn material only that it is withdrawn.

    A frame is one text for readers of every language, so of a reason it tells the code only; the
    sentence is the API's to say, in the reader's own language.
    """
    found = _materials.fetch([(pk,) for pk in ids])
    full = {one.pk: _without_sentences(material_dict(one, full=True)) for one in found}
    everyone = {
        one.pk: {"id": str(one.pk), "withdrawn": True}
        if one.withdrawn_at is not None
        else material_dict(one, full=False)
        for one in found
    }
    return States(full, full, everyone)


def _without_sentences(state: State) -> State:
    for version in (state.get("newest"), state.get("current")):
        for name in ("reason", "notice"):
            if version and version.get(name):
                version[name] = {"code": version[name]["code"]}
    return state


def attendance(ids: Collection[uuid.UUID]) -> States:
    """Only that the sheet of a meeting changed; organisers ask the API for it. A whole hall may come
    at once, so this must be small (no query)."""
    return same_for_all({pk: {"id": str(pk)} for pk in ids})


def hands(ids: Collection[uuid.UUID]) -> States:
    return same_for_all({one.pk: hand_dict(one) for one in _hands.fetch([(pk,) for pk in ids])})


def polls(ids: Collection[uuid.UUID]) -> States:
    """What is only being prepared is told to organisers."""
    staff = {one.pk: poll_dict(one) for one in _polls.fetch([(pk,) for pk in ids])}
    everyone = {
        pk: {"id": state["id"], "hidden": True} if state["state"] == Poll.State.DRAFT else state
        for pk, state in staff.items()
    }
    return States(staff, everyone, everyone)


SOURCES: dict[Subject, Callable[[Collection[uuid.UUID]], States]] = {
    Subject.MEETING: meetings,
    Subject.ITEM: items,
    Subject.MATERIAL: materials,
    Subject.POST: posts,
    Subject.CASE: cases,
    Subject.HAND: hands,
    Subject.ATTENDANCE: attendance,
    Subject.POLL: polls,
}
