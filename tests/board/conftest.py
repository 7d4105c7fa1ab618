"""A short way to put entries on the board."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from board import services
from board.models import Post
from meetings.models import Meeting
from townships.actors import Actor


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    """Each test starts with nothing counted."""
    cache.clear()


@pytest.fixture
def post_by(live_meeting: Meeting) -> Callable[..., Post]:
    """`post_by(member, body="…")`: an entry in the live meeting (or in `meeting_id`)."""

    def add(actor: Actor, **fields: Any) -> Post:
        defaults = {
            "meeting_id": live_meeting.pk,
            "kind": "problem",
            "body": "志愿者登记表更新不及时",
            "client_id": uuid.uuid4().hex,
        }
        return services.add_post(actor=actor, **(defaults | fields))

    return add
