"""Typing Chinese: Enter that chooses a word never sends."""

import uuid

from playwright.sync_api import expect

from board.models import Post
from board.models_live import Hand
from board.moderation import pin_post
from board.services import add_post

from .board import card, open_room, write


def test_enter_while_composing_does_not_send(browser, member, live_meeting):
    page = open_room(browser(member), live_meeting)
    page.locator('[data-compose="problem"]').click()
    field = page.locator("[data-composer] textarea")
    field.focus()
    session = page.context.new_cdp_session(page)
    session.send(
        "Input.imeSetComposition", {"text": "ming ce", "selectionStart": 7, "selectionEnd": 7}
    )
    for modifiers in (0, 2):  # plain Enter, and Ctrl+Enter, both of the input method
        for kind in ("rawKeyDown", "keyUp"):
            session.send(
                "Input.dispatchKeyEvent",
                {
                    "type": kind,
                    "key": "Enter",
                    "code": "Enter",
                    "windowsVirtualKeyCode": 229,
                    "modifiers": modifiers,
                },
            )
    page.wait_for_timeout(300)
    expect(page.locator("[data-composer]")).to_be_visible()
    assert Post.objects.count() == 0
    session.send("Input.insertText", {"text": "名册"})
    expect(field).to_have_value("名册")
    field.press("Enter")
    page.wait_for_timeout(200)
    assert Post.objects.count() == 0  # a new line, not a send
    field.fill("名册半年没有更新")
    field.press("Control+Enter")
    expect(card(page, "名册半年没有更新")).to_have_count(1)
    expect(page.locator(".is-waiting")).to_have_count(0)
    assert [post.body for post in Post.objects.all()] == ["名册半年没有更新"]


def test_pressing_send_twice_sends_once_and_raises_no_hand(browser, member, live_meeting):
    """On a phone "Raise hand" comes to lie where "Send" just was."""
    page = open_room(browser(member, viewport="phone"), live_meeting)
    page.locator('[data-compose="problem"]').click()
    page.locator("[data-composer] textarea").fill("两本台账对不上")
    page.locator("[data-send]").dblclick()
    expect(card(page, "两本台账对不上")).to_have_count(1)
    expect(page.locator(".is-waiting")).to_have_count(0)
    assert Post.objects.count() == 1
    expect(page.locator("[data-hand]")).to_have_attribute("aria-pressed", "false")
    assert not Hand.objects.exists()
    page.wait_for_timeout(500)
    page.locator("[data-hand]").click()
    expect(page.locator("[data-hand]")).to_have_attribute("aria-pressed", "true")


def test_what_was_sent_is_shown_where_the_sender_looks(browser, member, organiser, live_meeting):
    """Pinned entries fill the top of a small board; one's own would stand out of sight below them."""
    for number in range(8):
        post = add_post(
            actor=organiser,
            meeting_id=live_meeting.pk,
            kind="problem",
            body=f"{number}：各镇台账格式不一，核对一次要两天",
            client_id=str(uuid.uuid4()),
        )
        pin_post(actor=organiser, post_id=post.pk, pinned=True)
    page = open_room(browser(member, viewport="phone"), live_meeting)
    write(page, "problem", "名册半年没有更新")
    expect(card(page, "名册半年没有更新")).to_be_in_viewport()
