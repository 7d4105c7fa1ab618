"""The organiser plans a month in the browser: next meeting in one click, agenda dragged and moved
by keys with running times, a swap between townships, the notice confirmed."""

import datetime as dt

from playwright.sync_api import Page

from meetings import services
from meetings.models import AgendaItem, Meeting, NoticeReceipt, Series, Turn
from townships.actors import Actor
from townships.models import Township

from ..processes import Server
from .pages import Browsers, assert_accessible


def monthly(organiser: Actor) -> Series:
    return services.create_series(
        actor=organiser,
        name="每月例会",
        rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on=dt.date(2026, 1, 1),
        time=dt.time(9, 0),
        minutes=30,
        weekend="before",
    )


def last_meeting(organiser: Actor, series: Series, towns: list[Township]) -> Meeting:
    meeting = services.create_meeting_from_series(actor=organiser, series_id=series.pk)
    add = {"actor": organiser, "meeting_id": meeting.pk}
    services.add_item(**add, kind="other", title="签到", minutes=5)
    for number, town in enumerate(towns[:2]):
        services.add_item(
            **add, kind="presentation", title=f"做法{number}", township_id=town.pk, minutes=10,
            expects_deck=True,
        )  # fmt: skip
    return meeting


def all_are_chosen_with_one_box(page: Page, many: int) -> None:
    chosen = page.locator("#several input[name=towns]")
    page.get_by_label("所有乡镇").check()
    assert [box.is_checked() for box in chosen.all()] == [True] * many
    chosen.first.uncheck()
    assert not page.get_by_label("所有乡镇").is_checked()


def test_a_month_is_planned(
    browser: Browsers,
    daphne_server: Server,
    organiser: Actor,
    member: Actor,
    other_member: Actor,
    townships: list[Township],
) -> None:
    series = monthly(organiser)
    last_meeting(organiser, series, townships)
    page = browser(organiser)
    page.goto(f"{daphne_server.url}/series/")
    page.get_by_role("button", name="建立下次例会").first.click()
    page.wait_for_url("**/agenda/")
    made = Meeting.objects.filter(series=series).latest("starts_at")
    presenting = made.agenda.filter(kind="presentation").values_list("township__name", flat=True)
    assert list(presenting) == [townships[2].name, townships[0].name]

    rows = page.locator("#agenda-items > li")
    times = page.locator("[data-starts]")
    assert times.all_text_contents() == ["09:00", "09:05", "09:15"]
    first, last = rows.nth(0).get_attribute("data-id"), rows.nth(2).get_attribute("data-id")
    rows.nth(0).locator(".agenda-handle").focus()
    page.keyboard.press("ArrowDown")
    assert rows.nth(1).get_attribute("data-id") == first
    assert times.all_text_contents() == ["09:00", "09:10", "09:15"]
    page.wait_for_function("document.getElementById('agenda-said').textContent.includes('09:10')")

    handle, target = rows.nth(2).locator(".agenda-handle"), rows.nth(0)
    start, end = handle.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, end["y"] + 40, steps=5)
    page.mouse.move(start["x"] + 5, end["y"] + 2, steps=5)
    with page.expect_response("**/api/v1/agenda/**"):
        page.mouse.up()
    assert rows.nth(0).get_attribute("data-id") == last

    with page.expect_response("**/api/v1/agenda/**"):
        rows.nth(0).locator("input.minutes").fill("25")
        rows.nth(0).locator("input.minutes").press("Tab")
    page.locator("#agenda-over").wait_for(state="visible")
    assert times.all_text_contents() == ["09:00", "09:25", "09:35"]
    order = AgendaItem.objects.filter(meeting=made).order_by("position")
    assert str(order[0].pk) == last
    assert order[0].minutes == 25
    assert_accessible(page)
    all_are_chosen_with_one_box(page, len(townships))
    page.reload()
    assert page.locator("[data-starts]").all_text_contents() == ["09:00", "09:25", "09:35"]

    services.announce_meeting(actor=organiser, meeting_id=made.pk)
    phone = browser(member, "phone")
    phone.goto(daphne_server.url)
    phone.get_by_role("button", name="收到").click()
    phone.get_by_text("已确认收到通知").wait_for()
    assert NoticeReceipt.objects.get().township == townships[0]
    assert_accessible(phone)


def test_two_townships_swap_their_turns(
    browser: Browsers,
    daphne_server: Server,
    organiser: Actor,
    member: Actor,
    other_member: Actor,
    townships: list[Township],
) -> None:
    series = monthly(organiser)
    services.plan_turns(actor=organiser, series_id=series.pk, each=1, days=2)
    days = list(Turn.objects.order_by("day").values_list("day", flat=True))
    page = browser(member, "phone")
    page.goto(f"{daphne_server.url}/series/{series.pk}/roster/")
    page.get_by_label("原因").fill("抗旱")
    page.get_by_role("button", name="发出申请").click()
    page.get_by_text("已向白沙乡提出申请").wait_for()
    assert_accessible(page)

    other = browser(other_member, "phone")
    other.goto(daphne_server.url)
    other.get_by_role("button", name="同意", exact=True).click()
    other.get_by_text("轮次已对调").wait_for()
    found = Turn.objects.order_by("day").values_list("day", "township__name")
    assert list(found) == [(days[0], "白沙乡"), (days[1], "青石镇")]
