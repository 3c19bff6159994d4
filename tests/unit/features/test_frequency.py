"""How often."""

from feature_store import record as records
from tests import builders as a

DAY = 86_400


def test_three_orders_over_sixty_days_are_thirty_days_apart() -> None:
    bought = [a.purchase(a.NOON + days * DAY, card="c1") for days in (0, 20, 60)]
    values = records.values(a.record_of(*bought), a.NOON)["frequency"]
    assert values == {"orders": 3, "days_between": 30.0}


def test_one_order_has_no_rhythm() -> None:
    values = records.values(a.record_of(a.purchase(card="c1")), a.NOON)["frequency"]
    assert values == {"orders": 1, "days_between": None}
