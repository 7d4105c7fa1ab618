"""Files that go: those of a deleted meeting, and those that no row names (a crash, a first load cut off)."""

import datetime as dt
import logging
import uuid
from functools import partial
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils import timezone

from meetings.models import Meeting

from . import files
from .claims import UNFINISHED
from .models import Upload, Version
from .tus.parts import part_store

log = logging.getLogger("lihui.uploads")

#: Older than anything that is still on its way: uploads, conversions, a restore, an import.
UNKNOWN_DAYS = 14
MOST_AT_ONCE = 200
_TOLD_ABOUT = {"meetings.event", "townships.auditrow"}  # they tell of files, they hold none


def forget_files(instance: Meeting, **_signal: Any) -> None:
    """Before a meeting's rows go (`pre_delete`): delete its files once that is committed.

    The rows cascade; originals, PDFs, pictures and bytes on their way would stay for ever.
    """
    versions = list(Version.objects.filter(material__meeting=instance))
    uploads = list(Upload.objects.filter(meeting=instance))
    if versions or uploads:
        transaction.on_commit(partial(_forget, versions, uploads), robust=True)


def _forget(versions: list[Version], uploads: list[Upload]) -> None:
    store = part_store()
    for upload in uploads:
        store.forget(upload)
        files.delete([upload.parts.get("key", "")])
    for version in versions:
        files.delete(
            [
                *(version.original, version.pdf, version.pdfa_name),
                *files.keys_below(f"pages/{version.pk}/"),
            ]
        )


def clear_unknown_files() -> int:
    """Remove stored files two weeks old that no row names; how many. Safe to run at any time.

    Below `originals/`, `pages/`, `pdfa/` and `base-decks/` only. A file is kept as long as any table of
    any package names its key, and everything of a version that is on its way.
    """
    before = timezone.now() - dt.timedelta(days=UNKNOWN_DAYS)
    unknown: list[str] = []
    for prefix in ("originals/", "pages/", "pdfa/", "base-decks/"):
        for key, written in files.dated_keys_below(prefix):
            if len(unknown) >= MOST_AT_ONCE:
                break
            if written < before and not _is_known(prefix, key):
                unknown.append(key)
    if unknown:
        log.info("removing %s stored files that nothing names", len(unknown))
        files.delete(unknown)
    return len(unknown)


def _is_known(prefix: str, key: str) -> bool:
    if prefix == "pages/":
        try:
            version_id = uuid.UUID(key.split("/")[1])
        except (IndexError, ValueError):
            return True  # not of our making
        version = Version.objects.filter(pk=version_id).first()
        if version is None:
            return False
        if version.state in UNFINISHED or key in named_keys(version):
            return True
    elif Version.objects.filter(models.Q(original=key) | models.Q(pdfa_name=key)).exists():
        return True
    return any(_names(model, key) for model in apps.get_models())


def named_keys(version: Version) -> set[str]:
    """Every file below `pages/` that the version and its pages name."""
    found = {version.pdf}
    for image, thumb, media in version.pages.values_list("image", "thumb", "media"):
        found |= {image, thumb, *(item["key"] for item in media)}
    return found - {""}


def _names(model: type[models.Model], key: str) -> bool:
    """Whether a row of the table holds this key."""
    if model._meta.label_lower in _TOLD_ABOUT or model._meta.app_label in (
        "sessions",
        "contenttypes",
    ):
        return False
    rows = model._default_manager.all()
    for column in model._meta.concrete_fields:
        if isinstance(column, models.JSONField):
            texts = rows.annotate(as_text=Cast(column.attname, models.TextField()))
            if texts.filter(as_text__contains=key).exists():
                return True
        elif isinstance(column, models.CharField) and (column.max_length or 999) >= len(key):
            if rows.filter(**{column.attname: key}).exists():
                return True
    return False
