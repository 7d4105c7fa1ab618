"""What people type is kept without what no page or document can hold."""

import pytest

from board.text import clean_body
from townships.texts import many_lines, one_line

BAD = ["\x00", "\x0b", "\x1f", "\x7f", "\ufffe", "\uffff", "\u202e"]


@pytest.mark.parametrize("bad", BAD)
def test_what_xml_cannot_hold_or_turns_text_around_is_dropped(bad: str) -> None:
    kept = [
        one_line(f"例{bad}会", "title", most=9),
        many_lines(f"例{bad}会", "note", most=9),
        clean_body(f"例{bad}会"),
    ]
    assert {text.replace(" ", "") for text in kept} == {"例会"}
    assert bad not in "".join(kept)
