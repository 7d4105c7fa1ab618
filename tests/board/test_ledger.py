"""The ledger of a practice: planned, running, result; with evidence; also after the meeting."""

import uuid

import pytest

from archive.tables import fingerprint
from board import services
from board.adoptions import ledger_of
from board.models import Adoption, AdoptionStep
from board.problems import BadEvidence, NotAPractice, PostGone, StillOpen, WhichTownship
from meetings import services as meetings
from meetings.models import Meeting
from tests.people import make_meeting, no_more_queries_than
from townships.problems import NotAllowed, NotFound
from uploads.models import Material


@pytest.fixture
def practice(member, post_by):
    return post_by(member, kind="practice", body="积分上墙")


def deck_of(township, meeting):
    return Material.objects.create(
        meeting=meeting, township=township, kind="deck", title="试点汇报"
    )


def rows(post):
    return [
        (row.township.name, row.status, row.result, len(row.steps))
        for row in ledger_of([post.pk]).get(post.pk, [])
    ]


def test_each_thing_said_is_a_line(organiser, other_member, practice):
    for status, result in [("planned", ""), ("running", "两个村"), ("done", "办结率提高")]:
        services.set_adoption(actor=other_member, post_id=practice.pk, status=status, result=result)
    services.set_adoption(
        actor=other_member, post_id=practice.pk, status="done", result="办结率提高"
    )
    assert rows(practice) == [("白沙乡", "done", "办结率提高", 3)]
    services.set_adoption(actor=other_member, post_id=practice.pk, status=None)
    assert rows(practice) == []
    assert AdoptionStep.objects.count() == 4


def test_after_the_meeting_the_ledger_grows_and_the_meeting_stays_as_it_was(
    organiser, member, other_member, live_meeting, practice
):
    services.set_adoption(actor=other_member, post_id=practice.pk, status="planned")
    with pytest.raises(StillOpen):
        services.report_adoption(actor=other_member, post_id=practice.pk, status="running")
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    closed = Meeting.objects.get(pk=live_meeting.pk)
    frozen = fingerprint(closed)
    services.report_adoption(
        actor=other_member, post_id=practice.pk, status="done", result="办结率提高"
    )
    assert rows(practice) == [("白沙乡", "done", "办结率提高", 2)]
    assert Adoption.objects.get().status == "planned"
    assert fingerprint(Meeting.objects.get(pk=live_meeting.pk)) == frozen


def test_the_evidence_is_a_material_of_the_township(
    organiser, member, other_member, township, other_township, live_meeting, county, practice
):
    own, theirs = deck_of(other_township, live_meeting), deck_of(township, live_meeting)
    services.set_adoption(
        actor=other_member, post_id=practice.pk, status="done", evidence_id=own.pk
    )
    assert ledger_of([practice.pk])[practice.pk][0].evidence == own
    for wrong in (theirs.pk, uuid.uuid4()):
        with pytest.raises(BadEvidence):
            services.set_adoption(
                actor=other_member, post_id=practice.pk, status="done", evidence_id=wrong
            )


def test_evidence_of_a_meeting_that_has_not_opened_is_not_told(
    api, member, other_member, other_township, county, practice
):
    """Its township may name it; the others learn of it when that meeting opens."""
    secret = deck_of(other_township, make_meeting(county, "announced"))
    services.set_adoption(
        actor=other_member, post_id=practice.pk, status="done", evidence_id=secret.pk
    )
    told = api(member).get(f"/posts/{practice.pk}/ledger").json()
    assert [row["evidence"] for row in told] == [None]


def test_who_may_report(
    organiser,
    member,
    other_member,
    observer,
    guest,
    foreign_member,
    live_meeting,
    practice,
    post_by,
):
    problem = post_by(member)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)

    def report(actor, post=practice, **more):
        services.report_adoption(actor=actor, post_id=post.pk, status="running", **more)

    report(member)
    report(organiser, township_id=other_member.township_id)
    for actor, error in [(observer, NotAllowed), (guest, NotFound), (foreign_member, NotFound)]:
        with pytest.raises(error):
            report(actor)
    with pytest.raises(NotAllowed):
        report(member, township_id=other_member.township_id)
    with pytest.raises(WhichTownship):
        report(organiser)
    with pytest.raises(NotFound):
        report(organiser, township_id=foreign_member.township_id)
    with pytest.raises(NotAPractice):
        report(member, problem)


def test_a_hidden_practice_takes_no_reports(organiser, member, live_meeting, practice):
    services.hide_post(actor=organiser, post_id=practice.pk)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    with pytest.raises(NotFound):
        services.report_adoption(actor=member, post_id=practice.pk, status="running")
    with pytest.raises(PostGone):
        services.report_adoption(
            actor=organiser, post_id=practice.pk, status="running", township_id=member.township_id
        )


def test_what_was_said_of_a_merged_practice_counts_for_the_one_that_stands(
    organiser, member, other_member, practice, post_by
):
    twin = post_by(other_member, kind="practice", body="积分公示")
    services.set_adoption(actor=member, post_id=twin.pk, status="running", result="试点")
    services.merge_posts(actor=organiser, post_id=twin.pk, into_id=practice.pk)
    assert rows(practice) == [("青石镇", "running", "试点", 1)]


def test_many_ledgers_cost_two_queries(member, other_member, post_by):
    posts = [post_by(member, kind="practice", body=f"做法{n}") for n in range(8)]
    for post in posts:
        for actor in (member, other_member):
            services.set_adoption(actor=actor, post_id=post.pk, status="planned")
    with no_more_queries_than(2):
        assert len(ledger_of([post.pk for post in posts])) == 8
