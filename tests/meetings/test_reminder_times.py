"""When a reminder goes out: so long before, never in quiet hours, never after it would help."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.reminders.times import Quiet, newest_due, out_of_quiet, send_at

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = Quiet(dt.time(21), dt.time(7, 30))
DUE = dt.datetime(2026, 12, 23, 18, tzinfo=ZONE)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("due", "minutes", "goes_out"),
    [
        ("2026-12-23 18:00", 180, "2026-12-23 15:00"),
        ("2026-12-23 18:00", 2 * 1440, "2026-12-21 18:00"),
        ("2026-12-23 09:00", 180, "2026-12-23 07:30"),  # 6:00 is quiet: when the quiet ends
        ("2026-12-23 23:30", 60, "2026-12-23 20:45"),  # due before the quiet ends: before it begins
        ("2026-12-23 07:00", 60, "2026-12-22 20:45"),
        ("2026-12-23 07:30", 60, "2026-12-22 20:45"),  # due at the very end of the quiet hours
    ],
)
def test_quiet_hours_move_a_reminder_but_never_past_the_deadline(due, minutes, goes_out):
    assert send_at(at(due), minutes, NIGHT, ZONE) == at(goes_out)


def test_without_quiet_hours_nothing_moves():
    assert send_at(DUE, 12 * 60, None, ZONE) == at("2026-12-23 06:00")
    same = Quiet(dt.time(8), dt.time(8))
    assert out_of_quiet(DUE, same, ZONE) == DUE


def test_of_several_moments_that_passed_unseen_only_the_last_counts():
    week, days, hours = 7 * 1440, 2 * 1440, 180
    rules = [week, days, hours]
    assert newest_due(DUE, rules, NIGHT, ZONE, at("2026-12-10 12:00")) is None
    assert newest_due(DUE, rules, NIGHT, ZONE, at("2026-12-16 18:00")) == (
        week,
        at("2026-12-16 18:00"),
    )
    assert newest_due(DUE, rules, NIGHT, ZONE, at("2026-12-22 12:00"))[0] == days
    assert newest_due(DUE, rules, NIGHT, ZONE, at("2026-12-23 17:59"))[0] == hours
    assert newest_due(DUE, rules, NIGHT, ZONE, at("2026-12-23 18:00")) is None


def test_the_night_of_a_clock_change_has_its_quiet_hours_too():
    paris = ZoneInfo("Europe/Paris")
    moment = dt.datetime(2026, 3, 29, 2, 30, tzinfo=dt.UTC)  # clocks went from 2:00 to 3:00
    assert out_of_quiet(moment, Quiet(dt.time(22), dt.time(6)), paris) == dt.datetime(
        2026, 3, 29, 6, tzinfo=paris
    )


@given(
    due=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)),  # noqa: DTZ001
    minutes=st.integers(10, 60 * 1440),
    start=st.times(),
    end=st.times(),
)
def test_whatever_the_hours_it_goes_out_before_the_deadline_and_not_in_the_quiet(
    due, minutes, start, end
):
    due, quiet = due.replace(tzinfo=ZONE), Quiet(start, end)
    goes_out = send_at(due, minutes, quiet, ZONE)
    assert goes_out < due
    length = (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % 1440
    if length < 1440 - 20:  # hours that leave a quarter of an hour awake
        assert not quiet.covers(goes_out.astimezone(ZONE).time())
