"""Exact all-time counts of distinct events."""

from feature_store import record as records
from tests import builders as a


def test_each_fact_counts_its_own_event() -> None:
    record = a.record_of(
        a.checkin(card="c1"),
        a.checkin(card="c1"),
        a.view(card="c1"),
        a.purchase(lines=[a.line(amount=10_000), a.line(amount=1, currency="JPY")], card="c1"),
        a.returned(lines=[a.line(amount=4_000)], card="c1"),
        a.booking(card="c1"),
        a.booking(status="changed", card="c1"),
        a.booking(status="cancelled", card="c1"),
        a.hotel("checkin", card="c1"),
        a.hotel("checkout", card="c1"),
        a.chat(card="c1"),
        a.chat(direction="out", card="c1"),
    )
    assert records.values(record, a.NOON)["facts"] == {
        "visits": 2,
        "views": 1,
        "purchases": 1,
        "returns": 1,
        "bookings": 1,
        "stays": 1,
        "messages": 1,
        "spend": {"EUR": 6_000, "JPY": 1},
    }
