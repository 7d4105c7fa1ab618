"""The notice of a meeting: page, document, receipts; calling a meeting off."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townships.models import Township
from townships.pages import actor_of, done_or_said
from townships.permissions import Action, can

from .. import queries, services
from ..models import CalendarMail, Meeting, NoticeReceipt
from ..notice.document import DOCX_TYPE, docx_of
from ..notice.prints import state_of
from ..notice.words import Notice, notice_of
from ..reminders.ways import reason_words


def words(meeting: Meeting) -> Notice:
    """The notice as it is now (one query)."""
    return notice_of(meeting, queries.agenda_of(meeting))


@require_http_methods(["GET", "POST"])
def notice_page(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The notice as paper, with who has received it; POST confirms it for a township."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    if request.method == "POST":
        text = request.POST.get("township", "") or str(actor.township_id or "")
        confirmed = done_or_said(
            request,
            services.confirm_notice,
            actor=actor,
            meeting_id=meeting.pk,
            township_id=uuid_or_nobody(text),
        )
        if confirmed is not None:
            messages.success(request, _("Confirmed: your township has received the notice."))
        return redirect("meetings:notice", meeting.pk)
    may_schedule = can(actor, Action.SCHEDULE, meeting)
    notice = words(meeting)
    context: dict[str, Any] = {
        "meeting": meeting,
        "notice": notice,
        "printed": state_of(meeting, notice),
        "may_schedule": may_schedule,
    }
    if may_schedule:
        rows = receipts(meeting)
        context["receipts"] = rows
        context["received"] = sum(row["state"] == "now" for row in rows)
        context["mails"] = mails(meeting)
    elif actor.township_id is not None:
        given = meeting.receipts.filter(township_id=actor.township_id).first()
        context["given"] = given
        context["confirm"] = meeting.status == Meeting.Status.ANNOUNCED and (
            given is None or given.notice < meeting.notice
        )
    return render(request, "meetings/notice.html", context)


def uuid_or_nobody(text: str) -> uuid.UUID:
    """An id from a form; anything else is nobody's."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def receipts(meeting: Meeting) -> list[dict[str, Any]]:
    """Every active township with its receipt: now, earlier (of an older notice) or none."""
    given: dict[uuid.UUID, NoticeReceipt] = {
        receipt.township_id: receipt for receipt in meeting.receipts.all()
    }
    rows = []
    for town in Township.objects.filter(county_id=meeting.county_id):
        receipt = given.get(town.pk)
        if receipt is None and not town.active:
            continue
        state = ""
        if receipt is not None:
            state = "now" if receipt.notice == meeting.notice else "earlier"
        rows.append({"township": town, "receipt": receipt, "state": state})
    return rows


def mails(meeting: Meeting) -> list[dict[str, Any]]:
    """How the mails of the newest notice are getting on: state in words, number, and whom it did not
    reach (one query)."""
    lost = (CalendarMail.State.FAILED, CalendarMail.State.UNCONFIRMED)
    found = CalendarMail.objects.filter(meeting=meeting, notice=meeting.notice)
    by_state: dict[str, list[CalendarMail]] = {}
    for mail in found.select_related("membership__user").order_by("created_at", "pk"):
        by_state.setdefault(mail.state, []).append(mail)
    return [
        {
            "label": CalendarMail.State(state).label,
            "count": len(rows),
            "lost": [
                {"name": str(row.membership.user), "reason": reason_words(row.error)}
                for row in rows
                if state in lost
            ],
        }
        for state, rows in sorted(by_state.items())
    ]


@require_POST
def renew(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Send the notice again, because its agenda changed."""
    actor = actor_of(request)
    done = done_or_said(request, services.renew_notice, actor=actor, meeting_id=meeting_id)
    if done is not None:
        messages.success(request, _("The notice goes out again; receipts are asked for anew."))
    return redirect("meetings:notice", meeting_id)


@require_POST
def call_off(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Take an announced meeting back, with a reason."""
    done = done_or_said(
        request,
        services.call_off_meeting,
        actor=actor_of(request),
        meeting_id=meeting_id,
        reason=request.POST.get("reason", ""),
    )
    if done is not None:
        said = _("Called off. Calendars and mails say so; the meeting is a draft again.")
        messages.success(request, said)
    return redirect("meetings:detail", meeting_id)


@require_GET
def notice_docx(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The notice as a document for the office."""
    meeting = queries.visible_meeting(actor_of(request), meeting_id)
    notice = words(meeting)
    written = meeting.notice_at or meeting.created_at
    response = HttpResponse(docx_of(notice, written=written), content_type=DOCX_TYPE)
    name = f"{notice.title}.docx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
