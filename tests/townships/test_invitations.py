"""Inviting people: the link sets the password and the membership, once."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.people import client_of
from townships import services
from townships.actors import Actor, actor_of_user
from townships.models import AuditRow, County, Invitation, Membership, Township, User
from townships.people import InvitationUsed
from townships.problems import Invalid, NotAllowed, NotFound

GOOD = "a sentence of several words"


def invited(organiser: Actor, township: Township, name: str = "周青禾") -> tuple[Invitation, str]:
    return services.invite(actor=organiser, name=name, role="member", township_id=township.pk)


def test_the_link_sets_password_and_membership_and_signs_in(
    organiser: Actor, township: Township
) -> None:
    invitation, token = invited(organiser, township)
    user = invitation.membership.user
    assert user.username == "周青禾"
    assert actor_of_user(user).role is None
    client = Client()
    page = client.get(f"/invitations/{token}/")
    assert "青石镇" in page.content.decode()
    answer = client.post(f"/invitations/{token}/", {"username": "zhou", "password": GOOD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user.refresh_from_db()
    assert user.username == "zhou"
    assert user.check_password(GOOD)
    assert actor_of_user(user).township_id == township.pk
    assert client.get("/").status_code == 200
    assert Client().login(username="zhou", password=GOOD)


def test_the_token_is_not_stored(organiser: Actor, township: Township) -> None:
    invitation, token = invited(organiser, township)
    assert token not in (invitation.token_hash, str(AuditRow.objects.last().detail))
    assert len(invitation.token_hash) == 64


def test_a_used_link_is_dead(organiser: Actor, township: Township) -> None:
    _invitation, token = invited(organiser, township)
    services.accept_invitation(token=token, username="zhou", password=GOOD)
    with pytest.raises(InvitationUsed):
        services.accept_invitation(token=token, username="zhou2", password=GOOD + "2")
    assert Client().get(f"/invitations/{token}/").status_code == 409


def test_renewing_kills_the_old_link_and_revoking_the_new(
    organiser: Actor, township: Township
) -> None:
    invitation, old = invited(organiser, township)
    _same, new = services.renew_invitation(actor=organiser, invitation_id=invitation.pk)
    with pytest.raises(NotFound):
        services.open_invitation(old)
    assert services.open_invitation(new) == invitation
    services.revoke_invitation(actor=organiser, invitation_id=invitation.pk)
    with pytest.raises(InvitationUsed):
        services.open_invitation(new)


def test_an_old_link_has_expired(organiser: Actor, township: Township) -> None:
    invitation, token = invited(organiser, township)
    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    invitation.refresh_from_db()
    assert invitation.state() == "expired"
    with pytest.raises(InvitationUsed):
        services.open_invitation(token)


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("organiser", GOOD, "username"),  # taken
        ("ORGANISER", GOOD, "username"),
        ("has space", GOOD, "username"),
        ("x" * 10_000, GOOD, "username"),
        ("zhou", "short", "password"),
        ("zhou", "12345678901234", "password"),
        ("zhou", "password123456"[:8], "password"),
        ("zhou", "x" * 10_000, "password"),
    ],
)
def test_wrong_input_names_its_field_and_keeps_what_was_typed(
    organiser: Actor, township: Township, username: str, password: str, field: str
) -> None:
    _invitation, token = invited(organiser, township)
    answer = Client().post(f"/invitations/{token}/", {"username": username, "password": password})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"]["username"].value() == username
    assert User.objects.filter(username="zhou").count() == 0


def test_only_organisers_invite_and_only_into_their_county(
    organiser: Actor, member: Actor, foreign_member: Actor, township: Township
) -> None:
    with pytest.raises(NotAllowed):
        invited(member, township)
    with pytest.raises(NotFound):
        services.invite(
            actor=organiser, name="x", role="member", township_id=foreign_member.township_id
        )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"role": "guest"}, "role"),
        ({"role": "king"}, "role"),
        ({"role": "member"}, "township_id"),
        ({"name": " \t"}, "name"),
        ({"email": "nonsense"}, "email"),
        ({"email": "organiser@example.invalid"}, "email"),
        ({"username": "a b"}, "username"),
    ],
)
def test_wrong_fields_are_named(organiser: Actor, fields: dict[str, str], wrong: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.invite(**{"actor": organiser, "name": "新人", "role": "observer", **fields})
    assert list(caught.value.fields) == [wrong]
    assert not Invitation.objects.exists()


def test_namesakes_get_user_names_of_their_own(organiser: Actor, township: Township) -> None:
    names = [invited(organiser, township)[0].membership.user.username for _ in range(3)]
    assert names == ["周青禾", "周青禾2", "周青禾3"]


def test_the_page_shows_the_link_once_with_a_qr_code(organiser: Actor, township: Township) -> None:
    client = client_of(organiser)
    answer = client.post(
        "/people/",
        {"name": "<script>x</script>", "role": "member", "township_id": str(township.pk)},
        follow=True,
    )
    text = answer.content.decode()
    assert text.count("/invitations/") >= 1
    assert "data:image/svg+xml" in text
    assert "<script>x" not in text
    assert "secret-link" not in client.get("/people/").content.decode()


def test_guessing_links_is_throttled(db: None) -> None:
    client = Client()
    codes = [client.get(f"/invitations/guess{n}/").status_code for n in range(31)]
    assert codes == [404] * 30 + [429]


def test_the_command_prints_a_link(county: County, township: Township, capsys: object) -> None:
    call_command("invite", "周青禾", county="云岭县", township="青石镇")
    link = capsys.readouterr().out.strip()  # type: ignore[attr-defined]
    assert services.open_invitation(link.split("/")[2]).membership.township == township
    with pytest.raises(CommandError, match="no county"):
        call_command("invite", "周青禾", county="无此县")


def test_the_command_knows_the_address_it_was_told(
    county: County, township: Township, capsys: object, settings: object
) -> None:
    settings.ORIGINS = ["https://lihui.example"]  # type: ignore[attr-defined]
    call_command("invite", "周青禾", county="云岭县", township="青石镇")
    printed = capsys.readouterr().out  # type: ignore[attr-defined]
    assert printed.startswith("https://lihui.example/invitations/")


def test_a_county_begins_with_its_organisers_invitation(db: None, capsys: object) -> None:
    call_command("create_county", "云岭县", organiser="林望山")
    link = capsys.readouterr().out.strip()  # type: ignore[attr-defined]
    membership = services.open_invitation(link.split("/")[2]).membership
    assert (membership.role, membership.county.name) == ("organiser", "云岭县")
    assert Membership.objects.filter(active=True).count() == 0
