"""Throttles count in the cache: every test starts with empty ones."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    cache.clear()
