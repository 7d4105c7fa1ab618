"""What changed between two versions: added, removed, changed and moved slides, by picture and words."""

import base64
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from meetings.models import Meeting
from tests.people import client_of, no_more_queries_than
from tests.uploads.ready import make_ready
from uploads.changes import compare, counts, differences
from uploads.models import Page, Version
from uploads.signatures import looks_same, signature_of


def page(number, text, title="", signature="", **fields):
    return Page(
        pk=uuid.uuid4(), number=number, text=text, title=title or text[:8], signature=signature,
        **fields,
    )  # fmt: skip


def deck(*texts):
    return [page(number, text) for number, text in enumerate(texts, start=1)]


def states(old, new, **options):
    return [
        (str(c.state), c.old.number if c.old else None, c.new.number if c.new else None)
        for c in compare(old, new, **options)
    ]


INTRO = "青石镇本月开展党员志愿服务登记，覆盖十二个村"
PROBLEM = "流动党员联系不上，登记信息不准，村里人手不足"
PRACTICE = "驻村干部包片联系，每周回访一次，建立台账"
THANKS = "感谢各位领导，请批评指正"


def test_the_same_deck_has_no_changes():
    assert [s for s, _, _ in states(deck(INTRO, PROBLEM), deck(INTRO, PROBLEM))] == ["same"] * 2


def test_a_slide_put_in_and_one_taken_out():
    """What follows keeps its partner although its number is another one."""
    assert states(deck(INTRO, PROBLEM, THANKS), deck(INTRO, PRACTICE, PROBLEM)) == [
        ("same", 1, 1),
        ("added", None, 2),
        ("same", 2, 3),
        ("removed", 3, None),
    ]


def test_changed_words_are_shown_letter_by_letter():
    new = PROBLEM.replace("不准", "不全")
    [change] = compare(deck(PROBLEM), deck(new))
    assert change.state == "changed"
    assert [(p.op, p.text) for p in change.text if p.op in ("added", "removed")] == [
        ("removed", "准"),
        ("added", "全"),
    ]


def test_its_own_number_on_a_slide_is_no_word_of_it():
    """A footer's number changes with every slide put in before: that is not a change of the slide."""
    old, new = page(2, PROBLEM + "\n2", title="问题"), page(3, PROBLEM + "\n3", title="问题")
    assert [c.state for c in compare([old], [new])] == ["same"]


def test_a_moved_slide_is_one_row_not_two():
    old = deck(INTRO, PROBLEM, PRACTICE, THANKS)
    new = deck(INTRO, PRACTICE, THANKS, PROBLEM)
    found = states(old, new)
    assert ("moved", 2, 4) in found
    assert [s for s, _, _ in found if s in ("added", "removed")] == []


def test_another_picture_with_the_same_words_is_a_change():
    [change] = compare([page(1, INTRO, signature=mark(20))], [page(1, INTRO, signature=mark(90))])
    assert (str(change.state), change.picture, change.text) == ("changed", True, [])


def test_without_a_picture_only_words_count_and_that_is_said():
    [change] = compare([page(1, INTRO)], [page(1, INTRO, signature=mark(9))])
    assert (str(change.state), change.picture) == ("same", None)


def test_slides_of_pictures_alone_are_matched_by_their_pictures():
    old = [page(1, "", signature=mark(10)), page(2, "", signature=mark(200))]
    new = [page(1, "", signature=mark(200))]
    assert states(old, new) == [("removed", 1, None), ("same", 2, 1)]


def test_notes_count_for_those_who_may_read_them():
    old, new = [page(1, INTRO, notes="慢一点讲")], [page(1, INTRO, notes="快一点讲")]
    assert [c.state for c in compare(old, new)] == ["changed"]
    assert [c.state for c in compare(old, new, notes=False)] == ["same"]


def test_a_slide_that_is_hidden_now_has_changed():
    [change] = compare([page(1, INTRO)], [page(1, INTRO, hidden=True)])
    assert change.hidden
    assert change.state == "changed"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([INTRO, PROBLEM, PRACTICE, THANKS, "", "一"]), max_size=8),
    st.lists(st.sampled_from([INTRO, PROBLEM, PRACTICE, THANKS, "", "二"]), max_size=8),
)
def test_every_slide_of_both_is_told_exactly_once(before, after):
    old, new = deck(*before), deck(*after)
    found = compare(old, new)
    assert sorted(c.old.number for c in found if c.old) == [p.number for p in old]
    assert [c.new.number for c in found if c.new] == [p.number for p in new]
    assert sum(counts(found).values()) == len(found)


@settings(max_examples=80, deadline=None)
@given(st.text("党员村ab \n", max_size=40), st.text("党员村ab \n", max_size=40))
def test_the_pieces_make_both_texts(old, new):
    """Leaving out what was added gives the old words, leaving out what was removed the new ones."""
    pieces = differences(old, new)
    if any(p.op == "gap" for p in pieces) or not pieces:
        return
    assert "".join(p.text for p in pieces if p.op != "added") == old
    assert "".join(p.text for p in pieces if p.op != "removed") == new


def test_five_hundred_other_slides_take_no_minutes():
    """Decks with nothing in common at all are compared place by place."""
    old = deck(*(f"甲{n}" * 5 for n in range(500)))
    new = deck(*(f"乙{n}" * 5 for n in range(500)))
    assert len(compare(old, new)) >= 500


def mark(value):
    return base64.b64encode(bytes([value]) * (16 * 9 * 3)).decode()


def drawn(path, text_at):
    picture = Image.new("RGB", (480, 270), "white")
    ImageDraw.Draw(picture).rectangle((*text_at, text_at[0] + 60, text_at[1] + 20), fill="black")
    picture.save(path, "WEBP", quality=80)
    return signature_of(path)


def test_the_signature_tells_pictures_apart_and_forgives_compression(tmp_path):
    one = drawn(tmp_path / "a.webp", (40, 40))
    with Image.open(tmp_path / "a.webp") as opened:
        opened.save(tmp_path / "again.webp", "WEBP", quality=60)
    assert looks_same(one, signature_of(tmp_path / "again.webp")) is True
    assert looks_same(one, drawn(tmp_path / "b.webp", (60, 40))) is False
    assert looks_same(one, "") is None


def test_a_picture_that_cannot_be_read_has_none(tmp_path):
    (tmp_path / "x.webp").write_bytes(b"RIFF....")
    assert signature_of(tmp_path / "x.webp") == ""


# --- The page -------------------------------------------------------------------------------------


@pytest.fixture
def twice(member, meeting, township):
    old = make_ready(member, meeting, township, text=PROBLEM, title="问题")
    new = make_ready(member, meeting, township, pages=4, text=PROBLEM + "。<b>", title="问题",
                     data=b"PK\x03\x04b")  # fmt: skip
    return old, new


def test_the_page_compares_the_newest_two_by_itself(twice, member, organiser, archivist, meeting):
    _old, new = twice
    address = f"/materials/{new.material_id}/changes/"
    for actor in (member, organiser):
        page = client_of(actor).get(address)
        assert page.status_code == 200
        assert page.context["counts"]["changed"] == 3
        assert page.context["counts"]["added"] == 1
        assert "&lt;b&gt;" in page.content.decode()
    assert client_of(member).get(address + "?before=2&after=1").context["counts"]["removed"] == 1


def test_others_do_not_know_of_versions(twice, meeting, other_member, observer, foreign_organiser):
    Meeting.objects.filter(pk=meeting.pk).update(status="live")
    for actor in (other_member, observer, foreign_organiser):
        assert (
            client_of(actor).get(f"/materials/{twice[1].material_id}/changes/").status_code == 404
        )


@pytest.mark.parametrize("query", ["?before=9", "?after=9", "?before=2&after=2", "?after=1"])
def test_numbers_that_are_not_there_are_not_found(twice, member, query):
    assert (
        client_of(member).get(f"/materials/{twice[1].material_id}/changes/{query}").status_code
        == 404
    )


def test_one_version_alone_has_nothing_to_compare(member, meeting, township):
    only = make_ready(member, meeting, township)
    assert client_of(member).get(f"/materials/{only.material_id}/changes/").status_code == 404


def test_the_same_over_the_api(twice, member, other_member, api):
    answer = api(member).get(f"/materials/{twice[1].material_id}/changes", before=1, after=2).json()
    assert answer["counts"] == {"same": 0, "changed": 3, "added": 1, "removed": 0, "moved": 0}
    assert answer["changes"][0]["text"][-1] == {"op": "added", "text": "。<b>"}
    assert api(other_member).get(f"/materials/{twice[1].material_id}/changes").status_code == 404


@pytest.mark.parametrize("pages", [1, 30])
def test_queries_do_not_grow_with_slides(member, meeting, township, pages):
    make_ready(member, meeting, township, pages=pages)
    new = make_ready(member, meeting, township, pages=pages, data=b"PK\x03\x04c")
    client = client_of(member)
    with no_more_queries_than(9):
        assert client.get(f"/materials/{new.material_id}/changes/").status_code == 200


def test_a_refused_version_is_not_compared(twice, member):
    Version.objects.filter(pk=twice[1].pk).update(state="refused")
    assert client_of(member).get(f"/materials/{twice[1].material_id}/changes/").status_code == 404
