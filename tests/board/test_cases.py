"""What a meeting does not solve goes on by itself to the next one, with owner, due date and history."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from board import services
from board.carrying import when_closed
from board.models import Case, CaseDiscussion, CaseStep, Post
from board.problems import BadPerson, BadStatus, CaseInUse, NotFollowed, PostGone
from meetings import services as meetings
from meetings.models import AgendaItem, Event, Meeting, Series
from meetings.problems import MeetingClosed
from tests.people import make_meeting
from townships.problems import Invalid, NotAllowed, NotFound


def ahead(county, days=30, **fields):
    start = timezone.now() + dt.timedelta(days=days)
    times = {"starts_at": start, "ends_at": start + dt.timedelta(hours=2)}
    return make_meeting(county, "announced", **(times | fields))


def steps(case):
    return list(case.steps.values_list("kind", flat=True))


# --- Closing carries ----------------------------------------------------------------------------------------


def test_unsolved_problems_become_cases_on_the_next_meetings_agenda(
    organiser, member, other_member, county, live_meeting, post_by
):
    following = ahead(county)
    open_one = post_by(member, body="登记表更新不及时。去年也提过。")
    answered = post_by(member, body="会议室在哪")
    practice = post_by(member, kind="practice", body="积分上墙")
    question = post_by(member, kind="question", body="怎么算分")
    hidden, merged = post_by(member, body="重复"), post_by(other_member, body="同上")
    services.mark_post(actor=organiser, post_id=answered.pk, status="answered")
    services.hide_post(actor=organiser, post_id=hidden.pk)
    services.merge_posts(actor=organiser, post_id=merged.pk, into_id=open_one.pk)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    case = Case.objects.get()
    assert (case.title, case.kind, case.status) == ("登记表更新不及时", "problem", "open")
    assert (case.township_id, case.opened_in_id) == (member.township_id, live_meeting.pk)
    open_one.refresh_from_db()
    assert (open_one.status, open_one.case_id) == ("carried", case.pk)
    assert not Post.objects.filter(
        pk__in=[p.pk for p in (answered, practice, question, hidden, merged)]
    ).exclude(case=None)
    assert set(case.discussions.values_list("meeting", flat=True)) == {
        live_meeting.pk,
        following.pk,
    }
    item = following.agenda.order_by("position").first()
    assert (item.kind, item.title) == ("discussion", "往期未结问题跟踪")
    assert steps(case) == ["opened", "carried"]


def test_the_item_for_open_cases_is_named_in_the_language_of_the_series_papers(
    organiser, member, county, live_meeting, post_by
):
    series = Series.objects.create(
        county=county, name="Study day", rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on=dt.date(2026, 1, 1), language="en",
    )  # fmt: skip
    Meeting.objects.filter(pk=live_meeting.pk).update(series=series)
    following = ahead(county, series=series)
    post_by(member, body="登记表更新不及时。")
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    assert following.agenda.get().title == "Open cases from earlier meetings"


def test_the_closed_meetings_log_tells_what_was_carried(organiser, member, live_meeting, post_by):
    """The events come after the closing, so that a page that is open shows them, too."""
    post = post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    kinds = list(
        Event.objects.filter(meeting=live_meeting).order_by("seq").values_list("kind", "object_id")
    )
    assert kinds[-2:] == [("meeting.closed", live_meeting.pk), ("post.carried", post.pk)]


def test_carrying_twice_changes_nothing(organiser, member, county, live_meeting, post_by):
    following = ahead(county)
    post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    closed = Meeting.objects.get(pk=live_meeting.pk)
    before = (Event.objects.count(), CaseStep.objects.count(), AgendaItem.objects.count())
    when_closed(meeting=closed, actor=organiser)
    assert services.carry_open_cases(actor=organiser, meeting_id=following.pk) == 0
    assert (Event.objects.count(), CaseStep.objects.count(), AgendaItem.objects.count()) == before


def test_without_a_next_meeting_the_cases_wait_for_the_one_that_is_made(
    organiser, member, live_meeting, post_by
):
    post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    case = Case.objects.get()
    assert case.discussions.count() == 1
    start = timezone.now() + dt.timedelta(days=20)
    made = meetings.create_meeting(
        actor=organiser, title="十二月例会", starts_at=start, ends_at=start + dt.timedelta(hours=3)
    )
    assert case.discussions.filter(meeting=made).exists()
    assert made.agenda.count() == 1
    start += dt.timedelta(days=30)
    after = meetings.create_meeting(
        actor=organiser, title="一月例会", starts_at=start, ends_at=start + dt.timedelta(hours=3)
    )
    assert not after.discussions.exists()


def test_a_case_goes_on_until_it_is_solved(organiser, member, county, live_meeting, post_by):
    second, third = ahead(county, 30), ahead(county, 60)
    post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    case = Case.objects.get()
    Meeting.objects.filter(pk=second.pk).update(status="live")
    meetings.close_meeting(actor=organiser, meeting_id=second.pk)
    assert case.discussions.filter(meeting=third).exists()
    services.change_case(
        actor=organiser, case_id=case.pk, status="solved", outcome="已改为线上登记"
    )
    assert not case.discussions.filter(meeting=third).exists()
    assert case.discussions.count() == 2
    services.change_case(actor=organiser, case_id=case.pk, status="running")
    case.refresh_from_db()
    assert (case.closed_at, case.discussions.filter(meeting=third).exists()) == (None, True)


def test_each_series_keeps_its_own_cases(organiser, member, county, live_meeting, post_by):
    monthly, lectures = (
        meetings.create_series(
            actor=organiser,
            name=name,
            rule="FREQ=MONTHLY;BYMONTHDAY=25",
            starts_on=dt.date(2026, 1, 25),
            time=dt.time(9),
            minutes=60,
        )
        for name in ("例会", "讲堂")
    )
    Meeting.objects.filter(pk=live_meeting.pk).update(series=monthly)
    lecture, following = ahead(county, 7, series=lectures), ahead(county, 30, series=monthly)
    post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    assert list(CaseDiscussion.objects.values_list("meeting", flat=True)) == [
        live_meeting.pk,
        following.pk,
    ]
    assert not lecture.agenda.exists()


def test_an_agenda_item_that_was_taken_off_does_not_come_back(
    organiser, member, county, live_meeting, post_by
):
    following = ahead(county)
    post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    meetings.remove_item(actor=organiser, item_id=following.agenda.get().pk)
    post = services.add_post(
        actor=member, meeting_id=following.pk, kind="problem", body="又一个", client_id="n"
    )
    services.open_case(actor=organiser, post_id=post.pk)
    services.carry_open_cases(actor=organiser, meeting_id=following.pk)
    assert not following.agenda.exists()


def test_another_countys_cases_stay_there(
    organiser, foreign_organiser, member, county, live_meeting, other_county, post_by
):
    theirs = ahead(other_county)
    post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    assert services.carry_open_cases(actor=foreign_organiser, meeting_id=theirs.pk) == 0
    case = Case.objects.get()
    with pytest.raises(NotFound):
        services.change_case(actor=foreign_organiser, case_id=case.pk, status="solved")
    with pytest.raises(NotFound):
        services.carry_open_cases(actor=foreign_organiser, meeting_id=live_meeting.pk)


# --- Assigning and taking back ------------------------------------------------------------------------------


def test_assigning_opens_the_case_and_taking_it_back_leaves_nothing(
    organiser, member, live_meeting, post_by
):
    post = post_by(member)
    due = dt.date(2026, 12, 20)
    case = services.assign_post(
        actor=organiser, post_id=post.pk, responsible_id=member.user_id, due=due
    )
    assert (case.responsible_id, case.responsible_name, case.due) == (
        member.user_id,
        "青石委员（青石镇）",
        due,
    )
    services.unassign_post(actor=organiser, post_id=post.pk)
    post.refresh_from_db()
    assert (post.case, Case.objects.count()) == (None, 0)


def test_a_case_that_was_worked_on_stays_when_the_assignment_is_taken_back(
    organiser, member, post_by
):
    post = post_by(member)
    case = services.assign_post(actor=organiser, post_id=post.pk, responsible_name="县档案馆")
    services.add_note(actor=member, case_id=case.pk, text="已联系")
    services.unassign_post(actor=organiser, post_id=post.pk)
    case.refresh_from_db()
    assert (case.responsible_name, case.due) == ("", None)
    assert steps(case) == ["opened", "assigned", "note", "unassigned"]
    with pytest.raises(CaseInUse):
        services.unfollow_post(actor=organiser, post_id=post.pk)


def test_carrying_forward_by_hand_can_be_undone(organiser, member, post_by):
    post = post_by(member)
    services.mark_post(actor=organiser, post_id=post.pk, status="carried")
    assert Case.objects.count() == 1
    services.mark_post(actor=organiser, post_id=post.pk, status="waiting")
    assert Case.objects.count() == 0


def test_somebody_of_the_county_sees_to_it(organiser, member, foreign_member, post_by):
    post = post_by(member)
    for wrong in (foreign_member.user_id, uuid.uuid4()):
        with pytest.raises(BadPerson):
            services.assign_post(actor=organiser, post_id=post.pk, responsible_id=wrong)
    with pytest.raises(BadPerson):
        services.assign_post(actor=organiser, post_id=post.pk, responsible_name="  ")
    assert not Case.objects.exists()


def test_questions_hidden_and_merged_entries_are_not_followed(organiser, member, post_by):
    with pytest.raises(NotFollowed):
        services.open_case(actor=organiser, post_id=post_by(member, kind="question").pk)
    hidden = post_by(member)
    services.hide_post(actor=organiser, post_id=hidden.pk)
    with pytest.raises(PostGone):
        services.open_case(actor=organiser, post_id=hidden.pk)


# --- Changing -------------------------------------------------------------------------------------------------


def test_odd_values_are_refused_and_change_nothing(organiser, member, foreign_member, post_by):
    case = services.open_case(actor=organiser, post_id=post_by(member).pk)
    problem = post_by(member)
    for error, changes in [
        (BadStatus, {"status": "forgotten"}),
        (Invalid, {"title": ""}),
        (Invalid, {"title": "长" * 201}),
        (Invalid, {"outcome": "长" * 2001}),
        (BadPerson, {"responsible_id": foreign_member.user_id}),
        (NotFound, {"solved_by_id": problem.pk}),
        (NotFound, {"category_id": uuid.uuid4()}),
    ]:
        with pytest.raises(error):
            services.change_case(actor=organiser, case_id=case.pk, **changes)
    with pytest.raises(TypeError):
        services.change_case(actor=organiser, case_id=case.pk, county_id=uuid.uuid4())
    assert steps(case) == ["opened"]


def test_who_may_do_what(organiser, member, other_member, observer, archivist, guest, post_by):
    """Organisers change; the case's township and whoever sees to it add notes; others read."""
    case = services.open_case(actor=organiser, post_id=post_by(member).pk)
    for actor in (member, other_member, observer, archivist):
        with pytest.raises(NotAllowed):
            services.change_case(actor=actor, case_id=case.pk, status="solved")
    with pytest.raises(NotFound):
        services.change_case(actor=guest, case_id=case.pk, status="solved")
    services.add_note(actor=member, case_id=case.pk, text="我们在办")
    with pytest.raises(NotAllowed):
        services.add_note(actor=other_member, case_id=case.pk, text="我们也在办")
    services.change_case(actor=organiser, case_id=case.pk, responsible_id=other_member.user_id)
    services.add_note(actor=other_member, case_id=case.pk, text="我们也在办")


def test_a_case_lives_on_when_its_meeting_is_closed(organiser, member, live_meeting, post_by):
    """The closed meeting's log and entries stay as they are."""
    post = post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    case = Case.objects.get()
    seq = Meeting.objects.get(pk=live_meeting.pk).last_seq
    services.change_case(actor=organiser, case_id=case.pk, status="solved", outcome="办结")
    assert Meeting.objects.get(pk=live_meeting.pk).last_seq == seq
    with pytest.raises(MeetingClosed):
        services.open_case(actor=organiser, post_id=post.pk)


def test_a_change_is_an_event_in_every_open_meeting_that_has_it(
    organiser, member, county, live_meeting, post_by
):
    following = ahead(county)
    case = services.open_case(actor=organiser, post_id=post_by(member).pk)
    services.carry_open_cases(actor=organiser, meeting_id=following.pk)
    services.change_case(actor=organiser, case_id=case.pk, status="running")
    for meeting in (live_meeting, following):
        newest = Event.objects.filter(meeting=meeting, kind="case.changed").last()
        assert newest is not None
        assert newest.object_id == case.pk


def test_the_list_over_the_api(
    api, organiser, member, other_member, foreign_member, guest, post_by
):
    case = services.open_case(actor=organiser, post_id=post_by(member).pk)
    found = api(member).get("/cases").json()
    assert (found["total"], found["cases"][0]["id"]) == (1, str(case.pk))
    assert api(member).get("/cases", township=str(other_member.township_id)).json()["total"] == 0
    assert api(member).get("/cases", status="solved").json()["total"] == 0
    assert api(member).get("/cases", status="nonsense").status_code == 400
    assert api(foreign_member).get("/cases").json()["total"] == 0
    assert api(guest).get("/cases").status_code == 403
    told = (
        api(organiser)
        .patch(f"/cases/{case.pk}", {"status": "solved", "outcome": "办结", "note": "月会通报"})
        .json()
    )
    assert (told["status"], told["outcome"]) == ("solved", "办结")
    history = api(member).get(f"/cases/{case.pk}").json()["steps"]
    assert [(step["kind"], step["text"]) for step in history] == [
        ("opened", ""),
        ("status", "月会通报"),
    ]


def test_a_meeting_in_preparation_is_not_named_to_members(
    organiser, member, county, live_meeting, post_by, api
):
    post = post_by(member, body="水管漏水")
    case = services.open_case(actor=organiser, post_id=post.pk)
    draft = make_meeting(county, "draft")
    services.carry_open_cases(actor=organiser, meeting_id=draft.pk)
    told = api(member).get(f"/cases/{case.pk}").json()
    assert told["meetings"] == [str(live_meeting.pk)]
    assert [step["meeting"] for step in told["steps"]] == [str(live_meeting.pk), None]
    assert api(member).get("/cases").json()["cases"][0]["meetings"] == [str(live_meeting.pk)]
    assert str(draft.pk) in api(organiser).get(f"/cases/{case.pk}").json()["meetings"]
