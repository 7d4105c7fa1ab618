"""A database without room: 507 in words, nothing half stored, and the same request goes through later."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from board import services
from board.models import CaseStep, Post
from meetings.models import Event
from tests.people import client_of
from townships.models import AuditRow

pytestmark = pytest.mark.django_db(transaction=True)
FULL = "服务器磁盘已满"
TABLES = [Post._meta.db_table, CaseStep._meta.db_table]


@contextmanager
def no_room() -> Iterator[None]:
    """The database refuses whatever would make it grow, with the error of a full disk."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            (pages,) = cursor.fetchone()
            cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA max_page_count = 1073741823")
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$"
        )
        for table in TABLES:
            cursor.execute(
                f"CREATE TRIGGER no_room BEFORE INSERT ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION no_room()"
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION no_room() CASCADE")


def test_an_entry_that_finds_no_room_is_507_and_goes_through_later(member, live_meeting):
    client = client_of(member, raise_request_exception=False)
    body = {"kind": "problem", "body": "电" * 2000, "client_id": str(uuid.uuid4())}

    def send() -> Any:
        address = f"/api/v1/meetings/{live_meeting.pk}/posts"
        return client.post(address, body, content_type="application/json")

    told = Event.objects.count(), AuditRow.objects.count()
    with no_room():
        answer = send()
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
        assert answer.json()["title"] == FULL
        assert not Post.objects.exists()
        assert (Event.objects.count(), AuditRow.objects.count()) == told
    assert send().status_code == 201
    assert Post.objects.get().body == body["body"]


def test_a_form_that_finds_no_room_is_a_page_that_says_so(organiser, member, live_meeting):
    post = services.add_post(
        actor=member, meeting_id=live_meeting.pk, kind="problem", body="登记表", client_id="1"
    )
    case = services.open_case(actor=organiser, post_id=post.pk)
    client = client_of(organiser, raise_request_exception=False)
    with no_room():
        answer = client.post(reverse("case_note", args=[case.pk]), {"text": "电" * 2000})
    assert answer.status_code == 507
    assert FULL in answer.content.decode()
    assert not case.steps.filter(kind="note").exists()
