"""While somebody writes: earlier problems and practices about the same, with what solved them."""

import uuid

import pytest
from django.core.cache import cache

import archive.similar
from archive import indexing
from board import services
from meetings import services as meetings
from meetings.models import Meeting
from tests.people import make_meeting, no_more_queries_than


@pytest.fixture(autouse=True)
def forget_samples():
    archive.similar._samples.clear()


def write(actor, meeting, body, kind="problem"):
    cache.clear()
    return services.add_post(
        actor=actor, meeting_id=meeting.pk, kind=kind, body=body, client_id=uuid.uuid4().hex
    )


@pytest.fixture
def last_month(organiser, member, other_member, county):
    """A closed meeting: a problem that was solved by a practice, and something else."""
    meeting = make_meeting(county, "live", title="十月例会")
    problem = write(member, meeting, "志愿者登记表更新不及时，名册还是去年的")
    practice = write(other_member, meeting, "志愿者登记改为扫码填写，每月自动更新名册", "practice")
    write(member, meeting, "村级会议室投影设备老化")
    case = services.open_case(actor=organiser, post_id=problem.pk)
    services.change_case(
        actor=organiser, case_id=case.pk, status="solved", solved_by_id=practice.pk
    )
    meetings.close_meeting(actor=organiser, meeting_id=meeting.pk)
    indexing.catch_up()
    return meeting


def ask(api, actor, meeting, text, **more):
    answer = api(actor).get(f"/meetings/{meeting.pk}/similar", q=text, **more)
    assert answer.status_code == 200
    return answer.json()["entries"]


def test_what_is_written_finds_the_problem_of_last_month_and_what_solved_it(
    api, member, last_month, live_meeting
):
    found = ask(api, member, live_meeting, "我们的志愿者登记表好久没有更新", kind="problem")
    assert [row["kind"] for row in found] == ["problem", "practice"]
    assert found[0]["solved"] == "白沙乡: 志愿者登记改为扫码填写，每月自动更新名册"
    assert (found[0]["here"], found[0]["township"]) == (False, "青石镇")
    assert found[0]["url"].startswith("/cases/")


def test_entries_of_this_meeting_are_found_at_once_in_either_script(
    api, member, other_member, live_meeting
):
    post = write(other_member, live_meeting, "流動黨員聯繫不上，活動無法參加")
    found = ask(api, member, live_meeting, "流动党员联系不上")
    assert [(row["id"], row["here"]) for row in found] == [(str(post.pk), True)]


def test_nothing_alike_and_nothing_hidden_is_shown(api, organiser, member, live_meeting):
    post = write(member, live_meeting, "流动党员联系不上")
    assert ask(api, member, live_meeting, "会议室投影设备需要更换") == []
    services.hide_post(actor=organiser, post_id=post.pk)
    assert ask(api, member, live_meeting, "流动党员联系不上") == []


def test_each_finds_only_what_they_may_read(
    api, guest, foreign_member, nobody, last_month, live_meeting
):
    text = "志愿者登记表更新不及时"
    assert ask(api, guest, live_meeting, text) == []
    assert (
        api(foreign_member).get(f"/meetings/{live_meeting.pk}/similar", q=text).status_code == 404
    )
    assert api(nobody).get(f"/meetings/{live_meeting.pk}/similar", q=text).status_code == 401


@pytest.mark.parametrize(
    "text", ["", "表", "' OR 1=1 --", "\x00\ud800", "😀" * 500, '"*" NEAR(', "a" * 9000]
)
def test_odd_texts_are_answered(api, member, last_month, live_meeting, text):
    answer = api(member).get(
        f"/meetings/{live_meeting.pk}/similar", q=text.encode("utf-8", "ignore").decode()
    )
    assert answer.status_code == 200


def test_it_costs_few_queries_and_is_throttled(api, member, last_month, live_meeting, settings):
    client = api(member)
    ask(api, member, live_meeting, "志愿者登记表")
    for _more in range(12):
        write(member, live_meeting, "志愿者登记表更新不及时")
    with no_more_queries_than(14):
        client.get(f"/meetings/{live_meeting.pk}/similar", q="志愿者登记表更新")
    settings.SIMILAR_PER_MINUTE = 1
    cache.clear()
    statuses = [
        client.get(f"/meetings/{live_meeting.pk}/similar", q="登记表").status_code
        for _i in range(2)
    ]
    assert statuses == [200, 429]
    assert Meeting.objects.get(pk=last_month.pk).is_closed
