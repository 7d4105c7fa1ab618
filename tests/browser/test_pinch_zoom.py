"""Two fingers enlarge the slide on a phone; the next slide is whole again."""

import re

from django.urls import reverse
from playwright.sync_api import Page, expect

from meetings.models import Meeting
from realtime.services import set_screen
from uploads import files

from .board import make_deck, open_room, ready_deck


def touch(page: Page, kind: str, *points: tuple[float, float]) -> None:
    """What the glass tells the browser: all fingers that are on it."""
    if not hasattr(page, "glass"):
        page.glass = page.context.new_cdp_session(page)
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    page.glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def swipe(page: Page, x: float, y: float, seconds: float = 0) -> None:
    """One finger, to the left."""
    touch(page, "touchStart", (x + 60, y))
    page.wait_for_timeout(1000 * seconds)
    for step in range(55, -65, -10):
        touch(page, "touchMove", (x + step, y))
    touch(page, "touchEnd")


def scale_of(page: Page) -> float:
    style = page.locator('[data-stage="picture"]').get_attribute("style") or ""
    found = re.search(r"scale\(([\d.]+)\)", style)
    return float(found[1]) if found else 1.0


def test_the_slide_follows_two_fingers_and_swipes(browser, member, organiser, meeting, township):
    deck = ready_deck(member, meeting, township)
    first, second, third = (reverse("page_image", args=[page.pk]) for page in deck.pages.all())
    Meeting.objects.filter(pk=meeting.pk).update(status="live", opened_at=meeting.starts_at)
    if not files.on_disk():
        browser.expect_errors("request to another host")  # pictures lie in S3
    phone = open_room(browser(member, "phone"), meeting)
    cockpit = open_room(browser(organiser), meeting, "cockpit")
    cockpit.locator("[data-decks] .slide-thumb").click()
    picture = phone.locator('[data-stage="picture"]')
    expect(picture).to_have_attribute("src", first)
    frame = phone.locator('[data-stage="frame"]')
    box = frame.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch(phone, "touchStart", (x - 20, y))
    touch(phone, "touchStart", (x - 20, y), (x + 20, y))
    touch(phone, "touchMove", (x - 60, y), (x + 60, y))
    touch(phone, "touchEnd")
    expect(frame).to_have_class(re.compile("is-zoomed"))
    assert 2.5 <= scale_of(phone) <= 3.5
    assert picture.bounding_box()["width"] > 2 * box["width"]
    assert phone.evaluate("visualViewport.scale") == 1, "the slide, not the page"
    swipe(phone, x, y)
    expect(picture).to_have_attribute("src", first)  # enlarged, a finger moves the slide
    cockpit.keyboard.press("PageDown")
    expect(picture).to_have_attribute("src", second)
    assert scale_of(phone) == 1
    expect(frame).not_to_have_class(re.compile("is-zoomed"))
    swipe(phone, x, y)
    expect(picture).to_have_attribute("src", third)


def test_a_slide_that_is_still_text_is_swiped_too(
    browser, member, live_meeting, township, organiser
):
    deck = make_deck(live_meeting, township)
    set_screen(actor=organiser, meeting_id=live_meeting.pk, mode="slide", material_id=deck.pk)
    phone = open_room(browser(member, "phone"), live_meeting)
    outline = phone.locator('[data-stage="outline"]')
    expect(outline).to_have_text("第1页正文")
    box = outline.bounding_box()
    swipe(phone, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(outline).to_have_text("第2页正文")
    swipe(phone, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, seconds=1)
    expect(outline).to_have_text("第4页正文")  # a slow finger, too; the third is hidden
    expect(phone.locator('[data-slide="follow"]')).to_be_visible()
