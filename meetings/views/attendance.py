"""Pages of attendance: the sheet, the hall's changing code, checking in, asking for leave."""

import io
import uuid
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import segno
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from townships import sheets
from townships.actors import Actor
from townships.models import County
from townships.pages import actor_of, address_of, done_or_said, tried
from townships.permissions import Action, can, require
from townships.problems import NotAllowed, NotFound
from townships.throttle import spend

from .. import attendance, check_in, queries
from ..attendance_sheet import Sheet, Year, sheet_of, sheet_table, year_key, year_of, year_table
from ..forms_calls import LeaveForm, NameForm, year_or
from ..models import Attendance, Leave, Meeting


def shown_sheet(actor: Actor, meeting: Meeting) -> Sheet:
    """The sheet as the actor may see it: organisers always, the county once the meeting is live."""
    if actor.guest_meeting_id is not None:
        raise NotAllowed
    if not (can(actor, Action.SCHEDULE, meeting) or meeting.is_open):
        raise NotAllowed
    return sheet_of(meeting)


def sheet_context(actor: Actor, meeting: Meeting, sheet: Sheet) -> dict[str, Any]:
    may = can(actor, Action.SCHEDULE, meeting) and not meeting.is_closed
    return {
        "meeting": meeting,
        "sheet": sheet,
        "may_note": may and (meeting.is_live or meeting.status == Meeting.Status.ANNOUNCED),
        "asked": [
            line.leave
            for line in sheet.lines
            if line.leave and line.leave.state == Leave.State.ASKED
        ]
        if may
        else [],
        "sees_reasons": actor.is_staff,
        "seq": meeting.last_seq,
    }


@require_http_methods(["GET", "POST"])
def sheet_page(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Who is here; the host writes people down. POST: a person of the list, or a name."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    sheet = shown_sheet(actor, meeting)
    form = NameForm(request.POST or None, sheet=sheet)
    if request.method == "POST":
        require(actor, Action.SCHEDULE, meeting)
        if person := request.POST.get("membership"):
            done_or_said(
                request, attendance.check_in, actor=actor, meeting_id=meeting.pk,
                how=Attendance.How.HOST, membership_id=uuid_or_404(person),
            )  # fmt: skip
            return redirect(f"{request.path}#p-{person}")
        if form.is_valid():
            ok, row = tried(
                form, attendance.check_in, actor=actor, meeting_id=meeting.pk,
                how=Attendance.How.HOST, **form.values(),
            )  # fmt: skip
            if ok:
                messages.success(request, _("%(name)s is on the sheet.") % {"name": row.name})
                return redirect(request.path)
    context = sheet_context(actor, meeting, sheet) | {"form": form}
    status = 400 if request.method == "POST" and form.errors else 200
    return render(request, "meetings/attendance.html", context, status=status)


def uuid_or_404(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None


@require_GET
def sheet_print(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The sheet for paper, with a column to sign in."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    context = {"meeting": meeting, "sheet": shown_sheet(actor, meeting)}
    return render(request, "meetings/attendance_print.html", context)


@require_GET
def sheet_xlsx(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The sheet as a workbook; text stays text, whatever it begins with."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    table = sheet_table(shown_sheet(actor, meeting))
    return workbook(table, f"{meeting.title} {table.name}")


def workbook(table: sheets.Table, name: str) -> HttpResponse:
    response = HttpResponse(sheets.xlsx_bytes([table]), content_type=sheets.XLSX_TYPE)
    safe = "".join(char for char in name if char.isalnum() or char in " -_()（）")[:120].strip()
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(safe)}.xlsx"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def asked_year(request: HttpRequest, actor: Actor) -> tuple[Year, list[int]]:
    """The year asked for (default: this one) with its sheet, and the years there are."""
    require(actor, Action.SEE_MEETING)
    if actor.guest_meeting_id is not None:
        raise NotAllowed
    zone = ZoneInfo(County.objects.get(pk=actor.county_id).time_zone)
    held = Meeting.objects.visible_to(actor).filter(
        status__in=[Meeting.Status.LIVE, Meeting.Status.CLOSED]
    )
    years = sorted(
        {moment.astimezone(zone).year for moment in held.values_list("starts_at", flat=True)},
        reverse=True,
    )
    newest = years[0] if years else timezone.localdate(timezone=zone).year
    year = year_or(request.GET.get("year", ""), newest)
    meetings = queries.in_year(held, year, zone).select_related("county").order_by("starts_at")
    return year_of(year, list(meetings)), years


@require_GET
def year_page(request: HttpRequest) -> HttpResponse:
    """Everybody through the year's meetings."""
    actor = actor_of(request)
    year, years = asked_year(request, actor)
    context = {"year": year, "years": years, "key": year_key()}
    return render(request, "meetings/attendance_year.html", context)


@require_GET
def year_xlsx(request: HttpRequest) -> HttpResponse:
    """The year's sheet as a workbook."""
    year, _years = asked_year(request, actor_of(request))
    table = year_table(year)
    return workbook(table, table.name)


def back(row: Attendance) -> HttpResponse:
    return redirect("meetings:attendance", row.meeting_id)


@require_POST
def undo(request: HttpRequest, attendance_id: uuid.UUID) -> HttpResponse:
    """Take somebody off the sheet."""
    actor = actor_of(request)
    row = Attendance.objects.filter(pk=attendance_id).first()
    done_or_said(request, attendance.undo_check_in, actor=actor, attendance_id=attendance_id)
    assert row is not None  # else the service would have said so
    return back(row)


@require_POST
def left(request: HttpRequest, attendance_id: uuid.UUID) -> HttpResponse:
    """Somebody left, or came back (`left` is 1 or 0)."""
    actor = actor_of(request)
    row = done_or_said(
        request, attendance.mark_left, actor=actor, attendance_id=attendance_id,
        left=request.POST.get("left") != "0",
    )  # fmt: skip
    return back(row or Attendance.objects.get(pk=attendance_id))


# --- the hall's code ---------------------------------------------------------------------------------


def host_or_screen(request: HttpRequest, meeting_id: uuid.UUID) -> Meeting:
    """The meeting, for whoever may show its code: an organiser, or the hall's paired screen."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    if not (getattr(actor, "is_screen", False) or can(actor, Action.SCHEDULE, meeting)):
        raise NotAllowed
    return meeting


def code_of(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """The code of now as a picture, and for how many seconds it is the newest."""
    code, left_seconds = check_in.code_now(meeting.pk)
    address = request.build_absolute_uri(reverse("meetings:scan", args=[meeting.pk, code]))
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", border=2, xmldecl=False, svgns=True, light="#fff", omitsize=True
    )
    return {
        "svg": out.getvalue().decode(),
        "seconds": left_seconds,
        "here": Attendance.objects.filter(meeting=meeting, left_at=None).count(),
    }


@never_cache
@require_GET
def code_screen(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The page for the screen at the door: a new code every twenty seconds."""
    meeting = host_or_screen(request, meeting_id)
    code = code_of(request, meeting)
    context = {"meeting": meeting, "code": code, "svg": mark_safe(code["svg"])}  # noqa: S308 - ours
    return render(request, "meetings/check_in_screen.html", context)


@never_cache
@require_GET
def code_now(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The code of now for that page."""
    meeting = host_or_screen(request, meeting_id)
    return JsonResponse(code_of(request, meeting))


@never_cache
@require_GET
def scan(request: HttpRequest, meeting_id: uuid.UUID, code: str) -> HttpResponse:
    """Where the code leads: it is remembered in this browser, then the person says "I am here"."""
    spend("check_in", address_of(request), limit=600)
    if not check_in.is_valid(meeting_id, code):
        return render(request, "meetings/check_in_old.html", status=403)
    check_in.give_pass(request.session, meeting_id)
    return redirect("meetings:check_in", meeting_id)


@never_cache
@require_http_methods(["GET", "POST"])
def check_in_page(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """ "I am here", or "I am here instead of"; needs a code scanned a short while ago."""
    if request.actor.role is None and not request.user.is_authenticated:  # type: ignore[attr-defined]
        return redirect_to_login(request.path)
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    if not check_in.has_pass(request.session, meeting.pk):
        return render(request, "meetings/check_in_old.html", {"meeting": meeting}, status=403)
    others = [
        line
        for line in sheet_of(meeting).lines
        if line.township_id == actor.township_id
        and line.user_id != actor.user_id
        and not line.is_here
    ]
    if request.method == "POST":
        wanted = request.POST.get("for_user", "")
        if wanted and wanted not in {str(line.user_id) for line in others}:
            raise NotFound
        row = done_or_said(
            request, attendance.check_in, actor=actor, meeting_id=meeting.pk,
            how=Attendance.How.SCAN, for_user_id=uuid.UUID(wanted) if wanted else None,
        )  # fmt: skip
        if row is not None:
            return redirect("meetings:check_in", meeting.pk)
    mine = (
        Attendance.objects.filter(meeting=meeting, user_id=actor.user_id).first()
        if actor.user_id
        else None
    )
    context = {"meeting": meeting, "mine": mine, "others": others}
    return render(request, "meetings/check_in.html", context)


# --- leave ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def leave_page(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """A member asks for leave in advance, sees its answer, or takes it back."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    if actor.user_id is None or actor.township_id is None:
        raise NotAllowed
    mine = Leave.objects.filter(meeting=meeting, user_id=actor.user_id).first()
    initial = {"reason": mine.reason, "substitute": mine.substitute} if mine else None
    sent = request.method == "POST" and request.POST.get("act") != "withdraw"
    form = LeaveForm(request.POST if sent else None, initial=initial)
    if request.method == "POST":
        if request.POST.get("act") == "withdraw":
            if mine is not None and done_or_said(
                request, attendance.withdraw_leave, actor=actor, leave_id=mine.pk
            ):
                messages.success(request, _("Your leave is withdrawn: you are expected again."))
            return redirect(request.path)
        if form.is_valid():
            ok, _leave = tried(
                form, attendance.ask_leave, actor=actor, meeting_id=meeting.pk, **form.cleaned_data
            )
            if ok:
                messages.success(
                    request, _("The organiser has been asked. The answer is shown here.")
                )
                return redirect(request.path)
    context = {
        "meeting": meeting,
        "mine": mine,
        "form": form,
        "open": meeting.status == Meeting.Status.ANNOUNCED
        and (mine is None or mine.state != Leave.State.GRANTED),
    }
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "meetings/leave.html", context, status=status)


@require_POST
def answer(request: HttpRequest, leave_id: uuid.UUID) -> HttpResponse:
    """The organiser grants or refuses a leave."""
    actor = actor_of(request)
    require(actor, Action.SCHEDULE)
    asked = Leave.objects.filter(pk=leave_id, meeting__county_id=actor.county_id).first()
    if asked is None:
        raise NotFound
    leave = done_or_said(
        request, attendance.answer_leave, actor=actor, leave_id=leave_id,
        granted=request.POST.get("granted") == "1", answer=request.POST.get("answer", ""),
    )  # fmt: skip
    if leave is not None:
        messages.success(request, _("Answered."))
    return redirect("meetings:attendance", asked.meeting_id)
