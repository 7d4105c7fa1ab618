"""What every answer keeps to: hosts, headers, CSRF, private pages, and no address a user typed."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError
from django.urls import reverse

from tests.people import client_of
from tests.uploads.ready import make_ready

pytestmark = pytest.mark.django_db

PACKAGES = ("townships", "meetings", "uploads", "board", "realtime", "archive", "hub")
SESSION_READ = "django.contrib.sessions.backends.db.SessionStore.load"
FETCHERS = {"requests", "httpx", "aiohttp", "urllib.request", "urllib3", "http.client", "apprise"}
FETCHERS |= {"socket", "asyncio.open_connection", "ftplib", "smtplib", "websockets"}
# Where the product talks to other machines, each to an address that an administrator chose.
TALKING = {
    "meetings/reminders/chat.py": "a county's chat robots; guarded (tests/meetings/test_chat_groups.py)",
    "uploads/processing/scanner.py": "the virus scanner of the environment",
    "hub/supervisor.py": "looks whether its own port answers",
    "hub/addresses.py": "this machine's own names",
    "meetings/reminders/mail.py": "the mail server of the environment",
    "townships/people_mail.py": "the mail server of the environment",
}


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
    """87: a typed URL is text. Only the storage's own client and the files named here talk to others."""
    found = set()
    for package in PACKAGES:
        for file in (Path(settings.BASE_DIR) / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                if FETCHERS.intersection(names):
                    found.add(str(file.relative_to(settings.BASE_DIR)))
    assert found == set(TALKING)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nothing", 404, "not_found"),
        ("get", "/api/v1/meetings/abc", 404, "not_found"),
        ("get", "/api/v1/meetings/00000000-0000-4000-8000-000000000000", 404, "not_found"),
        ("delete", "/api/v1/meetings", 405, "method_not_allowed"),
    ],
)
def test_whatever_the_api_refuses_is_a_problem_in_one_format(member, method, path, status, code):
    """RFC 9457 also where Django or the router answers by itself; a malformed id is a missing one."""
    answer = getattr(client_of(member), method)(path)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (
        status,
        status,
        code,
    )
    assert answer["Content-Type"] == "application/problem+json; charset=utf-8"
    assert answer.json()["type"] == f"urn:lihui:problem:{code}"
    assert "no-store" in answer["Cache-Control"]
    assert bool(answer.get("Allow")) is (status == 405)


@pytest.mark.parametrize("path", ["/townships/", "/account/sign-out-everywhere/"])
def test_the_address_of_a_form_opened_as_a_page_says_so(organiser, path):
    """A browser shows an empty 405 as its own error page; ours leads back."""
    answer = client_of(organiser).get(path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "这个地址没有页面" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_fault_of_ours_and_a_foreign_host_are_problems_too(member, settings, monkeypatch):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("meetings.queries.meetings_page", fail)
        answer = client_of(member, raise_request_exception=False).get("/api/v1/meetings")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    answer = client_of(member).get("/api/v1/meetings", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("where", ["meetings.queries.meetings_page", SESSION_READ])
def test_a_database_that_does_not_answer_is_a_503_to_be_tried_again(member, monkeypatch, where):
    """In the view, and already where the session is read; the outbox of a page sends again."""
    client = client_of(member, raise_request_exception=False)

    def fail(*_arguments, **_options):
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as broken:
        broken.setattr(where, fail)
        answer = client.get("/api/v1/meetings")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer["Retry-After"] == "2"


def test_line_ends_in_a_download_name_do_not_end_the_header(organiser, meeting, township):
    """74: a name that came with a file or was typed as a title stays one header, whole."""
    version = make_ready(organiser, meeting, township)
    version.filename = 'a"\r\nX-Evil: 1;.pptx'
    version.save()
    meeting.title = 'b"\r\nX-Evil: 1'
    meeting.save()
    client = client_of(organiser)
    for address in (
        f"/versions/{version.pk}/original",
        f"/meetings/{meeting.pk}/notice.docx",
        f"/meetings/{meeting.pk}/invitation.ics",
    ):
        answer = client.get(address)
        assert answer.status_code in (200, 302), address
        assert "X-Evil" not in answer
        for value in answer.headers.values():
            assert not set("\r\n").intersection(value), address
