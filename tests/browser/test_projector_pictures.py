"""The hall's screen has the first slide of every deck before the host asks for it: one click puts it on."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from uploads import files
from uploads.models import Version

from .board import open_room, ready_deck

COLOURS = ["#9a3324", "#2b5d43"]


def addresses(version: Version) -> list[str]:
    """Of its pictures, in their order."""
    return [reverse("page_image", args=[page.pk]) for page in version.pages.order_by("number")]


@pytest.fixture
def decks(member, other_member, meeting, townships):
    """Of two townships that meet; the meeting is live."""
    made = [
        ready_deck(actor, meeting, town, colour)
        for actor, town, colour in zip((member, other_member), townships, COLOURS, strict=False)
    ]
    type(meeting).objects.filter(pk=meeting.pk).update(status="live", opened_at=meeting.starts_at)
    return made


def test_the_next_townships_deck_is_there_before_it_is_shown(browser, organiser, meeting, decks):
    if not files.on_disk():
        browser.expect_errors("request to another host")  # pictures lie in S3
    first, second = map(addresses, decks)
    hall, asked = browser(organiser, "projector"), []
    hall.on("request", lambda request: asked.append(request.url.removeprefix(browser.url)))
    with hall.expect_event("requestfinished", lambda request: second[0] in request.url):
        open_room(hall, meeting, "projector")
    assert {first[0], second[0]} <= set(asked)
    assert second[1] not in asked

    cockpit = open_room(browser(organiser), meeting, "cockpit")
    front = hall.locator("[data-front]")
    cockpit.locator("[data-decks] [data-deck]").first.click()
    expect(front).to_have_attribute("src", first[0])
    expect(front).to_be_visible()
    asked.clear()
    cockpit.locator("[data-decks] [data-deck]").nth(1).click()
    expect(front).to_have_attribute("src", second[0])
    width = front.evaluate("image => image.complete && image.naturalWidth")
    assert width == 1920
    assert second[0] not in asked
    expect(cockpit.locator("[data-hall]")).to_contain_text("大屏已跟上")
