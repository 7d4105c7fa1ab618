"""A month in one go: series, meeting, call, fourteen townships hand in (three late, one with more time), reminders reach
exactly those missing, the meeting, its minutes written by two people and approved, the pack, and the next month with what is open.
"""

import datetime as dt
import io
import re
import subprocess
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pptx import Presentation

from archive.minutes.models import Minutes, MinutesSave
from board import cases
from board import services as board
from board.models import CaseDiscussion
from meetings import attendance, check_in
from meetings import services as meetings
from meetings.models import (
    AgendaItem,
    Attendance,
    Letter,
    Meeting,
    Reminder,
    ReminderRule,
    Series,
)
from tests.meetings.calls import MailServer
from tests.people import make_person
from tests.processes import Worker, wait_until
from tests.servers import free_ports
from tests.uploads.processing.builders import need_converter
from townships.actors import Actor
from townships.models import County, Township
from uploads import services as uploads
from uploads.models import Material, Version

from .pages import assert_accessible
from .test_story import confirm, make_series, set_agenda, submit

pytestmark = pytest.mark.timeout(600)
HOUR = dt.timedelta(hours=1)
NAMES = [
    "石桥镇",
    "枫林乡",
    "月湾镇",
    "竹溪乡",
    "松岭镇",
    "荷塘乡",
    "桃源镇",
    "云台乡",
    "金沙镇",
    "银杏乡",
    "东河镇",
]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server; the worker is told to use it."""
    server = MailServer(free_ports(1)[0])
    yield server
    server.stop()


@pytest.fixture
def posting_worker(transactional_db: None, mail_server: MailServer) -> Iterator[Worker]:
    process = Worker(EMAIL_URL=f"smtp://127.0.0.1:{mail_server.port}")
    yield process
    process.stop()


def deck(name: str) -> bytes:
    """A small deck of a township."""
    made = Presentation()
    for title in (f"{name}本月做法", "问题与打算"):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "党员志愿服务登记一人一档"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def hand_in(actor: Actor, meeting: Meeting, town: Township) -> None:
    uploads.receive(
        actor=actor,
        meeting_id=meeting.pk,
        township_id=town.pk,
        kind="deck",
        filename=f"{town.name}.pptx",
        source=io.BytesIO(deck(town.name)),
    )


def reminded(mail: MailServer) -> list[str]:
    """Who got a reminder, as often as they got one."""
    return got(mail, Reminder)


def got(mail: MailServer, outbox: type[Reminder] | type[Letter]) -> list[str]:
    """Who got a mail of this outbox, as often as they got one: its Message-ID is the row's."""
    found = []
    for message, envelope in zip(mail.box.messages, mail.box.envelopes, strict=False):
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        if outbox.objects.filter(pk=uuid.UUID(name)).exists():
            found += envelope.rcpt_tos
    return sorted(found)


def call_and_hand_in(
    page: Page,
    organiser: Actor,
    meeting: Meeting,
    people: list[tuple[Township, Actor]],
    phone: Page,
    worker: Worker,
    mail: MailServer,
) -> None:
    """Eleven hand in; the worker reminds the other three, who all come late: one was given more time."""
    AgendaItem.objects.filter(meeting=meeting, township__isnull=False).update(
        expects_deck=True, expects_manuscript=False
    )
    call(page, meeting)
    now = timezone.now()
    meetings.change_meeting(
        actor=organiser,
        meeting_id=meeting.pk,
        starts_at=now + 3 * HOUR,
        ends_at=now + 6 * HOUR,
        deadline=now + HOUR + dt.timedelta(seconds=25),
    )
    page.goto(reverse("meetings:readiness", args=[meeting.pk]))
    owed = page.locator(".readiness-board tr.is-owed")
    expect(owed).to_have_count(14)
    assert_accessible(page)
    for town, actor in people[:11]:
        hand_in(actor, meeting, town)
    expect(owed).to_have_count(3, timeout=20_000)  # the page has not been loaded anew
    worker.start()
    missing = sorted(f"wei{number}@example.invalid" for number in range(11, 14))
    wait_until(lambda: len(reminded(mail)) >= 3, 90)
    assert reminded(mail) == missing
    town, actor = people[11]
    ask_and_get_more_time(page, phone, meeting, town)
    meetings.change_meeting(actor=organiser, meeting_id=meeting.pk, deadline=timezone.now())
    hand_in(actor, meeting, town)
    for late, _actor in people[12:]:
        hand_in(organiser, meeting, late)
    versions = Version.objects.filter(material__meeting=meeting).select_related("material")
    came_late = {one.material.township_id: one.in_extension for one in versions if one.late}
    assert came_late == {late.pk: late == town for late, _actor in people[11:]}
    wait_until(lambda: versions.filter(state="ready").count() == 14, 300)
    assert reminded(mail) == missing, "nobody was reminded twice"
    expect(owed).to_have_count(0, timeout=20_000)
    wait_until(lambda: got(mail, Letter)[-1:] == ["wei11@example.invalid"], 30)
    assert "organiser@example.invalid" in [*got(mail, Letter), *answered_at_once(meeting)]


def call(page: Page, meeting: Meeting) -> None:
    """The series' own plan: an hour before it is due, at any time of the day."""
    page.goto(reverse("meetings:series_call_plan", args=[meeting.series_id]))
    page.fill('[name="number_1"]', "1")
    page.select_option('[name="unit_1"]', "60")
    for name in ("number_2", "number_3", "number_4", "quiet_from", "quiet_until"):
        page.fill(f'[name="{name}"]', "")
    assert_accessible(page)
    page.locator("main form.form button.primary").click()
    page.wait_for_url("**/reminders/")
    assert [rule.minutes_before for rule in ReminderRule.objects.all()] == [60]


def ask_and_get_more_time(board: Page, phone: Page, meeting: Meeting, town: Township) -> None:
    """A township asks on its phone; the organiser sees it come in and grants it with one click."""
    phone.goto(reverse("material_slot", args=[meeting.pk, town.pk, "deck"]))
    phone.fill('[name="reason"]', "下乡未回")
    assert_accessible(phone)
    phone.locator('form:has([name="reason"]) button').click()
    expect(phone.get_by_text("已向组织者申请延期")).to_be_visible()
    asked = board.locator('section[aria-labelledby="asked-title"] li')
    expect(asked).to_have_count(1, timeout=20_000)
    expect(asked).to_contain_text("下乡未回")
    asked.locator("button.primary").click()
    expect(asked).to_have_count(0)
    phone.goto(
        reverse("meetings:reminder_choice")
    )  # whoever stays at a page of the meeting is there
    assert Material.objects.get(meeting=meeting, township=town).extended_until is not None


def answered_at_once(meeting: Meeting) -> list[str]:
    """Organisers whose mail was not sent because the answer was there before it."""
    waited = Letter.objects.filter(what="time_asked", state="needless")
    return list(waited.values_list("membership__user__email", flat=True))


def come_in(organiser_page: Page, phone: Page, meeting: Meeting, actor: Actor) -> None:
    """Somebody scans the code at the door with a phone; the door's screen counts them."""
    organiser_page.goto(reverse("meetings:check_in_screen", args=[meeting.pk]))
    expect(organiser_page.locator("[data-qr] svg")).to_be_visible()
    expect(organiser_page.locator("[data-here]")).to_have_text("0")
    code = check_in.code_now(meeting.pk)[0]
    phone.goto(reverse("meetings:scan", args=[meeting.pk, code]))
    assert_accessible(phone)
    phone.locator("form.stack button.big").click()
    wait_until(
        lambda: Attendance.objects.filter(meeting=meeting, user=actor.user_id, how="scan").exists(),
        20,
    )
    expect(organiser_page.locator("[data-here]")).to_have_text("1", timeout=20_000)


def hold(
    browser: Callable[..., Page],
    page: Page,
    organiser: Actor,
    meeting: Meeting,
    people: list[tuple[Township, Actor]],
) -> None:
    """The meeting: opened and closed in the browser, things said and done in between."""
    page.goto(f"/meetings/{meeting.pk}/")
    submit(page, reverse("meetings:open", args=[meeting.pk]))
    wait_until(lambda: Meeting.objects.get(pk=meeting.pk).is_live, 20)
    come_in(page, browser(people[0][1], viewport="phone"), meeting, people[0][1])
    for _town, actor in people[1:12]:
        attendance.check_in(actor=actor, meeting_id=meeting.pk, how="scan")
    problem = board.add_post(
        actor=people[0][1],
        meeting_id=meeting.pk,
        kind="problem",
        body="流动党员联系不上，登记表填了三遍。",
        client_id="p1",
    )
    board.set_support(actor=people[1][1], post_id=problem.pk, supported=True)
    practice = board.add_post(
        actor=people[2][1],
        meeting_id=meeting.pk,
        kind="practice",
        body="志愿服务一人一档，手机扫码登记。",
        client_id="p2",
    )
    board.set_adoption(actor=people[3][1], post_id=practice.pk, status="planned")
    case = cases.open_case(actor=organiser, post_id=problem.pk)
    cases.change_case(actor=organiser, case_id=case.pk, responsible_id=organiser.user_id)
    page.goto(f"/meetings/{meeting.pk}/")
    submit(page, reverse("meetings:close", args=[meeting.pk]))
    wait_until(lambda: Meeting.objects.get(pk=meeting.pk).is_closed, 20)


def write_minutes(first: Page, second: Page, meeting: Meeting) -> None:
    """Two people write at once: different lines are joined, the same line is shown as a conflict and settled."""
    address = reverse("archive:minutes", args=[meeting.pk])
    for page in (first, second):
        page.goto(address)
        expect(page.locator("#body-problems")).to_have_value(containing("流动党员联系不上"))
    assert_accessible(first)
    first.fill("#body-decisions", "一是抓登记。\n二是抓联系。")
    expect(first.locator("#part-decisions [data-said]")).to_contain_text("已保存", timeout=15_000)
    expect(second.locator("#body-decisions")).to_have_value(
        "一是抓登记。\n二是抓联系。", timeout=15_000
    )
    first.fill("#body-decisions", "一是抓登记，月底前完成。\n二是抓联系。")
    second.fill("#body-decisions", "一是抓登记。\n二是抓联系。\n三是抓通报。")
    both = "一是抓登记，月底前完成。\n二是抓联系。\n三是抓通报。"
    wait_until(lambda: decisions(meeting) == both, 20)
    for page in (first, second):
        expect(page.locator("#body-decisions")).to_have_value(both, timeout=15_000)
    first.fill("#body-decisions", both.replace("通报", "通报表扬"))
    second.fill("#body-decisions", both.replace("通报", "督促检查"))
    wait_until(lambda: MinutesSave.objects.filter(number=None).count() == 1, 20)
    first.goto(address)
    expect(first.locator(".minutes-conflict")).to_have_count(1)
    assert_accessible(first)
    first.locator(".minutes-two form", has_text="督促检查").locator("button").click()
    expect(first.locator(".minutes-conflict")).to_have_count(0)
    settled = first.locator("#body-decisions").input_value()
    first.fill("#body-decisions", f"{settled}\n四是抓落实。")
    first.locator("[data-approve] button").click()  # at once: it is saved and shown first
    expect(first.locator("#toasts")).to_contain_text("已全部保存")
    expect(first.locator("#body-decisions")).to_have_value(containing("四是抓落实"))
    expect(first.locator("[data-approve] button")).to_be_focused()
    first.locator("[data-approve] button").click()
    confirm(first)
    expect(first.locator(".minutes-paper")).to_be_visible()
    assert_accessible(first)
    assert Minutes.objects.get(meeting=meeting).is_frozen


def containing(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))


def decisions(meeting: Meeting) -> str:
    return Minutes.objects.get(meeting=meeting).sections.get(key="decisions").body


def take_pack(page: Page, meeting: Meeting, folder: Path) -> None:
    """One click, and every office program opens what comes."""
    page.goto(reverse("archive:pack", args=[meeting.pk]))
    assert_accessible(page)
    with page.expect_download(timeout=60_000) as waiting:
        page.locator("a.button.primary").click()
    waiting.value.save_as(folder / "pack.zip")
    with zipfile.ZipFile(folder / "pack.zip") as pack:
        assert pack.testzip() is None
        names = {name.partition("/")[2]: name for name in pack.namelist()}
        assert len([name for name in names if name.startswith("材料/")]) == 14
        for name in ("会议纪要.docx", "例会摘要.pptx", "问题清单.xlsx"):
            (folder / name).write_bytes(pack.read(names[name]))
    words = "\n".join(
        paragraph.text for paragraph in Document(str(folder / "会议纪要.docx")).paragraphs
    )
    assert "流动党员联系不上" in words
    assert "督促检查" in words
    assert "draft" not in words
    shown = Presentation(str(folder / "例会摘要.pptx"))
    assert sum(shape.shape_type == 13 for slide in shown.slides for shape in slide.shapes) >= 14
    cells = [
        cell.value
        for row in load_workbook(folder / "问题清单.xlsx").active.iter_rows()
        for cell in row
    ]
    assert "流动党员联系不上，登记表填了三遍。" in cells
    files = [folder / name for name in ("会议纪要.docx", "例会摘要.pptx", "问题清单.xlsx")]
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
         "--outdir", str(folder), *map(str, files)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    for file in files:
        assert file.with_suffix(".pdf").stat().st_size > 1000


def test_a_month(  # type: ignore[no-untyped-def]
    browser,
    county: County,
    townships: list[Township],
    organiser: Actor,
    posting_worker: Worker,
    mail_server: MailServer,
    tmp_path: Path,
) -> None:
    need_converter()
    second = make_person(county, "organiser", "second", name="副组长")
    towns = [
        *townships,
        *(
            Township.objects.create(county=county, name=name, position=9 + n)
            for n, name in enumerate(NAMES)
        ),
    ]
    people = [
        (town, make_person(county, "member", f"wei{n}", town, name=f"{town.name}委员"))
        for n, town in enumerate(towns)
    ]
    page = browser(organiser)
    meeting = make_series(page)
    set_agenda(page, meeting, towns)
    call_and_hand_in(
        page,
        organiser,
        Meeting.objects.get(pk=meeting.pk),
        people,
        browser(people[11][1], viewport="phone"),
        posting_worker,
        mail_server,
    )
    hold(browser, page, organiser, meeting, people)
    write_minutes(page, browser(second), meeting)
    take_pack(page, meeting, tmp_path)
    wait_until(lambda: Minutes.objects.get(meeting=meeting).pdf != "", 90)
    page.goto("/archive/numbers/")
    expect(page.locator("[data-chart] canvas").first).to_be_visible()
    assert_accessible(page)
    series = Series.objects.get()
    page.goto(reverse("meetings:series"))
    page.locator(
        f'form[action="{reverse("meetings:make_next", args=[series.pk])}"] button'
    ).first.click()
    page.wait_for_url("**/agenda/")
    following = Meeting.objects.exclude(pk=meeting.pk).get()
    assert CaseDiscussion.objects.filter(meeting=following).count() == 1, (
        "what is open is carried on"
    )
    assert following.agenda.filter(township__isnull=False).exists()
    page.goto(f"/meetings/{following.pk}/")
    expect(page.locator("main")).to_contain_text("流动党员联系不上")
