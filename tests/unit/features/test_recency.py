"""How long ago."""

from feature_store import record as records
from tests import builders as a


def test_a_purchase_at_noon_read_at_midnight_is_half_a_day_old() -> None:
    record = a.record_of(a.purchase(a.NOON, card="c1"))
    values = records.values(record, a.NOON + 12 * a.HOUR)["recency"]
    assert values["purchase_days"] == 0.5
    assert values["touch_days"] == 0.5
    assert values["last_purchase"] == int(a.NOON)


def test_what_never_happened_is_unknown_and_not_zero() -> None:
    record = a.record_of(a.checkin(a.NOON, card="c1"))
    values = records.values(record, a.NOON)["recency"]
    assert values == {"touch_days": 0.0, "visit_days": 0.0, "purchase_days": None, "last_purchase": None}
