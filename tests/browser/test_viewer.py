"""The viewer: keys, a link of each slide's own, enlarging, sound that plays, words for screen readers."""

import io
import wave
from typing import Any

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from meetings.models import Meeting
from tests.browser.pages import assert_accessible
from tests.processes import Server, wait_until
from tests.uploads.ready import make_ready
from townships.actors import Actor
from townships.models import Township
from uploads import approvals, files
from uploads.models import Version


@pytest.fixture
def deck(member: Actor, meeting: Meeting, township: Township) -> Version:
    """Five slides; the third one has a sound, and a film no browser knows."""
    version = make_ready(member, meeting, township, pages=5)
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\x00\x10" * 8000)
    page = version.pages.get(number=3)
    prefix = f"pages/{version.pk}/a1b2c3d4/media-"
    page.media = []
    for number, (kind, name, data) in enumerate(
        [("audio/wav", "a.wav", sound.getvalue()), ("video/x-ms-asf", "b.wmv", b"0&\xb2u")]
    ):
        stored = files.store(ContentFile(data), f"{prefix}{number}")
        page.media.append({"key": stored.key, "type": kind, "size": stored.size, "name": name})
    page.save()
    return version


def opened(browser: Any, server: Server, actor: Actor, deck: Version, size: str = "laptop") -> Page:
    page: Page = browser(actor, viewport=size)
    page.goto(f"{server.url}/materials/{deck.material_id}/?page=2")
    page.wait_for_selector("[data-share]:not([hidden])")
    return page


@pytest.mark.timeout(180)
def test_keys_turn_it_and_each_slide_has_its_address(
    browser: Any, daphne_server: Server, member: Actor, deck: Version
) -> None:
    page = opened(browser, daphne_server, member, deck)
    number = page.locator("[data-number]")
    for key, shown in (
        ("ArrowRight", "3"), ("PageDown", "4"), ("End", "5"), ("ArrowRight", "5"),
        ("ArrowLeft", "4"), ("Home", "1"), (" ", "2"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(number).to_have_text(shown)
        assert f"page={shown}" in page.url
    expect(page.locator("[data-text]")).to_contain_text("文字 2")
    expect(page.locator("[data-notes]")).to_have_text("备注 2")
    page.reload()
    expect(number).to_have_text("2")
    page.keyboard.press("+")
    expect(page.locator("[data-stage]")).to_have_class("viewer-stage zoomed")
    page.keyboard.press("ArrowRight")  # moves what is enlarged, and turns nothing
    expect(number).to_have_text("2")
    page.keyboard.press("0")
    expect(page.locator("[data-stage]")).to_have_class("viewer-stage")
    assert_accessible(page)


@pytest.mark.timeout(180)
def test_sound_plays_and_what_cannot_is_a_download(
    browser: Any, daphne_server: Server, member: Actor, deck: Version
) -> None:
    page = opened(browser, daphne_server, member, deck)
    expect(page.locator("[data-media]")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    sound = page.locator("[data-media-list] audio")
    expect(sound).to_be_visible()
    sound.evaluate("async node => { node.muted = true; await node.play(); }")
    wait_until(lambda: sound.evaluate("node => node.currentTime") > 0.05, 20)
    assert sound.evaluate("node => node.duration") == pytest.approx(1.0, abs=0.05)
    expect(page.locator("[data-media-list]")).to_contain_text("WMV")
    assert page.locator("[data-media-list] a[download]").count() == 1
    assert_accessible(page)


@pytest.mark.timeout(180)
def test_on_a_phone_a_swipe_turns_it(
    browser: Any, daphne_server: Server, member: Actor, deck: Version
) -> None:
    page = opened(browser, daphne_server, member, deck, "phone")
    page.evaluate(
        """() => {
          const stage = document.querySelector('[data-stage]');
          const at = (type, x) => stage.dispatchEvent(new PointerEvent(type,
            {pointerId: 7, pointerType: 'touch', clientX: x, clientY: 200, button: 0, bubbles: true}));
          at('pointerdown', 300); at('pointermove', 200); at('pointerup', 120);
        }"""
    )
    expect(page.locator("[data-number]")).to_have_text("3")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)


@pytest.mark.timeout(180)
def test_it_is_said_right_where_one_has_looked(
    browser: Any, daphne_server: Server, member: Actor, organiser: Actor, deck: Version
) -> None:
    """The township's person says so in the viewer; the organiser reads it, and says so too."""
    page = opened(browser, daphne_server, member, deck)
    page.get_by_role("button", name="我已看过，没有问题").click()
    expect(page.locator(".approval")).to_contain_text(f"{member.name} 已看过")
    approvals.approve_version(actor=organiser, version_id=deck.pk)
    page.reload()
    expect(page.locator(".approval .badge.ok")).to_have_count(2)
    assert_accessible(page)


@pytest.mark.timeout(180)
def test_tools_and_thumbnails_and_what_is_fetched_beforehand(
    browser: Any, daphne_server: Server, member: Actor, deck: Version
) -> None:
    """The next pictures are there before they are asked for; a thumbnail turns to its slide; the link that is
    copied opens it; full screen and back."""
    page: Page = browser(member, viewport="laptop")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{daphne_server.url}/materials/{deck.material_id}/?page=2")
    page.wait_for_selector("[data-share]:not([hidden])")
    pages = {one.number: f"/pages/{one.pk}/image" for one in deck.pages.all()}
    for near in (1, 3):
        wait_until(lambda n=near: any(pages[n] in url for url in fetched), 20)
    assert not any(pages[5] in url for url in fetched)
    page.locator(".slide-thumb").nth(3).click()
    expect(page.locator("[data-number]")).to_have_text("4")
    wait_until(lambda: any(pages[5] in url for url in fetched), 20)
    page.locator("[data-share]").click()
    expect(page.locator("#toasts")).to_contain_text("4")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"/materials/{deck.material_id}/?page=4")
    page.goto(link)
    expect(page.locator("[data-number]")).to_have_text("4")
    page.locator("[data-full]").click()
    wait_until(lambda: page.evaluate("Boolean(document.fullscreenElement)"), 10)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-number]")).to_have_text("3")
    page.keyboard.press("f")
    wait_until(lambda: not page.evaluate("Boolean(document.fullscreenElement)"), 10)
