"""The notice as PDF: converted once for each state of its words, then kept."""

import hashlib
import io
import threading
import uuid

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from meetings import queries
from meetings.models import Meeting
from meetings.notice.document import docx_of
from meetings.notice.words import Notice, notice_of
from townships.pages import actor_of
from townships.problems import Problem
from uploads import files
from uploads.printing import pdf_of
from uploads.processing.errors import ConversionFailed
from uploads.views_files import send_file

_printing = threading.BoundedSemaphore(1)  # one conversion at a time beside the worker's
WAIT_SECONDS = 60


class NoPrinter(Problem):
    status = 503
    code = "no_printer"
    title = _("The PDF cannot be made now")
    sentence = _("Please take the DOCX instead, or try again in a minute.")


def key_of(meeting: Meeting, notice: Notice) -> str:
    """Where the PDF of these very words is kept."""
    digest = hashlib.sha256(f"1|{notice!r}".encode()).hexdigest()
    return f"prints/{meeting.pk}/{digest}/notice.pdf"


@require_safe
def notice_pdf(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponseBase:
    """The notice as PDF. The first time it takes seconds."""
    meeting = queries.visible_meeting(actor_of(request), meeting_id)
    notice = notice_of(meeting, queries.agenda_of(meeting))
    key = key_of(meeting, notice)
    if key not in files.keys_below(f"prints/{meeting.pk}/"):
        make(meeting, notice, key)
    return send_file(
        request,
        key,
        media_type="application/pdf",
        filename=f"{notice.title}.pdf",
        cache="private, no-store",
    )


def make(meeting: Meeting, notice: Notice, key: str) -> None:
    """Convert and keep; what earlier notices left is removed. Raises `NoPrinter`."""
    if not _printing.acquire(timeout=WAIT_SECONDS):
        raise NoPrinter
    try:
        old = files.keys_below(f"prints/{meeting.pk}/")
        if key in old:
            return
        try:
            pdf = pdf_of(docx_of(notice, written=meeting.notice_at or meeting.created_at))
        except ConversionFailed as error:
            raise NoPrinter from error
        files.store(io.BytesIO(pdf), key, "application/pdf")
        files.delete(old)
    finally:
        _printing.release()
