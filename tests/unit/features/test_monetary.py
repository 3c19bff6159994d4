"""How much."""

from feature_store import record as records
from tests import builders as a


def test_an_order_and_a_return_leave_what_was_kept() -> None:
    record = a.record_of(
        a.purchase(lines=[a.line(amount=10_000)], card="c1"),
        a.returned(lines=[a.line(amount=3_000)], card="c1"),
    )
    values = records.values(record, a.NOON)["monetary"]
    assert values == {"net": {"EUR": 7_000}, "average_order": {"EUR": 10_000}}


def test_currencies_are_never_added_up() -> None:
    two = [a.line(amount=500), a.line(amount=700), a.line(amount=90_000, currency="JPY")]
    values = records.values(a.record_of(a.purchase(lines=two, card="c1")), a.NOON)["monetary"]
    assert values["net"] == {"EUR": 1_200, "JPY": 90_000}
    assert values["average_order"] == {"EUR": 1_200, "JPY": 90_000}


def test_an_average_is_of_whole_units() -> None:
    orders = [a.purchase(lines=[a.line(amount=amount)], card="c1") for amount in (500, 501)]
    average = records.values(a.record_of(*orders), a.NOON)["monetary"]["average_order"]["EUR"]
    assert (average, type(average)) == (500, int)
