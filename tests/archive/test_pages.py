"""Browsing the archive: who sees which closed meetings, and that pages do not slow down."""

import re
import uuid
from html import unescape

import pytest
from django.urls import reverse

from archive import retention
from archive.query import QueryTooLong
from board.models import Post
from tests.archive.material import add_deck, add_entry, add_files, index, month
from tests.people import client_of, make_item, make_meeting, no_more_queries_than

pytestmark = pytest.mark.django_db

SLIDES = [{"title": "志愿者名册", "text": "登记"}, {"title": "下一步", "text": "走访"}]


@pytest.fixture
def closed(county, township):
    meeting = make_meeting(county, "closed", **month(2024, 5), title="五月例会")
    make_item(meeting, township, title="演示名册")
    add_deck(meeting, township, SLIDES)
    add_entry(meeting, township, "流动党员联系不上")
    index()
    return meeting


def without_tokens(page):
    """The page without what is random in every answer."""
    text = page.content.decode().replace(page.wsgi_request.path, "")
    return re.sub(r'(csrf[^>]*(?:content|value)=")[^"]+', r"\1", text)


def addresses(meeting, township):
    return [
        reverse("archive:index"),
        reverse("archive:year", args=[2024]),
        reverse("archive:meeting", args=[meeting.pk]),
        reverse("archive:township", args=[township.pk]),
        reverse("search") + "?q=名册",
    ]


@pytest.mark.parametrize("who", ["organiser", "member", "other_member", "observer", "archivist"])
def test_everyone_of_the_county_may_browse(closed, township, who, request):
    client = client_of(request.getfixturevalue(who))
    for address in addresses(closed, township):
        page = client.get(address)
        assert page.status_code == 200, address
        assert "no-store" in page["Cache-Control"]
    assert "流动党员联系不上" in client.get(addresses(closed, township)[2]).content.decode()


def test_another_county_meets_nothing(closed, township, foreign_member):
    client = client_of(foreign_member)
    index_page, year, meeting, of_township, found = (
        client.get(address) for address in addresses(closed, township)
    )
    assert index_page.status_code == 200
    assert "五月例会" not in index_page.content.decode()
    assert found.status_code == 200
    assert "<mark>" not in found.content.decode()
    missing = client.get(reverse("archive:meeting", args=[uuid.uuid4()]))
    for page in (year, meeting, of_township, missing):
        assert page.status_code == 404
    assert without_tokens(meeting) == without_tokens(missing)


def test_guests_are_not_let_in_and_strangers_sign_in_first(closed, township, guest, nobody):
    for address in addresses(closed, township):
        assert client_of(guest).get(address).status_code == 403
        answer = client_of(nobody).get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=%2F")


@pytest.mark.parametrize("status", ["draft", "announced", "live"])
def test_only_closed_meetings_are_in_the_archive(county, organiser, status):
    meeting = make_meeting(county, status)
    client = client_of(organiser)
    assert client.get(reverse("archive:meeting", args=[meeting.pk])).status_code == 404
    assert meeting.title not in client.get(reverse("archive:index")).content.decode()


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=1e9", "page=NaN", "page=999999999999", "year=abc", "year=0",
     "township=x", "kind=nothing", "month=13", "q=%ED%A0%80", "q=%00"],
)  # fmt: skip
def test_addresses_that_make_no_sense_still_answer(closed, member, query):
    assert client_of(member).get(f"/search/?q=名册&{query}").status_code == 200


def test_a_search_that_is_too_long_is_refused_at_once(member):
    answer = client_of(member).get("/search/", {"q": "长" * 100_000})
    assert answer.status_code == 400


def test_a_search_that_is_too_long_stays_in_the_field_to_be_shortened(member):
    typed = "志愿者名册" * 41
    answer = client_of(member).get("/search/", {"q": typed})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert str(QueryTooLong(longest=200).detail) in page
    assert f'value="{typed}"' in page


def test_a_long_meeting_says_first_what_is_on_its_page(closed, member):
    """Fourteen decks are many screens of a phone: entries and agenda are one press away."""
    page = client_of(member).get(reverse("archive:meeting", args=[closed.pk])).content.decode()
    jump = re.search(r'<ul class="archive-jump">(.*?)</ul>', page, re.DOTALL)
    assert jump
    there = re.findall(r'href="#([^"]+)"', jump[1])
    assert there[:3] == ["materials", "entries-1", "agenda"]
    for target in there:
        assert f'id="{target}"' in page
    assert page.index('class="archive-jump"') < page.index('id="materials"')


def test_the_filters_are_above_the_hits_where_there_is_no_room_beside_them(closed, member):
    """Folded, and without a script; beside the hits on wide screens."""
    page = client_of(member).get("/search/", {"q": "名册 或 流动党员"}).content.decode()
    above = re.search(r'<details class="archive-above">(.*?)</details>', page, re.DOTALL)
    assert above
    assert "筛选条件" in above[1]
    assert 'class="archive-facet"' in above[1]
    assert page.index('class="archive-above"') < page.index('class="archive-hits"')


def test_a_group_leads_to_all_of_its_kind_and_the_order_can_be_chosen(closed, township, member):
    for number in range(30):
        add_entry(closed, township, f"志愿者问题{number}")
    index()
    client = client_of(member)
    page = client.get("/search/", {"q": "志愿者", "year": "2024"}).content.decode()
    assert 'id="group-problem"' in page
    assert 'id="group-slide"' in page
    more = re.search(r'<a href="([^"]+)">查看全部', page)
    assert more is not None
    every = client.get("/search/" + unescape(more[1])).content.decode()
    assert "group-" not in every
    assert (every.count('class="hit"'), "year=2024" in more[1]) == (20, True)
    flat = client.get("/search/", {"q": "志愿者", "sort": "relevance"}).content.decode()
    assert "group-" not in flat
    assert flat.count('class="hit"') == 20


def test_what_was_written_is_shown_inert(closed, township, member):
    add_entry(closed, township, "<img src=x onerror=alert(1)>")
    add_deck(closed, township, [{"title": "<b>标题</b>", "text": ""}], kind="manuscript")
    index()
    page = client_of(member).get(reverse("archive:meeting", args=[closed.pk])).content.decode()
    assert "<img src=x" not in page
    assert "<b>标题</b>" not in page


@pytest.mark.parametrize("name", ["index", "meeting", "township", "search"])
def test_query_counts_do_not_grow(closed, county, township, townships, member, name):
    """The same number of queries with one and with thirty of everything."""
    address = {
        "index": reverse("archive:index"),
        "meeting": reverse("archive:meeting", args=[closed.pk]),
        "township": reverse("archive:township", args=[township.pk]),
        "search": reverse("search") + "?q=志愿者",
    }[name]
    client = client_of(member)
    with no_more_queries_than(18):
        client.get(address)
    for number in range(30):
        another = make_meeting(county, "closed", **month(2024, number % 12 + 1))
        add_deck(another, township, SLIDES)
        add_entry(closed, township, f"第{number}条志愿者问题")
    index()
    with no_more_queries_than(18):
        assert client.get(address).status_code == 200


def test_the_timeline_counts_what_everybody_may_read(closed, township, organiser, member):
    hidden = add_entry(closed, township, "不该公开")
    Post.objects.filter(pk=hidden.pk).update(hidden_at=closed.starts_at)
    for actor in (organiser, member):
        page = client_of(actor).get(reverse("archive:year", args=[2024])).content.decode()
        assert "1 个问题" in page
        history = client_of(actor).get(reverse("archive:township", args=[township.pk]))
        assert "不该公开" not in history.content.decode()


def test_the_timeline_is_drawn_anew_when_one_of_its_meetings_changes(
    closed, county, township, archivist, organiser, member
):
    """It is kept between readers, but nobody sees an older one after a change."""
    address = reverse("archive:year", args=[2024])
    add_files(closed.materials.get())
    cover = reverse("archive:deck", args=[closed.materials.get().pk])
    client = client_of(member)
    assert cover in client.get(address).content.decode()
    asked = retention.ask_removal(
        actor=archivist, what="material", object_id=closed.materials.get().pk, reason="含电话"
    )
    retention.decide_removal(actor=organiser, disposal_id=asked.pk, agree=True)
    assert cover not in client.get(address).content.decode()
    make_meeting(county, "closed", **month(2024, 8), title="八月例会")
    assert "八月例会" in client.get(address).content.decode()
