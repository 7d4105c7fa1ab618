"""The county's own deck that the month's decks are made of, and making one for a township."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from townships import audit
from townships.actors import Actor
from townships.models import County
from townships.permissions import Action, require

from . import files
from .models import BaseDeck
from .monthly.deck import BaseFacts, Cover, UnusableBase, build_deck, look_at
from .monthly.headings import TITLES
from .problems import BaseDeckUnusable, FileRefused, TooLarge
from .processing.errors import ProcessingError
from .processing.inspection import inspect
from .processing.kinds import clean_filename
from .processing.limits import MIB, Limits
from .processing.ooxmltypes import as_presentation
from .slots import Slot
from .tus.incoming import require_room

ENDINGS = (".pptx", ".potx")
PROMPT = gettext_lazy(
    "One point a paragraph. Problems and practices written under these headings can be put on the "
    "meeting's board without typing them again."
)


def current_base(county_id: uuid.UUID | None) -> BaseDeck | None:
    """The county's own deck in use (one query)."""
    return (
        BaseDeck.objects.filter(county_id=county_id, removed_at__isnull=True)
        .select_related("uploaded_by__user")
        .first()
    )


def set_base_deck(*, actor: Actor, filename: str, read: Callable[[int], bytes]) -> BaseDeck:
    """Use a deck of the county's own from now on; it is inspected like every upload, and tried out.

    `read(n)` gives at most n bytes, b"" at the end. Raises `FileRefused` with the reason,
    `BaseDeckUnusable`, `TooLarge`, `QuotaExceeded`, `StorageFull`, `NotAllowed`; the old one stays in use then.
    """
    require(actor, Action.PEOPLE)
    assert actor.county_id is not None
    with tempfile.TemporaryDirectory(prefix="lihui-base-") as name:
        folder = Path(name)
        source = folder / "source"
        _receive(read, source)
        title, usable = _inspected(filename, source, folder)
        with source.open("rb") as opened:
            original = files.store(opened, files.new_original_key(Path(title).suffix.lower()))
        try:
            with usable.open("rb") as opened:
                inspected = files.store(opened, f"base-decks/{uuid.uuid4()}/base.pptx")
        except BaseException:
            files.delete([original.key])
            raise
    try:
        return _replace(actor, actor.county_id, title, original, inspected)
    except BaseException:
        files.delete([original.key, inspected.key])
        raise


def _replace(
    actor: Actor, county_id: uuid.UUID, title: str, original: files.Stored, inspected: files.Stored
) -> BaseDeck:
    """The row of a stored deck, in the place of the one in use. Raises `QuotaExceeded`."""
    with transaction.atomic():
        County.objects.select_for_update().get(pk=county_id)
        require_room(county_id, original.size)
        _retire(county_id)
        base = BaseDeck.objects.create(
            county_id=county_id,
            filename=title,
            size=original.size,
            sha256=original.sha256,
            original=original.key,
            inspected=inspected.key,
            uploaded_by_id=actor.membership_id,
        )
        audit.write(actor=actor, action="base_deck.changed", obj=base, sha256=base.sha256)
    return base


def _receive(read: Callable[[int], bytes], target: Path) -> None:
    size = 0
    with target.open("wb") as out:
        while piece := read(256 * 1024):
            size += len(piece)
            if size > settings.BASE_DECK_BYTES:
                raise TooLarge(limit_mb=settings.BASE_DECK_BYTES // MIB)
            out.write(piece)


def _inspected(filename: str, source: Path, folder: Path) -> tuple[str, Path]:
    """The clean name and the copy that may be opened, as a presentation."""
    try:
        name = clean_filename(filename, "deck")
        if name.extension not in ENDINGS:
            params = {"extension": name.extension, "allowed": " ".join(ENDINGS)}
            raise FileRefused("extension_not_allowed", params)
        limits = Limits(
            file_size=settings.BASE_DECK_BYTES, zip_unpacked=100 * MIB, slides=60, no_slides=True
        )
        checked = inspect(source, filename, "deck", folder, limits)
        usable = as_presentation(checked.path, folder / "base.pptx", media=True)
        look_at(usable)
    except ProcessingError as error:
        raise FileRefused.of(error) from None
    except UnusableBase:
        raise BaseDeckUnusable from None
    return name.name, usable


def remove_base_deck(*, actor: Actor) -> None:
    """Go back to the hub's own design; the file is kept. Nothing happens where there is none."""
    require(actor, Action.PEOPLE)
    assert actor.county_id is not None
    with transaction.atomic():
        County.objects.select_for_update().get(pk=actor.county_id)
        for base in _retire(actor.county_id):
            audit.write(actor=actor, action="base_deck.removed", obj=base)


def _retire(county_id: uuid.UUID) -> list[BaseDeck]:
    used = list(BaseDeck.objects.filter(county_id=county_id, removed_at__isnull=True))
    for base in used:
        base.removed_at = timezone.now()
        base.save(update_fields=["removed_at"])
    return used


def month_deck(slot: Slot) -> tuple[str, bytes]:
    """The month's deck of a township, in the county's language: file name and content."""
    meeting, township = slot.meeting, slot.township
    day = meeting.starts_at.astimezone(meeting.zone)
    with translation.override(meeting.county.language):
        cover = Cover(
            county=meeting.county.name,
            township=township.name,
            meeting=meeting.title,
            date=date_format(day, "DATE_FORMAT"),
        )
        titles = {section: str(title) for section, title in TITLES.items()}
        prompt = str(PROMPT)
    with _opened(current_base(meeting.county_id)) as path:
        content = build_deck(cover, titles, prompt, path)
    name = f"{township.name} {meeting.title}.pptx"
    return "".join(" " if c in '/\\:*?"<>|' else c for c in name), content


def facts_of(base: BaseDeck) -> BaseFacts | None:
    """How a deck in use is used; None when it can no longer be read."""
    try:
        with _opened(base) as path:
            assert path is not None
            return look_at(path)
    except (UnusableBase, FileNotFoundError):
        return None


@contextmanager
def _opened(base: BaseDeck | None) -> Iterator[Path | None]:
    """The inspected copy on this machine, for python-pptx; None without a deck of its own."""
    if base is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="lihui-base-"))
    try:
        files.fetch(base.inspected, folder / "base.pptx")
        yield folder / "base.pptx"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
