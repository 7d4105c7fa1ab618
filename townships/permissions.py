"""The rights table of DESIGN: the only place that says which role may do what.

A row is an action; each role's cell is a rule, a small named predicate over the actor and the
object. Objects are judged by attributes they all share, so this module needs none of the packages
to its right: `county_id`, `township_id`, `meeting` (or being one: `status`, `allows_guests`,
`join_code`).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from .actors import SCREEN, Actor
from .models import Role
from .problems import NoMembership, NotAllowed, NotFound, SignedOut

Rule = Callable[[Actor, Any], bool]


class Action(StrEnum):
    """Everything that can be asked for."""

    SCHEDULE = "schedule"  # series, meetings, agenda, announce, open, close, screen
    UPLOAD = "upload"  # upload, replace, withdraw a material
    APPROVE = "approve"  # "I have looked at it, it is right", about a version of a material
    SEE_MATERIAL = "see_material"
    SEE_MEETING = "see_meeting"
    CONFIRM_NOTICE = "confirm_notice"  # a township says it has received a meeting's notice
    SWAP_TURN = "swap_turn"  # ask for and answer swaps of the own township's turn to present
    POST = "post"
    REPLY = "reply"
    SUPPORT = "support"
    MODERATE = "moderate"  # hide, pin, merge, answer, assign
    EDIT_POST = "edit_post"  # the author's own, for five minutes; withdraw
    ADOPT = "adopt"
    SPEAK = "speak"  # raise a hand, take it down
    VOTE = "vote"
    SEE_CASE = "see_case"  # cases live in the county, not in a meeting
    FOLLOW_CASE = "follow_case"  # a note on a case one's own township raised or sees to
    ARCHIVE = "archive"  # browse, search, download
    MINUTES = "minutes"  # draft, edit and approve a closed meeting's minutes; its pack
    PACKAGE = "package"  # archive packages, metadata, corrections
    IMPORT = "import"  # old meetings brought into the archive
    DISPOSE = "dispose"  # taking something out of the archive: two people each time
    PEOPLE = "people"  # people, townships, series, county settings


def anyone(actor: Actor, obj: Any) -> bool:
    return True


def meeting_of(obj: Any) -> Any:
    """The meeting an object belongs to: itself, or its `meeting`."""
    return obj if hasattr(obj, "allows_guests") else getattr(obj, "meeting", None)


def announced(actor: Actor, obj: Any) -> bool:
    """Drafts are the organisers' own."""
    meeting = meeting_of(obj)
    return meeting is None or meeting.status != "draft"


def opened(actor: Actor, obj: Any) -> bool:
    meeting = meeting_of(obj)
    return meeting is not None and meeting.status in ("live", "closed")


def closed(actor: Actor, obj: Any) -> bool:
    meeting = meeting_of(obj)
    return meeting is None or meeting.status == "closed"


def own_township(actor: Actor, obj: Any) -> bool:
    return (
        actor.township_id is not None
        and obj is not None
        and (getattr(obj, "township_id", None) == actor.township_id)
    )


def own_or_opened(actor: Actor, obj: Any) -> bool:
    return own_township(actor, obj) or opened(actor, obj)


def own_and_announced(actor: Actor, obj: Any) -> bool:
    return own_township(actor, obj) and announced(actor, obj)


def own_before_deadline(actor: Actor, obj: Any) -> bool:
    """Own township, while the slot is open: `accepts_uploads` knows deadline and extensions."""
    return own_township(actor, obj) and bool(getattr(obj, "accepts_uploads", True))


def invited(actor: Actor, obj: Any) -> bool:
    """A guest's own meeting, while it is live, lets guests in, and keeps the code they came by."""
    meeting = meeting_of(obj)
    return (
        meeting is not None
        and meeting.pk == actor.guest_meeting_id
        and meeting.status == "live"
        and meeting.allows_guests
        and meeting.join_code != ""
        and meeting.join_code == actor.guest_code
    )


def own_case(actor: Actor, obj: Any) -> bool:
    """A case of the own township, or one the actor sees to."""
    if own_township(actor, obj):
        return True
    return actor.user_id is not None and getattr(obj, "responsible_id", None) == actor.user_id


def paired(actor: Actor, obj: Any) -> bool:
    """A hall's screen: its meeting, until that is closed or the link was taken back."""
    meeting = meeting_of(obj)
    return (
        meeting is not None
        and meeting.pk == actor.guest_meeting_id
        and meeting.status in ("announced", "live")
        and meeting.screen_key != ""
        and meeting.screen_key == actor.guest_code
    )


def paired_and_open(actor: Actor, obj: Any) -> bool:
    return paired(actor, obj) and opened(actor, obj)


def author(actor: Actor, obj: Any) -> bool:
    """The one who wrote it; `still_editable` knows the five minutes."""
    return bool(obj.author_key) and obj.author_key == actor.key and obj.still_editable


O, M, V, A, G = Role.ORGANISER, Role.MEMBER, Role.OBSERVER, Role.ARCHIVIST, Role.GUEST

TABLE: Mapping[Action, Mapping[str, Rule]] = {
    Action.SCHEDULE: {O: anyone},
    Action.UPLOAD: {O: anyone, M: own_before_deadline},
    Action.APPROVE: {O: anyone, M: own_township},
    Action.SEE_MEETING: {
        O: anyone,
        M: announced,
        V: announced,
        A: announced,
        G: invited,
        SCREEN: paired,
    },
    Action.SEE_MATERIAL: {
        O: anyone,
        M: own_or_opened,
        V: opened,
        A: opened,
        G: invited,
        SCREEN: paired_and_open,
    },
    Action.CONFIRM_NOTICE: {O: anyone, M: own_and_announced},
    Action.SWAP_TURN: {O: anyone, M: own_township},
    Action.POST: {O: anyone, M: announced, G: invited},
    Action.REPLY: {O: anyone, M: announced, V: announced},
    Action.SUPPORT: {O: anyone, M: announced, G: invited},
    Action.MODERATE: {O: anyone},
    Action.EDIT_POST: {O: author, M: author, G: author},
    Action.ADOPT: {O: anyone, M: own_township},
    Action.SPEAK: {O: anyone, M: announced, V: announced, G: invited},
    Action.VOTE: {O: anyone, M: announced},
    Action.SEE_CASE: {O: anyone, M: anyone, V: anyone, A: anyone},
    Action.FOLLOW_CASE: {O: anyone, M: own_case},
    Action.ARCHIVE: {O: anyone, M: closed, V: closed, A: anyone},
    Action.MINUTES: {O: closed},
    Action.PACKAGE: {A: anyone},
    Action.IMPORT: {O: anyone, A: anyone},
    Action.DISPOSE: {O: anyone, A: anyone},
    Action.PEOPLE: {O: anyone},
}


def same_county(actor: Actor, obj: Any) -> bool:
    county_id = getattr(obj, "county_id", None)
    return county_id is None or county_id == actor.county_id


def can(actor: Actor, action: Action, obj: Any = None) -> bool:
    """Whether the actor may do this to the object (or at all, without one)."""
    if actor.role is None:
        return False
    rule = TABLE[action].get(actor.role)
    if rule is None:
        return False
    if obj is None:
        return True
    return same_county(actor, obj) and rule(actor, obj)


def can_see(actor: Actor, obj: Any) -> bool:
    """Whether the object exists for this actor at all."""
    see = getattr(obj, "seen_by", Action.SEE_MEETING)
    return can(actor, see, obj)


def require(actor: Actor, action: Action, obj: Any = None) -> None:
    """Raise unless the actor may do this.

    Raises `SignedOut` (401) without a role, `NotFound` (404) where the object is not the actor's to
    see (another county's object answers exactly like a missing one), `NotAllowed` (403) otherwise.
    """
    if can(actor, action, obj):
        return
    if actor.role is None:
        raise NoMembership if actor.user_id else SignedOut
    if obj is not None and not can_see(actor, obj):
        raise NotFound
    raise NotAllowed
