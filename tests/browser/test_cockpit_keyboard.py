"""Everything by keyboard: the host's moderating and check-in, a reader's slides, entries and replies.

After each act the focus is on something that is still there: never lost to the top of the page.
"""

import uuid

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from board import services
from board.models import Post, Support
from meetings.models import Attendance
from tests.processes import wait_until

from .board import card, make_deck, open_room, tab_to
from .pages import assert_accessible

FOCUS = """() => {
    const now = document.activeElement;
    return now && now !== document.body && now.checkVisibility()
        ? now.dataset.act ?? now.getAttribute("aria-label") ?? now.textContent.trim() : "";
}"""


def expect_focus(page: Page, words: str) -> None:
    """What has the focus is there to be seen and is called so."""
    page.wait_for_function(f"words => ({FOCUS})() === words", arg=words)


def put(actor, meeting, body: str) -> Post:
    cache.clear()
    return services.add_post(
        actor=actor,
        meeting_id=meeting.pk,
        kind="problem",
        body=body,
        client_id=uuid.uuid4().hex,
    )


def press_in_menu(page: Page, text: str, act: str) -> None:
    """Open the entry's menu and choose, by Tab and Enter."""
    post = card(page, text)
    number = post.evaluate("card => [...card.parentElement.children].indexOf(card) + 1")
    tab_to(page, f".post:nth-child({number}) details.menu > summary")
    page.keyboard.press("Enter")
    tab_to(page, f'.post:nth-child({number}) [data-act="{act}"]')
    page.keyboard.press("Enter")


def take_back(page: Page) -> None:
    """Undo what was done last, while its message offers it."""
    offer = page.locator("#toasts button")
    expect(offer).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(offer).to_have_count(0)


@pytest.fixture
def cockpit(browser, organiser, member, other_member, live_meeting) -> Page:
    for body in ("登记表更新不及时", "名册去年就没换过", "积分怎么兑换"):
        put(member, live_meeting, body)
    return open_room(browser(organiser), live_meeting, "cockpit")


def test_the_host_moderates_without_a_mouse(cockpit, live_meeting):
    posts = {post.body: post.pk for post in Post.objects.all()}

    def now(body: str) -> Post:
        return Post.objects.get(pk=posts[body])

    press_in_menu(cockpit, "积分怎么兑换", "hide")
    wait_until(lambda: now("积分怎么兑换").hidden_at)
    expect_focus(cockpit, "更多")
    take_back(cockpit)
    wait_until(lambda: not now("积分怎么兑换").hidden_at)
    expect_focus(cockpit, "更多")

    press_in_menu(cockpit, "名册去年就没换过", "merge")
    expect_focus(cockpit, "merge-here")
    focused = cockpit.locator('.post:has([data-act="merge-here"]:focus)')
    expect(focused).to_contain_text("登记表更新不及时")
    cockpit.keyboard.press("Enter")
    wait_until(lambda: now("名册去年就没换过").merged_into_id == posts["登记表更新不及时"])
    expect(cockpit.locator(".post")).to_have_count(2)
    expect(cockpit.locator(".post").filter(has=cockpit.locator(":focus"))).to_contain_text(
        "登记表更新不及时"
    )
    take_back(cockpit)
    expect(cockpit.locator(".post")).to_have_count(3)

    press_in_menu(cockpit, "登记表更新不及时", "assign")
    tab_to(cockpit, "#assign-user")
    cockpit.keyboard.type("青石委员")
    tab_to(cockpit, "#assign-due")
    for _ in range(3):  # year, month and day, in the browser's own order
        cockpit.keyboard.press("ArrowUp")
        cockpit.keyboard.press("ArrowRight")
    due = cockpit.locator("#assign-due").input_value()
    tab_to(cockpit, "#assign-dialog button.primary")
    cockpit.keyboard.press("Enter")
    expect(card(cockpit, "登记表更新不及时").locator('[data-part="case"]')).to_contain_text(
        "青石委员"
    )
    assert due
    assert str(now("登记表更新不及时").case.due) == due
    expect_focus(cockpit, "更多")

    tab_to(cockpit, '.post:nth-child(3) [data-act="screen"]')
    cockpit.keyboard.press("Enter")
    wait_until(lambda: now("登记表更新不及时").status == Post.Status.ON_SCREEN)
    expect(cockpit.locator(".post").first).to_contain_text("登记表更新不及时")  # it moved up
    expect_focus(cockpit, "screen")
    expect(cockpit.locator("#toasts > :last-child")).to_contain_text("已上大屏")
    tab_to(cockpit, "#toasts > :last-child button")
    cockpit.keyboard.press("Enter")
    wait_until(lambda: now("登记表更新不及时").status == Post.Status.WAITING)
    expect_focus(cockpit, "更多")  # of the last entry, where it was before the message


def test_the_host_checks_people_in_without_a_mouse(cockpit, live_meeting):
    tab_to(cockpit, "#pane-tab-board")
    cockpit.keyboard.press("End")
    expect(cockpit.locator("#pane-people")).to_be_visible()
    tab_to(cockpit, "[data-came]")
    cockpit.keyboard.press("Space")
    wait_until(lambda: Attendance.objects.filter(meeting=live_meeting).count() == 1)
    expect(cockpit.locator("[data-people-sum]")).to_have_text("应到 2 人，已到 1 人")
    expect(cockpit.locator("[data-came]").first).to_be_focused()


def test_a_reader_looks_around_writes_and_answers_without_a_mouse(
    browser, organiser, member, other_member, live_meeting, other_township
):
    """Browse the slides, follow again, write, support, answer."""
    put(other_member, live_meeting, "培训场地不足")
    make_deck(live_meeting, other_township)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    tab_to(cockpit, "[data-decks] [data-deck]")
    cockpit.keyboard.press("Enter")
    room = open_room(browser(member), live_meeting)
    tab_to(room, '[data-slide="next"]')
    room.keyboard.press("Enter")
    expect(room.locator('[data-stage="outline"]')).to_have_text("第2页正文")
    room.keyboard.press("Shift+Tab")
    tab_to(room, '[data-slide="follow"]', back=True)
    room.keyboard.press("Enter")
    expect(room.locator('[data-stage="outline"]')).to_have_text("第1页正文")
    expect(room.locator('[data-slide="follow"]')).to_be_hidden()
    expect(room.locator("[data-stage-root] :focus")).to_have_count(1)

    tab_to(room, '[data-compose="practice"]')
    room.keyboard.press("Enter")
    room.keyboard.type("借用党校的教室")
    room.keyboard.press("Control+Enter")
    expect(card(cockpit, "借用党校的教室")).to_have_count(1)
    expect(room.locator(".openers :focus")).to_have_count(1)

    number = card(room, "培训场地不足").evaluate(
        "card => [...card.parentElement.children].indexOf(card) + 1"
    )
    tab_to(room, f'.post:nth-child({number}) [data-act="support"]', back=True)
    room.keyboard.press("Enter")
    wait_until(lambda: Support.objects.filter(post__body="培训场地不足").count() == 1)
    expect_focus(room, "support")
    tab_to(room, f'.post:nth-child({number}) [data-act="reply"]')
    room.keyboard.press("Enter")
    room.keyboard.type("党校可以借")
    room.keyboard.press("Control+Enter")
    expect(card(cockpit, "培训场地不足").locator(".replies")).to_contain_text("党校可以借")
    expect_focus(room, "reply")
    assert_accessible(room)
