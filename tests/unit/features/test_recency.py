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
    never = {"purchase_days": None, "word_days": None, "last_purchase": None}
    assert values == {"touch_days": 0.0, "visit_days": 0.0} | never


def test_what_the_client_writes_or_says_by_telephone_is_their_word_and_what_the_house_writes_is_not() -> None:
    called = a.event("call.incoming", a.NOON - 3 * a.HOUR, phone="+33612345678", line="l", conversation="c")
    wrote, written = a.chat(a.NOON - 2 * a.HOUR, card="c1"), a.chat(a.NOON, "out", card="c1")
    for said, hours in (((called,), 3), ((written, called), 3), ((wrote, called, written), 2)):
        values = records.values(a.record_of(*said), a.NOON)["recency"]
        assert values["word_days"] == hours / 24
