"""What a meeting takes with it when it is deleted: the stored files of its materials."""

from functools import partial
from typing import Any

from django.db import transaction

from meetings.models import Meeting

from . import files
from .models import Upload, Version
from .tus.parts import part_store


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
