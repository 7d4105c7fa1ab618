"""What is half-written survives a reload: an entry with all its choices, a change of one, replies."""

from playwright.sync_api import expect

from board import services
from board.categories import add_default_categories
from board.models import Post, Reply
from tests.processes import wait_until

from .board import LIVE, card, make_deck, open_room, write


def reload(page):
    page.reload()
    page.locator(LIVE).wait_for(state="attached")


def test_an_entry_keeps_its_kind_its_category_and_whether_it_is_about_the_slide(
    browser, member, organiser, county, live_meeting, township
):
    make_deck(live_meeting, township)
    add_default_categories(actor=organiser, county=county)
    cockpit = open_room(browser(organiser), live_meeting, "cockpit")
    cockpit.locator("[data-decks] [data-deck]").click()
    phone = open_room(browser(member, "phone"), live_meeting)
    composer = phone.locator("[data-composer]")
    phone.locator('[data-compose="problem"]').click()
    composer.locator("textarea").fill("还没写完")
    composer.locator("label", has_text="做法").click()
    composer.locator("select").select_option(label="组织建设")
    composer.get_by_label("关于第 1 页").uncheck()
    reload(phone)
    expect(composer.locator("textarea")).to_have_value("还没写完")
    expect(composer.locator('[value="practice"]')).to_be_checked()
    expect(composer.locator("select option:checked")).to_have_text("组织建设")
    expect(composer.get_by_label("关于第 1 页")).not_to_be_checked()
    composer.locator("button.primary").click()
    expect(card(phone, "还没写完").locator('[data-part="category"]')).to_contain_text("组织建设")
    entry = Post.objects.select_related("category").get()
    assert (entry.kind, entry.category.name, entry.page_id) == ("practice", "组织建设", None)
    reload(phone)
    expect(composer).to_be_hidden()
    phone.locator('[data-compose="question"]').click()
    expect(composer.locator("textarea")).to_have_value("")
    expect(composer.get_by_label("关于第 1 页")).to_be_checked()


def test_a_change_of_an_entry_goes_on_as_a_change(browser, member, live_meeting):
    """The entry that was begun besides waits for its turn, and a change given up leaves nothing."""
    phone = open_room(browser(member, "phone"), live_meeting)
    composer = phone.locator("[data-composer]")
    write(phone, "problem", "名册没有更新")
    phone.locator('[data-compose="question"]').click()
    composer.locator("textarea").fill("另一句，写了一半")
    composer.locator("[data-cancel]").click()
    card(phone, "名册没有更新").locator('[data-act="edit"]').click()
    expect(composer.locator("textarea")).to_have_value("名册没有更新")
    composer.locator("textarea").fill("名册半年没有更新")
    reload(phone)
    expect(composer.locator("textarea")).to_have_value("名册半年没有更新")
    composer.get_by_role("button", name="保存").click()
    expect(card(phone, "名册半年没有更新")).to_have_count(1)
    assert Post.objects.get().body == "名册半年没有更新"
    card(phone, "名册半年没有更新").locator('[data-act="edit"]').click()
    composer.locator("textarea").fill("不改了")
    composer.locator("[data-cancel]").click()
    reload(phone)
    expect(composer.locator("textarea")).to_have_value("另一句，写了一半")
    composer.locator("[data-cancel]").click()
    expect(card(phone, "名册半年没有更新")).to_have_count(1)


def test_replies_stay_with_their_entries(browser, member, other_member, live_meeting):
    """Over a reload and over another tab of the board; what was sent or given up is gone."""
    for number, body in enumerate(("第一条", "第二条", "第三条")):
        services.add_post(
            actor=other_member,
            meeting_id=live_meeting.pk,
            kind="problem",
            body=body,
            client_id=f"entry-{number}",
        )
    phone = open_room(browser(member, "phone"), live_meeting)

    def field(body):
        return card(phone, body).locator("[data-reply-form] textarea")

    for body in ("第一条", "第二条", "第三条"):
        card(phone, body).locator('[data-act="reply"]').click()
        field(body).fill(f"答{body}")
    card(phone, "第三条").locator('[data-act="reply-cancel"]').click()
    phone.locator('[data-tab="question"]').click()
    expect(card(phone, "第一条")).to_have_count(0)
    phone.locator('[data-tab="all"]').click()
    expect(field("第二条")).to_have_value("答第二条")
    reload(phone)
    expect(field("第一条")).to_have_value("答第一条")
    expect(field("第三条")).to_be_hidden()
    field("第二条").press("Control+Enter")
    expect(card(phone, "第二条").locator(".replies li")).to_have_count(1)
    wait_until(lambda: Reply.objects.filter(body="答第二条").count() == 1)
    reload(phone)
    expect(field("第二条")).to_be_hidden()
    expect(field("第一条")).to_have_value("答第一条")
    assert Reply.objects.count() == 1
