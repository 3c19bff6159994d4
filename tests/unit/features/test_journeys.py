"""Journeys: where a guest has stayed."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from feature_store import record as records
from feature_store.features.journeys import FEATURE, KEPT
from tests import builders as a

DAY = 86_400.0
JUNE = datetime(2026, 6, 11, tzinfo=UTC).timestamp()


def left(at: float, site: str = "riviera") -> Any:
    return a.hotel("checkout", at, f"b{at}", site=site, guest_id="g1")


def journeys(*events: Any, now: float = a.NOON) -> dict[str, Any]:
    return dict(records.values(a.record_of(*events), now).get("journeys", {}))


def test_two_stays_in_one_hotel_with_their_months_and_the_days_since() -> None:
    assert journeys(left(JUNE), left(JUNE - 30 * DAY), now=JUNE + 10 * DAY) == {
        "left_days": 10.0,
        "sites": {"riviera": {"stays": 2, "last": "2026-06-11", "months": [5, 6]}},
    }


def test_who_never_stayed_has_no_days_since() -> None:
    assert journeys(a.hotel("checkin", guest_id="g1")) == {}


def test_the_hotels_left_longest_ago_go_first() -> None:
    told = [left(JUNE + n * DAY, f"site-{n}") for n in range(KEPT + 2)]
    assert set(journeys(*told)["sites"]) == {f"site-{n}" for n in range(2, KEPT + 2)}
    backwards = [left(JUNE - n * DAY, f"site-{n}") for n in range(KEPT + 2)]
    assert set(journeys(*backwards[::-1])["sites"]) == {f"site-{n}" for n in range(KEPT)}


@pytest.mark.parametrize(("after", "days"), [(-9.0, 0.0), (DAY / 2, 0.5)])
def test_the_days_since_are_counted_from_the_day_on_which_the_guest_left(after: float, days: float) -> None:
    assert journeys(left(JUNE + 60), now=JUNE + after)["left_days"] == days


def test_months_are_those_of_the_calendar_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = [datetime(2026, 1, 1, tzinfo=UTC).timestamp(), datetime(2025, 12, 31, 23, tzinfo=UTC).timestamp()]
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        months = journeys(*map(left, ends))["sites"]["riviera"]["months"]
    time.tzset()
    assert months == [1, 12]


def test_two_parts_add_up() -> None:
    told = [left(JUNE), left(JUNE + DAY), left(JUNE, "lagune")]
    parts = [records.slice_of(a.record_of(one), "journeys") for one in told]
    assert FEATURE.values(FEATURE.merge(parts), a.NOON) == journeys(*told)
