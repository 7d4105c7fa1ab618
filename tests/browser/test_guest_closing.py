"""A guest's page when the meeting is closed: it says so itself, without a warning about rights or the
network, and invites nobody to write."""

from typing import Any

from playwright.sync_api import expect

from meetings.models import Meeting
from meetings.services import close_meeting
from townships.actors import Actor

from .board import open_room
from .pages import assert_accessible


def test_a_guest_reads_that_the_meeting_is_over(
    browser: Any, live_meeting: Meeting, organiser: Actor, guest: Actor
) -> None:
    phone = open_room(browser(guest, "phone"), live_meeting)
    expect(phone.locator("[data-openers]")).to_be_visible()
    expect(phone.locator(".empty p")).to_be_visible()
    close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    expect(phone.locator("[data-when-closed]")).to_be_visible()
    expect(phone.locator("[data-openers]")).to_be_hidden()
    expect(phone.locator("[data-connection]")).to_be_hidden()
    expect(phone.locator("#toasts > *")).to_have_count(0)
    expect(phone.locator(".empty h2")).to_be_visible()
    expect(phone.locator(".empty p")).to_be_hidden()
    assert_accessible(phone)
