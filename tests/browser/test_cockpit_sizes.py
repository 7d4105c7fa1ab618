"""The pages of a live meeting in every size: no sideways scroll, nothing axe objects to; the cockpit on a
tablet with all it is steered by in sight."""

import pytest
from playwright.sync_api import Locator, Page, expect

from board import services
from meetings.models import Meeting
from tests.people import make_item

from .board import card, make_deck, open_room
from .pages import VIEWPORTS, assert_accessible
from .test_every_page import too_wide

TABLETS = [{"width": 820, "height": 1180}, {"width": 1180, "height": 820}]
CONTROLS = {
    "next": '[data-step="1"]',
    "previous": '[data-step="-1"]',
    "blank": '[data-mode="blank"]',
    "board": '[data-mode="board"]',
    "join code": '[data-mode="join"]',
    "next item": '[data-item-step="1"]',
    "previous item": '[data-item-step="-1"]',
    "the entry's put on screen": '.post [data-act="screen"]',
    "the item's deck": "[data-items] [data-deck]",
    "the deck": "[data-decks] [data-deck]",
}
LEAST = 24  # pixels; WCAG 2.2, 2.5.8


@pytest.fixture
def meeting_at_work(member, live_meeting, township):
    """An agenda, a deck, and an entry on the board."""
    make_item(live_meeting, township, title="多媒体演示：党员积分管理的做法和体会")
    make_deck(live_meeting, township)
    services.add_post(
        actor=member,
        meeting_id=live_meeting.pk,
        kind="problem",
        body="村级后备干部队伍老化，年轻党员外出务工多",
        client_id="one",
    )
    return live_meeting


def hidden_or_small(page: Page) -> list[str]:
    """The controls that have to be scrolled to or are too small to hit."""
    wrong = []
    for name, selector in CONTROLS.items():
        control = page.locator(selector).first
        box = control.bounding_box()
        if box is None or min(box["width"], box["height"]) < LEAST or not in_sight(control):
            wrong.append(f"{name}: {box}")
    return wrong


def in_sight(control: Locator) -> bool:
    """A finger on its middle hits it, without scrolling."""
    hit: bool = control.evaluate(
        """element => {
            const box = element.getBoundingClientRect();
            const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return element.contains(hit);
        }"""
    )
    return hit


@pytest.mark.parametrize("size", TABLETS, ids=["upright", "across"])
def test_the_host_steers_from_a_tablet(browser, organiser, meeting_at_work, size):
    hall = open_room(browser(organiser, "projector"), meeting_at_work, "projector")
    cockpit = open_room(
        browser(organiser, viewport="laptop", has_touch=True), meeting_at_work, "cockpit"
    )
    cockpit.set_viewport_size(size)
    expect(card(cockpit, "后备干部")).to_be_visible()
    assert hidden_or_small(cockpit) == []
    assert too_wide(cockpit) == 0
    outline, shown = hall.locator("[data-outline-title]"), hall.locator("body")
    for control, place, seen in (
        ("the deck", outline, "第1页标题"),
        ("next", outline, "第2页标题"),
        ("previous", outline, "第1页标题"),
        ("blank", shown, "blank"),
        ("board", shown, "board"),
        ("join code", shown, "join"),
        ("the item's deck", shown, "slide"),
        ("next item", hall.locator("[data-topic]"), "多媒体演示：党员积分管理的做法和体会"),
        ("the entry's put on screen", hall.locator(".is-alone"), "后备干部"),
    ):
        cockpit.locator(CONTROLS[control]).first.tap()
        if place is shown:
            expect(place).to_have_attribute("data-mode", seen)
        else:
            expect(place).to_contain_text(seen)
    assert hidden_or_small(cockpit) == []
    assert too_wide(cockpit) == 0
    assert_accessible(cockpit)


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_every_kind_of_entry_can_be_chosen_on_a_laptop(
    browser, organiser, member, meeting_at_work, language
):
    """No tab of the board is cut at the edge, nor when entries wait for the host's approval."""
    Meeting.objects.filter(pk=meeting_at_work.pk).update(approve_first=True)
    services.add_post(
        actor=member, meeting_id=meeting_at_work.pk, kind="question", body="谁出资", client_id="two"
    )
    cockpit = open_room(browser(organiser, locale=language), meeting_at_work, "cockpit")
    expect(cockpit.locator("#tab-held")).to_be_visible()
    tabs = cockpit.locator(".board-head .tabs")
    assert tabs.evaluate("row => row.scrollWidth - row.clientWidth") == 0
    assert_accessible(cockpit)


@pytest.mark.parametrize("kind", ["room", "cockpit", "projector"])
def test_every_size(browser, organiser, member, meeting_at_work, kind):
    """A phone, a laptop and a hall's screen; the same page is resized, as by turning a device."""
    page = open_room(browser(member if kind == "room" else organiser), meeting_at_work, kind)
    for size in VIEWPORTS.values():
        page.set_viewport_size(size)
        assert too_wide(page) == 0, size
        assert_accessible(page)
