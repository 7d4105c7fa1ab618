"""A whole meeting, in Chinese: a host, the hall's screen without a sign-in, four phones; one of them
is without network for a part of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from board.models import Hand, Poll, Post, Support, Vote
from meetings.models import Meeting
from tests.people import make_item, make_person
from tests.processes import wait_until
from townships.actors import NOBODY

from .board import LIVE, bodies, card, make_deck, open_room, tab_to, write
from .pages import assert_accessible

SLIDE = '[data-stage="outline"]'
HALL = "[data-outline-title]"
FOLLOWED = "大屏已跟上（1 块）"


@pytest.fixture
def third_member(county, townships):
    return make_person(county, "member", "third", townships[2], "柳河")


@pytest.fixture
def deck(meeting, township, other_township):
    """Two townships on the agenda, both with a deck."""
    first = make_item(meeting, township, title="多媒体演示：志愿者名册", minutes=12)
    make_item(meeting, other_township, title="多媒体演示：村干部考核", minutes=12)
    make_deck(meeting, other_township)
    first.deck = make_deck(meeting, township)
    return first.deck


def pane(cockpit: Page, name: str) -> None:
    """One of the host's panes: board, queue, polls, people."""
    cockpit.locator(f"#pane-tab-{name}").click()


def press(cockpit: Page, words: str) -> None:
    """A button that asks first, and its answer."""
    cockpit.get_by_role("button", name=words, exact=True).click()
    cockpit.locator("dialog[open] .button", has_text=words).click()


def pair(browser, cockpit: Page) -> tuple[Page, str]:
    """The hall's computer opens the link of the cockpit; nobody signs in there."""
    cockpit.locator('[data-dialog="link-dialog"]').click()
    cockpit.locator("[data-link-new]").click()
    address = cockpit.locator("[data-link-address]")
    expect(address).to_contain_text("/screen/")
    assert_accessible(cockpit)
    cockpit.keyboard.press("Escape")
    link = address.text_content() or ""
    return open_hall(browser, link), link


def open_hall(browser, link: str) -> Page:
    hall = browser(NOBODY, "projector")
    hall.goto(link)
    hall.locator(LIVE).wait_for(state="attached")
    return hall


@pytest.mark.timeout(240)
def test_a_whole_meeting(
    browser, organiser, member, other_member, third_member, observer, meeting, deck
):
    phones = [
        open_room(browser(actor, "phone"), meeting)
        for actor in (member, other_member, third_member, observer)
    ]
    first, second, third, _ = phones
    for phone in phones:
        expect(phone.locator("html")).to_have_attribute("lang", "zh-Hans")
        expect(phone.locator('[data-stage="note"]')).to_contain_text("例会尚未开始")
    write(first, "problem", "会前收集：名册更新太慢")
    cockpit = open_room(browser(organiser), meeting, "cockpit")
    hall, link = pair(browser, cockpit)

    press(cockpit, "开始例会")
    expect(hall.locator('[data-view="join"]')).to_be_visible()
    expect(cockpit.locator("[data-hall]")).to_have_text(FOLLOWED)
    present(cockpit, hall, phones)
    speak(cockpit, hall, first, second)
    without_network(cockpit, hall, phones, browser)
    vote(cockpit, hall, phones)
    two_devices(browser, member, first)
    hall = restart(browser, cockpit, hall, link)

    for page in (*phones, cockpit, hall):
        assert_accessible(page)
    press(cockpit, "结束例会")
    expect(hall.locator('[data-view="closed"]')).to_be_visible()
    for phone in phones:
        expect(phone.locator("[data-when-closed]")).to_be_visible()
    assert bodies(first) == bodies(third)
    ended = Meeting.objects.get(pk=meeting.pk)
    assert (ended.status, ended.screen_key) == ("closed", "")
    assert {item.resumed_at for item in meeting.agenda.all()} == {None}
    assert not Hand.objects.filter(state__in=Hand.OPEN).exists()


def present(cockpit: Page, hall: Page, phones: list[Page]) -> None:
    """The host starts the agenda and shows a deck: all see the same slide, the clicker turns it."""
    cockpit.locator('[data-item-step="1"]').click()
    expect(hall.locator("[data-speaker]")).to_have_text("青石镇")
    expect(hall.locator("[data-timer]")).to_contain_text("1")
    cockpit.locator("[data-decks] [data-deck]").first.click()
    for phone in phones:
        expect(phone.locator(SLIDE)).to_have_text("第1页正文")
    cockpit.keyboard.press("PageDown")
    expect(hall.locator(HALL)).to_have_text("第2页标题")
    for phone in phones:
        expect(phone.locator(SLIDE)).to_have_text("第2页正文")
    expect(cockpit.locator("[data-hall]")).to_have_text(FOLLOWED)
    expect(cockpit.locator("[data-notes]")).to_have_text("第2页讲稿")


def speak(cockpit: Page, hall: Page, first: Page, second: Page) -> None:
    """Two raise their hands; the host calls up the first, who is named in the hall."""
    first.locator("[data-hand]").click()
    expect(first.locator("[data-hand]")).to_have_attribute("aria-pressed", "true")
    second.locator("[data-hand]").click()
    expect(second.locator("[data-who]")).to_have_text("您已举手，排在第 2 位")
    pane(cockpit, "queue")
    waiting = cockpit.locator("[data-turn-waiting] .turn-row")
    expect(waiting).to_have_count(2)
    assert_accessible(cockpit)
    waiting.first.locator("[data-hand-call]").click()
    expect(hall.locator("[data-topic]")).to_have_text("正在发言")
    expect(hall.locator("[data-speaker]")).to_contain_text("青石镇")
    expect(second.locator("[data-who]")).to_contain_text("正在发言：青石镇")
    expect(first.locator("[data-hand]")).to_contain_text("说完了")
    first.wait_for_timeout(1200)
    first.locator("[data-hand]").click()
    expect(cockpit.locator("[data-turn-times] li")).to_have_count(1)
    expect(cockpit.locator("[data-turn-times]")).to_contain_text("青石镇")
    second.locator("[data-hand]").click()
    expect(waiting).to_have_count(0)
    assert [hand.state for hand in Hand.objects.all()] == ["done", "withdrawn"]


def without_network(cockpit: Page, hall: Page, phones: list[Page], browser) -> None:
    """The second phone loses its network, writes all the same, and comes back to what it missed."""
    first, second, third, _ = phones
    browser.expect_errors(r"ERR_INTERNET_DISCONNECTED|WebSocket connection")
    second.context.set_offline(True)
    expect(second.locator("[data-connection]")).to_contain_text("已断网")
    write(second, "practice", "没有信号时写的：每月一核")
    expect(second.locator("[data-connection]")).to_contain_text("1")
    write(first, "problem", "后备干部不足")
    write(third, "question", "积分怎么兑换")
    cockpit.keyboard.press("PageDown")
    expect(hall.locator(HALL)).to_have_text("第4页标题")
    expect(card(third, "后备干部不足")).to_be_visible()
    assert "后备干部不足" not in " ".join(bodies(second))
    second.context.set_offline(False)
    expect(second.locator(LIVE)).to_be_attached(timeout=30_000)
    expect(second.locator(SLIDE)).to_have_text("第4页正文")
    expect(second.locator("[data-connection]")).to_have_text("已连接")
    for phone in phones:
        expect(phone.locator("[data-posts] .post")).to_have_count(4)
        expect(card(phone, "每月一核")).to_be_visible()
    orders = {tuple(bodies(phone)) for phone in phones}
    assert len(orders) == 1
    assert Post.objects.count() == 4


def vote(cockpit: Page, hall: Page, phones: list[Page]) -> None:
    """One vote for each township: on the phones, in the cockpit and in the hall, as it happens."""
    first, second, third, looker = phones
    pane(cockpit, "polls")
    form = cockpit.locator("[data-poll-form]")
    form.locator("[name=question]").fill("名册是否统一格式？")
    form.locator("[data-poll-start]").click()
    expect(hall.locator("[data-poll-question]")).to_have_text("名册是否统一格式？")
    first.locator("[data-polls] [data-vote]").first.click()
    second.locator("[data-polls] [data-vote]").nth(1).click()
    third.locator("[data-polls] [data-vote]").nth(1).click()
    expect(hall.locator(".hall-option").nth(1)).to_contain_text("2 · 67%")
    expect(hall.locator(".hall-option").nth(1)).to_contain_text("白沙乡")
    expect(looker.locator("[data-polls] .poll-option").first).to_contain_text("1 · 33%")
    expect(looker.locator("[data-polls] [data-vote]").first).to_be_disabled()
    third.locator("[data-polls] [data-vote]").first.click()
    expect(hall.locator(".hall-option").first).to_contain_text("2 · 67%")
    assert_accessible(cockpit)
    assert_accessible(hall)
    assert_accessible(third)
    cockpit.locator('[data-poll="closed"]').click()
    expect(first.locator("[data-polls] [data-vote]").first).to_be_disabled()
    assert Poll.objects.get().state == "closed"
    assert Vote.objects.count() == 3
    cockpit.locator('[data-poll="screen"]').click()
    expect(hall.locator(HALL)).to_have_text("第4页标题")
    expect(first.locator("[data-results]")).to_be_visible()


def two_devices(browser, member, first: Page) -> None:
    """What one device supports, the other shows at once."""
    tablet = browser(member, "laptop")
    tablet.goto(first.url)
    tablet.locator(LIVE).wait_for(state="attached")
    card(first, "每月一核").locator('[data-act="support"]').click()
    pressed = card(tablet, "每月一核").locator('[data-act="support"]')
    expect(pressed).to_have_attribute("aria-pressed", "true")
    tablet.context.close()


def restart(browser, cockpit: Page, hall: Page, link: str) -> Page:
    """The hall's computer is switched off and on: the host is warned, then the same slide is back."""
    hall.context.close()
    browser.contexts.remove(hall.context)
    expect(cockpit.locator("[data-hall]")).to_contain_text("没有大屏在跟随")
    cockpit.keyboard.press("PageUp")
    again = open_hall(browser, link)
    expect(again.locator(HALL)).to_have_text("第2页标题")
    expect(cockpit.locator("[data-hall]")).to_have_text(FOLLOWED)
    return again


def test_without_a_mouse(browser, organiser, member, live_meeting, township):
    """Raise a hand, vote, call up, start a vote, turn slides: all by keyboard."""
    make_deck(live_meeting, township)
    room = open_room(browser(member), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    tab_to(room, "[data-hand]")
    room.keyboard.press("Enter")
    expect(room.locator("[data-hand]")).to_have_attribute("aria-pressed", "true")
    tab_to(cockpit, "[data-deck]")
    cockpit.keyboard.press("Enter")
    expect(room.locator(SLIDE)).to_have_text("第1页正文")
    cockpit.keyboard.press("PageDown")
    expect(room.locator(SLIDE)).to_have_text("第2页正文")
    tab_to(cockpit, "#pane-tab-board")
    cockpit.keyboard.press("ArrowRight")
    expect(cockpit.locator("#pane-queue")).to_be_visible()
    tab_to(cockpit, "[data-hand-call]")
    cockpit.keyboard.press("Enter")
    expect(room.locator("[data-who]")).to_contain_text("正在发言")
    tab_to(cockpit, "#pane-tab-queue")
    cockpit.keyboard.press("ArrowRight")
    tab_to(cockpit, "[name=question]")
    cockpit.keyboard.type("PageDown b 会不会翻页？")
    cockpit.keyboard.press("Enter")
    expect(room.locator("[data-polls] .poll")).to_have_count(1)
    expect(room.locator(SLIDE)).to_be_hidden()  # the hall looks at the vote
    tab_to(room, "[data-polls] [data-vote]")
    room.keyboard.press("Enter")
    expect(cockpit.locator("#pane-polls .poll-option").first).to_contain_text(
        re.compile("1 · 100%")
    )
    assert_accessible(room)


def test_writing_supporting_and_moderating_without_a_mouse(
    browser, organiser, member, other_member, live_meeting
):
    """An entry is written, supported by another township, answered and put on screen: all by keyboard."""
    room = open_room(browser(member), live_meeting)
    other = open_room(browser(other_member), live_meeting)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    tab_to(room, '[data-compose="problem"]')
    room.keyboard.press("Enter")
    room.keyboard.type("村级后备干部不足")  # the focus went into the field
    room.keyboard.press("Control+Enter")
    expect(card(room, "村级后备干部不足")).to_have_count(1)
    expect(card(other, "村级后备干部不足")).to_have_count(1)
    tab_to(other, '.post [data-act="support"]')
    other.keyboard.press("Enter")
    wait_until(lambda: Support.objects.filter(post__meeting=live_meeting).count() == 1)
    tab_to(cockpit, '.post [data-act="screen"]')
    cockpit.keyboard.press("Enter")
    wait_until(lambda: Post.objects.get().status == Post.Status.ON_SCREEN)
