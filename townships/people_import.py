"""Importing people: kept as a preview first, carried out exactly as it was shown, all or nothing."""

import datetime as dt
import re
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import audit
from .actors import Actor
from .api_auth import hash_token, new_token
from .models import County, Invitation, Membership, PeopleImport, Township, User
from .people import INVITATION_DAYS, change_membership
from .people_plan import Does, Judged, Plan, make_plan
from .people_table import Line, read_people
from .permissions import Action, require
from .problems import Conflict, Invalid, NotFound
from .texts import one_line

KEPT = dt.timedelta(days=1)


class PreviewIsOld(Conflict):
    code = "preview_is_old"
    title = _("The county has changed meanwhile")
    sentence = _(
        "Since you saw the preview, people or townships have changed. Nothing was done: please look at the new preview."
    )


class ImportDone(Conflict):
    code = "import_done"
    title = _("Done already")
    sentence = _("This list has been carried out already.")


def bring_people(
    *, actor: Actor, filename: str, data: bytes, adds_townships: bool = False
) -> PeopleImport:
    """Keep a file's rows for a preview of one day. Raises `Invalid` (field "file") for a file that cannot be read."""
    require(actor, Action.PEOPLE)
    lines = read_people(data)
    with transaction.atomic():
        PeopleImport.objects.filter(
            county_id=actor.county_id, created_at__lt=timezone.now() - KEPT
        ).delete()
        made = PeopleImport.objects.create(
            county_id=actor.county_id,
            brought_by_id=actor.membership_id,
            filename=one_line(filename, "file", most=1000)[-200:],
            adds_townships=adds_townships,
            rows=[[line.number, line.cells, line.formulas] for line in lines],
        )
        audit.write(actor=actor, action="people.brought", obj=made, rows=len(lines))
    return made


def brought(actor: Actor, import_id: uuid.UUID, *, lock: bool = False) -> PeopleImport:
    """A kept list of the actor's own county. Raises `NotFound`."""
    require(actor, Action.PEOPLE)
    found = PeopleImport.objects.filter(county_id=actor.county_id, pk=import_id)
    kept = (found.select_for_update() if lock else found).first()
    if kept is None:
        raise NotFound
    return kept


def plan_of(actor: Actor, kept: PeopleImport) -> Plan:
    """What the list would do now."""
    lines = [Line(number, dict(cells), list(formulas)) for number, cells, formulas in kept.rows]
    return make_plan(actor, lines, adds_townships=kept.adds_townships)


def carry_out_import(*, actor: Actor, import_id: uuid.UUID, digest: str) -> dict[str, int]:
    """Do what the preview named `digest` showed; what was done, by kind.

    People are invited without a link: those are mailed or taken away from the page of invitations. Raises `PreviewIsOld`
    when the county has changed so that something else would be done, `ImportDone`, `NotFound`.
    """
    require(actor, Action.PEOPLE)
    try:
        with transaction.atomic():
            County.objects.select_for_update().get(pk=actor.county_id)
            kept = brought(actor, import_id, lock=True)
            if kept.done_at is not None:
                raise ImportDone
            plan = plan_of(actor, kept)
            if plan.digest != digest:
                raise PreviewIsOld
            towns = _add_townships(actor, plan.new_townships)
            _add_people(
                actor, [row for row in plan.rows if row.does in (Does.INVITE, Does.RETURN)], towns
            )
            for row in plan.rows:
                if row.does == Does.MOVE and row.membership is not None:
                    town = _town(row, towns)
                    change_membership(
                        actor=actor,
                        membership_id=row.membership.pk,
                        role=row.role,
                        township_id=town.pk if town else None,
                    )
            counts = plan.counts()
            kept.done_at, kept.counts, kept.rows = timezone.now(), counts, []
            kept.save(update_fields=["done_at", "counts", "rows"])
            audit.write(actor=actor, action="people.imported", obj=kept, counts=counts)
    except IntegrityError as error:
        raise PreviewIsOld from error
    return counts


def _add_townships(actor: Actor, names: list[str]) -> dict[str, Township]:
    last = (
        Township.objects.filter(county_id=actor.county_id).aggregate(last=Max("position"))["last"]
        or 0
    )
    made = Township.objects.bulk_create(
        [
            Township(county_id=actor.county_id, name=name, position=last + place)
            for place, name in enumerate(names, 1)
        ]
    )
    audit.write_all(
        audit.built(actor=actor, action="township.created", obj=town, name=town.name)
        for town in made
    )
    return {town.name: town for town in made}


def _town(row: Judged, made: dict[str, Township]) -> Township | None:
    return made.get(row.township.name, row.township) if row.township else None


def _add_people(actor: Actor, rows: list[Judged], towns: dict[str, Township]) -> None:
    """Users, memberships that are not active yet, invitations and audit rows: a few statements for any number."""
    names = _Usernames(rows)
    new = [row for row in rows if row.user is None]
    for row in new:
        row.user = User(name=row.cells["name"], username=names.take(row), email=row.cells["email"])
        row.user.set_unusable_password()
    User.objects.bulk_create([row.user for row in new if row.user], batch_size=200)
    for row in rows:
        if row.does == Does.RETURN and row.user is not None:
            row.user.name = row.cells["name"]
            row.user.email = row.cells["email"] or row.user.email
            row.user.save(update_fields=["name", "email"])
    memberships = Membership.objects.bulk_create(
        [
            Membership(
                user=row.user,
                county_id=actor.county_id,
                township=_town(row, towns),
                role=row.role,
                active=False,
            )
            for row in rows
        ],
        batch_size=200,
    )
    until = timezone.now() + dt.timedelta(days=INVITATION_DAYS)
    Invitation.objects.bulk_create(
        [
            Invitation(
                membership=membership,
                token_hash=hash_token(new_token()),
                invited_by_id=actor.membership_id,
                expires_at=until,
            )
            for membership in memberships
        ],
        batch_size=200,
    )
    audit.write_all(
        audit.built(actor=actor, action="person.invited", obj=membership, role=membership.role)
        for membership in memberships
    )


class _Usernames:
    """User names for people whose row gives none: made from their names, free everywhere."""

    def __init__(self, rows: list[Judged]) -> None:
        self.taken = {row.cells["username"].lower() for row in rows}
        bases = sorted({self.base(row.cells["name"]) for row in rows if not row.cells["username"]})
        for start in range(0, len(bases), 100):
            self._look_up(bases[start : start + 100])

    def _look_up(self, bases: list[str]) -> None:
        alike = Q()
        for base in bases:
            alike |= Q(lower__startswith=base.lower())
        found = User.objects.annotate(lower=Lower("username")).filter(alike)
        self.taken.update(found.values_list("lower", flat=True))

    @staticmethod
    def base(name: str) -> str:
        return "".join(re.findall(r"[\w.@+-]", name))[:40] or "user"

    def take(self, row: Judged) -> str:
        if row.cells["username"]:
            return row.cells["username"]
        base, number = self.base(row.cells["name"]), 1
        chosen = base
        while chosen.lower() in self.taken or len(chosen) < 2:
            number += 1
            chosen = f"{base}{number}"
        self.taken.add(chosen.lower())
        return chosen


def preview_of(actor: Actor, import_id: uuid.UUID) -> tuple[PeopleImport, Plan]:
    """A kept list and what it would do. Raises `NotFound`, `ImportDone`."""
    kept = brought(actor, import_id)
    if kept.done_at is not None:
        raise ImportDone
    return kept, plan_of(actor, kept)


def checked_file(uploaded: Any) -> tuple[str, bytes]:
    """Name and bytes of an uploaded file. Raises `Invalid` without one."""
    if uploaded is None:
        raise Invalid(fields={"file": _("Choose a file.")})
    return uploaded.name or "", uploaded.read()
