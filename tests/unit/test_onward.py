"""Where a guest might go next, and why."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.onward import onward
from agents.phrase import facts_of
from tests import builders as a

WHO = {"guest_id": "g1"}
MAY = datetime(2026, 5, 3, 12, tzinfo=UTC).timestamp()


def told(*events: Any, now: float = a.NOON) -> list[tuple[str, str]]:
    return [(one.sku, one.why) for one in onward(a.moment(client=a.record_of(*events), now=now))]


def likes(*words: str) -> Any:
    return a.profile(a.NOON - 99, {"preferences": {"likes": [*words]}}, **WHO)


def stayed(at: float, site: str = "riviera") -> Any:
    return a.hotel("checkout", at, site=site, **WHO)


def test_of_somebody_nobody_knows_the_season_speaks_alone() -> None:
    assert told() == [
        ("laguna", "at its best in February"),
        ("cimes", "at its best in December"),
        ("higashiyama", "at its best in March"),
    ]


def test_what_a_guest_likes_comes_before_the_season_and_is_the_reason() -> None:
    [first, *_] = onward(a.moment(client=a.record_of(likes("Calligraphy"))))
    assert (first.sku, first.why) == ("higashiyama", "likes Calligraphy; at its best in March")
    assert facts_of(first.why) == ("preferences.likes",)


def test_a_licence_counts_as_what_the_guest_says() -> None:
    licence = a.licence(a.NOON - 9, interests=["opera"], **WHO)
    assert told(licence)[0] == ("laguna", "likes opera; at its best in February")


def test_months_of_travel_are_used_only_with_consent_for_profiling() -> None:
    agreed = a.consent(MAY - 9, "profiling", **WHO)
    seen = stayed(MAY, "elsewhere")
    assert ("laguna", "at its best in May, when they travel") in told(agreed, seen)
    assert ("laguna", "at its best in February") in told(seen)


def test_nobody_is_sent_where_they_have_booked_unless_that_is_called_off() -> None:
    ahead = {"arrival": "2026-05-10", "departure": "2026-05-12", **WHO}
    booked, off = a.booking(MAY - 9, **ahead), a.booking(MAY - 5, "cancelled", **ahead)
    assert "hotel-riviera" not in [sku for sku, _ in told(likes("sea"), booked, now=MAY)]
    assert "hotel-riviera" in [sku for sku, _ in told(likes("sea"), booked, off, now=MAY)]


@pytest.mark.parametrize("here", [False, True])
def test_nobody_is_sent_where_they_have_stayed_or_are_staying(here: bool) -> None:
    garden = likes("sea")
    assert told(garden, now=MAY)[0][0] == "hotel-riviera"
    known = a.hotel("checkin", a.NOON, **WHO) if here else stayed(a.NOON)
    assert "hotel-riviera" not in [sku for sku, _ in told(garden, known, now=MAY)]


def test_a_place_for_which_nothing_speaks_is_not_named() -> None:
    assert "cimes" not in [sku for sku, _ in told(now=MAY)]
