"""Somebody whose access ended can be invited again; an e-mail address is one person's."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from tests.people import make_person
from townships import services
from townships.actors import Actor, actor_of_user
from townships.models import AuditRow, County, Membership, Township, User
from townships.people import AccessEnded
from townships.problems import Invalid

GOOD = "a sentence of several words"


def ended(organiser: Actor, member: Actor) -> User:
    services.deactivate_person(actor=organiser, membership_id=member.membership_id)
    User.objects.filter(pk=member.user_id).update(email="zhou@example.com")
    return User.objects.get(pk=member.user_id)


@pytest.mark.parametrize("by", ["username", "email"])
def test_the_same_person_comes_back_and_keeps_the_old_membership(
    organiser: Actor, member: Actor, other_township: Township, by: str
) -> None:
    user = ended(organiser, member)
    known = {by: getattr(user, by).upper()}
    invitation, token = services.invite(
        actor=organiser, name=user.name, role="member", township_id=other_township.pk, **known
    )
    assert invitation.membership.user_id == user.pk
    assert actor_of_user(User.objects.get(pk=user.pk)).role is None
    services.accept_invitation(token=token, username=user.username, password=GOOD)
    back = User.objects.get(pk=user.pk)
    assert actor_of_user(back).township_id == other_township.pk
    assert (back.email, back.check_password(GOOD)) == ("zhou@example.com", True)
    old = Membership.objects.get(pk=member.membership_id)
    assert (old.active, old.township_id) == (False, member.township_id)


def test_another_person_does_not_inherit_a_user_name(organiser: Actor, member: Actor) -> None:
    user = ended(organiser, member)
    with pytest.raises(Invalid) as error:
        services.invite(actor=organiser, name="别人", role="observer", username=user.username)
    assert list(error.value.fields) == ["username"]


def test_people_with_access_or_invited_or_elsewhere_stay_taken(
    organiser: Actor, foreign_organiser: Actor, member: Actor
) -> None:
    """Else one organiser could set the password of another county's person."""
    user = User.objects.get(pk=member.user_id)
    again = {"name": user.name, "role": "observer", "username": user.username}
    with pytest.raises(Invalid):
        services.invite(actor=organiser, **again)
    ended(organiser, member)
    with pytest.raises(Invalid):
        services.invite(actor=foreign_organiser, **again)
    services.invite(actor=organiser, **again)
    with pytest.raises(Invalid):
        services.invite(actor=organiser, **again)


def test_changing_an_ended_access_says_what_to_do(organiser: Actor, member: Actor) -> None:
    ended(organiser, member)
    with pytest.raises(AccessEnded):
        services.change_membership(
            actor=organiser, membership_id=member.membership_id, role="observer"
        )


def test_an_address_is_one_persons_whatever_its_case(county: County) -> None:
    for username in ("a", "b"):  # none at all is not one
        User.objects.create(username=username)
    User.objects.create(username="c", email="zhou@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="d", email="Zhou@Example.com")


def test_the_migration_leaves_a_repeated_address_to_whoever_has_access(
    organiser: Actor, county: County
) -> None:
    (constraint,) = User._meta.constraints
    with connection.cursor() as cursor:  # rolled back with the test
        cursor.execute(f"DROP INDEX {constraint.name}")
    User.objects.create(username="older", email="Zhou@example.com")
    member = make_person(county, "observer", "newer")
    User.objects.filter(pk=member.user_id).update(email="zhou@example.com")
    import_module("townships.migrations.0003_email_once").clear_repeated_emails(apps, None)
    kept = User.objects.filter(email__iexact="zhou@example.com")
    assert list(kept.values_list("username", flat=True)) == ["newer"]
    row = AuditRow.objects.get(action="person.email_cleared")
    assert row.detail == {"email": "Zhou@example.com"}
