"""Sending a file in the page: pause, a reload in the middle of it; never a byte lost."""

import hashlib
import random
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from meetings.models import Meeting
from tests.browser.pages import assert_accessible
from tests.people import make_item, make_person
from tests.processes import Server, wait_until
from townships.actors import Actor
from townships.models import Township
from uploads.models import Upload, Version

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
    page.locator("[data-act=pause]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#file-list .file")).to_have_class("file is-paused")
    expect(page.locator("[data-act=resume]")).to_be_focused()
    assert_accessible(page)
    page.locator("[data-act=resume]").click()
    wait_until(lambda: sent(page) > 3_000_000, 60)
    page.on("dialog", lambda dialog: dialog.accept())  # leaving while sending is asked about
    page.reload()
    expect(page.locator("#file-list .file-detail")).to_be_visible()
    kept = Upload.objects.get().offset
    assert kept > 2_000_000
    chunks: list[int] = []
    page.on(
        "request",
        lambda request: (
            chunks.append(int(request.headers["upload-offset"]))
            if request.method == "PATCH"
            else None
        ),
    )
    page.set_input_files("#file", str(deck))
    wait_until(lambda: sent(page) > kept, 30)
    page.wait_for_selector("[data-state=received]", state="attached", timeout=120_000)
    version = Version.objects.get()
    assert version.sha256 == hashlib.sha256(data).hexdigest()
    assert version.filename == "青石镇汇报.pptx"
    assert Upload.objects.count() == 1
    assert chunks == sorted(set(chunks))
    assert chunks[0] >= kept


@pytest.mark.timeout(180)
def test_speed_and_time_left_are_told_and_a_running_upload_is_cancelled(
    browser: Any,
    daphne_server: Server,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    """The row goes, the server throws the bytes away, and the same file can be sent anew."""
    make_item(meeting, township)
    page = browser(member)
    uploader_of(page, daphne_server, meeting, township)
    slow_down(page, 500_000)
    page.set_input_files("#file", str(file_of(tmp_path, "取消.pptx", SIZE, 3)))
    detail = page.locator("#file-list .file-detail")
    expect(detail).to_have_text(
        re.compile(r"^演示文稿 · [\d.]+ [KM]B / 8\.6 MB · [\d.]+ [KM]B/s · 剩余 \d+ 秒$")
    )
    assert not re.search("NaN|Infinity|undefined", detail.inner_text())
    page.locator("#file-list [data-act=cancel]").click()
    expect(page.locator("#file-list .file")).to_have_count(0)
    wait_until(lambda: Upload.objects.get().state == Upload.State.REMOVED, 20)
    assert not Version.objects.exists()
    expect(page.locator("#file")).to_be_focused()
    slow_down(page, 50_000_000)
    page.set_input_files("#file", str(tmp_path / "取消.pptx"))
    page.wait_for_selector("[data-state=received]", state="attached", timeout=60_000)
    assert Version.objects.get().size == SIZE + 4


def test_files_are_dropped_from_the_desktop(
    browser: Any,
    daphne_server: Server,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    """As the browser itself does it: the zone says that it takes them, and each finds its slot."""
    make_item(meeting, township)
    paths = [
        str(file_of(tmp_path, name, 40_000, seed))
        for seed, name in enumerate(["汇报.pptx", "发言.docx"])
    ]
    page = browser(member)
    uploader_of(page, daphne_server, meeting, township)
    zone = page.locator("[data-drop]").bounding_box()
    place = {"x": zone["x"] + zone["width"] / 2, "y": zone["y"] + zone["height"] / 2}
    tools = page.context.new_cdp_session(page)
    files = {"items": [], "files": paths, "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver"):
        tools.send("Input.dispatchDragEvent", {"type": kind, **place, "data": files})
    expect(page.locator("[data-drop]")).to_have_class(re.compile("is-over"))
    tools.send("Input.dispatchDragEvent", {"type": "drop", **place, "data": files})
    wait_until(lambda: Version.objects.count() == 2, 30)
    found = Version.objects.values_list("filename", "material__kind")
    assert set(found) == {("汇报.pptx", "deck"), ("发言.docx", "manuscript")}
    expect(page.locator("[data-drop]")).not_to_have_class(re.compile("is-over"))


def test_a_file_that_is_too_large_is_said_before_a_byte_is_sent(
    browser: Any,
    daphne_server: Server,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    """600 MB, of which the disk holds nothing; the page says how large files may be."""
    large = tmp_path / "太大.pptx"
    with large.open("wb") as out:
        out.truncate(600 * 1024**2)
    page = browser(member)
    uploader_of(page, daphne_server, meeting, township)
    page.set_input_files("#file", str(large))
    row = page.locator("#file-list .file.is-error")
    expect(row).to_contain_text("太大.pptx")
    expect(row).to_contain_text("512 MB")
    assert not Upload.objects.exists()


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
    expect(page.locator("#file-list .file.is-error")).to_contain_text("程序.exe")
    page.locator("#file-list [data-act=cancel]").click()
    expect(page.locator("#file-list .file")).to_have_count(0)
    assert not Version.objects.exists()


def uploader_of(page: Page, server: Server, meeting: Meeting, township: Township) -> None:
    page.goto(f"{server.url}/meetings/{meeting.pk}/slots/{township.pk}/deck/")
    page.wait_for_selector("[data-uploader]:not([hidden])")


def file_of(folder: Path, name: str, size: int, seed: int) -> Path:
    path = folder / name
    path.write_bytes(b"PK\x03\x04" + random.Random(seed).randbytes(size))
    return path


@pytest.mark.timeout(240)
def test_deck_and_manuscript_at_once_find_their_slots(
    browser: Any,
    daphne_server: Server,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    """Dropped together with a third file of no use: each goes where it belongs, the third is refused
    in words; the checksum shown is the file's own."""
    make_item(meeting, township)
    deck = file_of(tmp_path, "汇报.pptx", 300_000, 1)
    paper = file_of(tmp_path, "文稿.docx", 200_000, 2)
    other = file_of(tmp_path, "表格.xlsx", 1000, 3)
    page = browser(member)
    uploader_of(page, daphne_server, meeting, township)
    page.set_input_files("#file", [str(paper), str(deck), str(other)])
    expect(page.locator("#file-list .file.is-done")).to_have_count(2, timeout=60_000)
    expect(page.locator("#file-list .file.is-error")).to_contain_text("表格.xlsx")
    kinds = dict(Version.objects.values_list("filename", "material__kind"))
    assert kinds == {"汇报.pptx": "deck", "文稿.docx": "manuscript"}
    shown = page.locator("#file-list .hash").all_text_contents()
    assert set(shown) == {hashlib.sha256(path.read_bytes()).hexdigest() for path in (deck, paper)}
    expect(page.locator("#file-list")).to_contain_text("与本机文件一致")
    assert_accessible(page)


@pytest.mark.timeout(300)
def test_a_colleague_sees_it_and_goes_on_with_it(
    browser: Any,
    daphne_server: Server,
    county: Any,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    """Two people of one township: the second sees the first one's upload while it comes in, and when
    the first one's line is gone, goes on with the same file from where it stopped."""
    make_item(meeting, township)
    deck = file_of(tmp_path, "汇报.pptx", 6_000_000, 7)
    first, second = (
        browser(member),
        browser(make_person(county, "member", "qs2", township, "李同事")),
    )
    uploader_of(first, daphne_server, meeting, township)
    uploader_of(second, daphne_server, meeting, township)
    slow_down(first, 900_000)
    first.set_input_files("#file", str(deck))
    seen = second.locator("[data-others-list] .other")
    expect(seen).to_contain_text("汇报.pptx", timeout=20_000)
    expect(seen).to_contain_text("正在上传")
    wait_until(lambda: Upload.objects.get().offset > 2_000_000, 60)
    first.locator("[data-act=pause]").click()
    held = Upload.objects.get().offset
    second.set_input_files("#file", str(deck))
    second.get_by_role("button", name="接着上传").last.click()
    expect(second.locator("#file-list .file.is-done")).to_have_count(1, timeout=60_000)
    upload, version = Upload.objects.get(), Version.objects.get()
    assert upload.version_id == version.pk
    assert held > 0
    assert version.sha256 == hashlib.sha256(deck.read_bytes()).hexdigest()
    expect(second.locator("#file-list")).to_contain_text("与本机文件一致")


@pytest.mark.timeout(200)
def test_more_time_is_asked_for_and_given_and_the_page_opens_by_itself(
    browser: Any,
    daphne_server: Server,
    member: Actor,
    organiser: Actor,
    meeting: Meeting,
    township: Township,
) -> None:
    """The deadline has passed: words and a form instead of the uploader; the organiser gives two more
    days with one click, and the member's page has the uploader without being loaded anew."""
    Meeting.objects.filter(pk=meeting.pk).update(deadline=meeting.created_at)
    address = f"{daphne_server.url}/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    page = browser(member)
    page.goto(address)
    page.fill("#reason", "停电一天")
    page.get_by_role("button", name="申请延期").click()
    expect(page.locator("[data-notices]")).to_contain_text("获准")
    staff = browser(organiser)
    staff.goto(address)
    expect(staff.locator("[data-notices]")).to_contain_text("停电一天")
    staff.get_by_role("button", name="延长两天").first.click()
    page.wait_for_selector("[data-uploader]:not([hidden])", timeout=30_000)
