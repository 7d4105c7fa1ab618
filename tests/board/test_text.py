"""What is typed is kept as typed, but for what cannot be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.models import Post
from board.problems import BadText, EmptyText, LongText
from board.text import clean_body


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_cleaning_is_idempotent_and_leaves_no_control_characters(text):
    try:
        cleaned = clean_body(text)
    except EmptyText:
        return
    assert clean_body(cleaned) == cleaned
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  名册  ", "名册"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("名\x00册\x1b[31m", "名册[31m"),
        ("税\u202e单", "税单"),
        ("👨‍👩‍👧 一家", "👨‍👩‍👧 一家"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_what_is_kept(typed, kept):
    assert clean_body(typed) == kept


def test_two_thousand_characters_fit_and_one_more_does_not():
    assert len(clean_body("字" * 2000)) == 2000
    with pytest.raises(LongText):
        clean_body("字" * 2001)
    with pytest.raises(BadText):
        clean_body("坏\ud800")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": " \n\t "}, "empty_text"),
        ({"body": "字" * 2001}, "long_text"),
        ({"body": "坏\ud800"}, "bad_text"),
        ({"client_id": ""}, "bad_client_id"),
        ({"client_id": "x" * 65}, "bad_client_id"),
        ({"client_id": "一"}, "bad_client_id"),
        ({"kind": "rumour"}, "invalid"),
        ({"page": "not a uuid"}, "invalid"),
        ({"body": None}, "invalid"),
    ],
)
def test_the_api_says_what_is_wrong(api, member, live_meeting, change, code):
    body = {"kind": "problem", "body": "话", "client_id": "1"} | change
    answer = api(member).post(f"/meetings/{live_meeting.pk}/posts", body)
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == code
    assert Post.objects.count() == 0
