"""The agenda in the cockpit: next, previous, a break and going on, and time in words, in the hall too."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from meetings.models import AgendaItem, Meeting
from tests.people import make_item

from .board import open_room
from .pages import assert_accessible


@pytest.fixture
def agenda(live_meeting, townships):
    """Three presentations of 10, 20 and 30 minutes."""
    return [
        make_item(
            live_meeting,
            town,
            title=f"{town.name}汇报",
            minutes=minutes,
            presenter=f"{town.name}长",
        )
        for town, minutes in zip(townships, (10, 20, 30), strict=True)
    ]


def row(cockpit: Page, number: int) -> Locator:
    return cockpit.locator("[data-items] > li").nth(number - 1)


def current(meeting: Meeting) -> AgendaItem | None:
    return Meeting.objects.get(pk=meeting.pk).current_item


def ran(item: AgendaItem, **ago: int) -> None:
    """It was taken up that long ago."""
    AgendaItem.objects.filter(pk=item.pk).update(resumed_at=timezone.now() - dt.timedelta(**ago))


def test_items_follow_one_another_and_a_break_goes_on_where_it_began(
    browser, organiser, live_meeting, agenda
):
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    following = cockpit.get_by_role("button", name="下一项")
    before = cockpit.get_by_role("button", name="上一项")
    a_break = cockpit.get_by_role("button", name="暂停本项：休息")
    on = cockpit.get_by_role("button", name="休息结束，继续本项")
    expect(row(cockpit, 1)).to_contain_text("10 分钟")
    expect(hall.locator("[data-timer]")).to_be_hidden()
    expect(a_break).to_be_hidden()

    following.click()
    expect(row(cockpit, 1)).to_have_class("cockpit-item is-now")
    expect(hall.locator("[data-speaker]")).to_have_text("青石镇")
    expect(hall.locator("[data-topic]")).to_have_text("青石镇长 · 青石镇汇报")
    expect(hall.locator("[data-timer]")).to_contain_text(re.compile("^9:"))
    expect(cockpit.locator("[data-timer-of]")).to_have_text("剩余，共 10 分钟")
    following.click()
    expect(hall.locator("[data-speaker]")).to_have_text("白沙乡")
    expect(hall.locator("[data-timer]")).to_contain_text(re.compile("^19:"))
    expect(row(cockpit, 1)).to_have_class("cockpit-item is-done")

    a_break.click()
    expect(hall.locator("[data-timer]")).to_be_hidden()
    expect(cockpit.locator("[data-timer]")).to_have_text("–")
    expect(on).to_be_focused()
    assert current(live_meeting) is None
    on.press("Enter")
    expect(hall.locator("[data-speaker]")).to_have_text("白沙乡")
    expect(a_break).to_be_focused()
    assert current(live_meeting) == agenda[1]
    a_break.press("Enter")
    expect(on).to_be_visible()
    following.click()
    expect(hall.locator("[data-speaker]")).to_have_text("柳溪镇")
    before.click()
    expect(hall.locator("[data-speaker]")).to_have_text("白沙乡")
    before.click()
    expect(hall.locator("[data-speaker]")).to_have_text("青石镇")
    before.click()
    row(cockpit, 3).get_by_role("button").first.click()
    expect(hall.locator("[data-speaker]")).to_have_text("柳溪镇")


def test_time_that_is_up_is_said_in_words(browser, organiser, live_meeting, agenda):
    """Allotted, used and overrun: in the cockpit's list, beside its timer, and in the hall."""
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.get_by_role("button", name="下一项").click()
    expect(row(cockpit, 1)).to_have_class("cockpit-item is-now")
    ran(agenda[0], minutes=12, seconds=5)
    cockpit.get_by_role("button", name="下一项").click()
    used = row(cockpit, 1).locator("[data-part=used]")
    expect(used).to_contain_text("12:")
    expect(used).to_contain_text("/ 10 分钟 · 超时 2:")

    ran(agenda[1], minutes=21)
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    expect(hall.locator("[data-timer]")).to_contain_text("超时 1:")
    cockpit.reload()
    expect(cockpit.locator("[data-timer]")).to_contain_text("-1:")
    expect(cockpit.locator("[data-timer-of]")).to_have_text("已超时，共 20 分钟")
    expect(row(cockpit, 2).locator("[data-part=used]")).to_contain_text("/ 20 分钟 · 超时 1:")
    assert_accessible(cockpit)
    assert_accessible(hall)
    cockpit.set_viewport_size({"width": 1024, "height": 768})
    cut = "list => [...list.children].some(row => row.scrollWidth > row.clientWidth)"
    assert not cockpit.locator("[data-items]").evaluate(cut)
    cockpit.get_by_role("button", name="上一项").click()
    expect(hall.locator("[data-timer]")).to_contain_text("超时 2:")  # its time runs on
