"""A slot: where a township's deck or manuscript for a meeting goes, whether or not it is filled."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from meetings.models import Meeting
from meetings.problems import MeetingClosed
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, can, require
from townships.problems import Invalid, NotFound

from .models import Kind, Material
from .problems import DeadlinePassed


@dataclass(frozen=True, slots=True)
class Slot:
    """What the rights table judges when somebody uploads: the meeting, the township, the kind."""

    meeting: Meeting
    township: Township
    kind: str
    material: Material | None
    moment: dt.datetime | None = None

    seen_by = Action.SEE_MEETING

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id

    @property
    def township_id(self) -> uuid.UUID:
        return self.township.pk

    @property
    def accepts_uploads(self) -> bool:
        """Whether the township may still upload: until the deadline or a granted extension."""
        if self.material is not None:
            self.material.meeting = self.meeting
            return self.material.accepts_uploads
        return not self.meeting.is_closed and not self.meeting.is_past_grace(
            self.township_id, self.kind, self.moment
        )


def find_slot(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    township_id: uuid.UUID | None,
    kind: str,
    moment: dt.datetime | None = None,
) -> Slot:
    """The slot of a township at a meeting the actor may know of (three queries).

    Without a township: the actor's own. Raises `NotFound` for anything of another county,
    `Invalid` for an unknown kind or where a township has to be named.
    """
    if kind not in Kind.values:
        raise Invalid(fields={"kind": _("Say whether it is a deck or a manuscript.")})
    township_id = township_id or actor.township_id
    if township_id is None:
        raise Invalid(fields={"township": _("Say which township the materials come from.")})
    meeting = (
        Meeting.objects.visible_to(actor).select_related("county").filter(pk=meeting_id).first()
    )
    township = Township.objects.visible_to(actor).filter(pk=township_id).first()
    if meeting is None or township is None:
        raise NotFound
    material = Material.objects.filter(meeting=meeting, township=township, kind=kind).first()
    return Slot(meeting, township, kind, material, moment)


def require_upload(actor: Actor, slot: Slot) -> None:
    """Raise unless the actor may fill the slot now.

    Raises `MeetingClosed`, `DeadlinePassed` (own township, too late), else as `require`.
    """
    if actor.county_id == slot.county_id and actor.role is not None:
        if slot.meeting.is_closed:
            require(actor, Action.SEE_MEETING, slot.meeting)
            raise MeetingClosed
        too_late = actor.township_id == slot.township_id and not slot.accepts_uploads
        if too_late and not can(actor, Action.UPLOAD, slot):
            raise DeadlinePassed
    require(actor, Action.UPLOAD, slot)
