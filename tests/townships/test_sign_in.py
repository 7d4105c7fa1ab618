"""Signing in: by user name or e-mail, throttled; signing out everywhere."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.test import Client

from tests.people import PASSWORD, client_of, cookies_of, no_more_queries_than
from townships.actors import Actor
from townships.models import ApiToken, Membership, User

LOGIN = "/accounts/login/"


def sign_in(client: Client, login: str, password: str = PASSWORD, query: str = "") -> object:
    return client.post(LOGIN + query, {"login": login, "password": password})


@pytest.mark.parametrize("login", ["member", "MEMBER", "member@example.invalid"])
def test_by_user_name_or_e_mail(member: Actor, login: str) -> None:
    client = Client()
    answer = sign_in(client, login)
    assert (answer.status_code, answer["Location"]) == (302, "/")  # type: ignore[attr-defined,index]
    assert client.get("/").status_code == 200


def test_behind_a_unix_socket_nobody_has_an_address(member: Actor) -> None:
    """A server there names no peer: people sign in all the same, and count as one address."""
    client = Client(REMOTE_ADDR="")
    assert sign_in(client, "member").status_code == 302  # type: ignore[attr-defined]
    assert client.post("/join/", {"code": "WRONGX"}).status_code != 403
    assert client.get("/accounts/sessions/").status_code == 200


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_a_foreign_next_goes_home(member: Actor, target: str) -> None:
    client = Client()
    answer = client.post(LOGIN, {"login": "member", "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\\\evil.example"])
def test_choosing_a_language_leads_nowhere_else(member: Actor, target: str) -> None:
    """71: the other form that takes a `next`."""
    answer = client_of(member).post("/language/", {"language": "en", "next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_page_asked_for_comes_after_signing_in(member: Actor) -> None:
    client = Client()
    first = client.get("/meetings/?year=2026")
    assert first["Location"] == f"{LOGIN}?next=%2Fmeetings%2F%3Fyear%3D2026"


def test_five_wrong_passwords_in_a_quarter_of_an_hour(member: Actor) -> None:
    client = Client()
    for _ in range(5):
        assert sign_in(client, "member", "wrong").status_code == 200  # type: ignore[attr-defined]
    sign_in(client, "member")
    assert client.get("/").status_code == 302


def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    member: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are hashed once, equally often repeated: nearly all of the time goes there."""
    hashed: list[int] = []
    usual = PBKDF2PasswordHasher.encode

    def encode(
        hasher: PBKDF2PasswordHasher, password: str, salt: str, iterations: int | None = None
    ) -> str:
        hashed.append(iterations or hasher.iterations)
        return usual(hasher, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", encode)
    for login in ("member", "nobody-at-all"):
        sign_in(Client(), login, "wrong")
    assert hashed == [PBKDF2PasswordHasher.iterations] * 2


def test_the_language_of_the_account_is_the_language_of_its_pages(member: Actor) -> None:
    """Chosen on the account page it holds at once, and in the next browser after signing in;
    a browser in which a language was chosen keeps its own."""
    here = client_of(member)
    form = {"name": "青石委员", "email": "", "language": "en"}
    assert here.post("/account/", form).status_code == 302
    assert b'lang="en"' in here.get("/account/").content
    elsewhere = Client()
    sign_in(elsewhere, "member")
    assert b'lang="en"' in elsewhere.get("/account/").content
    other = Client()
    other.post("/language/", {"language": "zh-hant", "next": "/"})
    sign_in(other, "member")
    assert b'lang="zh-hant"' in other.get("/account/").content.lower()
    here.post("/account/", form | {"language": ""})
    assert b'lang="zh-hans"' in here.get("/account/").content.lower()


def test_only_our_languages_are_kept(member: Actor) -> None:
    client = client_of(member)
    for language in ("fr", "xx", ""):
        assert client.post("/language/", {"language": language}).status_code == 302
    assert User.objects.get(pk=member.user_id).language == ""


def test_signing_out_everywhere_ends_every_session(member: Actor) -> None:
    here, phone = client_of(member), client_of(member)
    _row = ApiToken.objects.create(
        membership_id=member.membership_id, token_hash="0" * 64, label="脚本"
    )
    answer = here.post("/account/sign-out-everywhere/", {"tokens": "on"})
    assert answer["Location"] == LOGIN
    for client in (here, phone):
        assert client.get("/").status_code == 302
    _row.refresh_from_db()
    assert _row.revoked_at is not None
    assert client_of(member).get("/").status_code == 200


def test_signing_out_needs_the_csrf_token(member: Actor) -> None:
    client = client_of(member, enforce_csrf_checks=True)
    assert client.post("/account/sign-out-everywhere/").status_code == 403
    assert client.get("/").status_code == 200


def test_somebody_without_a_role_is_told_so_and_does_not_go_in_circles(member: Actor) -> None:
    client = client_of(member)
    Membership.objects.update(active=False)
    answer = client.get("/")
    assert answer.status_code == 403
    assert cookies_of(member)
    assert User.objects.get(pk=member.user_id).is_active


def test_the_token_command_prints_a_token_that_works(member: Actor, capsys: object) -> None:
    call_command("create_token", "member", label="脚本")
    token = capsys.readouterr().out.strip()  # type: ignore[attr-defined]
    answer = Client().get("/api/v1/meetings", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert ApiToken.objects.get().token_hash != token


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_of_people_needs_the_same_queries_for_any_number(
    organiser: Actor, count: int
) -> None:
    from townships import services

    for number in range(count):
        services.invite(actor=organiser, name=f"人{number}", role="observer")
    client = client_of(organiser)
    with no_more_queries_than(8):
        assert client.get("/people/").status_code == 200


def test_a_hall_behind_one_address_signs_in_and_one_names_password_is_still_guarded() -> None:
    """Two hundred people share an address; guessing is held per name, five in fifteen minutes."""
    limits = settings.ACCOUNT_RATE_LIMITS
    assert limits["login"] == "300/m/ip"
    assert limits["login_failed"] == "5/15m/key,300/15m/ip"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (LOGIN, ["用户名或邮箱", "密码"]),
        ("/accounts/password/change/", ["当前密码", "新密码", "再输一遍新密码"]),
    ],
)
def test_the_list_of_errors_calls_a_field_as_its_label_does(
    member: Actor, path: str, names: list[str]
) -> None:
    """The words above the field are the link in the list."""
    client = Client() if path == LOGIN else client_of(member)
    page = client.post(path, {}).content.decode()
    links = dict(re.findall(r'<li><a href="#([^"]+)">([^<]+)</a>', page))
    labels = dict(re.findall(r'<label[^>]* for="([^"]+)"[^>]*>\s*([^<]+?)\s*<', page))
    assert list(links.values()) == names
    assert {key: labels[key] for key in links} == links
