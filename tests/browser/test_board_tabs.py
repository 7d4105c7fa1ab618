"""The board's tabs and its order, and what a reader does with an entry of their own."""

import uuid

import pytest
from playwright.sync_api import expect

from board import services
from board.models import Post

from .board import LIVE, bodies, card, make_deck, open_room, write


def put(actor, meeting, kind, body, page=None):
    return services.add_post(
        actor=actor,
        meeting_id=meeting.pk,
        kind=kind,
        body=body,
        client_id=uuid.uuid4().hex,
        page_id=page,
    )


@pytest.fixture
def entries(organiser, member, other_member, live_meeting, township):
    """Four entries: one about the slide that is shown, one with support, one of the reader's own."""
    deck = make_deck(live_meeting, township)
    slide = deck.current.pages.get(number=2)
    put(other_member, live_meeting, "problem", "名册没有更新")
    liked = put(other_member, live_meeting, "practice", "积分公示")
    put(other_member, live_meeting, "question", "这一页怎么来的", slide.pk)
    put(member, live_meeting, "problem", "经费不够")
    services.set_support(actor=member, post_id=liked.pk, supported=True)
    return deck


def test_each_tab_shows_its_own_and_the_order_can_be_chosen(
    browser, member, organiser, live_meeting, entries
):
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("[data-decks] [data-deck]").click()
    phone = open_room(browser(member, "phone"), live_meeting)
    newest_first = ["经费不够", "这一页怎么来的", "积分公示", "名册没有更新"]
    assert bodies(phone) == newest_first
    shown = {
        "problem": ["经费不够", "名册没有更新"],
        "practice": ["积分公示"],
        "question": ["这一页怎么来的"],
        "mine": ["经费不够"],
        "now": ["这一页怎么来的"],  # about the deck on the screen
        "all": newest_first,
    }
    for tab, expected in shown.items():
        phone.locator(f'[data-tab="{tab}"]').click()
        expect(phone.locator("[data-posts] .post")).to_have_count(len(expected))
        assert bodies(phone) == expected, tab
        expect(phone.locator("[data-posts]")).to_have_attribute("aria-labelledby", f"tab-{tab}")
    order = phone.get_by_label("排序")
    order.select_option("support")
    assert bodies(phone) == ["积分公示", "经费不够", "这一页怎么来的", "名册没有更新"]
    card(phone, "名册没有更新").locator('[data-act="support"]').click()
    expect(card(phone, "名册没有更新").locator("[data-count]")).to_contain_text("1")
    assert bodies(phone) == ["积分公示", "名册没有更新", "经费不够", "这一页怎么来的"]
    order.select_option("time")
    assert bodies(phone) == newest_first


def test_the_tabs_are_walked_by_arrows_and_a_new_entry_comes_to_its_tab(
    browser, member, other_member, live_meeting, entries
):
    phone = open_room(browser(member, "phone"), live_meeting)
    phone.locator('[data-tab="all"]').focus()
    for _ in range(2):
        phone.keyboard.press("ArrowRight")
    expect(phone.locator('[data-tab="problem"]')).to_be_focused()
    assert bodies(phone) == ["经费不够", "名册没有更新"]
    other = open_room(browser(other_member), live_meeting)
    write(other, "question", "不在这一栏")
    expect(phone.locator('[data-tab="question"] .count')).to_have_text("2")
    write(other, "problem", "在这一栏")
    expect(card(phone, "在这一栏")).to_have_count(1)
    assert bodies(phone) == ["在这一栏", "经费不够", "名册没有更新"]


def test_an_own_entry_is_changed_and_withdrawn(browser, member, other_member, live_meeting):
    """Everybody sees the change; withdrawing asks first and takes the entry from every board."""
    phone = open_room(browser(member, "phone"), live_meeting)
    other = open_room(browser(other_member), live_meeting)
    write(phone, "problem", "名册没有更新")
    expect(card(other, "名册没有更新").locator('[data-act="edit"]')).to_be_hidden()
    card(phone, "名册没有更新").locator('[data-act="edit"]').click()
    phone.locator("[data-composer] textarea").fill("名册半年没有更新")
    phone.locator("[data-composer] button.primary").click()
    expect(card(other, "名册半年没有更新").locator('[data-part="time"]')).to_contain_text("已修改")
    mine = card(phone, "名册半年没有更新")
    mine.locator('[data-act="withdraw"]').click()
    phone.locator("dialog[open]").get_by_role("button", name="取消").click()
    expect(mine).to_have_count(1)
    mine.locator('[data-act="withdraw"]').click()
    phone.locator("dialog[open] .button.danger").click()
    for page in (phone, other):
        expect(page.locator("[data-posts] .post")).to_have_count(0)
    assert Post.objects.get().withdrawn_at is not None
    phone.reload()
    phone.locator(LIVE).wait_for(state="attached")
    expect(phone.locator("[data-posts] .post")).to_have_count(0)


def test_after_five_minutes_an_entry_is_no_longer_changed(browser, member, live_meeting):
    """The buttons go by themselves, while the page stands open."""
    put(member, live_meeting, "problem", "名册没有更新")
    page = browser(member, "phone")
    page.clock.install()
    phone = open_room(page, live_meeting)
    mine = card(phone, "名册没有更新")
    phone.clock.fast_forward("04:00")
    for act in ("edit", "withdraw"):
        expect(mine.locator(f'[data-act="{act}"]')).to_be_visible()
    phone.clock.fast_forward("01:30")
    for act in ("edit", "withdraw"):
        expect(mine.locator(f'[data-act="{act}"]')).to_be_hidden()


def test_everybody_sees_what_became_of_an_entry(
    browser, member, other_member, organiser, live_meeting
):
    """Waiting, on the screen, answered, carried forward, merged: on a phone, without a reload."""
    author = open_room(browser(member, "phone"), live_meeting)
    reader = open_room(browser(other_member, "phone"), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    write(author, "problem", "名册没有更新")
    write(author, "question", "经费从哪里出")

    def both_see(words):
        for phone in (author, reader):
            expect(card(phone, "名册没有更新").get_by_text(words, exact=True)).to_be_visible()

    def press(act, text="名册没有更新", menu=False):
        entry = card(cockpit, text)
        if menu:
            entry.locator("details.menu > summary").click()
        entry.locator(f'[data-act="{act}"]').click()

    both_see("待回应")
    press("screen")
    both_see("在大屏上")
    press("answered")
    both_see("已答复")
    press("carried", menu=True)
    both_see("结转下次")
    press("merge", "经费从哪里出", menu=True)
    press("merge-here")
    author.locator('[data-tab="mine"]').click()
    merged = author.locator("[data-posts] .post", has=author.get_by_text("已合并", exact=True))
    expect(merged.locator(".post-body")).to_have_text("经费从哪里出")
    expect(merged.locator('[data-part="into"]')).to_contain_text("名册没有更新")
    expect(reader.locator("[data-posts] .post")).to_have_count(1)
