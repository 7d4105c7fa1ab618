"""The server is killed and started again: open pages say that the line is down, then follow by themselves."""

import pytest
from playwright.sync_api import expect

from realtime import pairing, services
from tests.people import make_screen

from .board import card, make_deck, open_room, write

DOWN = "正在重新连接…"


@pytest.fixture
def paired(organiser, live_meeting, township):
    """The meeting with a deck on screen, and its hall's computer, where nobody is signed in."""
    pairing.make_link(actor=organiser, meeting_id=live_meeting.pk)
    live_meeting.refresh_from_db()
    deck = make_deck(live_meeting, township)
    services.set_screen(
        actor=organiser, meeting_id=live_meeting.pk, mode="slide", material_id=deck.pk
    )
    return make_screen(live_meeting)


def test_pages_outlive_the_server(browser, daphne_server, organiser, member, live_meeting, paired):
    """Nothing is pressed: what was written while nobody answered is sent, the next slide is on all pages."""
    browser.expect_errors(r"WebSocket connection|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE")
    phone = open_room(browser(member, "phone"), live_meeting)
    hall = open_room(browser(paired, "projector"), live_meeting, "projector")
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    pages = (phone, hall, cockpit)
    expect(hall.locator("[data-outline-title]")).to_have_text("第1页标题")
    loads = []
    for page in pages:
        page.on("load", lambda page: loads.append(page.url))

    daphne_server.kill()
    for page in pages:
        expect(page.locator("[data-connection]")).to_contain_text(DOWN)
        expect(page.locator("[data-connection]")).to_be_visible()
    expect(hall.locator("[data-outline-title]")).to_have_text("第1页标题")
    write(phone, "problem", "写的时候没有服务器")

    daphne_server.start()
    for page in pages:
        expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")
    cockpit.keyboard.press("PageDown")
    expect(hall.locator("[data-outline-title]")).to_have_text("第2页标题")
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第2页正文")
    expect(card(cockpit, "写的时候没有服务器")).to_have_count(1)
    assert loads == []
