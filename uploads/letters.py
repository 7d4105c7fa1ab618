"""Letters about more time for a material: asked for, granted, refused."""

import datetime as dt

from django.urls import reverse

from meetings.letters.writing import tell
from meetings.models import Letter
from townships.actors import Actor

from .models import Material


def tell_of_time(
    what: str,
    material: Material,
    actor: Actor,
    *,
    due: dt.datetime | None = None,
    reason: str = "",
) -> None:
    """To the organisers what a township asked for, to the township what was answered; inside the
    transaction of the change. A township's affair: chat groups do not hear of it."""
    asked = what == Letter.What.TIME_ASKED
    if asked:
        path = reverse("meetings:readiness", args=[material.meeting_id])
    else:
        slot = [material.meeting_id, material.township_id, material.kind]
        path = reverse("material_slot", args=slot)
    facts = {
        "title": material.meeting.title,
        "township": material.township.name,
        "kind": material.kind,
        "path": path,
        "reason": reason,
    }
    if due is not None:
        facts["due"] = due.isoformat()
    tell(
        what,
        actor=actor,
        meeting=material.meeting,
        about=material.pk,
        facts=facts,
        townships=() if asked else (material.township_id,),
        organisers=asked,
    )
