"""What grew over the months: a deck with its entries, the practice catalogue, a year, a category."""

import uuid

import pytest
from django.urls import reverse

from archive import follow, views_follow
from archive.search import Filters, search
from board import cases
from board.models import AdoptionStep, Case, Category
from tests.archive.material import add_deck, add_entry, index, month
from tests.people import client_of, make_meeting, no_more_queries_than

pytestmark = pytest.mark.django_db
SLIDES = [{"title": "志愿者名册", "text": "登记"}, {"title": "下一步", "text": "走访"}]


@pytest.fixture
def closed(county, township):
    meeting = make_meeting(county, "closed", **month(2024, 5), title="五月例会")
    meeting.deck = add_deck(meeting, township, SLIDES)
    return meeting


def ledger(post, township, status, result=""):
    AdoptionStep.objects.create(
        post=post, township=township, status=status, result=result, actor_name="x"
    )


def test_a_slide_shows_the_entries_asked_about_it(closed, township, member):
    post = add_entry(closed, township, "名册怎么更新", kind="question")
    post.page = closed.deck.current.pages.get(number=2)
    post.save()
    address = reverse("archive:deck", args=[closed.deck.pk])
    client = client_of(member)
    assert "名册怎么更新" not in client.get(address).content.decode()
    assert "名册怎么更新" in client.get(f"{address}?page=2").content.decode()
    for page in ("0", "-1", "99", "x", "1e9"):
        assert client.get(f"{address}?page={page}").status_code == 200


def test_a_withdrawn_deck_is_named_nowhere(closed, township, member):
    from django.utils import timezone

    post = add_entry(closed, township, "名册怎么更新")
    post.page = closed.deck.current.pages.get(number=1)
    post.save()
    closed.deck.withdrawn_at = timezone.now()
    closed.deck.save()
    client = client_of(member)
    for address in (
        reverse("archive:meeting", args=[closed.pk]),
        reverse("archive:township", args=[township.pk]),
    ):
        page = client.get(address).content.decode()
        assert "名册怎么更新" in page
        assert str(closed.deck.pk) not in page
        assert "志愿者名册" not in page


def test_practices_are_sorted_by_reach(closed, townships, member):
    first, second, third = (
        add_entry(closed, townships[0], body, kind="practice") for body in ("甲法", "乙法", "丙法")
    )
    ledger(first, townships[1], "planned")
    ledger(third, townships[1], "running")
    ledger(third, townships[1], "done", "少跑三趟")
    ledger(second, townships[1], "running")
    ledger(second, townships[2], "planned")
    found = follow.catalogue(member)
    assert [one.post.body for one in found] == ["丙法", "乙法", "甲法"]
    page = client_of(member).get(reverse("archive:practices")).content.decode()
    assert "少跑三趟" in page
    assert page.index("丙法") < page.index("乙法") < page.index("甲法")


def test_the_catalogue_is_narrowed_by_year_and_category(closed, county, township, member):
    category = Category.objects.create(county=county, name="队伍")
    aspect = Category.objects.create(county=county, name="名册", parent=category)
    post = add_entry(closed, township, "甲法", kind="practice")
    post.category = aspect
    post.save()
    add_entry(closed, township, "乙法", kind="practice")
    assert [one.post.body for one in follow.catalogue(member, category=category.pk)] == ["甲法"]
    assert len(follow.catalogue(member, year=2024)) == 2
    assert follow.catalogue(member, year=2023) == []
    shown = client_of(member).get(reverse("archive:category", args=[category.pk]))
    assert "甲法" in shown.content.decode()
    assert "乙法" not in shown.content.decode()


def test_a_year_at_a_glance(closed, county, township, member):
    post = add_entry(closed, township, "没有名册")
    Case.objects.create(
        county=county, township=township, kind="problem", title="没有名册", opened_in=closed
    )
    year = follow.overview(member, 2024)
    assert [(m.decks, m.problems) for m in year.months] == [(1, 1)]
    assert (year.opened, year.solved, year.problems) == (1, 0, [post])
    client = client_of(member)
    assert client.get(reverse("archive:overview", args=[2024])).status_code == 200
    for nothing in (2023, 9999, 1):
        assert client.get(reverse("archive:overview", args=[nothing])).status_code == 404


def test_search_narrows_by_state_and_category_and_follows_the_case(
    closed, county, township, member
):
    category = Category.objects.create(county=county, name="队伍建设")
    aspect = Category.objects.create(county=county, name="名册", parent=category)
    post = add_entry(closed, township, "台账没有人管")
    case = Case.objects.create(
        county=county, township=township, kind="problem", title="台账", category=aspect
    )
    post.case = case
    post.save()
    add_entry(closed, township, "台账太多了")
    index()
    found = search(actor=member, text="台账")
    assert dict(found.counts["state"]) == {"open": 1, "waiting": 1}
    assert found.counts["category"] == [(category.pk, 1)]
    case.status = "running"
    case.save()
    narrowed = search(actor=member, text="台账", filters=Filters(state="running"))
    assert [hit.entry.object_id for hit in narrowed.hits] == [post.pk]
    assert search(actor=member, text="台账", filters=Filters(category=category.pk)).total == 1
    page = client_of(member).get("/search/", {"q": "台账", "category": str(category.pk)})
    assert "队伍建设" in page.content.decode()


def test_suggestions_name_townships_by_their_initials_and_titles_as_typed(
    closed, township, member, foreign_member
):
    index()
    client = client_of(member)

    def ask(text, who=client):
        return who.get(reverse("search_suggest"), {"q": text}).json()["suggestions"]

    assert ask("qsz")[0]["text"] == township.name
    assert ask("志愿")[0] == {
        "kind": "slide",
        "text": "志愿者名册",
        "note": f"{township.name} · 五月例会",
        "url": reverse("archive:deck", args=[closed.deck.pk]) + "?page=1",
    }
    assert ask("志愿", client_of(foreign_member)) == []
    for text in (
        "",
        " ",
        "长" * 500,
        '"',
        "-",
        "'\\",
        "\ud800".encode("utf-8", "replace").decode(),
    ):
        ask(text)


def test_another_county_meets_nothing(closed, county, foreign_member):
    client = client_of(foreign_member)
    category = Category.objects.create(county=county, name="队伍")
    for address in (
        reverse("archive:deck", args=[closed.deck.pk]),
        reverse("archive:deck", args=[uuid.uuid4()]),
        reverse("archive:category", args=[category.pk]),
        reverse("archive:overview", args=[2024]),
    ):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["deck", "practices", "category", "overview", "meeting"])
def test_query_counts_do_not_grow(closed, county, townships, member, name):
    category = Category.objects.create(county=county, name="队伍")
    address = {
        "deck": reverse("archive:deck", args=[closed.deck.pk]),
        "practices": reverse("archive:practices"),
        "category": reverse("archive:category", args=[category.pk]),
        "overview": reverse("archive:overview", args=[2024]),
        "meeting": reverse("archive:meeting", args=[closed.pk]),
    }[name]
    client = client_of(member)
    pages = list(closed.deck.current.pages.all())

    def more(count):
        for number in range(count):
            for kind in ("practice", "problem"):
                post = add_entry(closed, townships[number % 3], f"第{number}条", kind=kind)
                post.page, post.category = pages[number % 2], category
                post.case = Case.objects.create(
                    county=county, kind=kind, title="x", opened_in=closed
                )
                post.save()
                if kind == "practice":
                    ledger(post, townships[0], "planned")

    more(1)
    with no_more_queries_than(34) as first:
        assert client.get(address).status_code == 200
    more(29)
    views_follow.SHELF.kept.clear()  # drawn anew, not taken from memory
    with no_more_queries_than(34):
        assert client.get(address).status_code == 200
    assert first is None


def test_the_catalogue_and_the_overview_are_drawn_once_until_something_is_written(
    closed, county, member, organiser
):
    """Closed meetings change no more, but their cases and the ledger do; each write shows at once."""
    case = Case.objects.create(county=county, kind="problem", title="x", opened_in=closed)
    client = client_of(member)
    addresses = [reverse("archive:practices"), reverse("archive:overview", args=[2024])]
    before = [client.get(address).context["body"] for address in addresses]
    for address, body in zip(addresses, before, strict=True):
        with no_more_queries_than(7):
            assert client.get(address).context["body"] == body
    cases.change_case(actor=organiser, case_id=case.pk, status="solved", outcome="办好了")
    assert client.get(addresses[1]).context["body"] != before[1]
    english = client.get(addresses[0], headers={"Accept-Language": "en"}).content.decode()
    assert "Practice catalogue" in english


def test_a_closed_meeting_is_drawn_once(closed, township, member, organiser):
    address = reverse("archive:meeting", args=[closed.pk])
    client_of(organiser).get(address)
    client = client_of(member)
    client.get(address)
    with no_more_queries_than(6):
        page = client.get(address)
    assert "志愿者名册" in page.content.decode()
    post = add_entry(closed, township, "后来才有的")
    assert "后来才有的" in client.get(address).content.decode()
    case = Case.objects.create(county=closed.county, kind="problem", title="x", opened_in=closed)
    post.case = case
    post.save()
    from board.models import CaseStep

    CaseStep.objects.create(case=case, kind="opened", actor_name="x")
    assert reverse("case", args=[case.pk]) in client.get(address).content.decode()
