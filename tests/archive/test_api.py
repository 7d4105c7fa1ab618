"""`GET /api/v1/search` as programs see it."""

import pytest

from tests.archive.material import add_deck, add_entry, index, month
from tests.people import make_meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(county, township):
    meeting = make_meeting(county, "closed", **month(2024, 5), title="五月例会")
    add_deck(meeting, township, [{"title": "志愿者名册", "text": "一人一档"}])
    add_entry(meeting, township, "志愿者太少")
    index()
    return meeting


def test_a_hit_tells_where_it_is(api, closed, member, township):
    answer = api(member).get("/search", q="一人一檔").json()
    assert answer["total"] == 1
    assert answer["behind"] is False
    [hit] = answer["hits"]
    page = closed.materials.get().current.pages.get()
    assert hit == {
        "kind": "slide",
        "id": str(page.pk),
        "source": str(closed.materials.get().pk),
        "number": 1,
        "title": "志愿者名册",
        "snippet": "<mark>一人一档</mark>",
        "meeting": str(closed.pk),
        "meeting_title": "五月例会",
        "township": str(township.pk),
        "township_name": township.name,
        "at": closed.starts_at.isoformat(),
    }


def test_filters_and_counts(api, closed, member, township):
    answer = api(member).get("/search", q="志愿者", kind="problem", year=2024).json()
    assert [hit["kind"] for hit in answer["hits"]] == ["problem"]
    assert {(row["value"], row["count"]) for row in answer["counts"]["kind"]} == {
        ("slide", 1),
        ("problem", 1),
    }
    assert api(member).get("/search", q="志愿者", township=township.pk).json()["total"] == 2


def test_rights(api, closed, foreign_member, guest, nobody):
    assert api(foreign_member).get("/search", q="志愿者").json()["total"] == 0
    assert api(guest).get("/search", q="志愿者").json()["code"] == "not_allowed"
    refused = api(nobody).get("/search", q="志愿者")
    assert refused.status_code == 401
    assert refused.json()["code"] == "signed_out"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"q": "长" * 201}, "query_too_long"),
        ({"year": "abc"}, "invalid"),
        ({"kind": "x"}, "invalid"),
    ],
)
def test_bad_input_gets_a_code_and_a_sentence(api, member, query, code):
    answer = api(member).get("/search", **query)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == code
    assert answer.json()["detail"]


@pytest.mark.parametrize("page", [0, -5, 10**9])
def test_page_numbers_out_of_range_are_taken_as_the_nearest(api, closed, member, page):
    answer = api(member).get("/search", q="志愿者", page=page).json()
    assert (answer["page"], len(answer["hits"])) == (1, 2)
