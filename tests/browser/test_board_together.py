"""Several browsers on one board: each sees every change once, in the same order, by itself."""

from playwright.sync_api import expect

from board.models import Post
from board.services import add_post, set_support

from .board import bodies, card, open_room, write
from .pages import assert_accessible


def test_a_post_appears_on_every_open_board_once_and_in_the_same_order(
    browser, member, other_member, organiser, live_meeting
):
    phone = open_room(browser(member, "phone"), live_meeting)
    laptop = open_room(browser(other_member), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    write(phone, "problem", "志愿者登记表没有更新")
    expect(card(laptop, "志愿者登记表没有更新")).to_have_count(1)
    write(laptop, "practice", "一户一册，每季度核对")
    write(phone, "question", "经费从哪里出")
    expected = ["经费从哪里出", "一户一册，每季度核对", "志愿者登记表没有更新"]
    for page in (phone, laptop, cockpit):
        expect(page.locator("[data-posts] .post")).to_have_count(3)
        expect(page.locator("[data-posts] .post.is-waiting")).to_have_count(0)
        assert bodies(page) == expected
    assert_accessible(phone)
    assert_accessible(cockpit)


def test_markup_in_an_entry_is_text_on_every_board(browser, member, organiser, live_meeting):
    """73: what people write is shown as they wrote it, and never run."""
    markup = "<img src=x onerror=alert(1)><b>粗</b>"
    author = open_room(browser(member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    write(author, "problem", markup)
    for page in (author, cockpit):
        expect(card(page, markup)).to_have_count(1)
        assert card(page, markup).locator('img, b:has-text("粗")').count() == 0
    author.reload()
    expect(card(author, markup)).to_have_count(1)


def test_support_reply_and_adoption_reach_the_other_browser(
    browser, member, other_member, live_meeting
):
    author = open_room(browser(member, "phone"), live_meeting)
    reader = open_room(browser(other_member, "phone"), live_meeting)
    write(author, "practice", "积分公示")
    there = card(reader, "积分公示")
    there.locator('[data-act="support"]').click()
    expect(card(author, "积分公示").locator("[data-count]")).to_contain_text("1")
    there.locator('[data-act="reply"]').click()
    there.locator("[data-reply-form] textarea").fill("我们也想学")
    there.locator("[data-reply-form] button.primary").click()
    expect(card(author, "积分公示").locator(".replies li")).to_have_count(1)
    expect(there.locator(".replies li")).to_have_count(1)
    there.locator('[data-act="adopt"]').click()
    expect(card(author, "积分公示").locator(".adoptions li")).to_have_count(1)
    there.locator('[data-act="support"]').click()
    expect(card(author, "积分公示").locator("[data-count]")).to_be_empty()


def test_an_answer_that_comes_late_does_not_bring_old_counts_back(
    browser, member, other_member, organiser, live_meeting
):
    """The answer to the phone's support stays on the way until the feed has told of the next one."""
    post = add_post(
        actor=member, meeting_id=live_meeting.pk, kind="problem", body="办公用房漏水", client_id="a"
    )
    phone = open_room(browser(other_member, "phone"), live_meeting)
    held = []
    phone.route("**/support*", lambda route: held.append((route, route.fetch())))
    card(phone, "办公用房漏水").locator('[data-act="support"]').click()
    count = card(phone, "办公用房漏水").locator("[data-count]")
    expect(count).to_contain_text("1")
    set_support(actor=organiser, post_id=post.pk, supported=True)
    expect(count).to_contain_text("2")
    ((route, answer),) = held
    route.fulfill(response=answer)
    phone.wait_for_function(
        "() => Object.entries(localStorage).some(([key, kept]) => /outbox/.test(key) && kept === '[]')"
    )
    expect(count).to_contain_text("2")


def test_a_hidden_entry_leaves_the_board_and_comes_back(browser, member, organiser, live_meeting):
    phone = open_room(browser(member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    write(phone, "question", "这一条要藏起来")
    entry = card(cockpit, "这一条要藏起来")
    entry.locator("details.menu summary").click()
    entry.locator('[data-act="hide"]').click()
    expect(card(phone, "这一条要藏起来")).to_have_count(0)
    entry.locator("details.menu summary").click()
    entry.locator('[data-act="hide"]').click()
    expect(card(phone, "这一条要藏起来")).to_have_count(1)


def test_a_merged_entry_speaks_for_both(browser, member, other_member, organiser, live_meeting):
    phone = open_room(browser(member, "phone"), live_meeting)
    other = open_room(browser(other_member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    write(phone, "problem", "名册太旧")
    write(other, "problem", "登记表过期")
    duplicate = card(cockpit, "登记表过期")
    duplicate.locator("details.menu summary").click()
    duplicate.locator('[data-act="merge"]').click()
    card(cockpit, "名册太旧").locator('[data-act="merge-here"]').click()
    expect(phone.locator("[data-posts] .post")).to_have_count(1)
    expect(card(phone, "名册太旧").locator('[data-part="others"]')).to_contain_text("白沙委员")


def test_closing_the_meeting_ends_writing_on_every_page(browser, member, organiser, live_meeting):
    phone = open_room(browser(member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator('[name="action"][value="close"]').click()
    cockpit.locator("dialog[open] button.danger, dialog[open] button.primary").click()
    expect(phone.locator("[data-when-closed]")).to_be_visible()
    expect(phone.locator("[data-openers]")).to_be_hidden()
    assert Post.objects.count() == 0
