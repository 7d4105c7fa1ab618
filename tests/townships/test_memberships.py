"""Changing roles and townships, and ending access: history stays, access ends at once."""

import pytest

from tests.people import Api, client_of, make_person
from townships import services
from townships.actors import Actor, actor_of_user
from townships.models import AuditRow, County, Membership, Township, User
from townships.people import InvitationUsed, LastOrganiser
from townships.problems import Invalid, NotAllowed, NotFound


def test_a_new_role_keeps_the_old_membership(
    organiser: Actor, member: Actor, other_township: Township
) -> None:
    new = services.change_membership(
        actor=organiser,
        membership_id=member.membership_id,
        role="member",
        township_id=other_township.pk,
    )
    assert new.pk != member.membership_id
    old = Membership.objects.get(pk=member.membership_id)
    assert (old.active, old.township.name) == (False, "青石镇")
    assert actor_of_user(User.objects.get(pk=member.user_id)).township_id == other_township.pk
    assert AuditRow.objects.get(action="membership.changed").detail["old"]["role"] == "member"


def test_an_invited_person_is_changed_in_place(organiser: Actor, township: Township) -> None:
    invitation, _token = services.invite(actor=organiser, name="新人", role="observer")
    changed = services.change_membership(
        actor=organiser,
        membership_id=invitation.membership_id,
        role="member",
        township_id=township.pk,
    )
    assert (changed.pk, changed.active) == (invitation.membership_id, False)


def test_the_last_organiser_stays(organiser: Actor, county: County) -> None:
    with pytest.raises(LastOrganiser):
        services.change_membership(
            actor=organiser, membership_id=organiser.membership_id, role="observer"
        )
    with pytest.raises(LastOrganiser):
        services.deactivate_person(actor=organiser, membership_id=organiser.membership_id)
    second = make_person(county, "organiser", "second")
    services.change_membership(actor=second, membership_id=organiser.membership_id, role="observer")


def test_ended_access_ends_an_invitation_too(organiser: Actor) -> None:
    """Else the link would let the person in after all."""
    invitation, token = services.invite(actor=organiser, name="新人", role="organiser")
    services.deactivate_person(actor=organiser, membership_id=invitation.membership_id)
    with pytest.raises(InvitationUsed):
        services.accept_invitation(token=token, username="xinren", password="a long enough one")
    assert not Membership.objects.get(pk=invitation.membership_id).active


def test_ended_access_ends_sessions_and_tokens(organiser: Actor, member: Actor) -> None:
    _row, token = services.create_token(actor=member, label="脚本")
    client = client_of(member)
    assert client.get("/").status_code == 200
    services.deactivate_person(actor=organiser, membership_id=member.membership_id)
    assert client.get("/").status_code == 302
    answer = client.get("/api/v1/meetings", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_changed_role_ends_its_tokens(organiser: Actor, member: Actor) -> None:
    _row, token = services.create_token(actor=member, label="脚本")
    headers = {"Authorization": f"Bearer {token}"}
    client = Api(organiser).client
    client.logout()
    assert client.get("/api/v1/meetings", headers=headers).status_code == 200
    services.change_membership(actor=organiser, membership_id=member.membership_id, role="observer")
    assert client.get("/api/v1/meetings", headers=headers).status_code == 401


def test_nothing_crosses_between_counties(
    foreign_organiser: Actor, member: Actor, township: Township
) -> None:
    for call in (services.deactivate_person, services.change_membership):
        extra = {"role": "observer"} if call is services.change_membership else {}
        with pytest.raises(NotFound):
            call(actor=foreign_organiser, membership_id=member.membership_id, **extra)
    with pytest.raises(NotFound):
        services.change_township(actor=foreign_organiser, township_id=township.pk, name="x")


def test_members_may_not(member: Actor, other_member: Actor, township: Township) -> None:
    with pytest.raises(NotAllowed):
        services.deactivate_person(actor=member, membership_id=other_member.membership_id)
    with pytest.raises(NotAllowed):
        services.change_membership(
            actor=member, membership_id=member.membership_id, role="organiser"
        )
    with pytest.raises(NotAllowed):
        services.create_township(actor=member, name="新镇")
    with pytest.raises(NotAllowed):
        services.create_token(actor=member, label="x", membership_id=other_member.membership_id)


def test_a_role_cannot_be_slipped_into_ones_own_account(member: Actor) -> None:
    fields = {"name": "改名", "role": "organiser", "is_staff": "1", "is_superuser": "1"}
    assert client_of(member).post("/account/", fields).status_code == 302
    user = User.objects.get(pk=member.user_id)
    assert (user.name, user.is_staff, user.is_superuser) == ("改名", False, False)
    assert actor_of_user(user).role == "member"


def test_townships_are_added_renamed_and_put_aside(organiser: Actor, county: County) -> None:
    made = services.create_township(actor=organiser, name=" 新镇 ")
    assert made.name == "新镇"
    with pytest.raises(Invalid):
        services.create_township(actor=organiser, name="新镇")
    with pytest.raises(Invalid):
        services.create_township(actor=organiser, name="长" * 10_000)
    changed = services.change_township(
        actor=organiser, township_id=made.pk, name="更名镇", active=False
    )
    assert (changed.name, changed.active) == ("更名镇", False)


def test_the_county_is_changed_with_checked_values(organiser: Actor, other_county: County) -> None:
    assert services.change_county(actor=organiser, time_zone="Asia/Urumqi").time_zone
    for wrong in ({"time_zone": "Mars/Base"}, {"language": "xx"}, {"name": "清河县"}):
        with pytest.raises(Invalid):
            services.change_county(actor=organiser, **wrong)
