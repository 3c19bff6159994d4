"""Days as records keep them, and those that come back every year."""

from datetime import UTC, date, datetime

from agents.local import Local
from feature_store.anniversaries import anniversary, coming
from feature_store.days import day_of


def test_a_day_begins_at_midnight_and_takes_two_bytes_whatever_is_told() -> None:
    assert [day_of(at) for at in (-1e9, 0.0, 86_399.9, 86_400.0)] == [0, 0, 0, 1]
    assert [day_of(day * 86_400.0) for day in (65_535, 65_536, 10**9)] == [65_535, 65_535, 65_535]


def test_what_some_write_for_never_is_a_day_of_the_calendar_in_every_zone() -> None:
    """A visit that was missed then ended the timer of the client's book, and with it the book."""
    first, last = (at.replace(tzinfo=UTC).timestamp() for at in (datetime.min, datetime.max))
    for zone in ("Asia/Tokyo", "Europe/Paris", "America/New_York"):
        local = Local(zone, 1_795_262_400.0)
        assert (local.day(first), local.day(last - 1)) == (date.min, date.max)


def test_who_was_born_on_a_leap_day_is_wished_well_every_year() -> None:
    born = date(2000, 2, 29)
    assert [anniversary(born, year) for year in (2027, 2028)] == [date(2027, 2, 28), date(2028, 2, 29)]
    assert coming(born, date(2027, 2, 28)) == date(2027, 2, 28)
    assert coming(born, date(2027, 3, 1)) == date(2028, 2, 29)


def test_an_anniversary_comes_after_its_day_and_counts_on_the_day_itself() -> None:
    first = date(2026, 5, 1)
    assert coming(first, date(2025, 1, 1)) == date(2027, 5, 1)
    assert coming(first, first) == date(2027, 5, 1)
    assert coming(first, date(2027, 5, 1)) == date(2027, 5, 1)
    assert coming(first, date(2027, 5, 2)) == date(2028, 5, 1)
