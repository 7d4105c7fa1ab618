"""A person changes a password, or sets a new one through a link sent by e-mail.

Both leave an audit row, and whoever else was signed in with the old password is signed out.
"""

import re

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import translation

from tests.people import PASSWORD, client_of
from townships.actors import Actor
from townships.models import AuditRow, User

NEW = "一个更长的新口令 2026"


def changes_of(actor: Actor) -> list[tuple[str, str]]:
    rows = AuditRow.objects.filter(object_id=str(actor.user_id), object_type="townships.user")
    return list(rows.order_by("pk").values_list("action", "actor_label"))


def test_changing_it_keeps_this_browser_and_signs_the_others_out(member: Actor) -> None:
    here, elsewhere = client_of(member), client_of(member)
    answer = here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )
    assert answer.status_code == 302
    assert User.objects.get(pk=member.user_id).check_password(NEW)
    assert changes_of(member) == [("person.password_changed", member.label)]
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_a_wrong_old_password_changes_nothing(member: Actor) -> None:
    answer = client_of(member).post(
        "/accounts/password/change/",
        {"oldpassword": "wrong", "password1": NEW, "password2": NEW},
    )
    assert answer.status_code == 200
    assert User.objects.get(pk=member.user_id).check_password(PASSWORD)
    assert changes_of(member) == []


def test_a_forgotten_one_is_set_anew_through_a_link(member: Actor, nobody: Actor) -> None:
    User.objects.filter(pk=member.user_id).update(email="zhou@example.com")
    client = client_of(nobody)
    assert (
        client.post("/accounts/password/reset/", {"email": "zhou@example.com"}).status_code == 302
    )
    (sent,) = mail.outbox
    link = re.search(r"/accounts/password/reset/key/\S+", str(sent.body))
    assert link is not None
    form = client.get(link[0], follow=True)
    address = form.redirect_chain[-1][0]
    assert client.post(address, {"password1": NEW, "password2": NEW}).status_code == 302
    assert User.objects.get(pk=member.user_id).check_password(NEW)
    assert changes_of(member) == [("person.password_changed", member.label)]


def test_the_language_chosen_on_a_page_is_remembered_once(member: Actor) -> None:
    client = client_of(member)
    for _time in range(2):
        client.post("/language/", {"language": "en", "next": "/"})
    assert User.objects.get(pk=member.user_id).language == "en"
    assert changes_of(member) == [("person.language_changed", member.label)]


@pytest.mark.parametrize(
    ("language", "reasons"),
    [
        ("zh-hans", ["太短了：至少要有 10 个字符。", "这个密码太常见了。", "密码只包含数字。"]),
        ("zh-hant", ["太短了：至少要有 10 個字符。", "這個密碼太常見了。", "這個密碼只包含數字。"]),
        (
            "en",
            [
                "It is too short: at least 10 characters.",
                "This password is too common.",
                "This password is entirely numeric.",
            ],
        ),
    ],
)
def test_why_one_is_refused_is_said_in_the_readers_language(
    language: str, reasons: list[str]
) -> None:
    assert language in dict(settings.LANGUAGES)
    with translation.override(language), pytest.raises(ValidationError) as caught:
        validate_password("12345")
    with translation.override(language):
        assert [str(reason) for reason in caught.value.messages] == reasons
