"""Folding: equal for spellings that are the same word, and never losing a position."""

from hypothesis import given
from hypothesis import strategies as st

from archive.folding import (
    fold,
    fold_character,
    fold_with_positions,
    initials,
    query_tokens,
    tokens,
)


def test_folding_examples():
    assert fold("發展ＡＢＣ１２後臺") == "发展abc12后台"
    assert fold("于於") == "于于"
    assert fold("看著") == fold("看着")


def test_tokens_of_a_text():
    assert tokens("志愿者2024年，党员") == "志愿 愿者 者 2024 年 党员 员"
    assert tokens("Village-level CADRES") == "villag level cadr village cadres"
    assert tokens("") == ""


def test_tokens_of_a_query():
    assert query_tokens("志愿者") == (["志愿", "愿者"], False)
    assert query_tokens("志") == (["志"], True)
    assert query_tokens("cadre") == (["cadr"], True)
    assert query_tokens("2024") == (["2024"], False)
    assert query_tokens("者2024") == (["者", "2024"], False)
    assert query_tokens("！？") == ([], False)


@given(st.text())
def test_positions_point_into_the_original(text):
    folded, positions = fold_with_positions(text)
    assert folded == fold(text)
    assert len(positions) == len(folded)
    assert list(positions) == sorted(positions)
    assert all(0 <= position < len(text) for position in positions)


def test_no_character_becomes_nothing():
    """So a folded text of the same length has every character where it was."""
    every = (chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)
    assert [one for one in every if not fold_character(one)] == []


def test_positions_where_one_character_becomes_three():
    assert fold_with_positions("第㎏ﷺ号") == ("第kgصلى الله عليه وسلم号", [0, 1, 1, *[2] * 18, 3])


CHINESE = st.text(st.sampled_from("志愿者党员村干部"), min_size=1, max_size=30)


@given(CHINESE, st.data())
def test_every_part_of_a_text_is_found_in_it(text, data):
    """The query tokens of any part of a text stand in a row in the text's tokens."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    wanted, prefix = query_tokens(text[start:end])
    have = tokens(text).split()
    rows = [have[i : i + len(wanted)] for i in range(len(have) - len(wanted) + 1)]
    assert any(
        row[:-1] == wanted[:-1]
        and (row[-1].startswith(wanted[-1]) if prefix else row[-1] == wanted[-1])
        for row in rows
    )


def test_initials_of_names():
    assert initials("青石镇") == initials("青石鎮") == "qsz"
    assert initials("王小明") == "wxm"
    assert initials("Wang") == initials("") == ""
