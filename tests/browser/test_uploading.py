"""Sending a file in the page: pause, a reload in the middle of it; never a byte lost."""

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from meetings.models import Meeting
from tests.browser.pages import assert_accessible
from tests.people import make_item
from tests.processes import Server, wait_until
from townships.actors import Actor
from townships.models import Township
from uploads.models import Version

SIZE = 9_000_000


def slow_down(page: Page, bytes_per_second: int) -> None:
    """A bad line for this page from now on."""
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 20,
            "downloadThroughput": 2_000_000,
            "uploadThroughput": bytes_per_second,
        },
    )


def sent(page: Page) -> float:
    return float(page.locator("#file-list [data-progress]").evaluate("bar => bar.value"))


@pytest.mark.timeout(240)
def test_a_file_survives_a_pause_and_a_reload(
    browser: Any,
    daphne_server: Server,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    """The member pauses, goes on, reloads, chooses the file again: one version, right bytes."""
    make_item(meeting, township)
    data = b"PK\x03\x04" + random.Random(11).randbytes(SIZE)
    deck = tmp_path / "青石镇汇报.pptx"
    deck.write_bytes(data)
    page = browser(member)
    page.goto(f"{daphne_server.url}/meetings/{meeting.pk}/slots/{township.pk}/deck/")
    page.wait_for_selector("[data-uploader]:not([hidden])")
    slow_down(page, 900_000)
    page.set_input_files("#file", str(deck))
    wait_until(lambda: sent(page) > 500_000, 40)
    page.locator("[data-act=pause]").click()
    expect(page.locator("#file-list .file")).to_have_class("file is-paused")
    assert_accessible(page)
    page.locator("[data-act=resume]").click()
    wait_until(lambda: sent(page) > 3_000_000, 60)
    page.on("dialog", lambda dialog: dialog.accept())  # leaving while sending is asked about
    page.reload()
    expect(page.locator("#file-list .file-detail")).to_be_visible()
    page.set_input_files("#file", str(deck))
    wait_until(lambda: sent(page) > 2_000_000, 30)
    page.wait_for_selector("[data-state=received]", state="attached", timeout=120_000)
    version = Version.objects.get()
    assert version.sha256 == hashlib.sha256(data).hexdigest()
    assert version.filename == "青石镇汇报.pptx"


def test_a_wrong_kind_is_said_before_a_byte_is_sent(
    browser: Any,
    daphne_server: Server,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    wrong = tmp_path / "程序.exe"
    wrong.write_bytes(b"MZ")
    page = browser(member)
    page.goto(f"{daphne_server.url}/meetings/{meeting.pk}/slots/{township.pk}/deck/")
    page.wait_for_selector("[data-uploader]:not([hidden])")
    page.set_input_files("#file", str(wrong))
    expect(page.locator("#toasts")).to_contain_text("程序.exe")
    assert not Version.objects.exists()
