"""The pages of cases, practices and categories: who sees what, and what their forms do."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from board import services
from board.categories import add_default_categories, offered
from board.models import Case, Category
from meetings import services as meetings
from tests.people import client_of, make_meeting, no_more_queries_than


@pytest.fixture
def case(organiser, member, post_by):
    post = post_by(member, body="志愿者登记表更新不及时。去年也提过。")
    return services.open_case(actor=organiser, post_id=post.pk)


def test_everybody_of_the_county_sees_the_list_and_the_case(
    organiser, member, observer, archivist, guest, foreign_organiser, case
):
    for path in (reverse("cases"), reverse("case", args=[case.pk])):
        for actor in (organiser, member, observer, archivist):
            answer = client_of(actor).get(path)
            assert answer.status_code == 200
            assert "志愿者登记表更新不及时" in answer.content.decode()
    foreign = client_of(foreign_organiser)
    assert "志愿者" not in foreign.get(reverse("cases")).content.decode()
    assert foreign.get(reverse("case", args=[case.pk])).status_code == 404
    assert client_of(guest).get(reverse("cases")).status_code == 403


def test_the_organiser_changes_a_case_and_the_history_tells(organiser, member, county, case):
    answer = client_of(organiser).post(
        reverse("case", args=[case.pk]),
        {
            "title": case.title,
            "status": "solved",
            "responsible": str(member.user_id),
            "due": "2026-12-20",
            "outcome": "登记表改为在线填写",
            "note": "青石镇试了两个月",
        },
    )
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.status, case.due, case.outcome) == (
        "solved",
        dt.date(2026, 12, 20),
        "登记表改为在线填写",
    )
    assert case.closed_at is not None
    page = client_of(member).get(reverse("case", args=[case.pk])).content.decode()
    assert "青石镇试了两个月" in page
    assert "登记表改为在线填写" in page


def test_members_may_only_add_notes_to_their_own(organiser, member, other_member, case):
    path = reverse("case_note", args=[case.pk])
    assert client_of(member).post(path, {"text": "本周补齐"}).status_code == 302
    assert client_of(other_member).post(path, {"text": "我来说"}).status_code == 403
    assert client_of(member).post(path, {"text": ""}).status_code == 400
    fields = {"title": "x", "status": "solved"}
    answer = client_of(member).post(reverse("case", args=[case.pk]), fields)
    assert answer.status_code == 403


def test_a_long_list_needs_no_more_queries(organiser, member, live_meeting, post_by):
    client = client_of(organiser)
    for number in range(30):
        post = post_by(member, body=f"第{number}个问题", at=timezone.now())
        services.open_case(actor=organiser, post_id=post.pk)
        if number in (0, 29):
            with no_more_queries_than(9):
                assert client.get(reverse("cases")).status_code == 200


def test_a_case_with_a_long_history_needs_no_more_queries(organiser, county, case):
    client, path = client_of(organiser), reverse("case", args=[case.pk])
    for number in range(30):
        if number in (0, 29):
            with no_more_queries_than(18):
                assert client.get(path).status_code == 200
        services.add_note(actor=organiser, case_id=case.pk, text=f"第{number}次")
        later = make_meeting(county, "announced", title=f"第{number}次例会")
        services.carry_open_cases(actor=organiser, meeting_id=later.pk)


def test_odd_filters_and_pages_are_taken_as_all(organiser, case):
    client = client_of(organiser)
    for query in ("status=nonsense", "page=99999", "township=x&category=1'", "kind=%00"):
        answer = client.get(f"{reverse('cases')}?{query}")
        assert (answer.status_code, "志愿者登记表" in answer.content.decode()) == (200, True)


def test_a_township_reports_on_a_practice_after_the_meeting(
    organiser, member, other_member, observer, foreign_member, live_meeting, post_by
):
    post = post_by(member, kind="practice", body="积分上墙")
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    path = reverse("practice", args=[post.pk])
    answer = client_of(other_member).post(path, {"status": "running", "result": "两个村在试"})
    assert answer.status_code == 302
    page = client_of(observer).get(path).content.decode()
    assert "两个村在试" in page
    assert client_of(observer).post(path, {"status": "done"}).status_code == 403
    assert client_of(foreign_member).get(path).status_code == 404
    client_of(other_member).post(path, {"status": "running", "stop": "1"})
    assert "两个村在试" not in client_of(observer).get(path).content.decode()


def test_organisers_keep_the_categories(organiser, member, county):
    client, path = client_of(organiser), reverse("categories")
    assert client_of(member).get(path).status_code == 403
    client.post(reverse("default_categories"))
    assert [row["name"] for row in offered(county.pk)] == [
        "干部工作",
        "基层党建",
        "人才工作",
        "自身建设",
    ]
    client.post(path, {"name": "社区治理"})
    made = Category.objects.get(name="社区治理")
    client.post(path, {"name": "网格", "parent": str(made.pk)})
    assert client.post(path, {"name": "社区治理"}).status_code == 400
    assert client.post(path, {"name": "甲", "parent": "nonsense"}).status_code == 404
    client.post(reverse("move_category", args=[made.pk]), {"to": "0"})
    assert offered(county.pk)[0]["name"] == "社区治理"
    client.post(reverse("category", args=[made.pk]), {"name": "基层治理"})
    assert "基层治理" in client.get(path).content.decode()
    client.post(reverse("remove_category", args=[made.pk]))
    assert "基层治理" not in [row["name"] for row in offered(county.pk)]
    client.post(reverse("offer_category", args=[made.pk]))
    assert "基层治理" in [row["name"] for row in offered(county.pk)]


def test_a_category_with_entries_is_archived_not_deleted(organiser, member, county, post_by):
    add_default_categories(actor=organiser, county=county)
    used, unused = Category.objects.filter(parent__isnull=False)[:2]
    post_by(member, category_id=used.pk)
    services.remove_category(actor=organiser, category_id=used.pk)
    services.remove_category(actor=organiser, category_id=unused.pk)
    assert Category.objects.filter(pk=used.pk, archived_at__isnull=False).exists()
    assert not Category.objects.filter(pk=unused.pk).exists()


def test_a_solved_case_names_the_practice_that_solved_it(organiser, member, post_by, case):
    practice = post_by(member, kind="practice", body="登记改为扫码填写")
    services.change_case(
        actor=organiser, case_id=case.pk, status="solved", solved_by_id=practice.pk
    )
    page = client_of(member).get(reverse("case", args=[case.pk])).content.decode()
    assert "登记改为扫码填写" in page
    page = client_of(member).get(reverse("practice", args=[practice.pk])).content.decode()
    assert Case.objects.get().title in page
