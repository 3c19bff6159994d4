"""The record of one part: its ring of hashes, its orders, its size, its versions."""

from collections import Counter
from itertools import permutations
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feature_store import record as records
from feature_store.told_twice import LAST
from tests import builders as a


def touch(record: Any, event: Any) -> bool:
    return records.touch(record, event, event.time.timestamp(), a.HOUSE)


def test_a_twin_up_to_99_events_later_is_dropped_and_one_beyond_the_ring_is_not() -> None:
    record = records.Record()
    first, *others = [a.checkin(a.NOON + n * a.HOUR, card="c1") for n in range(102)]
    assert all(touch(record, e) for e in (first, *others[:99]))
    assert not touch(record, first)
    assert all(touch(record, e) for e in others[99:])
    assert touch(record, first)
    assert records.slice_of(record, "facts").visits == 103


def test_a_twin_within_minutes_is_dropped_however_much_came_between() -> None:
    record = records.Record()
    first, *others = [a.checkin(card="c1") for _ in range(3000)]

    def touch(event: Any, now: float) -> bool:
        return records.touch(record, event, a.NOON, a.HOUSE, now)

    assert all(touch(e, a.NOON + n / 50) for n, e in enumerate((first, *others)))
    assert not any(touch(e, a.NOON + 200) for e in (first, *others))


def test_a_burst_leaves_a_record_no_larger_than_any_other() -> None:
    record = records.Record()
    burst = [a.checkin(card="c1") for _ in range(5000)]
    for n, event in enumerate(burst):
        records.touch(record, event, a.NOON, a.HOUSE, a.NOON + n / 1000)
    assert len(record.z) == records.BURST
    for hour in (1, 2):
        records.touch(record, a.checkin(card="c1"), a.NOON, a.HOUSE, a.NOON + hour * a.HOUR)
    assert len(record.z) == records.RING


def test_what_was_told_in_the_last_five_minutes_is_remembered_and_of_older_things_a_hundred() -> None:
    record, told, start = records.Record(), list[tuple[float, bytes]](), a.NOON + 0.5

    def tell(count: int, after: float) -> None:
        for _ in range(count):
            event = a.checkin(card="c1")
            told.append((after, records.hash_of(f"{event.source}|{event.id}")))
            records.touch(record, event, a.NOON, a.HOUSE, start + after)

    def remembered() -> list[float]:
        hashes = records.marks_of(record.z)
        assert hashes == [hash for _, hash in told[-len(hashes) :]]
        return [after for after, _ in told[-len(hashes) :]]

    tell(101, after=0)
    tell(400, after=200)
    tell(1, after=300.5)
    assert remembered() == [0] * 101 + [200] * 400 + [300.5]
    tell(1, after=302)
    assert remembered() == [200] * 400 + [300.5, 302]
    tell(50, after=500)
    tell(1, after=604)
    assert remembered() == [200] * 47 + [300.5, 302] + [500] * 50 + [604]
    tell(4000, after=700)
    tell(1, after=906)
    assert remembered() == [700] * 4000 + [906]


def test_the_same_id_from_another_source_is_another_event() -> None:
    record = records.Record()
    assert touch(record, a.checkin(card="c1", envelope={"id": "e", "source": "/door"}))
    assert touch(record, a.checkin(card="c1", envelope={"id": "e", "source": "/app"}))
    assert not touch(record, a.checkin(a.NOON + 9, card="c1", envelope={"id": "e", "source": "/app"}))


_hashes = st.binary(min_size=records.HASH, max_size=records.HASH)


@settings(max_examples=60, deadline=None)
@given(
    hashes=st.lists(_hashes, min_size=2, max_size=20), wanted=_hashes, shift=st.integers(1, records.HASH - 1)
)
def test_a_ring_holds_a_hash_only_where_one_begins(hashes: list[bytes], wanted: bytes, shift: int) -> None:
    ring = b"".join(hashes)
    assert records.holds(ring, wanted) == (wanted in hashes)
    assert all(records.holds(ring, hash) for hash in hashes)
    for at in range(shift, len(ring) - records.HASH, records.HASH):
        across = ring[at : at + records.HASH]
        assert records.holds(ring, across) == (across in hashes)


def test_a_hash_is_found_where_one_begins_whatever_looks_like_it_around() -> None:
    across = b"-abcde----"
    assert records.holds(across + b"abcde" + across, b"abcde")
    assert records.holds(b"----aaaaaa", b"aaaaa")
    assert not records.holds(across, b"abcde")
    event = a.checkin(card="c1")
    record = records.Record(z=across.replace(b"abcde", records.hash_of(f"{event.source}|{event.id}")))
    assert touch(record, event)
    assert not touch(record, event)


def test_an_order_that_the_till_and_the_web_shop_report_counts_once() -> None:
    till = a.purchase(order="4711", channel="store", card="c1")
    shop = a.purchase(order="4711", channel="web", card="c1", envelope={"source": "/shop"})
    back = a.returned(order="4711", card="c1")
    record = a.record_of(till)
    assert not touch(record, shop)
    assert touch(record, back)
    facts = records.slice_of(record, "facts")
    assert (facts.purchases, facts.returns, facts.spend) == (1, 1, {"EUR": 0})
    assert records.slice_of(record, "frequency").orders == 1


def test_feedback_does_not_push_a_clients_events_out_of_the_ring() -> None:
    record = a.record_of(visit := a.checkin(card="c1"))
    for _ in range(150):
        touch(record, a.event("staff.feedback", oid="q" * 16, alert="a", staff="camille", verdict="seen"))
    assert not touch(record, visit)


def test_a_record_written_by_a_newer_version_is_refused() -> None:
    newer = records.encode(records.Record(v=records.VERSION + 1))
    with pytest.raises(records.NewerRecord, match="upgrade"):
        records.decode(newer)


def test_a_newer_record_is_refused_even_where_its_slices_can_not_be_read() -> None:
    with pytest.raises(records.NewerRecord, match="upgrade"):
        records.decode(msgspec.msgpack.encode({"v": records.VERSION + 1, "p": 7}))


@pytest.mark.parametrize("slices", [{"f": [1]}, {"p": [{"name": ["Aline", 1_732_558_398_645, 0]}]}])
def test_a_record_of_the_first_version_which_named_none_is_refused_in_words(slices: dict[str, Any]) -> None:
    with pytest.raises(records.NewerRecord, match="from the log, with `prevenance rebuild --yes`"):
        records.decode(msgspec.msgpack.encode(slices))


def test_a_record_that_is_broken_is_not_called_old_or_new() -> None:
    for name in ("facts", "profile"):  # one that is read at once, one that is sealed until it is asked for
        broken = msgspec.msgpack.encode({"v": records.VERSION, records.BY_NAME[name].letter: 7})
        with pytest.raises(msgspec.ValidationError):
            records.slice_of(records.decode(broken), name)


def test_a_slice_nobody_knows_any_more_is_passed_over() -> None:
    stored = msgspec.msgpack.decode(records.encode(a.record_of(a.checkin(card="c1"))))
    record = records.decode(msgspec.msgpack.encode(stored | {"Z": [1, 2, {"x": 3}]}))
    assert records.slice_of(record, "facts").visits == 1


def test_a_slice_may_grow_by_fields_with_defaults() -> None:
    stored = msgspec.msgpack.decode(records.encode(a.record_of(a.checkin(card="c1"))))
    letter = records.BY_NAME["facts"].letter
    shorter = msgspec.msgpack.encode(stored | {letter: stored[letter][:2]})
    assert records.slice_of(records.decode(shorter), "facts").visits == 1


def test_nothing_stored_is_a_new_record_without_slices() -> None:
    record = records.decode(None)
    assert records.values(record, a.NOON) == {}
    assert record.v == records.VERSION


def test_a_slice_that_knows_nothing_is_not_kept() -> None:
    record = a.record_of(a.checkin(card="c1"), a.purchase(card="c1"))
    empty = {f.name for f in records.FEATURES if getattr(record, f.letter) == f.slice()}
    assert empty == set()
    assert getattr(record, records.BY_NAME["relation"].letter) is None


def test_of_whoever_was_erased_the_time_of_it_is_left_in_whole_seconds() -> None:
    left = records.forgotten(a.NOON + 0.75)
    assert left == records.Record(v=records.VERSION, x=int(a.NOON))
    assert records.decode(records.encode(left)).x == a.NOON


def test_a_merge_of_parts_adds_them_and_changes_none() -> None:
    left, right = a.record_of(a.checkin(card="c1"), a.purchase(card="c1")), a.record_of(a.checkin(email="e"))
    before = records.encode(left), records.encode(right)
    merged = records.merge([left, right])
    assert records.slice_of(merged, "facts").visits == 2
    assert records.slice_of(merged, "facts").purchases == 1
    assert (records.encode(left), records.encode(right)) == before
    assert records.merge([left]) is left


def reported(order: str, amounts: dict[str, int], **who: str) -> Any:
    lines = [a.line(amount=amount, currency=currency) for currency, amount in amounts.items()]
    return a.purchase(order=order, lines=lines, envelope={"source": f"/of/{who}"}, **who)


def bought(*parts: Any) -> tuple[int, int, dict[str, int], dict[str, tuple[int, int]]]:
    """Orders and money of a client of these parts, by each feature that adds them up."""
    client = records.merge([records.decode(records.encode(part)) for part in parts])
    facts, money = records.slice_of(client, "facts"), records.slice_of(client, "monetary").currencies
    spend = {currency: amount for currency, amount in facts.spend.items() if amount}
    counted = {currency: (of.bought, of.orders) for currency, of in money.items() if of.orders}
    return facts.purchases, records.slice_of(client, "frequency").orders, spend, counted


def test_an_order_told_to_two_parts_counts_once_for_the_client_and_as_before_for_each() -> None:
    till = a.record_of(reported("4711", {"EUR": 345_000}, card="c1"), reported("9", {"EUR": 5}, card="c1"))
    shop = a.record_of(reported("4711", {"EUR": 345_000}, email="e"), reported("8", {"JPY": 7}, email="e"))
    once = (3, 3, {"EUR": 345_005, "JPY": 7}, {"EUR": (345_005, 2), "JPY": (7, 1)})
    assert bought(till, shop) == bought(shop, till) == once
    assert bought(till, shop, a.record_of(reported("4711", {"EUR": 345_000}, phone="p"))) == once
    assert bought(till) == (2, 2, {"EUR": 345_005}, {"EUR": (345_005, 2)})
    assert bought(shop) == (2, 2, {"EUR": 345_000, "JPY": 7}, {"EUR": (345_000, 1), "JPY": (7, 1)})


def test_an_order_of_several_articles_told_to_two_parts_counts_once_with_all_of_them() -> None:
    lines = [a.line(amount=300), a.line("scarf-brise", amount=45)]
    parts = [
        a.record_of(a.purchase(order="4711", lines=lines, **who)) for who in ({"card": "c"}, {"email": "e"})
    ]
    assert bought(*parts) == (1, 1, {"EUR": 345}, {"EUR": (345, 1)})


def test_of_two_reports_of_an_order_that_differ_the_dearer_stays_whatever_the_order_of_parts() -> None:
    dear, cheap = (a.record_of(reported("1", {"EUR": n}, card="c")) for n in (300, 200))
    assert bought(dear, cheap) == bought(cheap, dear) == (1, 1, {"EUR": 300}, {"EUR": (300, 1)})


def test_of_two_reports_of_an_order_the_one_said_last_stays_whatever_the_order_of_parts() -> None:
    dear, cheap = (
        a.record_of(a.purchase(at, "1", lines=[a.line(amount=n)], card="c"))
        for at, n in ((a.NOON, 300), (a.NOON + 1, 200))
    )
    assert bought(dear, cheap) == bought(cheap, dear) == (1, 1, {"EUR": 200}, {"EUR": (200, 1)})


def told(*said: Any) -> Any:
    """A record of which orders may be told anew."""
    record = records.Record()
    for one in said:
        at = one.time.timestamp()
        if not touch(record, one):
            records.tell_anew(record, one, at, a.HOUSE)
    return record


def test_an_order_that_is_changed_comes_to_what_was_said_of_it_last_in_any_order() -> None:
    said = [
        a.purchase(a.NOON + at, "1", "web", lines=lines, card="c")
        for at, lines in enumerate(
            (
                [a.line(amount=300), a.line("scarf-brise", amount=45)],
                [a.line("ring-solstice", amount=500), a.line(amount=7, currency="JPY")],
                [a.line("scarf-brise", amount=45)],
            )
        )
    ]
    others = [a.purchase(a.NOON - 60, "0", lines=[a.line(amount=1)], card="c")]
    for order in permutations([*said, said[0]]):
        whole = told(*others, *order, a.purchase(a.NOON - 50, "2", lines=[a.line(amount=2)], card="c"))
        assert bought(whole) == (3, 3, {"EUR": 48}, {"EUR": (48, 3)})
        last = records.slice_of(whole, "orders").last
        assert (last.sku, last.at) == ("scarf-brise", order[0].time.timestamp())
    assert records.slice_of(told(*said), "taste").weights == records.slice_of(told(said[0]), "taste").weights
    shop = a.record_of(a.purchase(a.NOON - 9, "1", lines=[a.line(amount=999)], email="e"))
    assert bought(told(*others, *said), shop) == (2, 2, {"EUR": 46}, {"EUR": (46, 2)})


def test_an_order_of_which_nothing_is_kept_stays_what_it_was() -> None:
    later = [a.purchase(a.NOON, f"n{n}", lines=[a.line(amount=1)], card="c") for n in range(LAST)]
    first, changed = (a.purchase(a.NOON + n, "1", lines=[a.line(amount=5 + n)], card="c") for n in (0, 1))
    assert bought(told(first, *later[1:], changed))[2] == {"EUR": 6 + LAST - 1}
    assert bought(told(first, *later, changed))[2] == {"EUR": 5 + LAST}
    assert not records.tell_anew(records.Record(), changed, a.NOON, a.HOUSE)


@pytest.mark.parametrize("since", range(4))
def test_what_is_said_again_of_orders_of_before_times_were_kept_is_of_none_of_the_newer(since: int) -> None:
    def reports(names: list[str], at: float, amount: int) -> list[Any]:
        lines = [a.line(amount=amount)]
        return [a.purchase(a.NOON + at + n, one, lines=lines, card="c") for n, one in enumerate(names)]

    older, newer = [f"o{n}" for n in range(LAST - since)], [f"n{n}" for n in range(since)]
    record = told(*reports(older, 0, 1))
    records.own(record, "orders").told = b""
    for again, amount in (
        (reports(newer, 100, 2), LAST + since),
        (reports(older, 200, 2), 2 * LAST),
        (reports([*newer, *older], 50, 9), 2 * LAST),
        (reports([*newer, *older], 180, 3), 2 * LAST + since),
        (reports([*older, *newer], 300, 4), 4 * LAST),
    ):
        for one in again:
            at = one.time.timestamp()
            if not touch(record, one):
                records.tell_anew(record, one, at, a.HOUSE)
        assert bought(record)[2] == {"EUR": amount}


def test_an_order_counts_once_while_one_part_knows_what_it_came_to_and_twice_where_none_does() -> None:
    first = reported("1", {"EUR": 1}, card="c")
    later = [reported(f"n{n}", {"EUR": 100}, card="c") for n in range(LAST)]
    still, no_more = a.record_of(first, *later[1:]), a.record_of(first, *later)
    again = reported("1", {"EUR": 1}, email="e")
    others = [reported(f"m{n}", {"EUR": 100}, email="e") for n in range(LAST)]
    assert bought(still, a.record_of(again))[0] == LAST
    assert bought(no_more, a.record_of(again))[0] == 1 + LAST
    assert bought(no_more, a.record_of(again, *others))[0] == 2 + 2 * LAST


_orders = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.dictionaries(st.sampled_from(["EUR", "JPY", "USD"]), st.integers(0, 2**53), min_size=1),
        st.sampled_from(["card", "email", "phone"]),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(told=_orders)
def test_orders_of_linked_parts_are_those_of_a_recount(told: list[tuple[str, dict[str, int], str]]) -> None:
    parts = {who: records.Record() for who in ("card", "email", "phone")}
    heard: dict[tuple[str, str], dict[str, int]] = {}
    for order, amounts, who in told:
        touch(parts[who], reported(order, amounts, **{who: "x"}))
        heard.setdefault((who, order), amounts)
    counted: dict[str, dict[str, int]] = {}
    for (_, order), amounts in heard.items():
        counted[order] = max(counted.get(order, {}), amounts, key=lambda one: sorted(one.items()))
    spend, money = Counter[str](), dict[str, tuple[int, int]]()
    for amounts in counted.values():
        spend.update(amounts)
        money |= {c: (money.get(c, (0, 0))[0] + n, money.get(c, (0, 0))[1] + 1) for c, n in amounts.items()}
    known = [record for record in parts.values() if record.z]
    expected = (len(counted), len(counted), {c: n for c, n in spend.items() if n}, money)
    if known:
        assert bought(*known) == bought(*known[::-1]) == expected


def a_life(events: int) -> Any:
    """A client who browses, comes by, buys, stays and says something of themselves."""
    random, record = Random(3), records.Record()
    kinds = ("view", "view", "search", "view", "cart", "checkin", "purchase", "chat", "profile", "view")
    skus = [article.sku for article in a.LUMIERE.catalogue]
    for n in range(events):
        at, who = a.NOON - (events - n) * 40_000, {"client_id": "C-1042"}
        match "stay" if n % 25 == 7 else kinds[n % len(kinds)]:
            case "search":
                event = a.search(at, f"visit-{n // 6}", query="aurore", **who)
            case "view":
                event = a.view(at, f"visit-{n // 6}", sku=random.choice(skus), **who)
            case "cart":
                event = a.cart(at, f"visit-{n // 6}", random.choice(skus), **who)
            case "checkin":
                event = a.checkin(at, **who)
            case "purchase":
                event = a.purchase(at, lines=[a.line(random.choice(skus))], **who)
            case "stay":
                event = a.booking(at, booking_id=f"RIV-{n:05}", **who)
            case "profile":
                wishes = {"temperature": 19, "wine": "Chablis", "pillow": "feather"}
                fields = {
                    "name": "Aline Martel",
                    "language": "fr",
                    "advisor": "camille",
                    "preferences": wishes,
                }
                event = a.profile(at, fields, **who)
            case _:
                event = a.chat(at, **who)
        touch(record, event)
    return record


@pytest.mark.parametrize(("events", "most"), [(30, 860), (100, 1_490), (1_000, 1_490)])
def test_a_record_is_small_at_any_age(events: int, most: int) -> None:
    size = len(records.encode(a_life(events)))
    print(f"a record of {events} events has {size} bytes")
    assert size <= most


def test_what_a_page_view_does_not_need_stays_as_it_was_stored() -> None:
    told = a.record_of(a.profile(fields={"name": "Aline"}), a.purchase(), a.checkin(), a.consent())
    record = records.decode(before := records.encode(told))
    touch(record, a.view(session="s", sku="bag-aurore", client_id="C-1042"))
    sealed = {letter for letter in records.SEALED if getattr(record, letter) is not None}
    assert sealed == {
        records.BY_NAME[name].letter
        for name in (
            "profile",
            "frequency",
            "monetary",
            "consent",
            "sharing",
            "orders",
            "leanings",
            "handled",
        )
    }
    assert all(isinstance(getattr(record, letter), msgspec.Raw) for letter in sealed)
    known, after = msgspec.msgpack.decode(before), msgspec.msgpack.decode(records.encode(record))
    assert {letter: after[letter] for letter in sealed} == {letter: known[letter] for letter in sealed}


def test_a_sealed_slice_is_read_changed_and_merged_like_any_other() -> None:
    told = a.record_of(a.profile(fields={"name": "Aline"}), a.purchase())

    def sealed() -> Any:
        return records.decode(records.encode(told))

    assert records.values(sealed(), a.NOON) == records.values(told, a.NOON)
    assert records.slice_of(sealed(), "profile") == records.slice_of(told, "profile")
    merged = records.merge([sealed(), a.record_of(a.purchase(order="another"))])
    assert records.slice_of(merged, "frequency").orders == 2
    record = sealed()
    records.own(record, "profile").said.clear()
    records.own(record, "orders").sums = {}
    again = records.decode(records.encode(record))
    assert records.slice_of(again, "profile").said == []
    assert records.slice_of(again, "orders").sums == {} != records.slice_of(told, "orders").sums
