"""The month's deck: made for a township, from the county's own deck where there is one; read back."""

import io
import zipfile

import pytest
from django.conf import settings
from django.test import override_settings
from lxml import etree
from pptx import Presentation
from pptx.util import Inches

from tests.people import client_of, make_meeting
from tests.uploads.processing.builders import corpus
from tests.uploads.ready import make_ready
from townships.models import AuditRow
from townships.problems import NotAllowed
from uploads import base_decks, files
from uploads.models import BaseDeck, Page
from uploads.monthly.headings import KNOWN, TITLES, Section, section_of
from uploads.monthly.reading import read_drafts

HEADINGS = ["工作开展情况", "发现的问题", "推介的做法", "请求事项"]
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def address(meeting, township):
    return f"/meetings/{meeting.pk}/month-deck/{township.pk}/"


def fetched(actor, meeting, township):
    answer = client_of(actor).get(address(meeting, township))
    assert answer.status_code == 200
    return answer, Presentation(io.BytesIO(answer.content))


def words(deck):
    return [
        [p.text for shape in slide.shapes if shape.has_text_frame
         for p in shape.text_frame.paragraphs if p.text]
        for slide in deck.slides
    ]  # fmt: skip


def date_of(meeting):
    day = meeting.starts_at.astimezone(meeting.zone)
    return f"{day.year}年{day.month}月{day.day}日 星期{'一二三四五六日'[day.weekday()]}"


def send(actor, data, name="县模板.pptx"):
    return client_of(actor).put(
        f"/api/v1/base-deck?filename={name}", data=data, content_type="application/octet-stream"
    )


def saved(deck):
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def test_the_cover_names_county_township_meeting_and_date(member, meeting, township):
    answer, deck = fetched(member, meeting, township)
    cover, *rest = words(deck)
    assert cover == [meeting.title, "云岭县　青石镇", date_of(meeting)]
    assert rest == [[heading] for heading in HEADINGS]
    assert answer["Content-Type"] == PPTX
    assert "%E9%9D%92%E7%9F%B3%E9%95%87" in answer["Content-Disposition"]


def test_its_fonts_fit_latin_and_chinese(member, meeting, township):
    """The theme names a font for each, so that whatever is typed later has the right one; the runs say
    that they are Chinese."""
    answer, deck = fetched(member, meeting, township)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        theme = etree.fromstring(package.read("ppt/theme/theme1.xml"))
    for kind in ("majorFont", "minorFont"):
        fonts = next(theme.iter(f"{A}{kind}"))
        assert fonts.find(f"{A}latin").get("typeface") == "Arial"
        assert fonts.find(f"{A}ea").get("typeface") == "微软雅黑"
    runs = [run for slide in deck.slides for run in slide._element.iter(f"{A}rPr")]
    assert runs
    assert {run.get("lang") for run in runs} == {"zh-CN"}
    assert deck.slide_width == Inches(13.333)


def test_every_heading_it_writes_is_recognised():
    """In each language; with the numbers people put before them; in traditional characters."""
    from django.utils import translation

    for language in ("zh-hans", "zh-hant", "en"):
        with translation.override(language):
            for section, title in TITLES.items():
                assert section_of(str(title)) is section, (language, title)
    for text in (
        "二、存在的问题",
        "（三）主要做法：",
        "02 发现的问题",
        "三、問題和困難",
        "1.困难与问题",
    ):
        assert section_of(text) in (Section.PROBLEM, Section.PRACTICE), text
    for text in ("", "问题楼盘处置情况", "关于做法的几点思考以及下一步打算", "目录", "1."):
        assert section_of(text) is None, text
    every = [word for known in KNOWN.values() for word in known]
    assert len(every) == len(set(every))


def filled(*slides):
    return [
        Page(number=number, title=title, text="\n".join([title, *lines]))
        for number, (title, *lines) in enumerate(slides, start=1)
    ]


def test_problems_and_practices_under_their_headings_become_drafts(meeting):
    pages = filled(
        ("工作开展情况", "走访党员一百二十户"),
        ("二、发现的问题", "1. 流动党员联系不上", "• 村级登记信息不准", "短"),
        ("发现的问题", "续：人手不足，三个村没有专职人员"),
        ("推介的做法", "包片联系：", "驻村干部每周回访一次"),
        ("请求事项", "请求增加经费"),
    )
    found = read_drafts(meeting.pk, pages)
    assert [(d.kind, d.text, d.page) for d in found] == [
        ("problem", "流动党员联系不上", 2),
        ("problem", "村级登记信息不准", 2),
        ("problem", "续：人手不足，三个村没有专职人员", 3),
        ("practice", "包片联系：驻村干部每周回访一次", 4),
    ]
    assert [d.key for d in read_drafts(meeting.pk, pages)] == [d.key for d in found]
    assert all(len(d.key) <= 64 for d in found)


def test_the_same_words_are_one_draft_and_there_are_at_most_sixty(meeting):
    pages = filled(("发现的问题", "村级登记信息不准", "村级登记信息不准"))
    assert len(read_drafts(meeting.pk, pages)) == 1
    many = filled(("发现的问题", *(f"第{n}个村的登记信息不准" for n in range(100))))
    assert len(read_drafts(meeting.pk, many)) == 60


def test_footers_are_nobodys_problem(meeting):
    """What stands on four slides and more belongs to the deck, not under a heading."""
    foot = "云岭县青石镇｜村干部评议"
    pages = filled(
        ("发现的问题", "村级登记信息不准", foot), *((f"第{n}步", "走访", foot) for n in range(3))
    )
    assert [d.text for d in read_drafts(meeting.pk, pages)] == ["村级登记信息不准"]


def test_a_filled_deck_comes_back_through_python_pptx(member, meeting, township):
    """The round: fetched, written into in its text places, read by the hub's own reader."""
    from uploads.processing.text import merge_titles, slide_texts

    _answer, deck = fetched(member, meeting, township)
    for slide in deck.slides:
        if slide.shapes.title.text_frame.text == "发现的问题":
            slide.placeholders[1].text_frame.text = "流动党员联系不上"
    read = merge_titles(slide_texts(Presentation(io.BytesIO(saved(deck)))))
    pages = [Page(number=p.number, title=p.title, text=p.text) for p in read]
    assert [d.text for d in read_drafts(meeting.pk, pages)] == ["流动党员联系不上"]


def test_who_may_fetch_it(member, organiser, other_member, observer, meeting, township):
    for actor in (member, organiser):
        assert client_of(actor).get(address(meeting, township)).status_code == 200
    for actor in (other_member, observer):
        assert client_of(actor).get(address(meeting, township)).status_code == 403


# --- The county's own ---------------------------------------------------------------------------


def test_a_deck_with_tokens_keeps_its_slides(organiser, member, meeting, township):
    """Tokens are filled even when PowerPoint has torn them over several runs; headings there stay."""
    deck = Presentation()
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text_frame.text = "{例会}"
    paragraph = cover.placeholders[1].text_frame.paragraphs[0]
    for piece in ("单位：{乡", "镇}", "（{县}）{日期}"):
        paragraph.add_run().text = piece
    own = deck.slides.add_slide(deck.slide_layouts[1])
    own.shapes.title.text_frame.text = "二、存在问题"
    assert send(organiser, saved(deck)).status_code == 200
    _answer, made = fetched(member, meeting, township)
    assert words(made)[:2] == [
        [meeting.title, f"单位：青石镇（云岭县）{date_of(meeting)}"],
        ["二、存在问题"],
    ]
    assert words(made)[2:] == [[h] for h in HEADINGS if h != "发现的问题"]


def test_a_deck_without_tokens_gives_its_layouts(organiser, member, meeting, township):
    """Its own slides are not taken along; a theme without a Chinese font gets one."""
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[1]).shapes.title.text_frame.text = "旧内容"
    assert send(organiser, saved(deck)).status_code == 200
    answer, made = fetched(member, meeting, township)
    assert [w[0] for w in words(made)] == [meeting.title, *HEADINGS]
    assert made.slide_width == deck.slide_width
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        assert sum(name.startswith("ppt/slides/slide") for name in package.namelist()) == 5
        assert "微软雅黑" in package.read("ppt/theme/theme1.xml").decode()


def test_it_is_inspected_like_every_upload(organiser, corpus_files):
    """Macros, damaged packages, other kinds of file, bad names: refused with the reason, nothing kept."""
    for name, data, code in (
        ("a.pptx", corpus_files("hostile/testPPT.pptm"), "macros"),
        ("a.pptx", b"PK\x03\x04 broken", "zip_damaged"),
        ("a.pptx", b"MZ", "wrong_content"),
        ("a.pptx", b"", "empty"),
        ("a.pdf", b"%PDF-1.7", "extension_not_allowed"),
        ("a.exe.pptx", b"MZ", "name_double_extension"),
    ):
        answer = send(organiser, data, name)
        assert answer.status_code == 400, name
        assert answer.json()["code"] == code
    assert not BaseDeck.objects.exists()


def test_a_deck_without_places_for_words_cannot_be_used(organiser):
    deck = Presentation()
    for layout in list(deck.slide_layouts):
        if layout.name != "Blank":
            deck.slide_layouts.remove(layout)
    answer = send(organiser, saved(deck))
    assert (answer.status_code, answer.json()["code"]) == (400, "base_deck_unusable")


@override_settings(BASE_DECK_BYTES=1000)
def test_too_large_is_413(organiser):
    assert send(organiser, b"x" * 1001).status_code == 413


def test_it_counts_for_the_countys_quota_and_one_without_room_is_not_kept(organiser, settings):
    """Earlier ones are kept, so they count as well."""
    from uploads.tus.incoming import used_bytes

    data = saved(Presentation())
    first = send(organiser, data).json()
    settings.COUNTY_QUOTA_BYTES = 2 * len(data)
    assert send(organiser, data).status_code == 200
    assert used_bytes(organiser.county_id) == 2 * len(data)
    stored = {*files.keys_below("originals/"), *files.keys_below("base-decks/")}
    answer = send(organiser, data, "三.pptx")
    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert stored == {*files.keys_below("originals/"), *files.keys_below("base-decks/")}
    assert base_decks.current_base(organiser.county_id).filename == first["filename"]
    assert BaseDeck.objects.count() == 2


def test_a_new_one_replaces_the_old_and_removing_it_brings_ours_back(
    organiser, member, meeting, township
):
    """Every change leaves an audit row; files of earlier ones stay."""
    data = saved(Presentation())
    first = send(organiser, data, "一.pptx").json()
    send(organiser, data, "二.pptx")
    assert BaseDeck.objects.count() == 2
    assert base_decks.current_base(organiser.county_id).filename == "二.pptx"
    page = client_of(organiser).get("/month-deck/")
    assert "二.pptx" in page.content.decode()
    assert first["sha256"] in page.content.decode()
    original = client_of(organiser).get("/month-deck/original/")
    assert original.status_code == (302 if settings.S3_BUCKET else 200)
    for close in original._resource_closers:
        close()
    assert client_of(organiser).post("/month-deck/").status_code == 302
    assert base_decks.current_base(organiser.county_id) is None
    assert fetched(member, meeting, township)[1].slide_width == Inches(13.333)
    actions = AuditRow.objects.filter(action__startswith="base_deck").values_list(
        "action", flat=True
    )
    assert sorted(actions) == ["base_deck.changed", "base_deck.changed", "base_deck.removed"]
    base = BaseDeck.objects.first()
    assert files.hash_stored(base.original)[1] == base.sha256


def test_only_organisers_and_only_of_their_own_county(
    organiser, member, archivist, foreign_organiser, other_county
):
    data = saved(Presentation())
    for actor in (member, archivist):
        assert send(actor, data).status_code == 403
        assert client_of(actor).get("/month-deck/").status_code == 403
    assert send(foreign_organiser, data).status_code == 200
    assert base_decks.current_base(organiser.county_id) is None
    with pytest.raises(NotAllowed):
        base_decks.remove_base_deck(actor=member)
    assert client_of(organiser).get("/month-deck/original/").status_code == 404


def test_the_slot_page_leads_there(member, organiser, meeting, township, county):
    slot = f"/meetings/{meeting.pk}/slots/{township.pk}/deck/"
    assert address(meeting, township) in client_of(member).get(slot).content.decode()
    assert "/month-deck/" in client_of(organiser).get(slot).content.decode()
    closed = make_meeting(county, "closed")
    answer = client_of(member).get(f"/meetings/{closed.pk}/slots/{township.pk}/deck/")
    assert "month-deck" not in answer.content.decode()


def test_the_slot_page_counts_what_a_deck_offers(member, meeting, township):
    make_ready(member, meeting, township, title="发现的问题", text="发现的问题\n流动党员联系不上")
    page = client_of(member).get(f"/meetings/{meeting.pk}/slots/{township.pk}/deck/")
    assert page.context["drafts"] == {"problem": 1, "practice": 0}


@pytest.fixture
def corpus_files():
    """The bytes of a file of the corpus by its folder and name."""
    return lambda name: corpus(*name.rsplit("/", 1)).read_bytes()
