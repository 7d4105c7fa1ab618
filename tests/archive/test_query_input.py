"""Whatever is typed into the search field is taken as words; nothing is an error but its length."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.query import QueryTooLong, parse
from archive.search import search

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    ['"', '""', "NEAR(", "NEAR(a b)", "-foo", "b:foo", "*", "AND OR NOT", "a AND", "(", "')", "'", "\\",
     "a & b | !c", "<->", ":*", "a:*b", "x' OR 1=1 --", "{a b}:c", "^a", "a+b", "\x00", "-", "--", "OR",
     "🙂", "‮abc", "ܐܒ", "%", "_", "title_tokens : a"],
)  # fmt: skip
def test_operators_of_the_engines_are_words(member, text):
    assert search(actor=member, text=text).hits == []


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(text=st.text(max_size=200))
def test_any_text_can_be_searched(member, text):
    assert search(actor=member, text=text).total == 0


def test_lone_surrogates_are_left_out():
    assert [t.tokens for [t] in parse("志\ud800愿").groups] == [("志愿",)]


def test_too_long_is_said_at_once(member):
    with pytest.raises(QueryTooLong) as caught:
        search(actor=member, text="长" * 100_000)
    assert caught.value.status == 400
    assert "200" in caught.value.detail
