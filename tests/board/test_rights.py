"""Who may do what on the board: DESIGN's table, and foreign things that do not exist."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from board import services
from board.models import Post
from meetings.models import Meeting
from townships.problems import NotAllowed, NotFound, SignedOut
from uploads.models import Material, Page, Version

ROLES = ["organiser", "member", "observer", "archivist", "guest", "nobody", "foreign_organiser"]
WRITES: dict[str, tuple[Callable[..., Any], str]] = {
    "post": (
        lambda actor, post: services.add_post(
            actor=actor, meeting_id=post.meeting_id, kind="problem", body="话", client_id="x"
        ),
        "yes yes 403 403 yes 401 404",
    ),
    "reply": (
        lambda actor, post: services.add_reply(
            actor=actor, post_id=post.pk, body="答", client_id="x"
        ),
        "yes yes yes 403 403 401 404",
    ),
    "support": (
        lambda actor, post: services.set_support(actor=actor, post_id=post.pk, supported=True),
        "yes yes 403 403 yes 401 404",
    ),
    "hide": (
        lambda actor, post: services.hide_post(actor=actor, post_id=post.pk),
        "yes 403 403 403 403 401 404",
    ),
    "pin": (
        lambda actor, post: services.pin_post(actor=actor, post_id=post.pk, pinned=True),
        "yes 403 403 403 403 401 404",
    ),
    "mark": (
        lambda actor, post: services.mark_post(actor=actor, post_id=post.pk, status="answered"),
        "yes 403 403 403 403 401 404",
    ),
    "merge": (
        lambda actor, post: services.merge_posts(
            actor=actor, post_id=post.pk, into_id=uuid.uuid4()
        ),
        "409 403 403 403 403 401 404",
    ),
    "edit another's": (
        lambda actor, post: services.edit_post(actor=actor, post_id=post.pk, body="改"),
        "403 403 403 403 403 401 404",
    ),
    "adopt": (
        lambda actor, post: services.set_adoption(actor=actor, post_id=post.pk, status="planned"),
        "400 yes 403 403 403 401 404",
    ),
}


def outcome(write: Callable[..., Any], actor: Any, post: Post) -> str:
    try:
        write(actor, post)
    except Exception as problem:
        return str(getattr(problem, "status", problem))
    return "yes"


@pytest.mark.parametrize("name", WRITES)
def test_each_write_by_each_role(name, request, other_member, post_by):
    """organiser, member, observer, archivist, guest, signed out, another county's organiser."""
    write, expected = WRITES[name]
    found = [
        outcome(write, request.getfixturevalue(role), post_by(other_member, kind="practice"))
        for role in ROLES
    ]
    assert found == expected.split()


def test_guests_write_only_in_their_live_meeting_that_lets_guests_in(guest, meeting, post_by):
    assert post_by(guest).author_unit == guest.unit
    with pytest.raises(NotFound):
        post_by(guest, meeting_id=meeting.pk)
    Meeting.objects.filter(pk=guest.guest_meeting_id).update(allows_guests=False)
    with pytest.raises(NotFound):
        post_by(guest)


def test_a_draft_is_the_organisers_own(organiser, member, nobody, draft_meeting, post_by):
    post_by(organiser, meeting_id=draft_meeting.pk)
    with pytest.raises(NotFound):
        post_by(member, meeting_id=draft_meeting.pk)
    with pytest.raises(SignedOut):
        post_by(nobody)


def test_a_hidden_entry_does_not_exist_for_others(api, organiser, member, other_member, post_by):
    post = post_by(member)
    services.hide_post(actor=organiser, post_id=post.pk)
    with pytest.raises(NotFound):
        services.set_support(actor=other_member, post_id=post.pk, supported=True)
    path = f"/meetings/{post.meeting_id}/posts"
    assert [p["id"] for p in api(other_member).get(path).json()["posts"]] == []
    assert [p["hidden"] for p in api(organiser).get(path).json()["posts"]] == [True]


def test_a_member_adopts_for_their_own_township_only(
    organiser, member, other_township, foreign_member, post_by
):
    post = post_by(member, kind="practice")
    with pytest.raises(NotAllowed):
        services.set_adoption(
            actor=member, post_id=post.pk, status="planned", township_id=other_township.pk
        )
    services.set_adoption(
        actor=organiser, post_id=post.pk, status="planned", township_id=other_township.pk
    )
    with pytest.raises(NotFound):
        services.set_adoption(
            actor=organiser,
            post_id=post.pk,
            status="planned",
            township_id=foreign_member.township_id,
        )
    assert [adoption.township_id for adoption in post.adoptions.all()] == [other_township.pk]


def make_page(meeting: Meeting, township: Any) -> Page:
    material = Material.objects.create(meeting=meeting, township=township, kind="deck")
    version = Version.objects.create(
        material=material, number=1, filename="a.pptx", size=1, sha256="0" * 64, original="a"
    )
    return Page.objects.create(version=version, number=3, title="台账")


def test_an_entry_is_anchored_only_to_a_slide_of_its_meeting_that_its_author_may_see(
    api, member, other_member, live_meeting, meeting, township
):
    shown, elsewhere = make_page(live_meeting, township), make_page(meeting, township)

    def send(actor: Any, where: Meeting, page: Page) -> Any:
        body = {"kind": "problem", "body": "话", "client_id": uuid.uuid4().hex}
        return api(actor).post(f"/meetings/{where.pk}/posts", body | {"page": str(page.pk)})

    answer = send(other_member, live_meeting, shown)
    assert answer.status_code == 201
    assert answer.json()["page"]["number"] == 3
    assert answer.json()["page"]["title"] == "台账"
    assert send(other_member, live_meeting, elsewhere).status_code == 404
    assert send(other_member, meeting, elsewhere).status_code == 404  # not open yet
    own = send(member, meeting, elsewhere)
    assert (own.status_code, own.json()["page"]) == (201, None)  # told once the meeting opens
    Meeting.objects.filter(pk=meeting.pk).update(status="live")
    [entry] = api(other_member).get(f"/meetings/{meeting.pk}/posts").json()["posts"]
    assert entry["page"]["title"] == "台账"
    Material.objects.update(withdrawn_at=timezone.now())
    [entry] = api(other_member).get(f"/meetings/{meeting.pk}/posts").json()["posts"]
    assert entry["page"] is None


def test_fields_that_are_not_asked_for_change_nothing(api, member, live_meeting, other_township):
    body = {
        "kind": "problem",
        "body": "话",
        "client_id": "1",
        "township": str(other_township.pk),
        "author": "别人",
        "pinned": True,
        "seq": 999,
    }
    answer = api(member).post(f"/meetings/{live_meeting.pk}/posts", body).json()
    assert answer["township"]["id"] == str(member.township_id)
    assert (answer["author"]["name"], answer["pinned"]) == (member.name, False)
