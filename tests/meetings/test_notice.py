"""The notice: its words and document, who has received it, and asking anew when it changed."""

import io
import zipfile

import pytest
from docx import Document

from meetings import services
from meetings.models import Event, Meeting, NoticeReceipt
from meetings.problems import MeetingClosed, WrongStatus
from tests.people import client_of, make_item, no_more_queries_than
from townships.actors import Actor
from townships.models import County, Township
from townships.problems import NotAllowed, NotFound


@pytest.fixture
def announced(organiser: Actor, draft_meeting: Meeting, townships: list[Township]) -> Meeting:
    make_item(
        draft_meeting,
        None,
        kind="other",
        title="签到",
        expects_deck=False,
        expects_manuscript=False,
    )
    make_item(draft_meeting, townships[0], presenter="李明", minutes=12)
    make_item(draft_meeting, townships[1], expects_deck=False)
    return services.announce_meeting(actor=organiser, meeting_id=draft_meeting.pk)


def texts(content: bytes) -> list[str]:
    return [p.text for p in Document(io.BytesIO(content)).paragraphs if p.text]


def test_the_document_says_when_where_what_and_who(member: Actor, announced: Meeting) -> None:
    answer = client_of(member).get(f"/meetings/{announced.pk}/notice.docx")
    assert answer.status_code == 200
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    said = texts(answer.content)
    assert said[0] == f"关于召开{announced.title}的通知"
    assert "一、时间" in said
    assert announced.venue in said
    assert any("青石镇" in line and line.startswith("演示文稿") for line in said)
    assert any("青石镇、白沙乡" in line and line.startswith("文稿") for line in said)
    book = Document(io.BytesIO(answer.content))
    rows = [[cell.text for cell in row.cells] for row in book.tables[0].rows]
    assert [row[2] for row in rows] == ["发言单位、发言人", "", "青石镇 李明", "白沙乡"]
    section = book.sections[0]
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)
    xml = zipfile.ZipFile(io.BytesIO(answer.content)).read("word/document.xml").decode()
    assert 'w:eastAsia="仿宋_GB2312"' in xml
    assert 'w:eastAsia="方正小标宋简体"' in xml


def test_the_notice_is_in_the_language_of_its_meeting(
    member: Actor, county: County, announced: Meeting
) -> None:
    County.objects.update(language="en")
    client = client_of(member)
    client.cookies["django_language"] = "zh-hans"
    said = texts(client.get(f"/meetings/{announced.pk}/notice.docx").content)
    assert said[0] == f"Notice of {announced.title}"
    assert "1. Time" in said


def test_a_township_confirms_once_and_again_after_a_change(
    organiser: Actor, member: Actor, announced: Meeting, township: Township
) -> None:
    page = f"/meetings/{announced.pk}/notice/"
    client = client_of(member)
    assert client.get("/").context["to_confirm"] == [announced]
    before = Meeting.objects.get(pk=announced.pk).last_seq
    for _twice in range(2):
        assert client.post(page).status_code == 302
    receipt = NoticeReceipt.objects.get()
    assert (receipt.township, receipt.notice, receipt.name) == (township, 1, member.name)
    kinds = Event.objects.filter(meeting=announced, seq__gt=before).values_list("kind", flat=True)
    assert list(kinds) == ["notice.confirmed"]
    assert client.get("/").context["to_confirm"] == []
    services.change_meeting(actor=organiser, meeting_id=announced.pk, venue="礼堂")
    assert client.get("/").context["to_confirm"] == [announced]
    assert client.get(page).context["confirm"]
    rows = client_of(organiser).get(page).context["receipts"]
    assert [row["state"] for row in rows] == ["earlier", "", ""]
    client.post(page)
    assert client_of(organiser).get(page).context["received"] == 1


def test_nobody_confirms_for_another_township_but_the_organiser(
    organiser: Actor,
    member: Actor,
    observer: Actor,
    foreign_member: Actor,
    announced: Meeting,
    other_township: Township,
) -> None:
    asked = {"meeting_id": announced.pk, "township_id": other_township.pk}
    for actor, problem in (
        (member, NotAllowed),
        (observer, NotAllowed),
        (foreign_member, NotFound),
    ):
        with pytest.raises(problem):
            services.confirm_notice(actor=actor, **asked)
    services.confirm_notice(actor=organiser, **asked)
    assert NoticeReceipt.objects.get().name == organiser.name


def test_a_new_number_only_while_announced(
    organiser: Actor, member: Actor, announced: Meeting
) -> None:
    with pytest.raises(NotAllowed):
        services.renew_notice(actor=member, meeting_id=announced.pk)
    services.renew_notice(actor=organiser, meeting_id=announced.pk)
    announced.refresh_from_db()
    assert announced.notice == 2
    services.open_meeting(actor=organiser, meeting_id=announced.pk)
    with pytest.raises(WrongStatus):
        services.renew_notice(actor=organiser, meeting_id=announced.pk)
    services.close_meeting(actor=organiser, meeting_id=announced.pk)
    with pytest.raises(MeetingClosed):
        services.confirm_notice(
            actor=member, meeting_id=announced.pk, township_id=member.township_id
        )


def test_a_wrong_township_in_the_form_is_not_found(organiser: Actor, announced: Meeting) -> None:
    answer = client_of(organiser).post(f"/meetings/{announced.pk}/notice/", {"township": "1 OR 1"})
    assert answer.status_code == 404


def test_typed_text_is_inert_on_the_page(organiser: Actor, announced: Meeting) -> None:
    services.change_meeting(
        actor=organiser, meeting_id=announced.pk, title="<script>alert(1)</script>"
    )
    page = client_of(organiser).get(f"/meetings/{announced.pk}/notice/").content.decode()
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_needs_the_same_queries_for_any_number(
    organiser: Actor, county: County, announced: Meeting, count: int
) -> None:
    for number in range(count):
        town = Township.objects.create(county=county, name=f"乡{number}", position=number)
        make_item(announced, town)
        services.confirm_notice(actor=organiser, meeting_id=announced.pk, township_id=town.pk)
    client = client_of(organiser)
    with no_more_queries_than(11):
        assert client.get(f"/meetings/{announced.pk}/notice/").status_code == 200
