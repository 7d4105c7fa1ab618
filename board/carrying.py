"""Carrying: what was not solved at a meeting is on the agenda of the next one by itself.

When a meeting closes, its unsolved problems become cases, in the same transaction; every open case
goes on the list of the next meeting that is planned, or of the next that is made.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from meetings import events
from meetings import services as meetings_services
from meetings.models import AgendaItem, Meeting
from meetings.notice.words import language_of
from townships.actors import Actor
from townships.permissions import Action, require

from .following import add_step, make_case
from .models import Case, CaseDiscussion, CaseStep, Post
from .models_cases import CaseQuerySet

FOLLOW_UP_MINUTES = 10
AHEAD = (Meeting.Status.DRAFT, Meeting.Status.ANNOUNCED)


def carry_open_cases(*, actor: Actor, meeting_id: uuid.UUID, at: dt.datetime | None = None) -> int:
    """Put all open cases of the county on the list of a meeting; how many were not on it yet.

    Doing it again changes nothing. Raises `MeetingClosed`.
    """
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        require(actor, Action.MODERATE, meeting)
        events.refuse_closed(meeting)
        cases = Case.objects.filter(county_id=meeting.county_id).still_open()
        return put_on(meeting, cases, actor, at=at)


def put_on(
    meeting: Meeting, cases: CaseQuerySet, actor: Actor, *, at: dt.datetime | None = None
) -> int:
    """Put these cases on the list of a locked meeting, each once, with an agenda item for them."""
    new = list(cases.exclude(discussions__meeting=meeting).order_by("created_at", "pk"))
    if not new:
        return 0
    item = _agenda_item(meeting, actor, at)
    CaseDiscussion.objects.bulk_create(
        CaseDiscussion(case=case, meeting=meeting, item=item, **({"created_at": at} if at else {}))
        for case in new
    )
    for case in new:
        add_step(case, CaseStep.Kind.CARRIED, actor, meeting=meeting, at=at)
        events.record(meeting, events.CASE_CHANGED, case, actor, at=at, carried=True)
    return len(new)


def _agenda_item(meeting: Meeting, actor: Actor, at: dt.datetime | None) -> AgendaItem | None:
    """The agenda item for the open cases: the one there is, or a new first one.

    None where the organiser took it off the agenda.
    """
    listed = meeting.discussions.exclude(item=None).select_related("item").first()
    if listed is not None:
        return listed.item
    if meeting.discussions.exists():
        return None
    with translation.override(language_of(meeting)):
        title = _("Open cases from earlier meetings")
    there = meeting.agenda.filter(kind=AgendaItem.Kind.DISCUSSION, title=title).first()
    if there is not None:
        return there
    item = meetings_services.add_item(
        actor=actor,
        meeting_id=meeting.pk,
        kind=AgendaItem.Kind.DISCUSSION,
        title=title,
        minutes=FOLLOW_UP_MINUTES,
        at=at,
    )
    moved = meetings_services.move_item(actor=actor, item_id=item.pk, position=0)
    meeting.refresh_from_db(fields=["last_seq"])
    return moved


def next_after(meeting: Meeting) -> Meeting | None:
    """The next meeting that has not opened: of the same series, else of none, else any."""
    ahead = Meeting.objects.filter(
        county_id=meeting.county_id, status__in=AHEAD, starts_at__gt=meeting.starts_at
    ).order_by("starts_at", "pk")
    if meeting.series_id is not None:
        return (
            ahead.filter(series_id=meeting.series_id).first() or ahead.filter(series=None).first()
        )
    return ahead.first()


def put_on_next(
    case: Case, known: list[Meeting], actor: Actor, *, at: dt.datetime | None = None
) -> list[Meeting]:
    """A case that is open again goes on the next meeting unless an open one has it; the meetings
    that have it now (`known` are locked)."""
    if known or case.opened_in is None:
        return known
    following = next_after(case.opened_in)
    if following is None:
        return known
    meeting = events.lock(following.pk)
    if meeting.is_closed:
        return known
    put_on(meeting, Case.objects.filter(pk=case.pk), actor, at=at)
    return known


def when_closed(*, meeting: Meeting, actor: Actor, at: dt.datetime | None = None) -> None:
    """What closing a meeting (locked by the caller) means: problems not solved become cases, and
    all its open cases go on to the next. Doing it again changes nothing."""
    posts = Post.objects.filter(
        meeting=meeting,
        hidden_at=None,
        withdrawn_at=None,
        held_at=None,
        status__in=[Post.Status.WAITING, Post.Status.ON_SCREEN, Post.Status.CARRIED],
    ).select_related("case")
    for post in posts.order_by("created_at", "pk"):
        post.meeting = meeting
        if post.case is None and post.kind == Post.Kind.PROBLEM:
            make_case(post, actor, at=at)
        elif post.case is None or not post.case.is_open or post.status == Post.Status.CARRIED:
            continue
        post.status = Post.Status.CARRIED
        post.save(update_fields=["status"])
        events.record(meeting, events.POST_CARRIED, post, actor, at=at)
    following = next_after(meeting)
    if following is not None:
        following = events.lock(following.pk)
        if following.status in AHEAD:
            put_on(following, _waiting_for(following, closing=meeting), actor, at=at)


def when_made(*, meeting: Meeting, actor: Actor, at: dt.datetime | None = None) -> None:
    """A new meeting (locked by the caller) takes the open cases that are on no list ahead."""
    put_on(meeting, _waiting_for(meeting), actor, at=at)


def _waiting_for(meeting: Meeting, closing: Meeting | None = None) -> CaseQuerySet:
    """The open cases that wait for a meeting of this series: those no open meeting has on its
    list."""
    on_lists = CaseDiscussion.objects.exclude(meeting__status=Meeting.Status.CLOSED)
    if closing is not None:
        on_lists = on_lists.exclude(meeting=closing)
    cases = Case.objects.filter(county_id=meeting.county_id).still_open()
    cases = cases.exclude(pk__in=on_lists.values("case"))
    if meeting.series_id is not None:
        other = Meeting.objects.exclude(series=None).exclude(series_id=meeting.series_id)
        cases = cases.exclude(opened_in__in=other.filter(county_id=meeting.county_id))
    return cases
