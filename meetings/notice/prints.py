"""Which notices have a PDF, and which are to be printed (the worker does that, see `hub`)."""

import hashlib

from django.utils import timezone

from ..models import Meeting, NoticePrint
from .words import Notice

MOST_TRIES = 6


def digest_of(notice: Notice) -> str:
    """What a PDF is of: these very words."""
    return hashlib.sha256(f"1|{notice!r}".encode()).hexdigest()


def want(meeting: Meeting) -> None:
    """Have the notice printed as it is now; wanting it again while it waits changes nothing."""
    row, new = NoticePrint.objects.get_or_create(meeting=meeting, defaults={"due": timezone.now()})
    if not new:
        NoticePrint.objects.filter(pk=row.pk, due=None).update(due=timezone.now(), tries=0)


def want_anew(meeting: Meeting) -> None:
    """The notice has changed: print it, whatever is being printed now."""
    NoticePrint.objects.update_or_create(
        meeting=meeting, defaults={"due": timezone.now(), "tries": 0}
    )


def state_of(meeting: Meeting, notice: Notice) -> str:
    """ready, making, failed (given up: the DOCX is there) or "" (nobody has asked yet)."""
    row = NoticePrint.objects.filter(meeting=meeting).first()
    if row is None:
        return ""
    if row.key and row.digest == digest_of(notice):
        return "ready"
    if row.due is not None:
        return "making"
    return "failed" if row.tries else ""
