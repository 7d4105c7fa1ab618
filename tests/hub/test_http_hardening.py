"""What every answer keeps to: hosts, headers, CSRF, private pages, and no address a user typed."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from tests.people import client_of
from tests.uploads.ready import make_ready

pytestmark = pytest.mark.django_db

PACKAGES = ("townships", "meetings", "uploads", "board", "realtime", "archive", "hub")
FETCHERS = {"requests", "httpx", "aiohttp", "urllib.request", "urllib3", "http.client"}


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", "localhost:x"])
def test_a_foreign_host_is_a_bad_request(client, host, settings):
    """84: links in mails and redirects must never be made from a Host header somebody chose."""
    settings.ALLOWED_HOSTS = ["localhost"]
    answer = client.get("/accounts/login/", headers={"Host": host})
    assert answer.status_code == 400
    assert host not in answer.content.decode()


def test_pages_carry_a_strict_policy_and_forbid_framing(member):
    """No inline script or style, nothing from elsewhere, no plug-ins, no frames."""
    answer = client_of(member).get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"


def test_private_pages_are_not_stored_by_anybody(member, meeting, township):
    """86: a shared computer's back button must not show the last user's pages."""
    client = client_of(member)
    for address in ("/", "/meetings/", f"/meetings/{meeting.pk}/", "/archive/", "/account/"):
        assert "no-store" in client.get(address)["Cache-Control"], address
    assert "no-store" in client.get("/api/v1/meetings")["Cache-Control"]


@pytest.mark.parametrize("token", [None, "x" * 64])
def test_a_write_without_a_token_or_with_a_foreign_one_is_refused(organiser, draft_meeting, token):
    """70: pages and the API alike."""
    client = client_of(organiser, enforce_csrf_checks=True)
    headers = {"X-CSRFToken": token} if token else {}
    page = client.post(f"/meetings/{draft_meeting.pk}/discard/", headers=headers)
    assert page.status_code == 403
    answer = client.post(
        "/api/v1/meetings", data={}, content_type="application/json", headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    draft_meeting.refresh_from_db()
    assert draft_meeting.status == "draft"


def test_words_of_slides_and_names_of_files_are_inert(member, organiser, meeting, township):
    """73: what came out of a file is text, on every page that shows it."""
    bad = "<img src=x onerror=alert(1)>"
    version = make_ready(organiser, meeting, township, title=bad, text=bad)
    version.filename = f"{bad}.pptx"
    version.save()
    slot = reverse("material_slot", args=[meeting.pk, township.pk, "deck"])
    client = client_of(member)
    for address in (reverse("material", args=[version.material_id]), slot, "/"):
        text = client.get(address).content.decode()
        assert "<img src=x" not in text, address


def test_nothing_in_the_product_fetches_an_address():
    """87: a typed URL is text. Only the storage's own client talks to other machines, and the chat
    robots of a county, whose addresses are guarded (tests/meetings/test_chat_groups.py)."""
    for package in PACKAGES:
        for file in (Path(settings.BASE_DIR) / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                if file != Path(settings.BASE_DIR) / "meetings/reminders/chat.py":
                    assert not FETCHERS.intersection(names), file
