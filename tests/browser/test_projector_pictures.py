"""The hall's screen has the first slide of every deck before the host asks for it: one click puts it on."""

import io

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from tests.people import make_item
from tests.uploads.ready import make_ready
from uploads import files
from uploads.models import Version

from .board import open_room

COLOURS = ["#9a3324", "#2b5d43"]


def ready_deck(actor, meeting, township, colour: str) -> Version:
    """A ready deck whose pictures are pictures."""
    make_item(meeting, township)
    version = make_ready(actor, meeting, township)
    for page in version.pages.all():
        picture = io.BytesIO()
        Image.new("RGB", (1920, 1080), colour).save(picture, "WEBP")
        for key in (page.image, page.thumb):
            files.store(ContentFile(picture.getvalue()), key, "image/webp")
    return version


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
