"""Searching the archive: what is found, by whom, and how it is shown."""

import pytest

from archive.search import Filters, search
from meetings import events
from tests.archive.material import add_deck, add_entry, index, month, tell
from tests.people import make_item, make_meeting, no_more_queries_than
from townships.problems import NotAllowed, SignedOut

pytestmark = pytest.mark.django_db

SLIDES = [
    {"title": "志愿者名册", "text": "2024年登记志愿者312名\n推行一人一档", "notes": "这里停一下"},
    {"title": "村干部述职评议", "text": "發展年輕黨員十七名，建立服務站", "notes": ""},
    {"title": "谢谢", "text": "Thanks to all organisations", "notes": ""},
]


@pytest.fixture
def closed(county, township, other_township):
    meeting = make_meeting(county, "closed", **month(2024, 5), title="五月例会")
    add_deck(meeting, township, SLIDES)
    add_entry(meeting, other_township, "流动党员管理困难，外出半年以上的联系不上")
    add_entry(meeting, township, "每季度上门走访一次，用好微信群", kind="practice")
    index()
    return meeting


def found(actor, text, **filters):
    """What a search finds, as (kind, slide number) pairs, best first."""
    results = search(actor=actor, text=text, filters=Filters(**filters))
    return [(hit.entry.kind, hit.entry.number) for hit in results.hits]


def test_a_word_on_a_slide_finds_that_slide(closed, member):
    assert found(member, "述职评议") == [("slide", 2)]


def test_a_word_of_an_entry_finds_that_entry(closed, member):
    assert found(member, "联系不上") == [("problem", None)]
    assert found(member, "走访") == [("practice", None)]


@pytest.mark.parametrize("text", ["发展年轻党员", "發展年輕黨員", "服务站", "服務站"])
def test_simplified_finds_traditional_and_the_other_way_round(closed, member, text):
    assert found(member, text) == [("slide", 2)]


@pytest.mark.parametrize("text", ["志愿", "２０２４年", "２０２４", "一人一档", "志"])
def test_two_characters_full_width_numbers_and_single_characters_are_found(closed, member, text):
    assert found(member, text)[0] == ("slide", 1)


def test_nothing_is_found_across_punctuation_or_word_order(closed, member):
    """ "年" and "登记" stand together; "名推" do not: a line break is between them."""
    assert found(member, "名推行") == []
    assert found(member, "愿志") == []


@pytest.mark.parametrize("text", ["organ", "ORGANISATIONS", "thanks all", '"to all"'])
def test_latin_words_by_beginning_case_and_phrase(closed, member, text):
    assert found(member, text) == [("slide", 3)]


def test_all_words_must_occur_minus_excludes_and_or_accepts_either(closed, member):
    assert found(member, "志愿者 走访") == []
    assert found(member, "年 -志愿者") == [("slide", 2), ("problem", None)] or set(
        found(member, "年 -志愿者")
    ) == {("slide", 2), ("problem", None)}
    assert set(found(member, "走访 OR 述职")) == {("slide", 2), ("practice", None)}
    assert set(found(member, "走访 或 述职")) == {("slide", 2), ("practice", None)}


def test_notes_are_found_by_their_township_and_organisers_only(
    closed, member, other_member, organiser, observer
):
    assert found(member, "停一下") == [("notes", 1)]
    assert found(organiser, "停一下") == [("notes", 1)]
    assert found(other_member, "停一下") == []
    assert found(observer, "停一下") == []


def test_another_county_finds_nothing(closed, foreign_organiser, foreign_member):
    assert found(foreign_organiser, "志愿者") == []
    assert found(foreign_member, "志愿者") == []


def test_guests_and_strangers_may_not_search(closed, guest, nobody):
    with pytest.raises(NotAllowed):
        search(actor=guest, text="志愿者")
    with pytest.raises(SignedOut):
        search(actor=nobody, text="志愿者")


def test_before_closing_only_organisers_find_and_archivists_once_open(
    county, township, member, organiser, archivist
):
    live = make_meeting(county, "live")
    ahead = make_meeting(county, "announced")
    add_deck(live, township, [{"title": "现场演示", "text": "正在进行"}])
    add_deck(ahead, township, [{"title": "下月演示", "text": "还没开始"}])
    index()
    assert found(member, "演示") == []
    assert len(found(organiser, "演示")) == 2
    assert len(found(archivist, "演示")) == 1


def test_filters_narrow_and_counts_tell_what_each_choice_would_give(
    closed, county, township, other_township, member
):
    later = make_meeting(county, "closed", **month(2025, 6), title="六月例会")
    add_deck(later, other_township, [{"title": "志愿者再登记", "text": ""}])
    index()
    assert len(found(member, "志愿者")) == 2
    assert found(member, "志愿者", year=2025) == [("slide", 1)]
    assert found(member, "志愿者", township=township.pk) == [("slide", 1)]
    assert found(member, "志愿者", kind="problem") == []
    counts = search(actor=member, text="志愿者", filters=Filters(year=2025)).counts
    assert counts["year"] == [(2025, 1), (2024, 1)]
    assert counts["township"] == [(other_township.pk, 1)]
    assert counts["kind"] == [("slide", 1)]


def test_hidden_withdrawn_and_replaced_content_is_no_longer_found(closed, township, member):
    from django.utils import timezone

    post = closed.posts.get(kind="problem")
    post.hidden_at = timezone.now()
    post.save()
    tell(closed, events.POST_HIDDEN, post)
    material = closed.materials.get()
    material.current.pages.filter(number=2).update(title="换了", text="换了")
    tell(closed, events.MATERIAL_READY, material, township_id=township.pk)
    index()
    assert found(member, "联系不上") == []
    assert found(member, "述职评议") == []
    assert found(member, "换了") == [("slide", 2)]


def test_hits_are_marked_in_the_original_script_and_are_inert(closed, county, township, member):
    [hit] = search(actor=member, text="发展年轻党员").hits
    assert "<mark>發展年輕黨員</mark>十七名" in hit.snippet
    add_entry(closed, township, "<script>alert(1)</script>志愿者")
    index()
    [hit] = search(actor=member, text="script").hits
    assert hit.title == "&lt;<mark>script</mark>&gt;alert(1)&lt;/<mark>script</mark>&gt;志愿者"


def test_the_number_of_queries_does_not_grow_with_hits(closed, county, township, member):
    for _ in range(30):
        add_entry(closed, township, "又一条志愿者问题")
    index()
    with no_more_queries_than(4):
        assert len(search(actor=member, text="志愿者").hits) == 20
    with no_more_queries_than(4):
        assert len(search(actor=member, text="述职评议").hits) == 1


def test_results_say_when_the_index_is_behind(closed, township, member):
    assert search(actor=member, text="志愿者").behind is False
    add_entry(closed, township, "刚刚发生")
    assert search(actor=member, text="志愿者").behind is True
    index()
    assert search(actor=member, text="刚刚发生").behind is False


@pytest.mark.parametrize("text", ["organise", "organised", "organisat", "organisation"])
def test_english_words_are_found_in_every_form_and_while_they_are_typed(closed, member, text):
    assert found(member, text) == [("slide", 3)]
    [hit] = search(actor=member, text=text).hits
    assert "<mark>organisations</mark>" in hit.snippet


def test_names_of_people_and_townships_are_found_by_their_initials(
    closed, county, township, member
):
    make_item(closed, township, presenter="苏砚禾")
    tell(closed, events.MEETING_CHANGED, closed)
    index()
    assert found(member, "syh") == [("meeting", None)]
    assert ("problem", None) in found(member, "bsx")


def test_by_date_and_by_month(closed, county, township, member):
    later = make_meeting(county, "closed", **month(2025, 6))
    add_deck(later, township, [{"title": "再说名册", "text": "志愿者"}])
    index()

    def dates(sort, **filters):
        results = search(actor=member, text="志愿者", sort=sort, filters=Filters(**filters))
        return [hit.entry.at.year for hit in results.hits]

    assert dates("newest") == [2025, 2024]
    assert dates("oldest") == [2024, 2025]
    assert dates("newest", month=5) == [2024]
    assert search(actor=member, text="志愿者").counts["month"] == [(5, 1), (6, 1)]


def test_organisers_narrow_by_the_state_of_the_meeting(closed, county, township, organiser):
    add_deck(make_meeting(county, "announced"), township, [{"title": "下月名册", "text": ""}])
    index()
    assert set(search(actor=organiser, text="名册").counts["status"]) == {
        ("closed", 1),
        ("announced", 1),
    }
    assert found(organiser, "名册", status="announced") == [("slide", 1)]


def test_of_very_many_hits_the_newest_are_ranked_and_filters_still_reach_all(
    closed, county, township, member, monkeypatch
):
    monkeypatch.setattr("archive.engines.MOST", 5)
    later = make_meeting(county, "closed", **month(2025, 6))
    for number in range(5):
        add_entry(later, township, f"第{number}条志愿者问题")
    index()
    results = search(actor=member, text="志愿者")
    assert (results.total, results.more) == (5, True)
    assert found(member, "志愿者", year=2024) == [("slide", 1)]


def grouped(actor, text, **filters):
    results = search(actor=actor, text=text, filters=Filters(**filters), grouped=True)
    return [(group.kind, group.total, len(group.hits)) for group in results.groups], results


def test_results_come_in_groups_by_kind_that_of_the_best_hit_first(closed, township, member):
    add_entry(closed, township, "志愿者名册谁来管")
    add_entry(closed, township, "登记时说明用途，志愿者愿意", kind="practice")
    index()
    groups, results = grouped(member, "志愿者")
    assert sorted(groups) == [("practice", 1, 1), ("problem", 1, 1), ("slide", 1, 1)]
    flat = search(actor=member, text="志愿者").hits
    assert groups[0][0] == flat[0].entry.kind
    assert results.total == len(flat) == 3
    assert dict(results.counts["kind"]) == {"slide": 1, "problem": 1, "practice": 1}
    assert results.page is None


def test_a_group_of_many_shows_its_best_and_says_how_many_there_are(closed, township, member):
    for number in range(30):
        add_entry(closed, township, f"志愿者问题{number}")
    index()
    groups, results = grouped(member, "志愿者")
    assert sorted(groups) == [("problem", 30, 4), ("slide", 1, 1)]
    best = search(actor=member, text="志愿者", filters=Filters(kind="problem")).hits[:4]
    [problems] = [group for group in results.groups if group.kind == "problem"]
    assert [hit.entry.pk for hit in problems.hits] == [hit.entry.pk for hit in best]


def test_hits_of_one_kind_come_in_pages_at_once(closed, township, member):
    for number in range(30):
        add_entry(closed, township, f"驻村工作{number}")
    index()
    groups, results = grouped(member, "驻村工作")
    assert (groups, len(results.hits), results.pages) == ([], 20, 2)
