"""Free days: legal days off, weekends, worked weekends; rules move off them as the series says."""

import datetime as dt
import itertools

from dateutil.rrule import rrulestr
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from meetings import rules, workdays

D = dt.date


def test_a_legal_day_off_is_no_workday_and_has_its_name() -> None:
    assert not workdays.is_workday(D(2026, 10, 1))
    with translation.override("zh-hans"):
        assert workdays.name_of(D(2026, 10, 1)) == "国庆节"
    with translation.override("en"):
        assert workdays.name_of(D(2026, 10, 1)) == "National Day"


def test_a_weekend_worked_in_exchange_is_a_workday() -> None:
    assert D(2026, 10, 10).weekday() == 5
    assert workdays.is_workday(D(2026, 10, 10))
    assert workdays.name_of(D(2026, 10, 10)) == ""
    assert not workdays.is_workday(D(2026, 10, 17))


def test_a_day_off_by_exchange_is_no_workday() -> None:
    assert not workdays.is_workday(D(2026, 10, 7))  # for 10 October


def test_a_holiday_moves_before_or_after_whole_weeks_off() -> None:
    assert workdays.moved(D(2026, 10, 3), "before") == D(2026, 9, 30)
    assert workdays.moved(D(2026, 10, 3), "after") == D(2026, 10, 8)
    assert workdays.moved(D(2026, 10, 3), "stay") == D(2026, 10, 3)
    assert workdays.moved(D(2026, 10, 10), "before") == D(2026, 10, 10)  # worked


def test_years_without_an_arrangement_are_known_as_such() -> None:
    assert workdays.is_known(2026)
    assert not workdays.is_known(2090)
    assert workdays.unknown_years([D(2026, 1, 1), D(2090, 1, 1)]) == [2090]
    assert not workdays.is_workday(D(2090, 10, 1))  # the legal days are known for every year


def test_the_monthly_rule_moves_off_the_spring_festival() -> None:
    found = rules.next_days(
        "FREQ=MONTHLY;BYMONTHDAY=17", D(2026, 1, 1), weekend="before", after=D(2026, 2, 1), count=1
    )
    assert found == [(D(2026, 2, 17), D(2026, 2, 14))]  # a Saturday that is worked


RULES = st.sampled_from(
    [
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=25",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;INTERVAL=5",
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=TU,FR",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO",
        "FREQ=YEARLY",
        "FREQ=YEARLY;INTERVAL=4",
        "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=10",
        "FREQ=MONTHLY;COUNT=40",
        "FREQ=WEEKLY;UNTIL=20300101",
    ]
)


@given(
    RULES,
    st.dates(D(1990, 1, 1), D(2026, 12, 31)),
    st.dates(D(2015, 1, 1), D(2032, 12, 31)),
)
def test_starting_near_makes_the_same_dates_as_walking_from_the_first_day(
    rule: str, starts_on: dt.date, after: dt.date
) -> None:
    start = dt.datetime.combine(starts_on, dt.time())
    walked = (moment.date() for moment in rrulestr(rule, dtstart=start))
    wanted = list(itertools.islice((day for day in walked if day >= after), 8))
    if rule == "FREQ=YEARLY;INTERVAL=4" and (starts_on.month, starts_on.day) == (2, 29):
        return
    found = rules.next_days(rule, starts_on, weekend="stay", after=after, count=8)
    assert [day for day, _held in found] == wanted
