"""What several tests of the room need."""

import pytest

from meetings.models import Meeting
from townships.models import Township
from uploads.models import Material

from ..browser.board import make_deck


@pytest.fixture
def deck_of_live_meeting(live_meeting: Meeting, township: Township) -> Material:
    """A ready deck of four slides."""
    return make_deck(live_meeting, township)
