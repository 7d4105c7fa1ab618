"""Adopting practices: on the board while the meeting is open, in the ledger ever after.

An `Adoption` says how far a township is, as the meeting saw it; it is frozen with the meeting. The
ledger (`AdoptionStep`) only grows: a line for each thing a township said, during the meeting and in
the months after.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from meetings import events
from townships import audit
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require
from townships.problems import NotFound, SignedOut
from uploads.models import Material

from .models import Adoption, AdoptionStep, Post
from .problems import BadEvidence, BadStatus, NotAPractice, PostGone, StillOpen, WhichTownship
from .text import clean_body
from .writing import lock_post


@dataclass(frozen=True, slots=True)
class Said:
    """What a township says about trying a practice, cleaned."""

    township_id: uuid.UUID
    status: str | None
    result: str
    evidence: Material | None
    at: dt.datetime


def set_adoption(
    *,
    actor: Actor,
    post_id: uuid.UUID,
    status: str | None,
    township_id: uuid.UUID | None = None,
    result: str = "",
    evidence_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> Adoption | None:
    """Say that a township tries a practice, and how far it is; `status=None` takes it back.

    Members speak for their own township; organisers name one of the county. `evidence_id` is a
    material of that township. Raises `NotAPractice`, `WhichTownship`, `BadStatus`, `BadEvidence`.
    """
    result = _checked(status, result)
    township_id = township_id or actor.township_id
    with transaction.atomic():
        post = lock_post(actor, Action.SEE_MEETING, post_id)
        said = _said(actor, post, Adoption(post=post), township_id, status, result, evidence_id, at)
        if post.withdrawn_at or post.hidden_at or post.held_at or post.merged_into_id:
            raise PostGone
        return _write(actor, post, said)


def report_adoption(
    *,
    actor: Actor,
    post_id: uuid.UUID,
    status: str | None,
    township_id: uuid.UUID | None = None,
    result: str = "",
    evidence_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> AdoptionStep:
    """The same, after the practice's meeting has closed: a new line in the ledger, nothing else.

    The closed meeting stays as it was. Raises `StillOpen` before, and what `set_adoption` raises.
    """
    result = _checked(status, result)
    township_id = township_id or actor.township_id
    with transaction.atomic():
        post = Post.objects.select_for_update(of=("self",)).select_related("meeting").filter(pk=post_id).first()  # fmt: skip
        if post is None:
            raise (NotFound if actor.signed_in else SignedOut)
        require(actor, Action.SEE_MEETING, post)
        if not actor.is_staff and (post.hidden_at or post.withdrawn_at or post.held_at):
            raise NotFound
        step = AdoptionStep(post=post)
        said = _said(actor, post, step, township_id, status, result, evidence_id, at)
        if not post.meeting.is_closed:
            raise StillOpen
        if post.withdrawn_at or post.hidden_at or post.held_at or post.merged_into_id:
            raise PostGone
        step = _line(actor, post, said)
        audit.write(
            actor=actor,
            action="adoption.reported",
            obj=post,
            township=str(said.township_id),
            status=status,
        )
    return step


def _checked(status: str | None, result: str) -> str:
    if status is not None and status not in Adoption.Status.values:
        raise BadStatus
    return clean_body(result, required=False)


def _said(
    actor: Actor, post: Post, probe: Adoption | AdoptionStep, township_id: uuid.UUID | None,
    status: str | None, result: str, evidence_id: uuid.UUID | None, at: dt.datetime | None,
) -> Said:  # fmt: skip
    """What may be said, judged. `probe` is what the rights table is asked about."""
    probe.township_id = township_id  # type: ignore[assignment]
    require(actor, Action.ADOPT, probe)
    if township_id is None:
        raise WhichTownship
    if not Township.objects.filter(pk=township_id, county_id=post.county_id).exists():
        raise NotFound
    if post.kind != Post.Kind.PRACTICE:
        raise NotAPractice
    evidence = None
    if evidence_id is not None:
        evidence = (
            Material.objects.visible_to(actor)
            .filter(pk=evidence_id, township_id=township_id, withdrawn_at=None)
            .first()
        )
        if evidence is None:
            raise BadEvidence(fields={"evidence": BadEvidence.sentence})
    return Said(township_id, status, result, evidence, at or timezone.now())


def _write(actor: Actor, post: Post, said: Said) -> Adoption | None:
    old = post.adoptions.filter(township_id=said.township_id).first()
    if said.status is None:
        if old is None:
            return None
        old.delete()
        adoption = None
    else:
        evidence_id = said.evidence.pk if said.evidence else None
        if old is not None and (old.status, old.result, old.evidence_id) == (
            said.status,
            said.result,
            evidence_id,
        ):
            return old
        adoption = old or Adoption(post=post, township_id=said.township_id, created_at=said.at)
        adoption.status, adoption.result, adoption.changed_at = said.status, said.result, said.at
        adoption.evidence = said.evidence
        adoption.save()
    _line(actor, post, said)
    events.record(
        post.meeting,
        events.ADOPTION_CHANGED,
        post,
        actor,
        at=said.at,
        township=str(said.township_id),
        status=said.status,
    )
    return adoption


def _line(actor: Actor, post: Post, said: Said) -> AdoptionStep:
    """A new last line of the ledger."""
    newest = post.ledger.aggregate(newest=Max("created_at"))["newest"]
    later = newest is not None and newest >= said.at
    return AdoptionStep.objects.create(
        post=post,
        township_id=said.township_id,
        status=said.status or "",
        result=said.result,
        evidence=said.evidence,
        actor_name=actor.label[:200],
        created_at=newest + dt.timedelta(microseconds=1) if later else said.at,
    )


@dataclass(slots=True)
class LedgerRow:
    """One township in the ledger of a practice: where it is now, and its lines, oldest first."""

    township: Township
    status: str
    result: str
    evidence: Material | None
    changed_at: dt.datetime
    steps: list[AdoptionStep] = field(default_factory=list)


def ledger_of(posts: Collection[uuid.UUID]) -> dict[uuid.UUID, list[LedgerRow]]:
    """The ledgers of these practices by entry, townships in their order (two queries).

    Those who took it back are left out. What was said of an entry that was merged counts for the one
    that speaks for it.
    """
    found: dict[tuple[uuid.UUID, uuid.UUID], LedgerRow] = {}
    adoptions = Adoption.objects.filter(post__in=posts).select_related("township", "evidence__meeting")  # fmt: skip
    for one in adoptions:
        found[one.post_id, one.township_id] = LedgerRow(
            one.township, one.status, one.result, one.evidence, one.changed_at
        )
    steps = AdoptionStep.objects.filter(Q(post__in=posts) | Q(post__merged_into__in=posts))
    for step in steps.select_related("post", "township", "evidence__meeting"):
        key = (step.post.merged_into_id or step.post_id, step.township_id)
        row = found.get(key)
        if row is None:
            row = found[key] = LedgerRow(step.township, "", "", None, step.created_at)
        row.steps.append(step)
        row.status, row.result = step.status, step.result
        row.evidence, row.changed_at = step.evidence, step.created_at
    ledgers: dict[uuid.UUID, list[LedgerRow]] = {}
    for (post_id, _township_id), row in sorted(
        found.items(), key=lambda pair: (pair[1].township.position, pair[1].township.name)
    ):
        if row.status:
            ledgers.setdefault(post_id, []).append(row)
    return ledgers
