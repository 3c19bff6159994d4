"""Exact all-time counts of distinct events."""

from feature_store import record as records
from feature_store.features import facts
from tests import builders as a


def test_each_fact_counts_its_own_event() -> None:
    record = a.record_of(
        a.checkin(card="c1"),
        a.checkin(card="c1"),
        *(a.view(card="c1") for _ in range(3)),
        a.purchase(lines=[a.line(amount=10_000), a.line(amount=1, currency="JPY")], card="c1"),
        a.purchase(lines=[a.line(amount=500)], card="c1"),
        a.returned(lines=[a.line(amount=4_000)], card="c1"),
        a.returned(lines=[a.line(amount=400)], card="c1"),
        a.booking(card="c1"),
        a.booking(card="c1"),
        a.booking(status="changed", card="c1"),
        a.booking(status="cancelled", card="c1"),
        a.hotel("checkin", card="c1"),
        *(a.hotel("checkout", card="c1") for _ in range(4)),
        *(a.chat(card="c1") for _ in range(3)),
        a.chat(direction="out", card="c1"),
    )
    assert records.values(record, a.NOON)["facts"] == {
        "visits": 2,
        "views": 3,
        "purchases": 2,
        "returns": 2,
        "bookings": 2,
        "stays": 4,
        "messages": 3,
        "spend": {"EUR": 6_100, "JPY": 1},
    }


def test_an_order_that_is_told_twice_is_taken_back_once() -> None:
    slice = facts.Facts(purchases=2, returns=1, spend={"EUR": 9_000, "JPY": 1})
    assert facts.FEATURE.less is not None
    facts.FEATURE.less(slice, {"EUR": 4_000, "JPY": 1})
    assert slice == facts.Facts(purchases=1, returns=1, spend={"EUR": 5_000, "JPY": 0})
