"""Votes on phones, in the cockpit and in the hall: secret ones, and those of single persons."""

import pytest
from playwright.sync_api import Page, expect

from board.models import Vote
from tests.people import make_person

from .board import open_room
from .pages import assert_accessible


def start(cockpit: Page, question: str, by: str, secret: bool = False) -> None:
    """The host writes a vote and starts it."""
    cockpit.locator("#pane-tab-polls").click()
    form = cockpit.locator("[data-poll-form]")
    if not form.is_visible():
        cockpit.locator("[data-poll-new] > summary").click()
    form.locator("[name=question]").fill(question)
    form.locator("label", has_text=by).click()
    form.locator("[name=secret]").set_checked(secret)
    form.locator("[data-poll-start]").click()


def choose(phone: Page, at: int) -> None:
    phone.locator("[data-polls] [data-vote]").nth(at).click()


@pytest.fixture
def rooms(browser, county, township, member, other_member, organiser, live_meeting):
    """The cockpit, the hall, two phones of one township and one of another."""
    beside = make_person(county, "member", "beside", township, name="青石副书记")
    phones = [
        open_room(browser(actor, "phone"), live_meeting) for actor in (member, beside, other_member)
    ]
    hall = open_room(browser(organiser, "projector"), live_meeting, "projector")
    return open_room(browser(organiser), live_meeting, "cockpit"), hall, phones


def test_a_secret_vote_tells_only_how_many_until_it_ends(rooms):
    """Nobody sees a count while it is open, neither host nor hall; afterwards all do, and nobody whose it was."""
    cockpit, hall, (first, second, third) = rooms
    start(cockpit, "是否同意评优名单？", "每人一票", secret=True)
    expect(hall.locator("[data-poll-question]")).to_have_text("是否同意评优名单？")
    expect(first.locator("[data-polls]")).to_contain_text("不能更改")
    for phone, at in ((first, 0), (second, 0), (third, 1)):
        choose(phone, at)
        expect(phone.locator("[data-polls]")).to_contain_text("您已投票")
        expect(phone.locator("[data-polls] [data-vote]").first).to_be_disabled()
    host = cockpit.locator("#pane-polls .poll").first
    expect(host.locator('[data-part="facts"]')).to_contain_text("3 票")
    for page in (cockpit, hall, first):
        counts = page.locator('.poll-votes, [data-part="votes"]')
        assert not [words for words in counts.all_inner_texts() if words]
    expect(host.locator('[data-poll="who"]')).to_be_hidden()
    assert_accessible(first)
    host.locator('[data-poll="closed"]').click()
    expect(host.locator(".poll-option").first).to_contain_text("2 · 67%")
    expect(hall.locator("[data-poll-options] li").first).to_contain_text("2 · 67%")
    expect(first.locator(".poll-option").nth(1)).to_contain_text("1 · 33%")
    expect(host.locator(".poll-bar").first).to_have_attribute("style", "--share: 67%;")
    expect(host.locator('[data-poll="who"]')).to_be_hidden()
    assert not Vote.objects.filter(option__isnull=False).exists()
    assert_accessible(cockpit)


def test_two_of_a_township_vote_each_for_themselves_and_may_change_it(rooms):
    cockpit, hall, (first, second, third) = rooms
    start(cockpit, "下次在哪里开？", "每人一票")
    expect(first.locator("[data-polls]")).to_contain_text("每人一票")
    choose(first, 0)
    choose(second, 1)
    choose(third, 1)
    host = cockpit.locator("#pane-polls .poll").first
    expect(host.locator(".poll-option").nth(1)).to_contain_text("2 · 67%")
    choose(second, 0)
    expect(host.locator(".poll-option").first).to_contain_text("2 · 67%")
    expect(hall.locator("[data-poll-options] li").first).to_contain_text("2 · 67%")
    choose(second, 0)  # pressed again: taken back
    expect(host.locator(".poll-option").first).to_contain_text("1 · 50%")
    host.locator('[data-poll="who"]').click()
    ballot = cockpit.locator("#ballot-dialog")
    expect(ballot.locator("li")).to_have_count(2)
    expect(ballot).to_contain_text("青石委员")
    expect(ballot).to_contain_text("白沙委员")
    expect(ballot).not_to_contain_text("青石副书记")
    assert_accessible(cockpit)
