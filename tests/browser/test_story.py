"""The main job in one go: schedule, hand in, hold the meeting, find it years later.

Four browsers at once: the organiser's laptop, a member's laptop, another township's phone, and the
projector of the hall; real files, the real worker, the real conversion.
"""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from board.models import Post
from meetings.models import Meeting, Series
from tests.processes import wait_until
from tests.uploads.processing.builders import corpus, need_converter
from townships.models import AuditRow
from uploads.models import Material, Version

from .board import bodies, card, open_room, write
from .pages import assert_accessible

pytestmark = pytest.mark.timeout(300)
LONG = 90_000
# The page draws its list anew as pictures come, so it is asked as a whole.
ALL_SHOWN = """() => {
    const pictures = [...document.querySelectorAll("#slot-live .slides li img")];
    pictures.at(-1)?.scrollIntoView();
    return pictures.length && pictures.every((picture) => picture.naturalWidth > 100);
}"""


# What the page says of the progress while the pictures are made.
LISTEN = """() => {
    window.progress = [];
    new MutationObserver(() => {
        const words = document.querySelector("#slot-live .progress-text span:last-child");
        if (words) window.progress.push(words.textContent.trim());
    }).observe(document.getElementById("slot-live").parentElement,
               { subtree: true, childList: true, characterData: true });
}"""


def confirm(page: Page) -> None:
    """Say yes in the dialog that asks."""
    page.locator("dialog[open] button[value=yes]").click()


def submit(page: Page, address: str) -> None:
    """Press the button of the form that posts to the address, and confirm."""
    page.locator(f'form[action="{address}"] button').first.click()
    confirm(page)


def make_series(page: Page) -> Meeting:
    """The organiser makes a monthly series and from it the next meeting."""
    page.goto("/")
    assert_accessible(page)
    page.get_by_role("link", name="例会系列").first.click()
    page.locator(f'a[href="{reverse("meetings:create_series")}"]').first.click()
    day = (timezone.localdate() + dt.timedelta(days=14)).day
    page.fill('[name="name"]', "乡镇组织工作例会")
    page.fill('[name="day"]', str(day))
    page.select_option('[name="weekend"]', "stay")
    page.fill('[name="venue"]', "三楼会议室")
    expect(page.locator("#series-preview li")).to_have_count(6)
    assert_accessible(page)
    page.locator("#series-form button.primary").click()
    series = Series.objects.get()
    assert series.rule == f"FREQ=MONTHLY;BYMONTHDAY={day}" or str(day) in series.rule
    page.locator(f'form[action="{reverse("meetings:make_next", args=[series.pk])}"] button').click()
    page.wait_for_url("**/agenda/")
    return Meeting.objects.get()


def set_agenda(page: Page, meeting: Meeting, townships: list) -> None:
    """A talk by the county, then a presentation of each township; announced to all."""
    page.select_option('#add [name="kind"]', "discussion")
    page.fill('#add [name="title"]', "上月问题回头看")
    page.locator("#add button.primary").click()
    expect(page.locator(".agenda-editor > li")).to_have_count(1)
    for town in townships:
        page.locator(f'#several input[value="{town.pk}"]').check()
    page.locator("#several button").click()
    expect(page.locator(".agenda-editor > li")).to_have_count(1 + len(townships))
    assert_accessible(page)
    submit(page, reverse("meetings:announce", args=[meeting.pk]))
    page.wait_for_url(f"**/meetings/{meeting.pk}/")
    assert Meeting.objects.get().status == "announced"


def hand_in(page: Page, label: str, file: Path, pages: int) -> Material:
    """From "what we owe" to the pictures of the pages, with progress on the way."""
    page.goto("/")
    owed = page.locator("section", has=page.locator("#owed-title")).get_by_role(
        "link", name=label, exact=True
    )
    owed.first.click()
    before = page.url
    assert_accessible(page)
    page.evaluate(LISTEN)
    page.locator("#file").set_input_files(file)
    thumbs = page.locator("#slot-live .slides li img")
    expect(thumbs).to_have_count(pages, timeout=LONG)
    expect(page.locator("#slot-live a.button.primary")).to_be_visible(timeout=LONG)
    assert page.url == before
    if pages > 1:  # "slide k of n", told while it was made
        said = page.evaluate("window.progress")
        assert any(re.fullmatch(rf"\d+ / {pages}", words) for words in said), said
    wait_until(lambda: page.evaluate(ALL_SHOWN), 30)
    assert_accessible(page)
    kind = "deck" if file.suffix == ".pptx" else "manuscript"
    return Material.objects.get(kind=kind)


def look_at(page: Page, material: Material, words: str, notes: str = "") -> None:
    """The viewer: slides in order, words that can be selected, notes for the owner."""
    page.goto(reverse("material", args=[material.pk]))
    expect(page.locator("[data-text]")).to_contain_text(words)
    if notes:
        expect(page.locator("[data-notes]")).to_contain_text(notes)
    page.locator("[data-stage]").press("ArrowRight")
    if material.current.pages_total > 1:
        expect(page.locator("[data-number]")).to_have_text("2")
    assert_accessible(page)


def follows(cockpit: Page, followers: list[tuple[Page, str]], material: Material) -> None:
    """Every follower shows the slide the organiser steps to, without being reloaded."""
    ids = {page.number: page.pk for page in material.current.pages.all()}
    for press, number in ((None, 1), ("PageDown", 2), ("PageUp", 1), ("PageDown", 2)):
        if press:
            cockpit.keyboard.press(press)
        for page, where in followers:
            picture = re.compile(f"/pages/{ids[number]}/")
            expect(page.locator(where)).to_have_attribute("src", picture, timeout=15_000)


def nobody_else_sees(page: Page, deck: Material) -> list[int]:
    """What another township gets at the addresses of a deck: the viewer's, and a picture's."""
    thumb = reverse("page_thumb", args=[deck.current.pages.first().pk])
    viewer = reverse("material", args=[deck.pk])
    return [page.request.get(address).status for address in (viewer, thumb)]


def prepare(host: Page, laptop: Page, townships: list) -> tuple[Meeting, Material]:
    """Scheduled, announced, and a township's deck and manuscript handed in and looked at."""
    meeting = make_series(host)
    set_agenda(host, meeting, townships)
    deck = hand_in(laptop, "演示文稿", corpus("decks", "SampleShow.pptx"), 2)
    paper = hand_in(laptop, "文稿", corpus("manuscripts", "sample.docx"), 1)
    look_at(laptop, deck, "italic green", "I am the notes of the first slide")
    look_at(laptop, paper, "Lorem ipsum")
    original = laptop.request.get(reverse("version_original", args=[deck.current_id]))
    assert original.body() == corpus("decks", "SampleShow.pptx").read_bytes()
    look_at(host, deck, "italic green")
    return meeting, deck


def open_the_meeting(host: Page, meeting: Meeting, others: list[tuple[Page, str]]) -> None:
    """The organiser opens it; everybody is in the room."""
    host.goto(reverse("meetings:detail", args=[meeting.pk]))
    submit(host, reverse("meetings:open", args=[meeting.pk]))
    host.wait_for_url("**/cockpit/")
    for page, kind in others:
        open_room(page, meeting, kind)
    open_room(host, meeting, "cockpit")
    host.locator("[data-decks] [data-deck]").first.click()


def talk(phone: Page, laptop: Page, host: Page) -> None:
    """A problem, a practice and a question, on every board in the same order; one is supported."""
    write(phone, "problem", "流动党员外出半年联系不上")
    write(laptop, "practice", "一人一档，每季度走访")
    write(phone, "question", "走访的經費從哪裡來")
    texts = ["走访的經費從哪裡來", "一人一档，每季度走访", "流动党员外出半年联系不上"]
    for page in (laptop, phone, host):
        expect(page.locator("[data-posts] .post")).to_have_count(3)
        expect(page.locator("[data-posts] .post.is-waiting")).to_have_count(0)
        assert bodies(page) == texts
    card(laptop, "联系不上").locator('[data-act="support"]').click()
    expect(card(phone, "联系不上").locator("[data-count]")).to_contain_text("1")


def close_the_meeting(host: Page, phone: Page, meeting: Meeting) -> None:
    """From then on nothing can be written, by the page or past it."""
    host.locator('[name="action"][value="close"]').click()
    confirm(host)
    expect(phone.locator("[data-when-closed]")).to_be_visible()
    expect(phone.locator("[data-openers]")).to_be_hidden()
    assert Meeting.objects.get().status == "closed"
    token = phone.locator('meta[name="csrf-token"]').get_attribute("content")
    refused = phone.request.post(
        f"/api/v1/meetings/{meeting.pk}/posts",
        data={"kind": "problem", "body": "迟到的", "client_id": "late"},
        headers={"X-CSRFToken": token or ""},
    )
    assert (refused.status, refused.json()["code"]) == (409, "meeting_closed")
    assert Post.objects.count() == 3


def test_a_month_from_the_schedule_to_the_archive(
    browser, worker, organiser, member, other_member, townships
):
    need_converter()
    host, laptop = browser(organiser), browser(member)
    phone, hall = browser(other_member, "phone"), browser(organiser, "projector")
    meeting, deck = prepare(host, laptop, townships)
    assert nobody_else_sees(phone, deck) == [404, 404]

    rooms = [(laptop, "room"), (phone, "room"), (hall, "projector")]
    open_the_meeting(host, meeting, rooms)
    assert nobody_else_sees(phone, deck) == [200, 200]
    slide = '[data-stage="picture"]'
    follows(host, [(laptop, slide), (phone, slide), (hall, "[data-front]")], deck)
    for page in (host, hall, phone):
        assert_accessible(page)

    talk(phone, laptop, host)
    close_the_meeting(host, phone, meeting)
    search_in_the_archive(phone, meeting, deck)
    assert Version.objects.filter(state="ready").count() == 2
    assert set(AuditRow.objects.values_list("action", flat=True)) >= {
        "meeting.announced", "meeting.opened", "meeting.closed", "material.received",
        "material.ready", "post.added", "support.changed",
    }  # fmt: skip


def search_in_the_archive(page: Page, meeting: Meeting, deck: Material) -> None:
    """A word finds its slide and its entry, in either script, and the hit leads there."""
    page.goto("/archive/")
    assert_accessible(page)
    page.get_by_role("link", name=meeting.title).first.click()
    expect(page.locator(".post")).to_have_count(3)
    assert_accessible(page)
    for typed, found in (
        ("聯繫不上", "联系不上"),
        ("经费从哪里来", "經費從哪裡來"),
        ("italic green", "green|italic"),
    ):
        hits = page.locator(".hit")
        for _ in range(20):
            page.goto(f"/search/?q={typed}")
            if hits.count():
                break
            page.wait_for_timeout(500)
        expect(hits.first.locator("mark").first).to_have_text(re.compile(found, re.IGNORECASE))
    assert_accessible(page)
    page.locator(".hit a").first.click()
    page.wait_for_url(f"**/materials/{deck.pk}/?page=*")
