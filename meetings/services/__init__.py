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
from .schedule import (
    announce_meeting,
    change_meeting,
    close_meeting,
    create_meeting,
    discard_draft,
    new_join_code,
    open_meeting,
    rotate_join_code,
)
from .series import change_series, create_meeting_from_series, create_series, default_title

__all__ = [
    "add_item",
    "announce_meeting",
    "change_item",
    "change_meeting",
    "change_series",
    "close_meeting",
    "copy_agenda",
    "create_meeting",
    "create_meeting_from_series",
    "create_series",
    "default_title",
    "discard_draft",
    "move_item",
    "new_join_code",
    "open_meeting",
    "remove_item",
    "rotate_join_code",
    "start_item",
    "stop_item",
]
