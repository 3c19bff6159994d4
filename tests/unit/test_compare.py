"""Records are compared by what they say, not by their bytes; what differs is named."""

import msgspec
import pytest

from feature_store import record as records
from feature_store.compare import ORDERED, compared, differing
from schemas.sealing import Key, master_of
from tests import builders as a

ONE, OTHER, THIRD = ("lumiere", "a" * 16), ("lumiere", "b" * 16), ("lumiere", "c" * 16)
EVENTS = [a.checkin(card="c"), a.view(card="c"), a.purchase(card="c"), a.purchase(a.NOON + 60, card="c")]
KEY = Key(master_of(b"a master secret"), ONE, [b"s" * 16])


def stored(*events: object) -> bytes:
    return records.encode(a.record_of(*events))


def test_the_order_of_events_of_several_topics_makes_no_difference() -> None:
    one, other = stored(*EVENTS), stored(*EVENTS[::-1])
    assert one != other
    assert differing(one, other, a.NOON) <= ORDERED


def test_an_event_too_few_is_named_by_what_it_changes() -> None:
    assert differing(stored(*EVENTS), stored(*EVENTS[1:]), a.NOON) >= {"facts"}
    assert "monetary" in differing(stored(*EVENTS), stored(*EVENTS[:-1]), a.NOON)


def test_what_is_personal_is_compared_as_the_key_opens_it() -> None:
    aline, marie = (a.record_of(a.profile(card="c", fields={"name": n})) for n in ("Aline", "Marie"))
    again = a.record_of(a.profile(card="c", fields={"name": "Aline"}))
    sealed = [records.encode(record, KEY) for record in (aline, marie, again)]
    assert "profile" in differing(sealed[0], sealed[1], a.NOON, KEY)
    assert sealed[0] != sealed[2]
    assert differing(sealed[0], sealed[2], a.NOON, KEY) == set()


def test_what_is_missing_different_or_only_in_the_store_is_told_and_to_be_written() -> None:
    made = {ONE: stored(*EVENTS), OTHER: stored(*EVENTS)}
    live = {ONE: stored(*EVENTS[1:]), OTHER: None, THIRD: stored(*EVENTS)}
    report, wrong = compared(live, made, a.NOON)
    assert (report.parts, report.different, report.missing, report.extra) == (3, 1, 1, 1)
    assert (report.wrong, set(wrong)) == (3, {ONE, OTHER, THIRD})
    assert "1 different, 1 missing, 1 only in the store" in report.line()
    report, wrong = compared({THIRD: stored(*EVENTS)}, {}, a.NOON, extra=False)
    assert (report.wrong, wrong) == (0, [])


def test_what_can_not_be_read_is_made_again_unless_a_newer_version_wrote_it() -> None:
    def of_version(version: int) -> bytes:
        return msgspec.msgpack.encode(msgspec.msgpack.decode(stored(*EVENTS)) | {"v": version})

    made = {ONE: stored(*EVENTS)}
    for broken in (b"garbage", of_version(records.VERSION - 1)):
        assert compared({ONE: broken}, made, a.NOON)[1] == [ONE]
    with pytest.raises(records.NewerRecord, match="upgrade"):
        compared({ONE: of_version(records.VERSION + 1)}, made, a.NOON)
    with pytest.raises(records.NewerRecord, match="rebuild"):
        compared(made, {ONE: of_version(records.VERSION - 1)}, a.NOON)
