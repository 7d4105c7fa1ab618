"""What the pages of the live room are rendered from: the state at a known number.

The number is read before the rest of the state, so nothing can be missed between the two.
"""

from typing import Any

from django.utils import timezone

from board.categories import offered
from board.hands import hands_of
from board.models import Case, Post
from board.polls import polls_of, votes_of
from board.representations import (
    case_dict,
    cases_with_everything,
    mark_of,
    post_dict,
    posts_with_everything,
    supported_ids,
)
from meetings.models import Meeting
from meetings.representations import item_dict, meeting_dict
from townships.actors import Actor
from townships.models import Membership, Township
from townships.permissions import Action, can

from .attendance_api import sheet_rows
from .kept import state_at
from .screen import screen_dict, showable_decks
from .states import case_here

MOST_POSTS = 500

# The badges that scripts copy from the page, so their words and icons have one home.
BADGES = [
    (kind, state)
    for kind, states in {
        "post": ["problem", "practice", "question"],
        "post-state": [
            *["waiting", "screen", "answered", "carried"],
            *["hidden", "merged", "withdrawn", "pinned", "held", "listed"],
        ],
        "case": ["open", "running", "solved", "dropped"],
        "adoption": ["planned", "running", "done"],
        "presence": ["here", "away"],
        "meeting": ["draft", "announced", "live", "closed"],
    }.items()
    for state in states
]


def room_state(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    """The state of the participant's page (constant queries). The actor may see the meeting."""
    shared = dict(state_at(meeting, actor.is_staff, lambda: shared_state(actor.is_staff, meeting)))
    own = own_waiting(actor, meeting) if actor.key in shared.pop("waited_for_by") else []
    return {
        "seq": meeting.last_seq,
        "now": timezone.now().isoformat(),
        "meeting": meeting_dict(meeting),
        "me": me_dict(actor, meeting),
        **shared,
        "posts": own + shared["posts"],
        "supported": supported_ids(actor, meeting.pk),
        "votes": votes_of(actor, meeting.pk),
    }


def shared_state(staff: bool, meeting: Meeting) -> dict[str, Any]:
    """What all organisers, or all others, see of a meeting (constant queries).

    `waited_for_by`: the keys of those whose entries wait for approval, which they alone see too.
    """
    posts, waiting = Post.objects.filter(meeting=meeting), set[str]()
    if not staff:
        held = posts.filter(held_at__isnull=False)
        waiting = set(held.values_list("author_key", flat=True))
        posts = posts.on_board()
    newest = posts_with_everything(posts.order_by("-created_at"))[:MOST_POSTS]
    return {
        "screen": screen_dict(meeting),
        "posts": [post_dict(post, staff=staff) for post in newest],
        "categories": offered(meeting.county_id),
        "cases": cases_of(staff, meeting),
        "hands": hands_of(meeting),
        "polls": polls_of(staff, meeting),
        "waited_for_by": waiting,
    }


def own_waiting(actor: Actor, meeting: Meeting) -> list[dict[str, Any]]:
    """The entries of the actor that wait for approval, the newest first."""
    waiting = Post.objects.filter(meeting=meeting, author_key=actor.key, held_at__isnull=False)
    shown = waiting.filter(hidden_at__isnull=True, withdrawn_at__isnull=True)
    return [post_dict(post) for post in posts_with_everything(shown.order_by("-created_at"))]


def hall_state(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    """The room's state with agenda and decks: for the cockpit and the projector."""
    state = room_state(actor, meeting)
    state["items"] = [item_dict(item) for item in meeting.agenda.select_related("township")]
    state["decks"] = showable_decks(actor, meeting)
    return state


def cockpit_state(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    """The host's state: the hall's, and the townships to see who is missing."""
    townships = Township.objects.filter(county_id=meeting.county_id, active=True)
    return hall_state(actor, meeting) | {
        "attendance": sheet_rows(meeting),
        "townships": [{"id": str(one.pk), "name": one.name} for one in townships],
        "people": people_of(meeting),
    }


def people_of(meeting: Meeting) -> list[dict[str, str]]:
    """Who may see to an entry: the people of the county (one query)."""
    found = Membership.objects.filter(
        county_id=meeting.county_id, active=True, user__is_active=True
    )
    return [
        {
            "id": str(one.user_id),
            "name": str(one.user),
            "unit": one.township.name if one.township else "",
        }
        for one in found.select_related("user", "township").order_by(
            "township__position", "user__name"
        )
    ]


def cases_of(staff: bool, meeting: Meeting) -> list[dict[str, Any]]:
    """The cases on the meeting's list, the oldest first (two queries)."""
    found = Case.objects.filter(discussions__meeting=meeting).order_by("created_at", "pk")
    states = [case_dict(case) for case in cases_with_everything(found)]
    return states if staff else [case_here(state, meeting.pk) for state in states]


def me_dict(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    """What the page must know of its reader. The server judges each write again."""
    probe = _AnythingOf(meeting, actor)
    return {
        "mark": mark_of(meeting.pk, actor.key),
        "name": actor.name,
        "unit": actor.unit,
        "township": str(actor.township_id) if actor.township_id else None,
        "rights": {
            "post": can(actor, Action.POST, meeting),
            "reply": can(actor, Action.REPLY, meeting),
            "support": can(actor, Action.SUPPORT, meeting),
            "adopt": actor.township_id is not None and can(actor, Action.ADOPT, probe),
            "speak": can(actor, Action.SPEAK, meeting),
            "vote": can(actor, Action.VOTE, meeting),
            "moderate": can(actor, Action.MODERATE, meeting),
            "cases": can(actor, Action.SEE_CASE),
            "host": can(actor, Action.SCHEDULE, meeting),
        },
    }


class _AnythingOf:
    """Something of the actor's own township in the meeting, to ask the rights table about."""

    def __init__(self, meeting: Meeting, actor: Actor) -> None:
        self.meeting = meeting
        self.county_id = meeting.county_id
        self.township_id = actor.township_id
