"""Two hosts at once do not fight: the last action wins, each sees the other's, and a slide is turned once."""

import pytest
from playwright.sync_api import expect

from meetings.models import Event, Meeting
from tests.people import make_person

from .board import card, make_deck, open_room, write


@pytest.fixture
def hosts(browser, county, organiser, member, live_meeting, township):
    """Two cockpits, of two organisers, and a phone."""
    make_deck(live_meeting, township)
    second = make_person(county, "organiser", "second", name="副组长")
    return (
        open_room(browser(organiser), live_meeting, "cockpit"),
        open_room(browser(second), live_meeting, "cockpit"),
        open_room(browser(member, "phone"), live_meeting),
    )


def test_each_sees_what_the_other_did(hosts, organiser, live_meeting):
    first, second, phone = hosts
    second.locator("#pane-tab-people").click()
    expect(second.locator("[data-hosts]")).to_contain_text(organiser.name)
    second.locator("#pane-tab-board").click()
    first.locator("[data-decks] [data-deck]").click()
    expect(second.locator("[data-notes]")).to_have_text("第1页讲稿")
    expect(second.locator("[data-screen-by]")).to_have_text(f"由 {organiser.name} 切换")
    expect(first.locator("[data-screen-by]")).to_be_empty()
    second.locator('[data-mode="blank"]').click()
    expect(first.locator("[data-screen-by]")).to_have_text("由 副组长 切换")
    expect(first.locator('[data-mode="blank"]')).to_have_attribute("aria-pressed", "true")
    first.locator('[data-mode="board"]').click()
    expect(second.locator('[data-mode="board"]')).to_have_attribute("aria-pressed", "true")
    write(phone, "problem", "名册没有更新")
    card(first, "名册没有更新").locator('[data-act="screen"]').click()
    expect(card(second, "名册没有更新").get_by_text("在大屏上")).to_be_visible()
    card(second, "名册没有更新").locator('[data-act="screen"]').click()
    expect(card(first, "名册没有更新").get_by_text("在大屏上")).to_have_count(0)


def test_both_press_next_and_one_slide_is_turned(hosts, live_meeting):
    """The second press was meant for the slide that is gone; each alone turns as often as it is pressed."""
    first, second, phone = hosts
    first.locator("[data-decks] [data-deck]").click()
    for page in (first, second):
        expect(page.locator("[data-notes]")).to_have_text("第1页讲稿")
    known = Meeting.objects.get(pk=live_meeting.pk).last_seq
    # The second laptop hangs: what it shows is old when its host presses.
    held = []

    def hold(route):
        held.append(route)

    second.route("**/screen/step", hold)
    with second.expect_request("**/screen/step"):
        second.locator('[data-step="1"]').click()
    first.locator('[data-step="1"]').click()
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第2页正文")
    with second.expect_response("**/screen/step") as answer:
        held.pop().continue_()
    assert answer.value.json()["number"] == 2
    events = Event.objects.filter(meeting=live_meeting, seq__gt=known, kind="screen.changed")
    assert events.count() == 1
    second.unroute("**/screen/step")
    expect(second.locator("[data-notes]")).to_have_text("第2页讲稿")
    second.locator('[data-step="-1"]').dblclick()
    expect(first.locator("[data-notes]")).to_have_text("第1页讲稿")
    second.locator('[data-step="1"]').dblclick()  # over the hidden third slide
    for page in (first, second):
        expect(page.locator("[data-notes]")).to_have_text("第4页讲稿")
    assert events.count() == 4
