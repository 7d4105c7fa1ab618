"""The organiser's hand on the board, seen on phones: approving, assigning, merging, and undoing."""

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from archive import indexing
from board import services
from board.categories import add_default_categories
from meetings import services as meetings
from tests.people import make_meeting

from .board import card, open_room, write
from .pages import assert_accessible


def menu(page: Page, text: str, act: str) -> None:
    """Open an entry's menu and press one of its buttons."""
    entry = card(page, text)
    entry.locator("details.menu > summary").click()
    entry.locator(f'.menu-list [data-act="{act}"]').click()


def undo(page: Page) -> None:
    page.get_by_role("button", name="撤销").last.click()


def put(actor, meeting, body, kind="problem"):
    cache.clear()
    return services.add_post(
        actor=actor, meeting_id=meeting.pk, kind=kind, body=body, client_id=uuid.uuid4().hex
    )


def test_an_entry_waits_for_approval_and_its_author_sees_that(
    browser, organiser, member, other_member, live_meeting
):
    author = open_room(browser(member, "phone"), live_meeting)
    reader = open_room(browser(other_member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.get_by_label("新条目先审核再显示").check()
    expect(cockpit.locator('[data-tab="held"]')).to_be_visible()
    write(author, "problem", "名册还是去年的")
    expect(card(author, "名册还是去年的").get_by_text("待审核")).to_be_visible()
    expect(card(cockpit, "名册还是去年的").get_by_role("button", name="通过")).to_be_visible()
    expect(reader.locator("[data-posts] .post")).to_have_count(0)
    assert_accessible(author)
    assert_accessible(cockpit)
    author.reload()
    expect(card(author, "名册还是去年的").get_by_text("待审核")).to_be_visible()
    card(cockpit, "名册还是去年的").get_by_role("button", name="通过").click()
    expect(card(reader, "名册还是去年的")).to_be_visible()
    expect(card(author, "名册还是去年的").get_by_text("待审核")).to_have_count(0)
    undo(cockpit)
    expect(card(reader, "名册还是去年的")).to_have_count(0)
    expect(card(author, "名册还是去年的").get_by_text("待审核")).to_be_visible()


def test_assigning_merging_hiding_and_taking_it_all_back(
    browser, organiser, member, other_member, live_meeting
):
    first = put(member, live_meeting, "志愿者登记表更新不及时")
    second = put(other_member, live_meeting, "登记表去年就没换过")
    services.add_reply(actor=member, post_id=first.pk, body="不妥的话", client_id="r")
    phone = open_room(browser(member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")

    menu(cockpit, first.body, "assign")
    dialog = cockpit.locator("#assign-dialog")
    dialog.get_by_label("责任人").select_option("")
    dialog.get_by_label("姓名").fill("县档案馆")
    dialog.get_by_label("完成时限").fill("2026-12-20")
    assert_accessible(cockpit)
    dialog.get_by_role("button", name="保存").click()
    expect(card(phone, first.body).locator('[data-part="case"]')).to_contain_text("县档案馆")
    undo(cockpit)
    expect(card(phone, first.body).locator('[data-part="case"]')).to_be_hidden()

    menu(cockpit, second.body, "merge")
    card(cockpit, first.body).locator('[data-act="merge-here"]').click()
    expect(card(phone, first.body).locator('[data-part="others"]')).to_contain_text("白沙委员")
    expect(phone.locator("[data-posts] .post")).to_have_count(1)
    card(cockpit, first.body).get_by_role("button", name="拆分").click()
    expect(phone.locator("[data-posts] .post")).to_have_count(2)

    hide = card(cockpit, first.body).locator('.replies [data-act="hide-reply"]')
    hide.click()
    expect(card(phone, first.body).locator(".replies")).to_be_hidden()
    hide.click()
    expect(card(phone, first.body).locator(".replies")).to_contain_text("不妥的话")


@pytest.fixture
def solved_last_month(organiser, member, other_member, county):
    """October's problem, and the practice that solved it."""
    meeting = make_meeting(county, "live", title="十月例会")
    problem = put(member, meeting, "志愿者登记表更新不及时")
    practice = put(other_member, meeting, "登记改为扫码填写，每月自动更新", "practice")
    case = services.open_case(actor=organiser, post_id=problem.pk)
    services.change_case(
        actor=organiser, case_id=case.pk, status="solved", solved_by_id=practice.pk
    )
    meetings.close_meeting(actor=organiser, meeting_id=meeting.pk)
    indexing.catch_up()


def test_while_typing_the_phone_shows_what_solved_it_before(
    browser, organiser, member, county, live_meeting, solved_last_month
):
    add_default_categories(actor=organiser, county=county)
    phone = open_room(browser(member, "phone"), live_meeting)
    phone.locator('[data-compose="problem"]').click()
    field = phone.locator("[data-composer] textarea")
    field.press_sequentially("我们的志愿者登记表更新不及时")
    similar = phone.locator("[data-similar]")
    expect(similar).to_contain_text("解决办法：白沙乡: 登记改为扫码填写")
    phone.locator("[data-category] select").select_option(label="组织建设")
    assert_accessible(phone)
    phone.locator("[data-composer] button.primary").click()
    expect(card(phone, "我们的志愿者").locator('[data-part="category"]')).to_have_text(
        "基层党建 · 组织建设"
    )
    expect(similar).to_be_hidden()


def test_what_the_meeting_leaves_open_is_on_the_next_ones_board(
    browser, organiser, member, county, live_meeting
):
    start = timezone.now() + dt.timedelta(days=30)
    following = make_meeting(
        county, "announced", starts_at=start, ends_at=start + dt.timedelta(hours=2)
    )
    put(member, live_meeting, "村级会议室投影设备老化")
    phone = open_room(browser(member, "phone"), live_meeting)
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    expect(card(phone, "投影设备老化").get_by_text("结转下次")).to_be_visible()
    later = open_room(browser(member, "phone"), following)
    later.locator("[data-cases] > summary").click()
    expect(later.locator("[data-case-rows]")).to_contain_text("村级会议室投影设备老化")
    cockpit = open_room(browser(organiser), following, "cockpit")
    cockpit.locator("[data-cases] > summary").click()
    cockpit.locator("[data-case-rows] summary").click()
    cockpit.locator('[data-case-act="solved"]').click()
    expect(
        later.locator("[data-cases]")
    ).to_be_hidden()  # solved before the meeting: not on its list
    undo(cockpit)
    expect(later.locator("[data-case-rows]")).to_contain_text("未解决")
    later.locator("[data-case-rows] a").click()
    expect(later.get_by_role("heading", level=1)).to_have_text("村级会议室投影设备老化")
    assert_accessible(later)
