"""Closed meetings with decks and entries to be found, written straight into the tables."""

import datetime as dt
import io
import uuid
from typing import Any

from django.db import transaction

from archive.indexing import catch_up
from board.models import Post
from meetings import events
from meetings.models import Meeting
from townships.actors import system_actor
from townships.models import Township
from uploads import files
from uploads.models import Material, Page, Version


def add_deck(
    meeting: Meeting, township: Township, slides: list[dict[str, Any]], kind: str = "deck"
) -> Material:
    """A ready material with these slides, and its event."""
    material = Material.objects.create(
        meeting=meeting, township=township, kind=kind, title=slides[0].get("title", "")
    )
    version = Version.objects.create(
        material=material,
        number=1,
        state=Version.State.READY,
        filename="演示.pptx",
        size=1000,
        sha256="0" * 64,
        original=f"originals/{uuid.uuid4()}",
        pages_total=len(slides),
    )
    for number, slide in enumerate(slides, 1):
        Page.objects.create(version=version, number=number, **slide)
    material.current = version
    material.save()
    tell(meeting, events.MATERIAL_READY, material, township_id=township.pk)
    return material


def add_entry(meeting: Meeting, township: Township, body: str, kind: str = "problem") -> Post:
    """A board entry of the township, and its event."""
    post = Post.objects.create(
        meeting=meeting,
        township=township,
        kind=kind,
        body=body,
        author_key=str(uuid.uuid4()),
        author_name="委员",
        author_unit=township.name,
        client_id=str(uuid.uuid4()),
        fingerprint="",
    )
    tell(meeting, events.POST_ADDED, post)
    return post


def tell(meeting: Meeting, kind: events.Kind, obj: Any, **options: Any) -> None:
    """Record an event as the hub, also in a meeting that is closed by now."""
    with transaction.atomic():
        locked = events.lock(meeting.pk)
        status, locked.status = locked.status, Meeting.Status.LIVE
        events.record(locked, kind, obj, system_actor(meeting.county_id), **options)
        locked.status = status


def index() -> None:
    """Do what the worker does every second."""
    while catch_up():
        pass


def month(year: int, number: int) -> dict[str, Any]:
    """The start and end of a meeting in that month, for `make_meeting`."""
    starts_at = dt.datetime(year, number, 25, 1, tzinfo=dt.UTC)
    return {"starts_at": starts_at, "ends_at": starts_at + dt.timedelta(hours=3)}


def add_files(material: Material) -> None:
    """Give a material's current version a real original, PDF and pictures in storage."""
    version = material.current
    assert version is not None
    name = f"{uuid.uuid4()}"
    kept = files.store(io.BytesIO(b"original " + name.encode()), f"originals/{name}/original.pptx")
    version.original, version.size, version.sha256 = kept.key, kept.size, kept.sha256
    version.pdf = files.store(
        io.BytesIO(b"%PDF " + name.encode()), f"pages/{name}/document.pdf"
    ).key
    version.save()
    for page in version.pages.all():
        for field in ("image", "thumb"):
            key = f"pages/{name}/{page.number}-{field}.webp"
            setattr(page, field, files.store(io.BytesIO(key.encode()), key).key)
        page.save()
