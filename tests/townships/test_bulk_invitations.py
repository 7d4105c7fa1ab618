"""Invitations in bulk: links as a table told once, links that the worker mails once, states that tell the truth."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from openpyxl import load_workbook

from tests.people import client_of, no_more_queries_than
from townships import people_mail, services
from townships.actors import Actor
from townships.models import Invitation, Township
from townships.people import InvitationUsed
from townships.problems import NotAllowed, NotFound

SITE = "https://lihui.example/"


def invited(organiser: Actor, count: int, email: bool = True) -> list[Invitation]:
    made = [
        services.invite(
            actor=organiser,
            name=f"人员{n}",
            role="observer",
            email=f"p{n}@x.example" if email else "",
        )[0]
        for n in range(count)
    ]
    Invitation.objects.update(given_at=None)
    return made


def ids(made: list[Invitation]) -> list[Any]:
    return [each.pk for each in made]


def test_links_for_many_at_once(organiser: Actor) -> None:
    _first, old_token = services.invite(actor=organiser, name="甲", role="observer")
    pairs = people_mail.new_links(actor=organiser, invitation_ids=[_first.pk], site=SITE)
    link = pairs[0][1]
    assert link.startswith("https://lihui.example/invitations/")
    with pytest.raises(NotFound):
        services.open_invitation(old_token)
    token = link.rstrip("/").rpartition("/")[2]
    assert services.open_invitation(token).pk == _first.pk
    assert people_mail.state_of(services.open_invitation(token)) == "pending"


def test_the_worker_mails_each_link_once(organiser: Actor) -> None:
    made = invited(organiser, 3)
    assert people_mail.ask_for_mail(actor=organiser, invitation_ids=ids(made), site=SITE) == (3, 0)
    assert people_mail.mail_due_links() == 3
    assert people_mail.mail_due_links() == 0
    assert sorted(message.to[0] for message in mail.outbox) == [f"p{n}@x.example" for n in range(3)]
    body = mail.outbox[0].body
    token = body.split("/invitations/")[1].split("/")[0]
    user = services.accept_invitation(token=token, username="renyuan", password="a long enough one")
    assert user.name in body
    assert "云岭县" in mail.outbox[0].subject
    first = Invitation.objects.exclude(accepted_at=None).get()
    assert (people_mail.state_of(first), first.mail_due) == ("accepted", None)


def test_a_mail_server_that_is_down_is_tried_again_later(organiser: Actor, settings: Any) -> None:
    made = invited(organiser, 1)
    people_mail.ask_for_mail(actor=organiser, invitation_ids=ids(made), site=SITE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert people_mail.mail_due_links() == 0
    row = Invitation.objects.get()
    assert row.mail_error
    assert dt.timedelta(0) < row.mail_due - timezone.now() <= dt.timedelta(minutes=1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert people_mail.mail_due_links() == 0, "not before its time"
    Invitation.objects.update(mail_due=timezone.now())
    assert people_mail.mail_due_links() == 1
    row.refresh_from_db()
    assert (row.mail_error, row.mail_due) == ("", None)


def test_after_its_last_try_a_mail_is_given_up_visibly(organiser: Actor, settings: Any) -> None:
    made = invited(organiser, 1)
    people_mail.ask_for_mail(actor=organiser, invitation_ids=ids(made), site=SITE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for _try in range(10):
        Invitation.objects.filter(mail_due__isnull=False).update(mail_due=timezone.now())
        people_mail.mail_due_links()
    row = Invitation.objects.get()
    assert (row.mail_tries, row.mail_due) == (6, None)
    assert "失败" in client_of(organiser).get("/people/invitations/").content.decode()


def test_who_has_no_address_is_counted(organiser: Actor) -> None:
    made = invited(organiser, 2, email=False)
    assert people_mail.ask_for_mail(actor=organiser, invitation_ids=ids(made), site=SITE) == (0, 2)


def test_taken_back_means_no_mail(organiser: Actor) -> None:
    made = invited(organiser, 2)
    people_mail.ask_for_mail(actor=organiser, invitation_ids=ids(made), site=SITE)
    assert people_mail.revoke_many(actor=organiser, invitation_ids=ids(made)) == 2
    assert people_mail.mail_due_links() == 0
    assert not mail.outbox


def test_the_page_acts_on_what_was_chosen_or_on_all(organiser: Actor) -> None:
    made = invited(organiser, 3)
    client = client_of(organiser)
    answer = client.post(
        "/people/invitations/", {"invitation": [made[0].pk, "nonsense"], "do": "links"}
    )
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row == 2
    assert answer["Cache-Control"] == "private, no-store"
    assert people_mail.invitations_of(organiser, "new").count() == 2
    client.post("/people/invitations/?state=new", {"everybody": "on", "do": "mail"})
    assert Invitation.objects.filter(mail_due__isnull=False).count() == 2
    client.post("/people/invitations/", {"invitation": made[2].pk, "do": "revoke"})
    assert people_mail.invitations_of(organiser, "revoked").count() == 1
    assert client.post("/people/invitations/", {"do": "mail"}).status_code == 302


def test_constant_queries(organiser: Actor, township: Township) -> None:
    client = client_of(organiser)
    invited(organiser, 1)
    client.get("/people/invitations/")
    with no_more_queries_than(14):
        client.get("/people/invitations/")
    invited_more = [
        services.invite(actor=organiser, name=f"更多{n}", role="member", township_id=township.pk)
        for n in range(30)
    ]
    assert len(invited_more) == 30
    with no_more_queries_than(14):
        client.get("/people/invitations/")
    with no_more_queries_than(12):
        client.get("/people/")


def test_rights(member: Actor, foreign_organiser: Actor, organiser: Actor) -> None:
    made = invited(organiser, 1)
    with pytest.raises(NotAllowed):
        people_mail.new_links(actor=member, invitation_ids=ids(made), site=SITE)
    assert people_mail.new_links(actor=foreign_organiser, invitation_ids=ids(made), site=SITE) == []
    people_mail.ask_for_mail(actor=foreign_organiser, invitation_ids=ids(made), site=SITE)
    assert people_mail.revoke_many(actor=foreign_organiser, invitation_ids=ids(made)) == 0
    invitation, token = services.invite(actor=organiser, name="乙", role="observer")
    services.revoke_invitation(actor=organiser, invitation_id=invitation.pk)
    with pytest.raises(InvitationUsed):
        services.open_invitation(token)
