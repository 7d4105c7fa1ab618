"""Minutes: drafted from what happened, edited by two people without losing a word, approved, frozen, printed."""

import datetime as dt
import io
import threading
import time
from typing import Any

import pytest
from django.utils import timezone
from docx import Document
from docx.shared import Pt
from hypothesis import given
from hypothesis import strategies as st

from archive.minutes import draft, queries, services
from archive.minutes.merging import merge
from archive.minutes.models import Minutes, MinutesSave
from archive.tables import fingerprint
from board import cases, polls
from board import services as board
from meetings import attendance
from meetings import services as meetings
from meetings.models import Event, Meeting, Series
from tests.archive.material import add_deck
from tests.people import client_of, make_item, make_meeting, make_person, no_more_queries_than
from townships.actors import Actor
from townships.models import County, Township
from townships.problems import NotAllowed, NotFound
from uploads import files

TEXT = "甲\n乙\n丙\n丁"


def held_meeting(
    county: County,
    township: Township,
    other: Township,
    organiser: Actor,
    member: Actor,
    other_member: Actor,
) -> Meeting:
    """A live meeting in which something of everything happens, then closed by the organiser."""
    meeting = make_meeting(county, "announced")
    first = make_item(meeting, township, title="志愿者登记", presenter="张三")
    make_item(meeting, other, title="第二个议程", position=1)
    add_deck(meeting, township, [{"title": "志愿者登记"}, {"title": "做法"}])
    attendance.ask_leave(actor=other_member, meeting_id=meeting.pk, reason="下乡", substitute="")
    leave = meeting.leaves.get()
    attendance.answer_leave(actor=organiser, leave_id=leave.pk, granted=True)
    meetings.open_meeting(actor=organiser, meeting_id=meeting.pk)
    attendance.check_in(actor=member, meeting_id=meeting.pk, how="scan")
    meetings.start_item(actor=organiser, item_id=first.pk)
    problem = board.add_post(
        actor=member, meeting_id=meeting.pk, kind="problem", body="登记表太多。", client_id="1"
    )
    board.set_support(actor=other_member, post_id=problem.pk, supported=True)
    practice = board.add_post(
        actor=member, meeting_id=meeting.pk, kind="practice", body="一张表管到底", client_id="2"
    )
    board.set_adoption(actor=other_member, post_id=practice.pk, status="running")
    case = cases.open_case(actor=organiser, post_id=problem.pk)
    cases.change_case(
        actor=organiser, case_id=case.pk, responsible_id=organiser.user_id, due=dt.date(2030, 1, 31)
    )
    poll = polls.add_poll(
        actor=organiser, meeting_id=meeting.pk, question="是否推广", options=["同意", "不同意"]
    )
    polls.change_poll(actor=organiser, poll_id=poll.pk, state="open")
    polls.cast_vote(actor=member, poll_id=poll.pk, option_id=poll.options.first().pk)
    meetings.close_meeting(actor=organiser, meeting_id=meeting.pk)
    return meeting


@pytest.fixture
def held(
    county: County,
    township: Township,
    other_township: Township,
    organiser: Actor,
    member: Actor,
    other_member: Actor,
) -> Meeting:
    return held_meeting(county, township, other_township, organiser, member, other_member)


@pytest.fixture
def drafted(county: County, closed_meeting: Meeting, organiser: Actor) -> Meeting:
    """A closed meeting whose minutes have TEXT in the part "decisions"."""
    services.draft_minutes(meeting_id=closed_meeting.pk)
    services.save_section(
        actor=organiser, meeting_id=closed_meeting.pk, key="decisions", body=TEXT, base=1
    )
    return closed_meeting


def body(meeting: Meeting, key: str = "decisions") -> str:
    return meeting.minutes_text.sections.get(key=key).body


def save(actor: Actor, meeting: Meeting, text: str, base: int) -> services.Saved:
    return services.save_section(
        actor=actor, meeting_id=meeting.pk, key="decisions", body=text, base=base
    )


def frozen(meeting: Meeting, organiser: Actor) -> Minutes:
    digest = queries.minutes_for(organiser, meeting.pk).digest
    return services.approve(actor=organiser, meeting_id=meeting.pk, digest=digest)


def test_closing_makes_a_draft_of_what_happened(held: Meeting) -> None:
    assert Minutes.objects.get(meeting=held).drafted_at is None, "in the transaction of the close"
    assert services.draft_next()
    assert not services.draft_next()
    said = {part.key: part.body for part in held.minutes_text.sections.all()}
    assert list(said) == [
        "attendance",
        "agenda",
        "shown",
        "problems",
        "practices",
        "votes",
        "decisions",
    ]
    assert "应到 2 人，实到 1 人" in said["attendance"]
    assert "青石镇 青石委员" in said["attendance"]
    assert "白沙乡 白沙委员（下乡）" in said["attendance"]
    now = timezone.localtime(timezone=held.zone)
    assert f"1. {now:%H}:" in said["agenda"]
    assert "志愿者登记（青石镇 张三）" in said["agenda"]
    assert "青石镇：演示" in said["shown"] or "志愿者登记" in said["shown"]
    assert "2 页" in said["shown"]
    assert "【青石镇】登记表太多。" in said["problems"]
    assert "另有 1 个乡镇" in said["problems"]
    assert "组织者" in said["problems"]
    assert "2030年1月31日" in said["problems"]
    assert "白沙乡（" in said["practices"]
    assert "同意 1" in said["votes"]
    assert said["decisions"] == ""


@pytest.mark.parametrize("body", ["怎么向群众交代？", "一年一核！", "一年一核。", "一年一核"])
def test_an_entry_ends_with_one_mark(live_meeting: Meeting, member: Actor, body: str) -> None:
    board.add_post(
        actor=member, meeting_id=live_meeting.pk, kind="practice", body=body, client_id="1"
    )
    line = body if body[-1] in "？！。" else f"{body}。"
    assert list(draft.practices(live_meeting)) == [f"1. 【青石镇】{line}"]


def test_the_draft_is_in_the_countys_language(county: County, organiser: Actor) -> None:
    County.objects.filter(pk=county.pk).update(language="en")
    county.refresh_from_db()
    meeting = make_meeting(county, "closed")
    services.draft_minutes(meeting_id=meeting.pk)
    assert meeting.minutes_text.sections.first().title == "Attendance"


def test_the_draft_is_in_the_language_of_the_series_papers(
    county: County, organiser: Actor
) -> None:
    series = Series.objects.create(
        county=county, name="Study day", rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on=dt.date(2026, 1, 1), time=dt.time(9), minutes=60, language="en",
    )  # fmt: skip
    meeting = make_meeting(county, "closed", series=series)
    services.draft_minutes(meeting_id=meeting.pk)
    assert meeting.minutes_text.language == "en"
    assert meeting.minutes_text.sections.first().title == "Attendance"


def test_two_people_write_in_different_lines_and_both_stay(
    drafted: Meeting, organiser: Actor, county: County
) -> None:
    second = make_person(county, "organiser", "second")
    save(organiser, drafted, "甲甲\n乙\n丙\n丁", base=2)
    saved = save(second, drafted, "甲\n乙\n丙\n丁丁\n戊", base=2)
    assert (saved.merged, saved.conflict) == (True, None)
    assert body(drafted) == "甲甲\n乙\n丙\n丁丁\n戊"


def test_who_goes_on_typing_while_a_save_is_on_its_way_loses_nothing(
    drafted: Meeting, organiser: Actor, county: County
) -> None:
    """The editor sends the text it started from, so joined words are not taken for deleted ones."""
    second = make_person(county, "organiser", "second")
    save(second, drafted, "零\n甲\n乙\n丙\n丁", base=2)
    first_try = services.save_section(
        actor=organiser,
        meeting_id=drafted.pk,
        key="decisions",
        body="甲\n乙\n丙\n丁\n戊",
        base_body=TEXT,
    )
    assert first_try.merged
    services.save_section(
        actor=organiser,
        meeting_id=drafted.pk,
        key="decisions",
        body="甲\n乙\n丙\n丁\n戊己",
        base_body="甲\n乙\n丙\n丁\n戊",
    )
    assert body(drafted) == "零\n甲\n乙\n丙\n丁\n戊己"


def test_the_same_line_twice_is_a_conflict_that_keeps_both(
    drafted: Meeting, organiser: Actor, county: County
) -> None:
    second = make_person(county, "organiser", "second")
    save(organiser, drafted, "甲一\n乙\n丙\n丁", base=2)
    saved = save(second, drafted, "甲二\n乙\n丙\n丁", base=2)
    assert saved.conflict is not None
    assert body(drafted) == "甲一\n乙\n丙\n丁"
    shown = queries.minutes_for(organiser, drafted.pk)
    assert [kept.body for kept in shown.conflicts] == ["甲二\n乙\n丙\n丁"]
    with pytest.raises(services.Unsettled):
        services.approve(actor=organiser, meeting_id=drafted.pk, digest=shown.digest)
    with pytest.raises(services.ChangedMeanwhile):
        services.settle(
            actor=organiser, meeting_id=drafted.pk, save_id=saved.conflict.pk, body="x", base=2
        )
    services.settle(
        actor=organiser,
        meeting_id=drafted.pk,
        save_id=saved.conflict.pk,
        body="甲一、甲二\n乙\n丙\n丁",
        base=3,
    )
    assert body(drafted) == "甲一、甲二\n乙\n丙\n丁"
    assert queries.minutes_for(organiser, drafted.pk).conflicts == []
    assert MinutesSave.objects.filter(section__key="decisions").count() == 5, "every text is kept"


@given(
    st.lists(st.sampled_from("abcdef"), max_size=8),
    st.lists(st.sampled_from("abcdefXY"), max_size=8),
    st.lists(st.sampled_from("abcdefZW"), max_size=8),
)
def test_joining_never_loses_a_new_line(
    base: list[str], mine: list[str], theirs: list[str]
) -> None:
    joined = merge("\n".join(base), "\n".join(mine), "\n".join(theirs))
    if not joined.clash:
        lines = joined.text.split("\n")
        for new in "XY":
            assert lines.count(new) >= min(1, mine.count(new))
        for new in "ZW":
            assert lines.count(new) >= min(1, theirs.count(new))
    assert merge("\n".join(base), "\n".join(base), "\n".join(theirs)).text == "\n".join(theirs)
    assert merge("\n".join(base), "\n".join(mine), "\n".join(base)).text == "\n".join(mine)


def test_thousands_of_empty_lines_are_not_compared_for_minutes() -> None:
    """Such texts are kept side by side instead; many different lines are joined as ever."""
    empty = "\n" * 59_000
    begun = time.monotonic()
    assert merge(empty, f"a{empty}", f"{empty}b").clash
    lines = "\n".join(f"第{number}行" for number in range(3000))
    joined = merge(lines, f"首行\n{lines}", f"{lines}\n末行")
    assert (joined.clash, joined.text) == (False, f"首行\n{lines}\n末行")
    assert time.monotonic() - begun < 5


def test_many_saves_at_once_lose_no_line(
    transactional_db: None, county: County, organiser: Actor
) -> None:
    """Ten threads each add their line to the same text they all read."""
    meeting = make_meeting(county, "closed")
    services.draft_minutes(meeting_id=meeting.pk)
    lines = [f"第{n}段" for n in range(10)]
    save(organiser, meeting, "\n".join(lines), base=1)

    def change(number: int) -> None:
        from django.db import connection

        mine = [f"{line}改" if place == number else line for place, line in enumerate(lines)]
        save(organiser, meeting, "\n".join(mine), base=2)
        connection.close()

    threads = [threading.Thread(target=change, args=(number,)) for number in range(0, 10, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert body(meeting) == "\n".join(
        f"{line}改" if n % 2 == 0 else line for n, line in enumerate(lines)
    )


def test_approved_is_frozen_and_signed_by_its_event(
    drafted: Meeting, organiser: Actor, member: Actor
) -> None:
    before = fingerprint(Meeting.objects.get(pk=drafted.pk))
    save(organiser, drafted, TEXT + "\n戊", base=2)
    assert fingerprint(Meeting.objects.get(pk=drafted.pk)) == before, (
        "drafts are not part of the meeting"
    )
    with pytest.raises(services.ChangedMeanwhile):
        services.approve(actor=organiser, meeting_id=drafted.pk, digest="0" * 64)
    with pytest.raises(NotFound):
        queries.minutes_for(member, drafted.pk)
    minutes = frozen(drafted, organiser)
    event = Event.objects.get(meeting=drafted, kind="minutes.approved")
    assert event.data == {"sha256": minutes.sha256}
    for change in (
        lambda: save(organiser, drafted, "x", base=3),
        lambda: services.draft_again(actor=organiser, meeting_id=drafted.pk, key="agenda", base=1),
        lambda: frozen(drafted, organiser),
    ):
        with pytest.raises(services.MinutesFrozen):
            change()
    assert queries.minutes_for(member, drafted.pk).may_edit is False
    assert queries.frozen_minutes(drafted).minutes.pk == minutes.pk


def test_a_part_is_made_anew_and_its_old_text_kept(held: Meeting, organiser: Actor) -> None:
    services.draft_minutes(meeting_id=held.pk)
    services.save_section(
        actor=organiser, meeting_id=held.pk, key="problems", body="没有问题", base=1
    )
    services.draft_again(actor=organiser, meeting_id=held.pk, key="problems", base=2)
    assert "登记表太多" in body(held, "problems")
    page = client_of(organiser).get(f"/archive/meetings/{held.pk}/minutes/parts/problems/history/")
    assert "没有问题" in page.content.decode()


def test_the_document_has_the_layout_of_the_standard(held: Meeting, organiser: Actor) -> None:
    services.draft_minutes(meeting_id=held.pk)
    frozen(held, organiser)
    answer = client_of(organiser).get(f"/archive/meetings/{held.pk}/minutes/minutes.docx")
    book = Document(io.BytesIO(answer.content))
    section = book.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(each.mm) for each in margins] == [37, 35, 28, 26]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    texts = [paragraph.text for paragraph in book.paragraphs]
    assert texts[0] == "会议纪要"
    assert any(text.startswith("一、") for text in texts)
    body_lines = [p for p in book.paragraphs if "登记表太多" in p.text]
    assert body_lines[0].runs[0].font.size == Pt(16)
    assert body_lines[0].paragraph_format.first_line_indent == Pt(32)
    xml = book.element.xml
    assert 'w:eastAsia="仿宋_GB2312"' in xml
    assert 'w:eastAsia="黑体"' in xml


def test_the_worker_prints_what_was_approved(drafted: Meeting, organiser: Actor) -> None:
    minutes = frozen(drafted, organiser)
    client = client_of(organiser)
    assert client.get(f"/archive/meetings/{drafted.pk}/minutes/minutes.pdf").status_code == 404
    assert services.print_next()
    assert not services.print_next()
    minutes.refresh_from_db()
    with files.open_stored(minutes.pdf) as printed:
        assert printed.read(5) == b"%PDF-"
    assert client.get(f"/archive/meetings/{drafted.pk}/minutes/minutes.pdf").status_code in (
        200,
        302,
    )


def test_the_page_saves_with_and_without_script(
    drafted: Meeting, organiser: Actor, member: Actor
) -> None:
    client = client_of(organiser)
    address = f"/archive/meetings/{drafted.pk}/minutes/"
    assert TEXT.split("\n")[0] in client.get(address).content.decode()
    answer = client.post(
        f"{address}parts/decisions/",
        {"body": "甲新\n乙\n丙\n丁", "base": 2, "base_body": TEXT},
        content_type="application/json",
    )
    assert answer.json()["number"] == 3
    answer = client.post(f"{address}parts/decisions/", {"body": "甲旧\n乙\n丙\n丁", "base": "2"})
    assert answer.status_code == 302
    page = client.get(address).content.decode()
    assert "甲旧" in page
    assert "甲新" in page
    state = client.get(f"{address}state/?writing=decisions").json()
    assert (state["conflicts"], state["parts"]["decisions"]["body"]) == (1, "甲新\n乙\n丙\n丁")
    for wrong in ("not json", "[]", '{"body": 3, "base": "x"}', '{"body": "x", "base": 99}'):
        answer = client.post(f"{address}parts/decisions/", wrong, content_type="application/json")
        assert answer.status_code in (200, 400)
    assert (
        client.post(
            f"{address}parts/nothing/", {"body": "x", "base": 1}, content_type="application/json"
        ).status_code
        == 404
    )
    assert client_of(member).get(address).status_code == 404


def test_others_may_not(
    drafted: Meeting, member: Actor, archivist: Actor, foreign_organiser: Actor
) -> None:
    for actor, problem in (
        (member, NotAllowed),
        (archivist, NotAllowed),
        (foreign_organiser, NotFound),
    ):
        with pytest.raises(problem):
            save(actor, drafted, "x", base=2)


def test_constant_queries(held: Meeting, organiser: Actor, member: Actor, county: County) -> None:
    services.draft_minutes(meeting_id=held.pk)
    client = client_of(organiser)
    with no_more_queries_than(14):
        client.get(f"/archive/meetings/{held.pk}/minutes/")
    from archive.minutes import draft

    def draft_queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            draft.parts_of(Meeting.objects.select_related("county").get(pk=held.pk))
        return len(captured)

    few = draft_queries()
    Meeting.objects.filter(pk=held.pk).update(status="live")
    for n in range(30):
        from board.models import Post

        Post.objects.create(
            meeting=held, township_id=member.township_id, kind="problem", body=f"问题{n}", author_key="k", author_name="x",
            client_id=str(n + 100), fingerprint="",
        )  # fmt: skip
    Meeting.objects.filter(pk=held.pk).update(status="closed")
    assert draft_queries() == few


def test_a_very_long_or_odd_text(drafted: Meeting, organiser: Actor) -> None:
    from townships.problems import Invalid

    with pytest.raises(Invalid):
        save(organiser, drafted, "长" * 60_001, base=2)
    odd: Any = "\x00\ud800<script>alert(1)</script>\u202e"
    save(organiser, drafted, odd, base=2)
    assert (
        "<script>alert"
        not in client_of(organiser).get(f"/archive/meetings/{drafted.pk}/minutes/").content.decode()
    )
