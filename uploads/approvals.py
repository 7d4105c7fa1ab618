"""The writes about versions that change no file: approving one, naming one."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from meetings import events
from townships.actors import Actor
from townships.permissions import Action, require
from townships.texts import one_line

from .models import Approval, Version
from .problems import NotOnShow
from .services import locked_material, version_of


def approve_version(
    *, actor: Actor, version_id: uuid.UUID, at: dt.datetime | None = None
) -> Approval:
    """Say "I have looked at it, it is right" about the version on show.

    A member says it for the township (`owner`), an organiser for the organiser; each side once (said
    again, the first one stays). A new version has no approval. Raises `NotOnShow` for any other
    version than the one on show, `MeetingClosed`, `NotFound`, `NotAllowed`.
    """
    with transaction.atomic():
        version = version_of(actor, version_id)
        material = locked_material(actor, version.material_id)
        require(actor, Action.APPROVE, material)
        version.refresh_from_db()
        shown = material.current_id == version.pk and material.withdrawn_at is None
        if not shown or version.state != Version.State.READY:
            raise NotOnShow
        approval, fresh = Approval.objects.get_or_create(
            version=version,
            by=side_of(actor),
            defaults={"user_id": actor.user_id, "at": at or timezone.now()},
        )
        if fresh:
            events.record(
                material.meeting,
                events.MATERIAL_APPROVED,
                material,
                actor,
                township_id=material.township_id,
                at=at,
                by=approval.by,
                version=str(version.pk),
            )
    return approval


def take_approval_back(*, actor: Actor, version_id: uuid.UUID) -> None:
    """The actor's side no longer says so. Nothing happens where it had not. Raises as above."""
    with transaction.atomic():
        version = version_of(actor, version_id)
        material = locked_material(actor, version.material_id)
        require(actor, Action.APPROVE, material)
        gone, _rows = Approval.objects.filter(version=version, by=side_of(actor)).delete()
        if gone:
            events.record(
                material.meeting,
                events.MATERIAL_CHANGED,
                material,
                actor,
                township_id=material.township_id,
                approval_taken_back=side_of(actor),
                version=str(version.pk),
            )


def side_of(actor: Actor) -> str:
    """Whose approval the actor's is."""
    return Approval.By.ORGANISER if actor.is_staff else Approval.By.OWNER


def name_version(*, actor: Actor, version_id: uuid.UUID, label: str) -> Version:
    """Give a version a name of its own (at most 100 characters; "" takes it away).

    Raises `Invalid`, `MeetingClosed`, `NotFound`, `NotAllowed`.
    """
    label = one_line(label, "label", most=100)
    with transaction.atomic():
        version = version_of(actor, version_id)
        material = locked_material(actor, version.material_id)
        require(actor, Action.APPROVE, material)
        if version.label != label:
            version.label = label
            version.save(update_fields=["label"])
            events.record(
                material.meeting,
                events.MATERIAL_CHANGED,
                material,
                actor,
                township_id=material.township_id,
                named=version.number,
            )
    return version
