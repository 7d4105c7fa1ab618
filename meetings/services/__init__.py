"""Every write about meetings: series, scheduling and running a meeting, its agenda."""

from .agenda import (
    add_item,
    change_item,
    copy_agenda,
    move_item,
    remove_item,
    start_item,
    stop_item,
)
from .next_month import make_next_meeting
from .notices import confirm_notice, renew_notice
from .roster import answer_swap, ask_swap, plan_turns, set_turns, withdraw_swap
from .schedule import (
    announce_meeting,
    call_off_meeting,
    change_meeting,
    close_meeting,
    create_meeting,
    discard_draft,
    new_join_code,
    open_meeting,
    rotate_join_code,
)
from .series import (
    change_series,
    create_meeting_from_series,
    create_series,
    default_title,
    move_day,
    restore_day,
    skip_day,
)

__all__ = [
    "add_item",
    "announce_meeting",
    "answer_swap",
    "ask_swap",
    "call_off_meeting",
    "change_item",
    "change_meeting",
    "change_series",
    "close_meeting",
    "confirm_notice",
    "copy_agenda",
    "create_meeting",
    "create_meeting_from_series",
    "create_series",
    "default_title",
    "discard_draft",
    "make_next_meeting",
    "move_day",
    "move_item",
    "new_join_code",
    "open_meeting",
    "plan_turns",
    "remove_item",
    "renew_notice",
    "restore_day",
    "rotate_join_code",
    "set_turns",
    "skip_day",
    "start_item",
    "stop_item",
    "withdraw_swap",
]
