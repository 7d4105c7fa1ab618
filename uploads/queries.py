"""What the pages and the API read: materials, versions and pages an actor may see."""

import datetime as dt
import uuid
from collections.abc import Collection

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from meetings.expected import Given
from townships.actors import Actor
from townships.problems import NotFound

from .models import Material, Page, Upload, Version
from .representations import sees_full, with_versions


def visible_material(actor: Actor, material_id: uuid.UUID) -> Material:
    """The material with its versions (two queries). Raises `NotFound`."""
    found = with_versions(Material.objects.visible_to(actor)).filter(pk=material_id).first()
    if found is None:
        raise NotFound
    return found


def chosen_version(actor: Actor, material: Material, number: int | None = None) -> Version | None:
    """The version to show: the one asked for, else the current, else for those who see its way the
    newest. Raises `NotFound` for a number that is not there or not for the actor."""
    versions = list(material.versions.all())
    full = sees_full(actor, material)
    if number is not None:
        for version in versions:
            if version.number == number and (full or version.pk == material.current_id):
                return version
        raise NotFound
    current = next((v for v in versions if v.pk == material.current_id), None)
    return current or (versions[0] if full and versions else None)


def visible_version(actor: Actor, version_id: uuid.UUID, *, old_too: bool = False) -> Version:
    """A version the actor may have: the one on show, for those who see the way every one.

    `old_too`: an older one that was ready may be looked at by everyone who sees the material (board
    entries point at its slides).
    """
    version = (
        Version.objects.filter(
            pk=version_id, material__in=Material.objects.visible_to(actor).values("pk")
        )
        .select_related("material")
        .defer("findings")
        .first()
    )
    if version is None:
        raise NotFound
    ready = version.state == Version.State.READY
    shown = version.pk == version.material.current_id or (old_too and ready)
    if not shown and not sees_full(actor, version.material):
        raise NotFound
    return version


def visible_page(actor: Actor, page_id: uuid.UUID) -> Page:
    """A page the actor may look at (two queries). Raises `NotFound`."""
    page = Page.objects.filter(pk=page_id).defer("text", "notes").first()
    if page is None:
        raise NotFound
    page.version = visible_version(actor, page.version_id, old_too=True)
    return page


def two_versions(
    actor: Actor, material: Material, before: int | None, after: int | None
) -> tuple[Version, Version]:
    """The two versions to compare: those asked for, else the newest that is ready and the one ready
    before it. Needs `with_versions`. Raises `NotFound` for a reader who does not see the way, for
    numbers that are not there or not ready, and where there is nothing to compare."""
    if not sees_full(actor, material):
        raise NotFound
    ready = [v for v in material.versions.all() if v.state == Version.State.READY]
    new = next((v for v in ready if after is None or v.number == after), None)
    if new is None:
        raise NotFound
    older = [v for v in ready if v.number < new.number]
    if before is not None:
        older = [v for v in ready if v.number == before and v.pk != new.pk]
    if not older:
        raise NotFound
    return older[0], new


def pages_of(*versions: Version) -> list[list[Page]]:
    """The pages of each version in order (one query for all)."""
    found: dict[uuid.UUID, list[Page]] = {version.pk: [] for version in versions}
    for page in Page.objects.filter(version__in=found).order_by("number"):
        found[page.version_id].append(page)
    return [found[version.pk] for version in versions]


def uploads_on_their_way(
    actor: Actor, meeting_id: uuid.UUID, township_id: uuid.UUID | None, kind: str = ""
) -> list[Upload]:
    """Unfinished uploads into a meeting: of the own township, for organisers of all."""
    found = Upload.objects.filter(
        meeting_id=meeting_id,
        county_id=actor.county_id,
        state=Upload.State.RECEIVING,
        expires_at__gt=timezone.now(),
    ).filter(Q(offset__gt=0) | Q(created_at__gt=timezone.now() - dt.timedelta(hours=1)))
    if not actor.is_staff:
        if actor.township_id is None:
            return []
        found = found.filter(township_id=actor.township_id)
    if township_id:
        found = found.filter(township_id=township_id)
    if kind:
        found = found.filter(kind=kind)
    return list(found.select_related("uploaded_by__user").order_by("-created_at")[:50])


def given(meeting_ids: Collection[uuid.UUID]) -> list[Given]:
    """What has come in for these meetings (one query), for `meetings.expected`.

    A file that was refused or could not be converted has not come in, unless an older version is on
    show; a withdrawn one has not either.
    """
    newest = Version.objects.filter(material=OuterRef("pk")).order_by("-number").values("state")
    rows = (
        Material.objects.filter(meeting__in=list(meeting_ids))
        .annotate(newest=Subquery(newest[:1]))
        .values_list(
            "meeting_id", "township_id", "kind", "newest", "current_id", "withdrawn_at",
            "extended_until",
        )
    )  # fmt: skip
    unusable = (None, Version.State.REFUSED, Version.State.FAILED)
    return [
        Given(
            meeting_id,
            township_id,
            kind,
            arrived=withdrawn is None and (state not in unusable or current is not None),
            extended_until=extended,
        )
        for meeting_id, township_id, kind, state, current, withdrawn, extended in rows
    ]
