"""Sound and video of slides, kept beside the pictures so that browsers can play them."""

from pathlib import Path
from typing import Any

from . import files
from .models import Version
from .processing.inspection import Inspected
from .processing.media import copy_media, find_media


def store_media(inspected: Inspected, prefix: str, folder: Path) -> dict[int, list[dict[str, Any]]]:
    """Copy every embedded sound and video into storage below `prefix`; per slide what `Page.media`
    holds. A part shown on several slides is stored once. Raises `StorageFull`, `StorageDown`."""
    found: dict[int, list[dict[str, Any]]] = {}
    keys: dict[str, str] = {}
    for media in find_media(inspected):
        key = keys.get(media.part)
        if key is None:
            key = keys[media.part] = f"{prefix}media-{len(keys) + 1}"
            copy = folder / f"media-{len(keys)}"
            copy_media(inspected, media, copy)
            with copy.open("rb") as opened:
                files.store(opened, key, media.type)
            copy.unlink()
        found.setdefault(media.slide, []).append(
            {"key": key, "type": media.type, "size": media.size, "name": media.name}
        )
    return found


def keep_media(version: Version, found: dict[int, list[dict[str, Any]]]) -> None:
    """Write on the pages of a version which sound and video they have, and on the version what the copies take
    (it counts for the county's quota); the caller saves the version."""
    sizes = {item["key"]: int(item["size"]) for items in found.values() for item in items}
    version.media_bytes = sum(sizes.values())
    changed = []
    for page in version.pages.only("number", "media"):
        fresh = found.get(page.number, [])
        if page.media != fresh:
            page.media = fresh
            changed.append(page)
    version.pages.model.objects.bulk_update(changed, ["media"], batch_size=100)
