"""SQLite is set so that what was acknowledged is on the disk and writers wait for each other."""

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the embedded database only"),
]


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_its_pragmas(pragma, value):
    """WAL: readers do not wait for writers. FULL (2): a commit survives a power cut."""
    with connection.cursor() as cursor:
        assert cursor.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def test_transactions_take_the_write_lock_when_they_begin():
    """A transaction that reads first and writes later would fail at once where another one wrote."""
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
