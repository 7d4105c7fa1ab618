"""Years later: from a word to the slide, to the question asked about it, to the case, to the practice
that solved it; then how far that practice went, and that nothing leaves by one person alone."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from archive.models import Disposal
from board.models import AdoptionStep, Case, CaseDiscussion, CaseStep, Category, Post, Reply
from tests.archive.material import add_deck, add_entry, index, month
from tests.people import make_meeting

from .pages import assert_accessible

pytestmark = pytest.mark.timeout(300)
SLIDES = [
    {"title": "志愿者名册", "text": "全镇登记志愿者三百一十二名"},
    {"title": "名册怎么更新", "text": "每季度走访一次，流动党员电话核对"},
]


@pytest.fixture
def history(transactional_db, county, townships):
    """A problem of May 2024, followed to July, solved by another township's practice."""
    may = make_meeting(county, "closed", **month(2024, 5), title="五月例会")
    july = make_meeting(county, "closed", **month(2024, 7), title="七月例会")
    deck = add_deck(may, townships[0], SLIDES)
    category = Category.objects.create(county=county, name="队伍建设")
    practice = add_entry(july, townships[1], "每季度一次电话核对，村支书签字", kind="practice")
    problem = add_entry(may, townships[2], "流动党员换号以后联系不上，名册对不上人")
    case = Case.objects.create(
        county=county, township=townships[2], category=category, kind="problem",
        title="流动党员联系不上", status="solved", closed_at=timezone.now(), opened_in=may,
        solved_by=practice, outcome="三个月后联系率百分之九十八",
    )  # fmt: skip
    Post.objects.filter(pk=problem.pk).update(
        case=case, category=category, status="carried", page=deck.current.pages.get(number=2)
    )
    Reply.objects.create(
        post=problem, origin=problem, body="请各镇先核对一遍", author_key="x", author_name="主持人",
        author_unit=county.name, client_id="r", fingerprint="",
    )  # fmt: skip
    CaseStep.objects.create(
        case=case, meeting=may, post=problem, kind="opened", actor_name="主持人"
    )
    for meeting in (may, july):
        CaseDiscussion.objects.create(case=case, meeting=meeting)
    AdoptionStep.objects.create(
        post=practice, township=townships[2], status="done", result="少跑三趟", actor_name="委员"
    )
    index()
    return deck


def find_by_suggestion(page: Page) -> None:
    """The word is typed; what it may be stands below at once, by keyboard too."""
    page.goto(reverse("archive:index"))
    assert_accessible(page)
    field = page.locator("input[type=search]").first
    field.press_sequentially("名册")
    expect(page.locator(".suggestions li").first).to_be_visible()
    assert_accessible(page)
    field.press("Escape")
    expect(page.locator(".suggestions")).to_be_hidden()
    field.fill("電話核對")
    field.press("Enter")


def test_from_a_word_to_the_practice_that_solved_it(browser, daphne_server, history, member):
    page = browser(member, viewport="phone")
    find_by_suggestion(page)
    expect(page.locator(".hit")).to_have_count(2)
    assert_accessible(page)
    page.locator("summary").filter(has_text="筛选条件").click()
    page.locator(".archive-facet a:visible").filter(has_text="幻灯片").first.click()
    hit = page.locator(".hit").first
    expect(hit.locator("mark").first).to_have_text("电话核对")
    hit.locator("h3 a").click()
    page.wait_for_url(f"**/archive/materials/{history.pk}/?page=2")
    assert_accessible(page)
    asked = page.locator(".archive-post").filter(has_text="流动党员换号以后联系不上")
    expect(asked).to_be_visible()
    expect(asked.get_by_text("请各镇先核对一遍")).to_be_visible()
    asked.locator(".archive-case").click()
    expect(page.locator("h1")).to_have_text("流动党员联系不上")
    for meeting in ("五月例会", "七月例会"):
        expect(page.locator("main").get_by_role("link", name=meeting).first).to_be_visible()
    page.locator("main a").filter(has_text="每季度一次电话核对").first.click()
    expect(page.locator("main").get_by_text("少跑三趟").first).to_be_visible()
    page.goto(reverse("archive:practices"))
    first = page.locator(".archive-practices > li").first
    expect(first).to_contain_text("每季度一次电话核对")
    expect(first).to_contain_text("少跑三趟")
    assert_accessible(page)


def test_a_shared_link_opens_only_for_those_allowed(
    browser, daphne_server, history, observer, foreign_member
):
    address = reverse("archive:deck", args=[history.pk]) + "?page=2"
    page = browser(observer)
    page.goto(address)
    expect(page.locator("h1")).to_have_text("志愿者名册")
    strangers = browser(foreign_member)
    strangers.context.pages[0].goto("/")
    answer = strangers.request.get(daphne_server.url + address)
    assert answer.status == 404


def test_two_people_take_a_file_out(browser, daphne_server, history, archivist, organiser):
    first, second = browser(archivist), browser(organiser)
    first.goto(reverse("archive:remove", args=["material", history.pk]))
    assert_accessible(first)
    first.fill("#reason", "含个人电话")
    first.locator("main button.danger").click()
    first.wait_for_url("**/archive/retention/")
    expect(first.locator("#waiting button[value=yes]")).to_have_count(0)
    assert_accessible(first)
    second.goto(reverse("archive:retention"))
    second.locator("#waiting button[value=yes]").click()
    expect(second.locator("#waiting li")).to_have_count(0)
    assert Disposal.objects.get().state == "done"
    second.goto(reverse("archive:meeting", args=[history.meeting_id]))
    expect(second.get_by_text("含个人电话").first).to_be_visible()
    assert_accessible(second)


@pytest.mark.parametrize("name", ["overview", "category", "bring", "integrity"])
def test_the_other_pages_can_be_read_by_everybody(browser, daphne_server, history, archivist, name):
    args = {"overview": [2024], "category": [Category.objects.get().pk]}.get(name, [])
    page = browser(archivist, viewport="phone")
    page.goto(reverse(f"archive:{name}", args=args))
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
