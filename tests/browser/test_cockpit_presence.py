"""Attendance in the cockpit: who is here by township, as they come and go, and the check-in list."""

import pytest
from playwright.sync_api import Locator, Page, expect

from meetings.models import Attendance
from tests.people import make_person
from tests.processes import wait_until

from .board import open_room
from .pages import assert_accessible


@pytest.fixture
def cockpit(browser, county, townships, organiser, member, other_member, live_meeting) -> Page:
    """The list of a meeting that three people of three townships are expected at."""
    make_person(county, "member", "third", townships[2], "柳溪委员")
    page = open_room(browser(organiser), live_meeting, "cockpit")
    page.get_by_role("tab", name="到会").click()
    return page


def township(cockpit: Page, name: str) -> Locator:
    return cockpit.locator("[data-townships] > li").filter(has_text=name)


def person(cockpit: Page, name: str) -> Locator:
    return cockpit.locator("[data-people] > li").filter(has_text=name)


def test_townships_come_and_go(cockpit, browser, member, other_member, live_meeting):
    here = cockpit.locator("[data-presence]")
    expect(here).to_have_text("3 个乡镇中 0 个在线 · 在线 1 人")  # the host
    expect(cockpit.locator("[data-townships] > li")).to_have_count(3)
    for name in ("青石镇", "白沙乡", "柳溪镇"):
        expect(township(cockpit, name)).to_contain_text("不在线")
    phone = open_room(browser(member, "phone"), live_meeting)
    expect(township(cockpit, "青石镇")).not_to_contain_text("不在线")
    expect(township(cockpit, "青石镇")).to_contain_text("在线")
    expect(here).to_have_text("3 个乡镇中 1 个在线 · 在线 2 人")
    second = open_room(browser(member, "laptop"), live_meeting)  # the same person
    other = open_room(browser(other_member, "phone"), live_meeting)
    expect(township(cockpit, "白沙乡")).not_to_contain_text("不在线")
    expect(here).to_have_text("3 个乡镇中 2 个在线 · 在线 3 人")
    phone.close()
    other.close()
    expect(township(cockpit, "白沙乡")).to_contain_text("不在线")
    expect(here).to_have_text("3 个乡镇中 1 个在线 · 在线 2 人")
    second.close()
    expect(township(cockpit, "青石镇")).to_contain_text("不在线")
    expect(here).to_have_text("3 个乡镇中 0 个在线 · 在线 1 人")


def test_the_host_ticks_who_came_and_takes_it_back(
    cockpit, browser, organiser, live_meeting, other_member
):
    """Seen by a second host, by township and by person; the tick keeps the focus."""
    second = open_room(browser(organiser), live_meeting, "cockpit")
    second.get_by_role("tab", name="到会").click()
    total = cockpit.locator("[data-people-sum]")
    expect(total).to_have_text("应到 3 人，已到 0 人")
    expect(person(cockpit, "白沙委员")).to_contain_text("未到")
    tick = person(cockpit, "白沙委员").get_by_role("checkbox")
    tick.check()
    expect(person(cockpit, "白沙委员")).to_contain_text("迟到")  # an hour after the beginning
    expect(total).to_have_text("应到 3 人，已到 1 人")
    expect(township(cockpit, "白沙乡")).to_contain_text("已到")
    expect(tick).to_be_focused()
    for page in (cockpit, second):
        expect(person(page, "白沙委员").get_by_role("checkbox")).to_be_checked()
        expect(page.locator('[data-count="people"]')).to_have_text("1")
    row = Attendance.objects.get(meeting=live_meeting)
    assert (row.user_id, row.how) == (other_member.user_id, "host")
    assert_accessible(cockpit)
    tick.press("Space")
    expect(total).to_have_text("应到 3 人，已到 0 人")
    expect(tick).to_be_focused()
    expect(person(second, "白沙委员").get_by_role("checkbox")).not_to_be_checked()
    expect(person(second, "白沙委员")).to_contain_text("未到")
    expect(township(second, "白沙乡")).not_to_contain_text("已到")
    wait_until(lambda: not Attendance.objects.filter(meeting=live_meeting).exists())
