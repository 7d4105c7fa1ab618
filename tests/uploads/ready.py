"""Materials as the worker leaves them, without converting anything."""

import io
from typing import Any

from django.core.files.base import ContentFile

from meetings.models import Meeting
from townships.actors import Actor
from townships.models import Township
from uploads import files, services
from uploads.models import Page, Version

WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
DECK_NAME = "青石镇 汇报“一”.pptx"


def make_ready(
    actor: Actor, meeting: Meeting, township: Township, kind: str = "deck", pages: int = 3,
    data: bytes = b"PK\x03\x04deck", **texts: Any,
) -> Version:  # fmt: skip
    """A ready version with pages (text, notes, tiny pictures) and a PDF, on show."""
    version = services.receive(
        actor=actor,
        meeting_id=meeting.pk,
        township_id=township.pk,
        kind=kind,
        filename=DECK_NAME if kind == "deck" else "文稿.docx",
        source=io.BytesIO(data),
    )
    prefix = f"pages/{version.pk}/a1b2c3d4/"
    for number in range(1, pages + 1):
        for name in (f"{number}.webp", f"{number}-thumb.webp"):
            files.store(ContentFile(WEBP + bytes([number])), prefix + name)
        Page.objects.create(
            version=version,
            number=number,
            title=texts.get("title", f"第{number}页"),
            text=texts.get("text", f"文字 {number} <script>alert(1)</script>"),
            notes=f"备注 {number}",
            image=f"{prefix}{number}.webp",
            thumb=f"{prefix}{number}-thumb.webp",
            width=1920,
            height=1080,
        )
    files.store(ContentFile(b"%PDF-1.7"), f"{prefix}document.pdf")
    Version.objects.filter(pk=version.pk).update(
        state="ready", pdf=f"{prefix}document.pdf", pages_total=pages
    )
    version.refresh_from_db()
    version.material.current = version
    version.material.save()
    return version
