"""When the silence of a source means something: by what it usually sends, hour by hour of the week."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from feature_store.rhythm import HOUR, MISSED, UNKNOWN, WEEK, Rhythm, heard, missed, usual
from streams.source_health import opening, sentence, sources_of
from tests.alerts import lumiere

MONDAY = datetime(2026, 11, 2, tzinfo=UTC).timestamp()
OPEN = range(10, 19)


def shop_week(rhythm: Rhythm | None, monday: float, per_hour: int = 30, site: str = "ginza") -> Rhythm:
    """A till that rings so often an hour from ten to seven, but on Sundays."""
    for day in range(6):
        for clock in OPEN:
            hour = int(monday // HOUR) + day * 24 + clock
            rhythm = heard(rhythm, {hour: per_hour}, hour * HOUR + 3590.0, site)
    assert rhythm is not None
    return rhythm


def learned(weeks: int = 3) -> Rhythm:
    rhythm = None
    for week in range(weeks):
        rhythm = shop_week(rhythm, MONDAY + week * WEEK * HOUR)
    assert rhythm is not None
    return rhythm


def test_a_till_is_missed_within_minutes_when_it_should_ring_and_never_when_the_shop_is_shut() -> None:
    rhythm = learned()
    closed = rhythm.last  # Saturday, seven in the evening
    assert missed(rhythm, closed + 38 * HOUR) < 1  # until Monday morning
    monday = MONDAY + 3 * WEEK * HOUR + 10 * HOUR
    assert missed(rhythm, monday) < 1
    assert missed(rhythm, monday + 12 * 60) < MISSED
    assert missed(rhythm, monday + 15 * 60) >= MISSED
    assert usual(rhythm, monday) == pytest.approx(30, abs=1)


def test_on_a_holiday_of_its_site_nothing_is_missed() -> None:
    rhythm, paris = learned(), lumiere()
    christmas = datetime(2026, 12, 25, 12, tzinfo=UTC)
    is_open = opening(paris, "vendome")
    last = (christmas - timedelta(hours=3)).timestamp()
    quiet = Rhythm(last, int(last // HOUR), site="vendome", rates=rhythm.rates)
    assert missed(quiet, christmas.timestamp()) >= MISSED
    assert missed(quiet, christmas.timestamp(), is_open) == 0.0


def test_of_an_hour_never_heard_nothing_is_expected() -> None:
    new = heard(None, {int(MONDAY // HOUR) + 10: 500}, MONDAY + 10.5 * HOUR, "")
    assert missed(new, MONDAY + 100 * HOUR) == 0.0
    assert set(new.rates) == {UNKNOWN}  # its first hour was not whole


def test_an_outage_teaches_nothing_and_a_quiet_night_does() -> None:
    rhythm = learned()
    monday = int((MONDAY + 3 * WEEK * HOUR) // HOUR)
    back = heard(rhythm, {monday + 18: 30}, (monday + 18.9) * HOUR, "ginza")  # silent all Monday until six
    assert [back.rates[h % WEEK] for h in range(monday + 10, monday + 18)] == [30.0] * 8
    assert back.rates[(monday + 3) % WEEK] == 0.0


def a_source(rate: float, count: int = 4) -> Rhythm:
    """Heard on Monday at midnight, when its hour begins; so often an hour all week."""
    hour = int(MONDAY // HOUR)
    return Rhythm(MONDAY, hour, count, whole=True, site="ginza", rates=(rate,) * WEEK)


def week_of(rhythm: Rhythm) -> tuple[float, ...]:
    """Its rates from Monday on."""
    monday = int(MONDAY // HOUR) % WEEK
    return rhythm.rates[monday:] + rhythm.rates[:monday]


def test_a_week_of_silence_teaches_each_hour_once_and_an_hour_that_is_over_what_came_in_it() -> None:
    known = a_source(1.0)
    soon = heard(known, {known.hour + 3: 9}, MONDAY + 3.5 * HOUR, "")
    assert week_of(soon) == (1.9, 0.7, 0.7, *(1.0,) * (WEEK - 3))
    assert (soon.hour, soon.count, soon.whole, soon.site) == (known.hour + 3, 9, True, "ginza")
    known = a_source(0.01, count=0)
    late = heard(known, {known.hour + 400: 1}, MONDAY + 400 * HOUR, "vendome")
    assert week_of(late) == (0.005, *(0.007,) * (WEEK - 1))
    assert late.site == "vendome"


def test_seven_that_should_have_come_are_an_outage_and_fewer_are_none() -> None:
    for rate, after in ((3.5, 3.5), (3.49, 2.443)):
        known = a_source(rate)
        assert week_of(heard(known, {known.hour + 2: 1}, MONDAY + 2 * HOUR, ""))[1] == after


@pytest.mark.parametrize(("rate", "learned"), [(UNKNOWN, 4.0), (0.0, 1.2), (0.5, 1.55)])
def test_the_first_week_is_taken_as_it_is_and_later_ones_by_three_tenths(rate: float, learned: float) -> None:
    known = a_source(rate)
    after = heard(known, {known.hour + 1: 1}, MONDAY + HOUR, "")
    assert week_of(after)[0] == learned
    assert usual(after, MONDAY) == learned
    assert usual(after, MONDAY + 2 * HOUR) == max(0.0, rate)


def test_a_house_that_slows_down_is_missed_later_after_a_few_weeks() -> None:
    rhythm = learned()
    for week in range(3, 8):
        rhythm = shop_week(rhythm, MONDAY + week * WEEK * HOUR, per_hour=2)
    assert 2 < usual(rhythm, MONDAY + 12 * HOUR) < 8


def test_chance_alone_seldom_cries_wolf() -> None:
    """Poisson arrivals at the learned rate: within a thousand open hours hardly one gap is called silence."""
    draw, rhythm = random.Random(7), learned()
    monday = MONDAY + 3 * WEEK * HOUR
    at, cried = monday + 10 * HOUR, 0
    for _ in range(20_000):
        gap = draw.expovariate(30 / HOUR)
        last = Rhythm(at, int(at // HOUR), rates=(30.0,) * WEEK)
        cried += missed(last, at + gap) >= MISSED
    assert cried <= 40
    assert rhythm.rates[int(at // HOUR) % WEEK] == pytest.approx(30, abs=1)


def test_counts_that_come_late_or_twice_as_often_change_no_other_hour() -> None:
    hour = int(MONDAY // HOUR) + 34
    counts: Mapping[int, int] = {hour: 10, hour + 1: 20}
    at_once = heard(heard(None, {hour - 1: 1}, 0.0, ""), counts, (hour + 1.5) * HOUR, "x")
    one_by_one = heard(None, {hour - 1: 1}, 0.0, "")
    for _ in range(10):
        one_by_one = heard(one_by_one, {hour: 1}, hour * HOUR, "x")
    one_by_one = heard(one_by_one, {hour + 1: 20}, (hour + 1.5) * HOUR, "x")
    assert at_once == one_by_one


def test_the_silent_come_first_and_are_named_with_their_site_and_since_when() -> None:
    rhythm, house = learned(), lumiere()
    now = MONDAY + 3 * WEEK * HOUR + 13 * HOUR
    till = Rhythm(now - 5 * HOUR, int(now // HOUR) - 5, site="ginza", rates=(30.0,) * WEEK)
    seen = sources_of(house, {"/a": Rhythm(now, int(now // HOUR), rates=rhythm.rates), "/till": till}, now)
    assert [(one.source, one.silent) for one in seen] == [("/till", True), ("/a", False)]
    assert sentence(seen[0]) == "/till at ginza is silent since 2026-11-23 08:00 UTC"
