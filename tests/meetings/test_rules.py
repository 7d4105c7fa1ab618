"""Rules of a series: their words, the dates they make, and what is refused."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from meetings import rules
from meetings.problems import EndlessRule
from meetings.rules import Pattern

START = dt.date(2026, 1, 1)


def held(rule: str, count: int = 6, weekend: str = "stay", after: dt.date = START) -> list[str]:
    found = rules.next_days(rule, START, weekend=weekend, after=after, count=count)
    return [day.isoformat() for _, day in found]


def test_a_day_of_the_month() -> None:
    assert held(Pattern("day", day=25).rule(), 3) == ["2026-01-25", "2026-02-25", "2026-03-25"]


def test_day_31_means_the_last_day_of_a_shorter_month() -> None:
    assert held(Pattern("day", day=31).rule(), 4) == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]


def test_day_29_in_february_of_a_leap_year_and_of_others() -> None:
    rule = Pattern("day", day=29).rule()
    assert held(rule, 2)[1] == "2026-02-28"
    assert held(rule, 1, after=dt.date(2028, 2, 1)) == ["2028-02-29"]


def test_the_last_friday() -> None:
    rule = Pattern("weekday", nth=-1, weekdays=(4,)).rule()
    assert held(rule, 3) == ["2026-01-30", "2026-02-27", "2026-03-27"]


def test_every_tuesday_and_friday() -> None:
    rule = Pattern("weekly", weekdays=(1, 4)).rule()
    assert held(rule, 4) == ["2026-01-02", "2026-01-06", "2026-01-09", "2026-01-13"]


def test_a_weekend_is_kept_or_moved_to_friday_or_monday() -> None:
    rule = Pattern("day", day=25).rule()  # 25 January 2026 is a Sunday
    assert held(rule, 1, "stay") == ["2026-01-25"]
    assert held(rule, 1, "before") == ["2026-01-23"]
    assert held(rule, 1, "after") == ["2026-01-26"]


def test_saturday_and_sunday_moved_to_one_day_make_one_meeting() -> None:
    rule = Pattern("weekly", weekdays=(5, 6)).rule()
    assert held(rule, 2, "after") == ["2026-01-04", "2026-01-12"]  # 4 January 2026 is worked


def test_words_in_chinese_and_english() -> None:
    with translation.override("en"):
        assert Pattern("day", day=25).words() == "every month on day 25"
        last = Pattern("weekday", nth=-1, weekdays=(4,))
        assert last.words() == "every month on the last Friday"
    with translation.override("zh-hans"):
        assert rules.words_of(Pattern("day", day=25).rule())


@given(
    st.one_of(
        st.builds(Pattern, st.just("day"), st.integers(1, 31)),
        st.builds(
            lambda nth, day: Pattern("weekday", nth=nth, weekdays=(day,)),
            st.sampled_from(rules.NTHS),
            st.integers(0, 6),
        ),
        st.builds(
            lambda found: Pattern("weekly", weekdays=tuple(sorted(found))),
            st.sets(st.integers(0, 6), min_size=1),
        ),
    )
)
def test_every_pattern_comes_back_from_its_rule_and_makes_dates(pattern: Pattern) -> None:
    rule = rules.check(pattern.rule(), START)
    assert rules.pattern_of(rule) == pattern
    found = rules.next_days(rule, START, weekend="stay", after=START, count=12)
    assert len(found) == 12
    assert sorted(set(found)) == found


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "nonsense",
        "FREQ=SECONDLY",
        "FREQ=HOURLY;INTERVAL=1",
        "FREQ=DAILY",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=5",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY;INTERVAL=0",
        "FREQ=MONTHLY;INTERVAL=999999999999999999999",
        "FREQ=MONTHLY;FREQ=WEEKLY",
        "FREQ=MONTHLY;COUNT=0",
        "FREQ=MONTHLY;UNTIL=20200101",
        "FREQ=MONTHLY;UNTIL=never",
        "FREQ=MONTHLY\nEXRULE:FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=" + "MO," * 200,
        "FREQ=每月",
    ],
)
@pytest.mark.timeout(10)
def test_rules_without_usable_dates_are_refused(rule: str) -> None:
    with pytest.raises(EndlessRule):
        rules.check(rule, START)


@pytest.mark.parametrize("day", [0, -1, 32])
def test_days_no_month_has_are_refused(day: int) -> None:
    with pytest.raises(EndlessRule):
        Pattern("day", day=day).rule()


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        rules.check(text, START)
    except EndlessRule:
        pass


def test_a_time_skipped_by_a_clock_change_moves_on() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    skipped = rules.moment(dt.date(2026, 3, 29), dt.time(2, 30), berlin)
    assert skipped.isoformat() == "2026-03-29T03:30:00+02:00"


def test_the_local_hour_stays_across_a_clock_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    winter = rules.moment(dt.date(2026, 3, 25), dt.time(9), berlin)
    summer = rules.moment(dt.date(2026, 4, 25), dt.time(9), berlin)
    assert (winter.hour, summer.hour) == (9, 9)
    assert winter.utcoffset() != summer.utcoffset()


def test_a_rule_that_ends_makes_fewer_dates() -> None:
    assert held("FREQ=MONTHLY;BYMONTHDAY=5;COUNT=2") == ["2026-01-05", "2026-02-05"]
    assert held("FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20260210") == ["2026-01-05", "2026-02-05"]
