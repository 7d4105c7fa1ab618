"""What of the month goes into a calendar: meetings, and what the reader's township owes."""

import datetime as dt
import uuid
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from townships.actors import Actor
from townships.models import County

from .. import expected
from ..models import CallPlan, Meeting, ReminderChoice
from ..reminders.planning import plans_of, quiet_of
from ..reminders.texts import link
from ..reminders.times import send_at
from .ics import Entry

Choice = ReminderChoice.Calendar
BACK = dt.timedelta(days=400)
MEETING_ALARM = dt.timedelta(hours=1)
DUE_ALARM = 24 * 60  # minutes before, where no call plan says other moments
DUE_MINUTES = 15


def uid_of(meeting_id: uuid.UUID) -> str:
    """The same for a meeting in every feed and mail, for ever."""
    return f"{meeting_id}@lihui"


def choice_of(user_id: uuid.UUID | None) -> str:
    """Which alarms a person wants in the calendar (one query)."""
    found = ReminderChoice.objects.filter(user_id=user_id).values_list("calendar", flat=True)
    return found.first() or Choice.ALL


def entry_of(meeting: Meeting, choice: str = Choice.ALL) -> Entry:
    """A meeting as an entry, in the active language, with the alarm its reader chose.

    Needs `county` loaded.
    """
    status = "CONFIRMED"
    if meeting.called_off_at is not None:
        status = "CANCELLED"
    elif meeting.status == Meeting.Status.DRAFT:
        status = "TENTATIVE"
    return Entry(
        uid=uid_of(meeting.pk),
        sequence=meeting.notice,
        starts=meeting.starts_at,
        ends=meeting.ends_at,
        title=meeting.title,
        stamp=meeting.notice_at or meeting.created_at,
        venue=meeting.venue,
        text=text_of(meeting),
        url=link(reverse("meetings:detail", args=[meeting.pk])),
        status=status,
        alarms=() if choice == Choice.NONE else (MEETING_ALARM,),
    )


def text_of(meeting: Meeting) -> str:
    """What a calendar shows under the title."""
    lines = []
    if meeting.called_off_at is not None:
        lines.append(_("This meeting has been called off."))
        if meeting.called_off_reason:
            lines.append(meeting.called_off_reason)
    elif meeting.deadline:
        with timezone.override(meeting.zone):
            when = timezone.localtime(meeting.deadline)
            lines.append(_("Materials due: %(when)s") % {"when": f"{when:%Y-%m-%d %H:%M}"})
    if meeting.note:
        lines.append(meeting.note)
    return "\n".join(lines)


def meetings_for(county_id: uuid.UUID, *, drafts: bool, now: dt.datetime) -> list[Meeting]:
    """The county's meetings of the last year and to come; those called off stay in, as cancelled."""
    shown = ~Q(status=Meeting.Status.DRAFT) | ~Q(called_off_at=None)
    found = Meeting.objects.filter(county_id=county_id, starts_at__gt=now - BACK)
    if not drafts:
        found = found.filter(shown)
    return list(found.select_related("county").order_by("starts_at", "pk"))


def entries_for(actor: Actor, *, now: dt.datetime | None = None) -> list[Entry]:
    """A person's calendar: the meetings they may see, and what their township still owes."""
    now = now or timezone.now()
    assert actor.county_id is not None
    meetings = meetings_for(actor.county_id, drafts=actor.is_staff, now=now)
    choice = choice_of(actor.user_id)
    entries = [entry_of(meeting, choice) for meeting in meetings]
    if actor.township_id is not None:
        waiting = [m for m in meetings if m.status == Meeting.Status.ANNOUNCED]
        entries += list(_owed(actor.township_id, waiting, choice))
    return entries


def due_alarms(
    due: dt.datetime, plan: CallPlan | None, zone: ZoneInfo, choice: str
) -> tuple[dt.timedelta, ...]:
    """How long before `due` a calendar rings: at the moments of the call plan, out of its quiet
    hours, and by the reader's choice all of them, the last one or none."""
    if choice == Choice.NONE:
        return ()
    minutes = [DUE_ALARM]
    if plan is not None and plan.active:
        minutes = [rule.minutes_before for rule in plan.rules.all()]
    quiet = quiet_of(plan)
    before = sorted({due - send_at(due, each, quiet, zone) for each in minutes}, reverse=True)
    return tuple(before[-1:] if choice == Choice.LAST else before)


def _owed(township_id: uuid.UUID, meetings: list[Meeting], choice: str) -> Iterable[Entry]:
    plans = plans_of(meetings) if meetings and choice != Choice.NONE else {}
    short = dt.timedelta(minutes=DUE_MINUTES)
    by_id = {meeting.pk: meeting for meeting in meetings}
    for meeting_id, slots in expected.missing(meetings).items():
        meeting = by_id[meeting_id]
        for slot in slots:
            if slot.township_id != township_id:
                continue
            deck = slot.kind == "deck"
            what = pgettext("expected", "deck") if deck else pgettext("expected", "manuscript")
            yield Entry(
                uid=f"{meeting_id}-{township_id}-{slot.kind}@lihui",
                sequence=meeting.notice,
                starts=slot.due - short,
                ends=slot.due,
                title=_("Due: %(what)s for “%(title)s”") % {"what": what, "title": meeting.title},
                stamp=meeting.notice_at or meeting.created_at,
                url=link(reverse("meetings:detail", args=[meeting_id])),
                busy=False,
                alarms=tuple(
                    before - short
                    for before in due_alarms(slot.due, plans.get(meeting_id), meeting.zone, choice)
                ),
            )


def county_entries(county: County, *, now: dt.datetime | None = None) -> list[Entry]:
    """The county's calendar: announced meetings, for anybody who has its address."""
    meetings = meetings_for(county.pk, drafts=False, now=now or timezone.now())
    return [entry_of(meeting) for meeting in meetings]
