"""The notice as PDF: made by the worker once for each state of its words, then kept."""

import datetime as dt
import io
import logging
import threading
import uuid

from django.contrib import messages
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meetings import queries
from meetings.models import NoticePrint
from meetings.notice.document import docx_of
from meetings.notice.prints import MOST_TRIES, digest_of, want
from meetings.notice.words import notice_of
from townships.pages import actor_of
from uploads import files
from uploads.printing import pdf_of
from uploads.processing.errors import ConversionFailed
from uploads.views_files import send_file

log = logging.getLogger("lihui.notices")
_printing = threading.Lock()


@require_safe
def notice_pdf(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponseBase:
    """The notice as PDF, if it is made; otherwise it is asked for, and the notice's page says so."""
    meeting = queries.visible_meeting(actor_of(request), meeting_id)
    notice = notice_of(meeting, queries.agenda_of(meeting))
    made = NoticePrint.objects.filter(meeting=meeting, digest=digest_of(notice)).exclude(key="")
    key = made.values_list("key", flat=True).first()
    if key is None:
        want(meeting)
        messages.info(request, _("The PDF is being made; it appears here within a minute."))
        return redirect("meetings:notice", meeting.pk)
    return send_file(
        request,
        key,
        media_type="application/pdf",
        filename=f"{notice.title}.pdf",
        cache="private, no-store",
    )


def print_beside() -> None:
    """The worker's step: print what is wanted in a thread of its own, unless one is at it."""
    if _printing.acquire(blocking=False):
        threading.Thread(target=_print_all, name="notices", daemon=True).start()


def _print_all() -> None:
    close_old_connections()
    try:
        while print_next():
            pass
    except Exception:
        log.exception("printing a notice stumbled; it is tried again")
    finally:
        connection.close()
        _printing.release()


def print_next() -> bool:
    """Make the PDF of one notice that is wanted; False when there is none.

    The row is moved first, so that two workers do not both print it. Tried five times, later each
    time. What changes meanwhile is wanted again and printed again.
    """
    due = NoticePrint.objects.filter(due__lte=timezone.now()).order_by("due", "pk")
    row = due.select_related("meeting__county", "meeting__series").first()
    if row is None:
        return False
    tries = row.tries + 1
    later = timezone.now() + dt.timedelta(minutes=2**tries) if tries < MOST_TRIES else None
    ours = NoticePrint.objects.filter(pk=row.pk)
    if not ours.filter(due=row.due).update(due=later, tries=tries):
        return True
    meeting = row.meeting
    notice = notice_of(meeting, queries.agenda_of(meeting))
    digest = digest_of(notice)
    if not (row.key and row.digest == digest):
        try:
            pdf = pdf_of(docx_of(notice, written=meeting.notice_at or meeting.created_at))
        except ConversionFailed as error:
            log.warning("the notice of %s was not printed: %s", meeting.pk, error)
            return True
        before = files.keys_below(f"prints/{meeting.pk}/")
        key = f"prints/{meeting.pk}/{uuid.uuid4()}/notice.pdf"
        files.store(io.BytesIO(pdf), key, "application/pdf")
        if not ours.update(digest=digest, key=key):
            before = [*before, key]  # the meeting was discarded meanwhile
        files.delete(before)
    ours.filter(due=later).update(due=None, tries=0)
    return True
