"""Handing a county over: the new organiser comes in and the old one steps back, both or neither."""

import pytest
from django.utils import timezone

from board.models import Case, CaseDiscussion, CaseStep
from meetings.models import Meeting
from tests.people import client_of
from townships import handover
from townships.actors import Actor, actor_of_user
from townships.models import AuditRow, County, Membership, User
from townships.problems import Invalid, NotAllowed, NotFound


def role_of(actor: Actor) -> str | None:
    return actor_of_user(User.objects.get(pk=actor.user_id)).role


@pytest.mark.parametrize(
    ("then", "after"),
    [
        ("organiser", "organiser"),
        ("observer", "observer"),
        ("archivist", "archivist"),
        ("leaves", None),
    ],
)
def test_both_change_at_once(organiser: Actor, member: Actor, then: str, after: str | None) -> None:
    handover.hand_over_county(actor=organiser, membership_id=member.membership_id, then=then)
    assert (role_of(member), role_of(organiser)) == ("organiser", after)
    assert Membership.objects.get(pk=member.membership_id).township.name == "青石镇", (
        "history stays"
    )
    assert AuditRow.objects.get(action="county.handed_over").detail == {"then": then}


def test_not_to_oneself_nor_to_strangers_nor_to_who_left(
    organiser: Actor, member: Actor, foreign_member: Actor
) -> None:
    with pytest.raises(Invalid):
        handover.hand_over_county(
            actor=organiser, membership_id=organiser.membership_id, then="leaves"
        )
    with pytest.raises(NotFound):
        handover.hand_over_county(
            actor=organiser, membership_id=foreign_member.membership_id, then="leaves"
        )
    Membership.objects.filter(pk=member.membership_id).update(active=False)
    with pytest.raises(NotFound):
        handover.hand_over_county(
            actor=organiser, membership_id=member.membership_id, then="leaves"
        )
    assert role_of(organiser) == "organiser"
    with pytest.raises(NotAllowed):
        handover.hand_over_county(
            actor=member, membership_id=organiser.membership_id, then="leaves"
        )


def test_the_page(organiser: Actor, member: Actor) -> None:
    client = client_of(organiser)
    assert "青石委员" in client.get("/county/hand-over/").content.decode()
    assert (
        client.post("/county/hand-over/", {"membership_id": "", "then": "leaves"}).status_code
        == 400
    )
    answer = client.post(
        "/county/hand-over/", {"membership_id": member.membership_id, "then": "observer"}
    )
    assert answer["Location"] == "/"
    assert client.get("/people/").status_code == 403
    assert client_of(member).get("/people/").status_code == 200


def test_open_cases_of_who_steps_back_become_the_successors(
    organiser: Actor, member: Actor, other_member: Actor, county: County, meeting: Meeting
) -> None:
    """Solved ones keep their name; who stays an organiser keeps what is theirs."""
    rows = {
        title: Case.objects.create(
            county=county,
            kind="problem",
            title=title,
            status=status,
            responsible_id=whose.user_id,
            responsible_name=whose.name,
            closed_at=timezone.now() if status == "solved" else None,
        )
        for title, status, whose in (
            ("停车难", "open", organiser),
            ("灯不亮", "running", organiser),
            ("路不平", "solved", organiser),
            ("水不清", "open", member),
        )
    }
    CaseDiscussion.objects.create(case=rows["停车难"], meeting=meeting)
    seq = Meeting.objects.get(pk=meeting.pk).last_seq
    handover.hand_over_county(
        actor=organiser, membership_id=other_member.membership_id, then="organiser"
    )
    assert Case.objects.filter(responsible_id=organiser.user_id).count() == 3
    handover.hand_over_county(actor=organiser, membership_id=member.membership_id, then="leaves")
    taken = Case.objects.filter(responsible_id=member.user_id).order_by("title")
    assert {case.title: case.responsible_name for case in taken} == {
        "停车难": "青石委员",
        "灯不亮": "青石委员",
        "水不清": member.name,
    }
    assert Case.objects.get(title="路不平").responsible_id == organiser.user_id
    steps = CaseStep.objects.filter(kind="assigned").values_list("case__title", flat=True)
    assert sorted(steps) == ["停车难", "灯不亮"]
    assert Meeting.objects.get(pk=meeting.pk).last_seq == seq + 1
