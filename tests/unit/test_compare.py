"""Records are compared by what they say, not by their bytes; what differs is named."""

from collections import Counter

import msgspec
import pytest

from feature_store import record as records
from feature_store.compare import ORDERED, Report, compared, differing, same
from schemas.sealing import Key, master_of
from tests import builders as a

ONE, OTHER, THIRD = ("lumiere", "a" * 16), ("lumiere", "b" * 16), ("lumiere", "c" * 16)
TWIN = ("autre", "a" * 16)
EVENTS = [a.checkin(card="c"), a.view(card="c"), a.purchase(card="c"), a.purchase(a.NOON + 60, card="c")]
DAY = 86_400.0
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


def of_size(size: object, key: Key = KEY) -> bytes:
    """A record in words, sealed, of somebody with this size."""
    return records.encode(a.record_of(a.profile(card="c", fields={"sizes": {"shoe": size}})), key)


@pytest.mark.parametrize(("one", "other"), [(36.5, "36½"), ("36½", 36.5), (36.5, 37.0), ("36½", "37")])
def test_a_size_that_was_a_number_and_is_a_word_is_another(one: object, other: object) -> None:
    report, wrong = compared({ONE: of_size(one)}, {ONE: of_size(other)}, a.NOON, {ONE: KEY})
    assert (report.different, report.features, wrong) == (1, Counter(profile=1), [ONE])


def test_words_are_compared_where_their_key_is_at_hand_and_made_again_where_it_no_longer_opens_them() -> None:
    live, made = {ONE: of_size("36"), OTHER: b""}, {ONE: of_size("37")}
    assert compared(live, made, a.NOON)[0].different == 0
    assert compared(live, made, a.NOON, {OTHER: KEY})[0].different == 0
    assert compared(live, made, a.NOON, {ONE: KEY})[0].features == Counter(profile=1)
    lost = Key(master_of(b"a master secret"), ONE, [b"t" * 16])
    report, wrong = compared({ONE: of_size("37", lost)}, made, a.NOON, {ONE: KEY})
    assert (report.different, report.features, wrong) == (1, Counter(key=1), [ONE])


def test_the_last_bits_of_a_sum_make_no_difference_and_anything_more_does() -> None:
    assert same({"a": {"b": 1e12 + 0.001}}, {"a": {"b": 1e12}})
    assert same({"b": 1e-12}, {}) == same({}, {"b": 1e-12}) is True
    assert same(0.5, 1) == same(1, 0.5) == same(1e-6, 2e-6) == same({"b": 0.5}, {}) is False
    assert same(2**60, 2**60 + 1) is False, "money is exact"
    assert same({"b": 1}, None) == same(None, {"b": 1}) is False


def test_a_part_of_which_only_the_order_of_events_differs_is_equal_and_told_apart() -> None:
    said = [a.booking(arrival=day, departure="2026-11-28", card="c") for day in ("2026-11-24", "2026-11-25")]
    live, made = stored(*said), stored(*said[::-1])
    assert differing(live, made, a.NOON) == {"stay"} <= ORDERED
    report, wrong = compared(
        {ONE: live, OTHER: live, THIRD: made, TWIN: made}, {ONE: made, OTHER: made, THIRD: made}, a.NOON
    )
    assert (report.parts, report.equal, report.ordered, wrong) == (4, 3, 2, [TWIN])
    assert report.features == Counter(stay=2)


def test_what_only_one_of_two_records_knows_of_is_a_difference() -> None:
    visited, unknown = stored(a.checkin(card="c")), stored()
    later = a.NOON + DAY
    assert differing(visited, unknown, later) == differing(unknown, visited, later) >= {"facts", "recency"}


def test_a_taste_that_has_faded_is_none() -> None:
    faded, unknown = stored(a.view(a.NOON - 4_000 * DAY, category="bags", card="c")), stored()
    for one, other in ((faded, unknown), (unknown, faded)):
        assert differing(one, other, a.NOON) == {"facts", "recency", "session"}


def test_of_a_part_that_neither_has_nothing_is_said() -> None:
    report, wrong = compared({ONE: None, OTHER: None, THIRD: stored(*EVENTS)}, {}, a.NOON)
    assert (report.parts, report.extra, wrong) == (1, 1, [THIRD])


def test_what_shards_have_found_is_added_up_and_told_in_one_line() -> None:
    total = Report(parts=2, equal=2)
    assert total.line() == "2 parts, 2 equal"
    found = Report(parts=1_208, equal=1_200, ordered=3, different=5, missing=2, extra=1, timers=4, written=9)
    found.features.update(taste=1, facts=4)
    total.add(found)
    total.add(Report(parts=1, different=1, features=Counter(taste=6)))
    assert total.line() == (
        "1,211 parts, 1,202 equal, 3 of them but for the order of events, 6 different, 2 missing, "
        "1 only in the store, 4 timers missing, 9 written (taste 7, facts 4)"
    )
    assert total.wrong == 6 + 2 + 1 + 4


def test_what_can_not_be_read_is_made_again_unless_a_newer_version_wrote_it() -> None:
    def of_version(version: int) -> bytes:
        return msgspec.msgpack.encode(msgspec.msgpack.decode(stored(*EVENTS)) | {"v": version})

    made = {ONE: stored(*EVENTS)}
    for broken in (b"garbage", of_version(records.VERSION - 1)):
        report, wrong = compared({ONE: broken}, made, a.NOON)
        assert (report.features, wrong) == (Counter(version=1), [ONE])
    with pytest.raises(records.NewerRecord, match="upgrade"):
        compared({ONE: of_version(records.VERSION + 1)}, made, a.NOON)
    with pytest.raises(records.NewerRecord, match="rebuild"):
        compared(made, {ONE: of_version(records.VERSION - 1)}, a.NOON)
    with pytest.raises(records.NewerRecord, match="rebuild"):
        compared({ONE: b"garbage"}, {ONE: of_version(records.VERSION - 1)}, a.NOON)
