"""Answering a township's wish for more time with a no; a yes is `services.grant_extension`."""

import uuid

from django.db import transaction

from meetings import events
from meetings.models import Letter
from townships.actors import Actor
from townships.permissions import Action, require

from .letters import tell_of_time
from .models import Material
from .services import locked_material


def refuse_extension(*, actor: Actor, material_id: uuid.UUID) -> Material:
    """The organiser gives no more time; the deadline stays. Nothing happens where none was asked.

    Raises `NotFound`, `NotAllowed`, `MeetingClosed`.
    """
    with transaction.atomic():
        material = locked_material(actor, material_id)
        require(actor, Action.SCHEDULE, material.meeting)
        if material.extension_asked_at is not None:
            material.extension_asked_at = None
            material.save(update_fields=["extension_asked_at"])
            events.record(
                material.meeting,
                events.MATERIAL_CHANGED,
                material,
                actor,
                township_id=material.township_id,
                refused_extension=True,
            )
            due = material.meeting.due_of(material.township_id, material.kind)
            tell_of_time(Letter.What.TIME_REFUSED, material, actor, due=due)
    return material
