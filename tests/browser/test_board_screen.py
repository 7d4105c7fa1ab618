"""The screen: every page follows the host, a reader may look around on their own."""

import re

import pytest
from playwright.sync_api import expect

from board.models import Poll, Post
from meetings import services
from meetings.models import Event, Meeting
from tests.processes import wait_until

from .board import card, make_deck, open_room, write
from .pages import assert_accessible


@pytest.fixture
def deck(live_meeting, township):
    return make_deck(live_meeting, township)


def test_phone_and_projector_follow_the_hosts_next_and_previous(
    browser, member, organiser, live_meeting, deck
):
    phone = open_room(browser(member, "phone"), live_meeting)
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("[data-decks] [data-deck]").click()
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第1页正文")
    expect(hall.locator("[data-outline-title]")).to_have_text("第1页标题")
    expect(cockpit.locator("[data-notes]")).to_have_text("第1页讲稿")
    cockpit.keyboard.press("PageDown")
    cockpit.keyboard.press("ArrowRight")  # over the hidden third one
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第4页正文")
    expect(hall.locator("[data-outline-title]")).to_have_text("第4页标题")
    cockpit.keyboard.press("PageUp")
    expect(hall.locator("[data-outline-title]")).to_have_text("第2页标题")
    cockpit.keyboard.press("b")
    expect(hall.locator("body")).to_have_attribute("data-mode", "blank")
    cockpit.keyboard.press("b")
    expect(hall.locator("body")).to_have_attribute("data-mode", "slide")
    expect(hall.locator("[data-outline-title]")).to_have_text("第2页标题")
    for page in (phone, hall, cockpit):
        assert_accessible(page)


def test_quick_presses_are_about_what_was_asked_not_about_what_was_told(
    browser, organiser, live_meeting, deck
):
    """Black and back again, before the feed told the cockpit of the first."""
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("[data-decks] [data-deck]").click()
    expect(cockpit.locator("[data-notes]")).to_have_text("第1页讲稿")
    asked = Event.objects.filter(meeting=live_meeting, kind="screen.changed")
    before = asked.count()
    cockpit.keyboard.press("b")
    cockpit.keyboard.press("b")
    wait_until(lambda: asked.count() == before + 2)
    live_meeting.refresh_from_db()
    assert live_meeting.screen_mode == "slide"


def test_the_clicker_works_after_a_click_on_anything(browser, organiser, live_meeting, deck):
    """A tab, a tick and a choice keep the focus, and their arrows; the clicker's keys go to the hall all
    the same, and F5 fills the screen instead of loading the page anew. Text stays text."""
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("[data-decks] [data-deck]").click()
    notes = cockpit.locator("[data-notes]")
    expect(notes).to_have_text("第1页讲稿")
    cockpit.locator("#pane-tab-queue").click()
    cockpit.keyboard.press("PageDown")
    expect(notes).to_have_text("第2页讲稿")
    cockpit.keyboard.press("ArrowRight")
    expect(cockpit.locator('[role="tab"]:focus')).not_to_have_id("pane-tab-queue")
    expect(notes).to_have_text("第2页讲稿")
    cockpit.locator("#pane-tab-board").click()
    cockpit.locator("[data-approve-first]").check()
    cockpit.keyboard.press("PageUp")
    expect(notes).to_have_text("第1页讲稿")
    cockpit.keyboard.press("b")
    expect(cockpit.locator('[data-mode="blank"]')).to_have_attribute("aria-pressed", "true")
    cockpit.keyboard.press("F5")
    cockpit.wait_for_function("document.fullscreenElement !== null")
    cockpit.keyboard.press("F5")
    cockpit.wait_for_function("document.fullscreenElement === null")


def test_browsing_alone_moves_nobody_and_following_again_catches_up(
    browser, member, organiser, live_meeting, deck
):
    phone = open_room(browser(member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("[data-decks] [data-deck]").click()
    outline = phone.locator('[data-stage="outline"]')
    expect(outline).to_have_text("第1页正文")
    phone.locator('[data-slide="next"]').click()
    expect(outline).to_have_text("第2页正文")
    assert Meeting.objects.get(pk=live_meeting.pk).screen_page == 1
    cockpit.keyboard.press("PageDown")
    cockpit.keyboard.press("PageDown")
    expect(cockpit.locator("[data-notes]")).to_have_text("第4页讲稿")
    expect(outline).to_have_text("第2页正文")
    phone.locator('[data-slide="thumbs"]').click()
    phone.locator('[data-stage="thumbs"] [data-page="1"]').click()
    expect(outline).to_have_text("第1页正文")
    phone.locator('[data-slide="follow"]').click()
    expect(outline).to_have_text("第4页正文")


def test_an_entry_is_anchored_to_the_slide_on_the_writers_screen(
    browser, member, organiser, live_meeting, deck
):
    phone = open_room(browser(member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("[data-decks] [data-deck]").click()
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第1页正文")
    cockpit.keyboard.press("PageDown")
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第2页正文")
    write(phone, "question", "这一页的数字怎么来的")
    entry = card(cockpit, "这一页的数字怎么来的")
    expect(entry.locator('[data-part="anchor"]')).to_contain_text("第2页标题")
    cockpit.keyboard.press("PageUp")
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第1页正文")
    card(phone, "这一页的数字怎么来的").locator('[data-part="anchor"]').click()
    expect(phone.locator('[data-stage="outline"]')).to_have_text("第2页正文")


def test_the_hall_shows_the_board_the_entry_and_the_join_code(
    browser, member, organiser, live_meeting
):
    phone = open_room(browser(member, "phone"), live_meeting)
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    expect(hall.locator('[data-view="join"] [data-code]')).to_have_text("ABC234")
    write(phone, "problem", "后备干部不足")
    cockpit.locator('[data-mode="board"]').click()
    expect(hall.locator(".hall-post")).to_have_count(1)
    card(cockpit, "后备干部不足").locator('[data-act="screen"]').click()
    expect(hall.locator(".hall-posts.is-alone .hall-post")).to_contain_text("后备干部不足")
    expect(hall.locator("[data-more]")).to_be_empty()  # nothing is counted beside a single entry
    assert_accessible(hall)
    hall.set_viewport_size({"width": 1280, "height": 720})
    assert hall.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_a_new_join_code_is_on_every_page_at_once(browser, member, organiser, live_meeting):
    """Code and picture, on phone, cockpit and projector: the old one opens nothing any more."""
    phone = open_room(browser(member, "phone"), live_meeting)
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    code = services.rotate_join_code(actor=organiser, meeting_id=live_meeting.pk).join_code
    assert code != "ABC234"
    for page in (phone, cockpit):
        expect(page.locator("[data-join-code]")).to_have_text(code)
    expect(hall.locator('[data-view="join"] [data-code]')).to_have_text(code)
    for page in (phone, cockpit, hall):
        for picture in page.locator("[data-qr]").all():
            expect(picture).to_have_attribute("src", re.compile(rf"\?{code}$"))


def test_the_hall_shows_the_code_for_checking_in(browser, organiser, live_meeting):
    """A new code by itself, in time; who has come is counted; it goes when something else is shown.

    However long the meeting's name is, nothing of the code is cut."""
    Meeting.objects.update(title="Study day of the village cadres and the young members " * 2)
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator('[data-mode="check"]').click()
    expect(hall.locator("[data-check-code] svg")).to_be_visible()
    expect(hall.locator("[data-check-here]")).to_have_text("0")
    expect(cockpit.locator('[data-mode="check"]')).to_have_attribute("aria-pressed", "true")
    expect(cockpit.locator("[data-hall]")).to_have_attribute("data-state", "ok")
    assert_accessible(hall)
    assert hall.evaluate("document.documentElement.scrollHeight <= innerHeight")
    code, foot = hall.locator('[data-view="check"] .qr'), hall.locator(".hall-foot")
    box, below = code.bounding_box(), foot.bounding_box()
    assert box["y"] + box["height"] <= (below["y"] if below else 1080)
    assert hall.locator('[data-view="check"] .hall-title').bounding_box()["y"] >= 0
    expect(cockpit.locator("[data-now-caption]")).to_have_text("签到")
    expect(cockpit.locator("[data-next]")).not_to_contain_text("最后")
    with hall.expect_request("**/check-in/code/", timeout=8000):
        pass  # it asks again before the code is old
    cockpit.locator('[data-mode="join"]').click()
    expect(hall.locator("[data-check-code]")).to_be_hidden()


def test_a_vote_started_by_a_double_click_is_one_vote(browser, organiser, live_meeting):
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("#pane-tab-polls").click()
    form = cockpit.locator("[data-poll-form]")
    form.locator("[name=question]").fill("名册是否统一格式？")
    form.locator("[data-poll-start]").dblclick()
    expect(cockpit.locator("[data-now-caption]")).to_have_text("表决")
    assert Poll.objects.count() == 1


def test_a_closed_meetings_cockpit_leads_to_its_minutes(browser, organiser, live_meeting):
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    onward = cockpit.get_by_role("link", name="纪要和材料")
    expect(onward).to_be_hidden()
    cockpit.get_by_role("button", name="结束例会", exact=True).click()
    cockpit.locator("dialog[open] .button", has_text="结束例会").click()
    onward.click()
    cockpit.wait_for_url(f"**/meetings/{live_meeting.pk}/")
    expect(cockpit.get_by_role("link", name="会议纪要").first).to_be_visible()


def test_on_a_phone_the_host_has_the_slides_before_the_agenda(browser, organiser, live_meeting):
    cockpit = open_room(browser(organiser, "phone"), live_meeting, "cockpit")
    onward = cockpit.locator('[data-step="1"]').bounding_box()
    agenda = cockpit.locator(".cockpit-agenda").bounding_box()
    assert onward["y"] + onward["height"] <= 740, "without scrolling"
    assert onward["y"] + onward["height"] <= agenda["y"]
    assert cockpit.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_hall_never_cuts_an_entry_in_the_middle(browser, organiser, live_meeting):
    for number in range(8):
        Post.objects.create(
            meeting=live_meeting,
            kind="problem",
            body=f"第{number}条：" + "志愿者登记表半年没有更新，外出务工的还挂在名册上。" * 3,
            author_name="青石委员",
            author_unit="青石镇",
            client_id=str(number),
        )
    Meeting.objects.update(screen_mode="board")
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    for size in ({"width": 1920, "height": 1080}, {"width": 1280, "height": 720}):
        hall.set_viewport_size(size)
        hall.wait_for_timeout(200)
        assert hall.locator(".hall-post").count() >= 4
        lowest = hall.locator(".hall-post").last.bounding_box()
        foot = hall.locator(".hall-foot").bounding_box()
        assert lowest["y"] + lowest["height"] <= foot["y"]


def test_the_projector_comes_back_by_itself(browser, organiser, live_meeting, deck):
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    browser.expect_errors("ERR_INTERNET_DISCONNECTED|WebSocket")
    hall.context.set_offline(True)
    expect(hall.locator('[data-connection][data-state="offline"]')).to_be_attached()
    cockpit.locator("[data-decks] [data-deck]").click()
    expect(cockpit.locator("[data-notes]")).to_have_text("第1页讲稿")
    hall.context.set_offline(False)
    expect(hall.locator("[data-outline-title]")).to_have_text("第1页标题")


def test_taking_back_put_on_screen_brings_back_what_was_there(
    browser, member, organiser, live_meeting
):
    """The vote the hall saw, the entry that was shown before, and the wait for approval."""
    phone = open_room(browser(member, "phone"), live_meeting)
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    write(phone, "problem", "先前的问题")
    card(cockpit, "先前的问题").locator('[data-act="screen"]').click()
    expect(hall.locator(".hall-posts.is-alone")).to_contain_text("先前的问题")
    cockpit.locator("#pane-tab-polls").click()
    form = cockpit.locator("[data-poll-form]")
    form.locator("[name=question]").fill("名册是否统一格式？")
    form.locator("[data-poll-start]").click()
    expect(hall.locator("body")).to_have_attribute("data-mode", "poll")
    cockpit.locator("#pane-tab-board").click()
    cockpit.locator("[data-approve-first]").check()
    expect(cockpit.locator('[data-tab="held"]')).to_be_visible()
    write(phone, "problem", "等着审核的")
    card(cockpit, "等着审核的").locator('[data-act="screen"]').click()
    expect(hall.locator(".hall-posts.is-alone")).to_contain_text("等着审核的")
    cockpit.get_by_role("button", name="撤销").last.click()
    expect(hall.locator("body")).to_have_attribute("data-mode", "poll")
    expect(card(cockpit, "先前的问题").get_by_text("在大屏上")).to_be_visible()
    expect(card(phone, "等着审核的").get_by_text("待审核")).to_be_visible()
    cockpit.locator('[data-mode="board"]').click()
    expect(hall.locator(".hall-posts.is-alone")).to_contain_text("先前的问题")


def test_the_host_makes_a_new_join_code_in_the_cockpit(browser, member, organiser, live_meeting):
    """It asks first; the dialog, its picture and the link to copy have the new one, and the hall too."""
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    phone = open_room(browser(member, "phone"), live_meeting)
    expect(phone.locator("[data-new-code]")).to_have_count(0)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator('[data-dialog="join-dialog"]').click()
    dialog = cockpit.locator("#join-dialog")
    dialog.get_by_role("button", name="换码").click()
    cockpit.get_by_role("button", name="取消").click()
    expect(dialog.locator("[data-join-code]")).to_have_text("ABC234")
    dialog.get_by_role("button", name="换码").click()
    cockpit.locator("dialog[open] .button.primary", has_text="换码").click()
    expect(dialog.locator("[data-join-code]")).not_to_have_text("ABC234")
    code = Meeting.objects.get(pk=live_meeting.pk).join_code
    expect(dialog.locator("[data-join-code]")).to_have_text(code)
    expect(dialog.locator("[data-copy]")).to_have_attribute("data-copy", re.compile(f"/{code}/$"))
    expect(dialog.locator("[data-qr]")).to_have_attribute("src", re.compile(rf"\?{code}$"))
    expect(hall.locator('[data-view="join"] [data-code]')).to_have_text(code)
    assert_accessible(cockpit)
