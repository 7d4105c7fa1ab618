"""The sentence "I have looked at it, it is right": by township and organiser, about one version."""

import pytest
from django.urls import reverse

from meetings.models import Event, Meeting
from meetings.problems import MeetingClosed
from tests.people import client_of
from tests.uploads.ready import make_ready
from townships.models import AuditRow
from townships.problems import NotAllowed, NotFound
from uploads import approvals, services
from uploads.models import Approval, Version
from uploads.problems import NotOnShow


def change(meeting, **fields):
    Meeting.objects.filter(pk=meeting.pk).update(**fields)


@pytest.fixture
def ready(member, meeting, township):
    return make_ready(member, meeting, township)


def test_each_side_says_it_once_and_it_is_an_event(ready, member, organiser, meeting):
    """The member speaks for the township, the organiser for the organiser; a second time is nothing."""
    for actor in (member, member, organiser):
        approvals.approve_version(actor=actor, version_id=ready.pk)
    assert list(Approval.objects.values_list("by", "user_id")) == [
        ("organiser", organiser.user_id),
        ("owner", member.user_id),
    ]
    assert Event.objects.filter(meeting=meeting, kind="material.approved").count() == 2
    row = AuditRow.objects.filter(action="material.approved").latest("pk")
    assert row.detail["by"] == "organiser"


def test_a_new_version_has_none(ready, member, meeting, township):
    """Whoever approved the old one has to look again; the old one's approval stays with it."""
    approvals.approve_version(actor=member, version_id=ready.pk)
    fresh = make_ready(member, meeting, township, data=b"PK\x03\x04other")
    assert not fresh.approvals.exists()
    with pytest.raises(NotOnShow):
        approvals.approve_version(actor=member, version_id=ready.pk)
    services.restore_version(actor=member, version_id=ready.pk)
    assert ready.approvals.get().by == "owner"


@pytest.mark.parametrize("state", ["received", "converting", "failed", "refused"])
def test_only_what_is_ready_and_on_show_can_be_approved(ready, member, state):
    Version.objects.filter(pk=ready.pk).update(state=state)
    with pytest.raises(NotOnShow):
        approvals.approve_version(actor=member, version_id=ready.pk)


def test_beside_a_newer_one_that_is_no_use_the_page_names_what_is_approved(ready, member):
    """The refused file is on top of the page; the card links to the version on show."""
    material = ready.material
    Version.objects.create(
        material=material,
        number=2,
        state="refused",
        filename="坏.pptx",
        size=1,
        sha256="0" * 64,
        original="2" * 32,
        uploaded_by=ready.uploaded_by,
    )
    slot = reverse("material_slot", args=[material.meeting_id, material.township_id, material.kind])
    page = client_of(member).get(slot).content.decode()
    link = f'<a href="{reverse("material", args=[material.pk])}">第 1 版 · {ready.filename}</a>'
    assert page.count(link) == 1
    assert page.index("坏.pptx") < page.index(link)


def test_a_withdrawn_one_cannot(ready, member):
    services.withdraw_material(actor=member, material_id=ready.material_id)
    with pytest.raises(NotOnShow):
        approvals.approve_version(actor=member, version_id=ready.pk)


def test_the_deadline_does_not_matter_but_the_end_does(ready, member, meeting):
    """A deck sent in the last minute is ready after the deadline: looking at it must still count."""
    change(meeting, deadline=meeting.starts_at.replace(year=2020))
    approvals.approve_version(actor=member, version_id=ready.pk)
    change(meeting, status="closed")
    with pytest.raises(MeetingClosed):
        approvals.take_approval_back(actor=member, version_id=ready.pk)


def test_others_may_not(ready, meeting, other_member, observer, archivist, foreign_organiser):
    for actor in (other_member, observer, archivist, foreign_organiser):
        with pytest.raises(NotFound):
            approvals.approve_version(actor=actor, version_id=ready.pk)
    change(meeting, status="live")
    for actor in (other_member, observer, archivist):
        with pytest.raises(NotAllowed):
            approvals.approve_version(actor=actor, version_id=ready.pk)
    assert not Approval.objects.exists()


def test_taking_it_back_takes_only_ones_own(ready, member, organiser):
    approvals.approve_version(actor=member, version_id=ready.pk)
    approvals.take_approval_back(actor=organiser, version_id=ready.pk)
    assert Approval.objects.get().by == "owner"
    approvals.take_approval_back(actor=member, version_id=ready.pk)
    assert not Approval.objects.exists()


def test_over_the_api_and_told_to_organisers(ready, member, organiser, api):
    """The version says when each side approved; others are not told (it is about the way)."""
    answer = api(member).put(f"/versions/{ready.pk}/approval")
    assert answer.status_code == 200
    assert answer.json()["approved"]["owner"] is not None
    seen = api(organiser).get(f"/materials/{ready.material_id}").json()
    assert seen["current"]["approved"]["organiser"] is None
    assert seen["current"]["approved"]["owner"] == answer.json()["approved"]["owner"]
    assert api(member).delete(f"/versions/{ready.pk}/approval").json()["approved"] == {
        "owner": None,
        "organiser": None,
    }


def test_on_the_page_and_in_the_viewer(ready, member, organiser, meeting, township):
    """The button is where one has looked: in the viewer; the organiser sees who said it and when."""
    slot = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    viewer = f"/materials/{ready.material_id}/"
    assert 'value="approve"' in client_of(member).get(viewer).content.decode()
    answer = client_of(member).post(
        slot, {"act": "approve", "version": str(ready.pk), "back": "viewer"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == viewer
    page = client_of(organiser).get(slot).content.decode()
    assert member.name in page.split('id="approval-title"')[1]
    assert 'value="unapprove"' in client_of(member).get(viewer).content.decode()


def test_a_refusal_is_said_on_the_page(ready, member, meeting, township):
    Version.objects.filter(pk=ready.pk).update(state="converting")
    answer = client_of(member).post(
        f"/meetings/{meeting.pk}/slots/{township.pk}/deck/",
        {"act": "approve", "version": str(ready.pk)},
        follow=True,
    )
    assert answer.status_code == 200
    assert str(NotOnShow.sentence) in answer.content.decode()


def test_a_version_has_a_name(ready, member, organiser, other_member, api):
    """Named by its township or the organiser; one line, at most 100 characters; "" takes it away."""
    path = f"/versions/{ready.pk}/name"
    assert api(member).put(path, {"label": " 领导审定稿\n"}).json()["label"] == "领导审定稿"
    assert api(organiser).put(path, {"label": "x" * 101}).status_code == 400
    assert api(other_member).put(path, {"label": "x"}).status_code == 404
    assert api(member).put(path, {"label": ""}).json()["label"] == ""
