"""Who is reminded, of what, when: rows of the outbox, each planned once.

Only those who owe something are reminded. A row's key names the reason and the reader and is unique
in its meeting, so several workers planning at once make one.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from townships import audit
from townships.actors import Actor
from townships.models import Membership, Township
from townships.permissions import Action, require
from townships.problems import Invalid
from townships.texts import one_line

from .. import expected
from ..expected import Owed
from ..models import CallPlan, ChatGroup, Meeting, Reminder, ReminderChoice, ReminderRule
from ..problems import MeetingClosed, WrongStatus
from .times import Quiet, newest_due

SAME_CALL = dt.timedelta(hours=12)  # a deadline moved by less does not start a new round


class NothingMissing(Invalid):
    code = "nothing_missing"
    title = _("Nothing is missing")
    sentence = _("Everything that is expected has come in; nobody was reminded.")


@dataclass(slots=True)
class Readers:
    """Who reads reminders: members by township, chat groups by county, choices by person."""

    members: dict[uuid.UUID, list[Membership]] = field(default_factory=dict)
    chats: dict[uuid.UUID, list[ChatGroup]] = field(default_factory=dict)
    choices: dict[uuid.UUID, str] = field(default_factory=dict)


def quiet_of(plan: CallPlan | None) -> Quiet | None:
    """The quiet hours of a plan, or None."""
    if plan is None or plan.quiet_from is None or plan.quiet_until is None:
        return None
    return Quiet(plan.quiet_from, plan.quiet_until)


def plans_of(meetings: Collection[Meeting]) -> dict[uuid.UUID, CallPlan]:
    """The plan that holds for each meeting: its series' own, else the county's (two queries)."""
    plans = list(
        CallPlan.objects.filter(
            Q(series__in={meeting.series_id for meeting in meetings if meeting.series_id})
            | Q(series=None, county__in={meeting.county_id for meeting in meetings})
        ).prefetch_related("rules")
    )
    of_series = {plan.series_id: plan for plan in plans if plan.series_id}
    of_county = {plan.county_id: plan for plan in plans if not plan.series_id}
    found = {}
    for meeting in meetings:
        own = of_series.get(meeting.series_id) if meeting.series_id else None
        plan = own or of_county.get(meeting.county_id)
        if plan is not None:
            found[meeting.pk] = plan
    return found


def readers_of(meetings: Collection[Meeting], townships: Collection[uuid.UUID]) -> Readers:
    """Who could be written to about these meetings (three queries)."""
    readers = Readers(members=defaultdict(list), chats=defaultdict(list))
    members = Membership.objects.filter(
        township__in=list(townships), active=True, user__is_active=True
    ).select_related("user", "township")
    for member in members.order_by("created_at", "pk"):
        assert member.township_id is not None
        readers.members[member.township_id].append(member)
    counties = {meeting.county_id for meeting in meetings}
    for chat in ChatGroup.objects.filter(county__in=counties, active=True):
        readers.chats[chat.county_id].append(chat)
    users = [member.user_id for found in readers.members.values() for member in found]
    readers.choices = dict(
        ReminderChoice.objects.filter(user__in=users).values_list("user_id", "mail")
    )
    return readers


def plan_due(now: dt.datetime | None = None) -> int:
    """Write the reminders whose moment has come into the outbox; returns how many are new.

    Safe to run in several workers at once, and after any pause: a moment that passed meanwhile is
    made up for until the next one comes, or the materials are due.
    """
    now = now or timezone.now()
    meetings = list(
        Meeting.objects.filter(
            status=Meeting.Status.ANNOUNCED, starts_at__gt=now - dt.timedelta(hours=1)
        ).select_related("county")
    )
    plans = {pk: plan for pk, plan in plans_of(meetings).items() if plan.active}
    meetings = [meeting for meeting in meetings if meeting.pk in plans]
    if not meetings:
        return 0
    wanted = []
    for meeting_id, owed in expected.missing(meetings).items():
        if owed:
            wanted.append((next(m for m in meetings if m.pk == meeting_id), owed))
    return _write(_due_rows(wanted, plans, now))


def _due_rows(
    wanted: list[tuple[Meeting, list[Owed]]], plans: dict[uuid.UUID, CallPlan], now: dt.datetime
) -> list[Reminder]:
    called = []
    for meeting, owed in wanted:
        plan = plans[meeting.pk]
        for due, slots in _by_due(owed).items():
            rule = _rule_now(meeting, plan, due, now)
            if rule is not None:
                called.append((meeting, plan, rule, due, slots))
    if not called:
        return []
    readers = readers_of(
        [meeting for meeting, *_ in called],
        {slot.township_id for *_, slots in called for slot in slots},
    )
    known = _rounds([meeting for meeting, *_ in called])
    rows: list[Reminder] = []
    for meeting, plan, rule, due, slots in called:
        due = known.get((meeting.pk, rule.minutes_before), _Rounds()).continued(due)
        last = rule.minutes_before == min(each.minutes_before for each in plan.rules.all())
        stem = f"{rule.minutes_before}:{due.astimezone(dt.UTC):%Y%m%dT%H%M}"
        made = _rows(meeting, plan, readers, slots, stem=stem, last=last)
        for row in made:
            row.rule, row.minutes_before, row.due = rule, rule.minutes_before, due
        rows += made
    return rows


def _rounds(meetings: list[Meeting]) -> dict[tuple[uuid.UUID, int], "_Rounds"]:
    """What was called for already, by meeting and rule: a due moment is told the one it continues."""
    found: dict[tuple[uuid.UUID, int], _Rounds] = {}
    done = Reminder.objects.filter(meeting__in=meetings, minutes_before__isnull=False)
    for meeting_id, minutes, due in done.values_list(
        "meeting_id", "minutes_before", "due"
    ).distinct():
        assert minutes is not None
        found.setdefault((meeting_id, minutes), _Rounds()).add(due)
    return found


class _Rounds(set[dt.datetime]):
    """The due moments of rounds that have gone out."""

    def continued(self, due: dt.datetime) -> dt.datetime:
        """The round that something due then belongs to: one near by, else its own."""
        near = [other for other in self if abs(other - due) < SAME_CALL]
        return min(near, key=lambda other: abs(other - due), default=due)


def _by_due(owed: Iterable[Owed]) -> dict[dt.datetime, list[Owed]]:
    found: dict[dt.datetime, list[Owed]] = defaultdict(list)
    for slot in owed:
        found[slot.due].append(slot)
    return found


def _rule_now(
    meeting: Meeting, plan: CallPlan, due: dt.datetime, now: dt.datetime
) -> ReminderRule | None:
    """The rule whose moment has come for something due then.

    Moments before the meeting was announced, or before the rule was made, are not made up for.
    """
    rules = {rule.minutes_before: rule for rule in plan.rules.all()}
    newest = newest_due(due, list(rules), quiet_of(plan), meeting.zone, now)
    if newest is None:
        return None
    minutes, moment = newest
    rule = rules[minutes]
    if moment < rule.created_at or (meeting.announced_at and moment < meeting.announced_at):
        return None
    return rule


def _rows(
    meeting: Meeting,
    plan: CallPlan | None,
    readers: Readers,
    slots: list[Owed],
    *,
    stem: str,
    last: bool = True,
    wanted: bool = False,
) -> list[Reminder]:
    """The rows of one round: a mail to each member of a township that owes something, and one
    message to each chat group. `wanted`: an organiser asks by hand, so choices do not count."""
    by_township: dict[uuid.UUID, Owed] = {}
    for slot in slots:
        by_township.setdefault(slot.township_id, slot)
    rows = []
    if plan is None or plan.by_mail or wanted:
        for township_id, slot in by_township.items():
            members = readers.members.get(township_id, [])
            rows += [
                _mail(meeting, member, slot, readers, stem, last, wanted) for member in members
            ]
            if not members:
                rows.append(_unreachable(meeting, township_id, slot, stem))
    if plan is None or plan.by_chat:
        rows += [
            Reminder(
                meeting=meeting,
                key=f"{stem}:chat:{chat.pk.hex}",
                way=Reminder.Way.CHAT,
                chat=chat,
                to=chat.name,
                due=min(slot.due for slot in slots),
            )
            for chat in readers.chats.get(meeting.county_id, [])
        ]
    return rows


def _mail(
    meeting: Meeting, member: Membership, slot: Owed, readers: Readers, stem: str, last: bool,
    wanted: bool,
) -> Reminder:  # fmt: skip
    choice = readers.choices.get(member.user_id, ReminderChoice.Mail.ALL)
    unwanted = choice == ReminderChoice.Mail.NONE or (
        choice == ReminderChoice.Mail.LAST and not last
    )
    state = Reminder.State.WAITING
    if not member.user.email:
        state = Reminder.State.UNREACHABLE
    elif unwanted and not (wanted and choice == ReminderChoice.Mail.LAST):
        state = Reminder.State.DECLINED
    return Reminder(
        meeting=meeting,
        key=f"{stem}:mail:{member.user_id.hex}",
        way=Reminder.Way.MAIL,
        township_id=slot.township_id,
        user_id=member.user_id,
        to=str(member.user)[:200],
        due=slot.due,
        state=state,
    )


def _unreachable(meeting: Meeting, township_id: uuid.UUID, slot: Owed, stem: str) -> Reminder:
    return Reminder(
        meeting=meeting,
        key=f"{stem}:none:{township_id.hex}",
        way=Reminder.Way.MAIL,
        township_id=township_id,
        due=slot.due,
        state=Reminder.State.UNREACHABLE,
    )


def _write(rows: list[Reminder]) -> int:
    """Insert what is not there yet; the unique key decides between workers."""
    if not rows:
        return 0
    meetings = {row.meeting_id for row in rows}
    known = set(Reminder.objects.filter(meeting__in=meetings).values_list("meeting_id", "key"))
    fresh = [row for row in rows if (row.meeting_id, row.key) not in known]
    Reminder.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def remind_missing(
    *,
    actor: Actor,
    meeting_id: uuid.UUID,
    click: uuid.UUID,
    township_ids: Collection[uuid.UUID] | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> list[Reminder]:
    """Remind exactly those who owe something now (or those of them named), at once, by every way.

    `click` identifies the press of the button: the same one again changes nothing and returns the
    same rows. Choices of "only the last one" do not hold against an organiser's own call; "no
    e-mail" does. Raises `NothingMissing`, `WrongStatus` for a draft, `MeetingClosed`.
    """
    from .. import events

    note = one_line(note, "note", most=300)
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.SCHEDULE, meeting)
        if meeting.is_closed:
            raise MeetingClosed
        if meeting.status == Meeting.Status.DRAFT:
            raise WrongStatus(status=meeting.get_status_display())
        stem = f"hand:{click.hex}"
        before = list(Reminder.objects.filter(meeting=meeting, key__startswith=f"{stem}:"))
        if before:
            return before
        owed = [
            slot
            for slot in expected.missing([meeting])[meeting.pk]
            if township_ids is None or slot.township_id in township_ids
        ]
        if not owed:
            raise NothingMissing
        plan = plans_of([meeting]).get(meeting.pk)
        readers = readers_of([meeting], {slot.township_id for slot in owed})
        rows = _rows(meeting, plan, readers, owed, stem=stem, wanted=True)
        if township_ids is not None:  # one township's affair is not told to the whole group
            rows = [row for row in rows if row.way == Reminder.Way.MAIL]
        for row in rows:
            row.note, row.asked_by_id = note, actor.membership_id
            row.created_at = row.not_before = at or timezone.now()
        Reminder.objects.bulk_create(rows)
        names = Township.objects.filter(pk__in={slot.township_id for slot in owed})
        audit.write(
            actor=actor,
            action="reminders.asked",
            obj=meeting,
            townships=sorted(names.values_list("name", flat=True)),
        )
    return rows
