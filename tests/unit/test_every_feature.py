"""What holds of every feature: a file added to `feature_store/features` is tested the moment it exists."""

from random import Random
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feature_store import record as records
from feature_store.feature import Feature, House
from feature_store.features.mood import BY, SIGNALS
from schemas.codec import encode
from schemas.envelope import Channel
from schemas.events import client
from tests import builders as a
from tests.random_events import lives

EACH = pytest.mark.parametrize("feature", records.FEATURES, ids=lambda f: f.name)
ORDERLESS = [f for f in records.FEATURES if not f.ordered]
LIGHT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PURPOSES = ("marketing", "one_to_one", "profiling")
MOST_BYTES = {
    "taste": 2_700,
    "profile": 2_000,
    "attention": 2_000,
    "consent": 1_700,
    "stay": 1_900,
    "session": 1_400,
    "requests": 600,
    "licences": 2_100,
    "grants": 1_500,
}
"""Bytes of a slice at any age when every text is as long as it may be; 400 for a feature not named here."""
LARGEST = 13_200
"""Bytes of a record at any age when every text is as long as it may be, its ring aside."""


def surprise(at: float, skus: list[str]) -> Any:
    """What a part hears of gifts for it."""
    return a.event("record.surprise", at, who={"oid": a.part_of(card="c1")[1]}, skus=skus)


def applied(feature: Feature, events: list[Any]) -> Any:
    slice = feature.slice()
    for event in events:
        if type(event) in feature.on:
            feature.on[type(event)](slice, event, event.time.timestamp(), a.HOUSE)
    return slice


def same(one: Any, other: Any) -> bool:
    """Equal, but for the last bits of a float; a number absent from one of two mappings is zero."""
    if isinstance(one, float) or isinstance(other, float):
        return bool((one or 0.0) == pytest.approx(other or 0.0, rel=1e-9, abs=1e-9))
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(k), other.get(k)) for k in one.keys() | other.keys())
    return bool(one == other)


def test_letters_and_names_are_never_shared() -> None:
    letters = [f.letter for f in records.FEATURES]
    assert not {*letters} & {letter for letter, *_ in records.OWN}, "a letter that the record itself has"
    assert len({*letters}) == len(letters)
    assert len({f.name for f in records.FEATURES}) == len(letters)
    assert all(len(letter) == 1 for letter in letters)


@EACH
def test_an_empty_slice_has_values_and_is_stored_as_an_array_with_defaults(feature: Feature) -> None:
    empty = feature.slice()
    for now in (0.0, a.NOON, 4e9):
        assert isinstance(feature.values(empty, now), dict)
    assert feature.slice.__struct_config__.array_like
    packed = msgspec.msgpack.encode(empty)
    assert msgspec.msgpack.decode(packed, type=feature.slice) == empty
    assert same(
        feature.values(feature.merge([empty, feature.slice()]), a.NOON), feature.values(empty, a.NOON)
    )


@EACH
def test_a_fresh_slice_shares_nothing_with_another(feature: Feature) -> None:
    one, other = feature.slice(), feature.slice()
    for field in feature.slice.__struct_fields__:
        held = getattr(one, field)
        assert not isinstance(held, list | dict) or held is not getattr(other, field)


@LIGHT
@given(life=lives())
def test_values_survive_storage_and_no_event_is_changed(life: list[Any]) -> None:
    before = [encode(e) for e in life]
    for feature in records.FEATURES:
        slice = applied(feature, life)
        back = msgspec.msgpack.decode(msgspec.msgpack.encode(slice), type=feature.slice)
        assert feature.values(back, a.NOON) == feature.values(slice, a.NOON), feature.name
    assert [encode(e) for e in life] == before


@LIGHT
@given(life=lives())
def test_reading_and_merging_change_no_slice(life: list[Any]) -> None:
    for feature in records.FEATURES:
        one, other = applied(feature, life[::2]), applied(feature, life[1::2])
        before = msgspec.msgpack.encode([one, other])
        feature.values(one, a.NOON)
        feature.values(feature.merge([one, other]), a.NOON)
        assert msgspec.msgpack.encode([one, other]) == before, feature.name


@LIGHT
@given(life=lives(), random=st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter_unless_a_feature_says_why(
    life: list[Any], random: Random
) -> None:
    shuffled = life[:]
    random.shuffle(shuffled)
    for feature in ORDERLESS:
        one, other = applied(feature, life), applied(feature, shuffled)
        assert same(feature.values(one, a.NOON), feature.values(other, a.NOON)), feature.name


@LIGHT
@given(life=lives(), random=st.randoms(use_true_random=False))
def test_events_sent_twice_count_once(life: list[Any], random: Random) -> None:
    doubled: list[Any] = []
    for event in life:
        doubled += [event, random.choice([*doubled, event])]
    once, twice = a.record_of(*life), a.record_of(*doubled)
    assert records.values(once, a.NOON) == records.values(twice, a.NOON)


@LIGHT
@given(life=lives(), random=st.randoms(use_true_random=False))
def test_a_client_of_two_parts_is_worth_what_one_part_is(life: list[Any], random: Random) -> None:
    left = [e for e in life if random.random() < 0.5]
    right = [e for e in life if e not in left]
    for feature in ORDERLESS:
        parts = [applied(feature, left), applied(feature, right)]
        whole = feature.values(applied(feature, life), a.NOON)
        assert same(feature.values(feature.merge(parts), a.NOON), whole), feature.name
        assert same(feature.values(feature.merge(parts[::-1]), a.NOON), whole), feature.name


@pytest.fixture(scope="module")
def wild() -> list[Any]:
    """5,000 events of one client who is everywhere, with texts as long as they may be, or longer."""
    random, long, wide = Random(7), "x" * 200, "𝒜" * 200
    spoken = [(p, c) for p in client.PURPOSES for c in (None, *get_args(Channel))]
    made: list[Any] = []
    for n in range(420):
        at, odd, site = a.NOON - random.random() * 9e6, f"{n}{long}", "riviera"
        made += [
            a.purchase(at, lines=[a.line(odd, 2**53, random.choice(("EUR", "JPY", "USD")), category=odd)]),
            a.view(at, odd, category=f"{n:03}{wide}"[: random.choice((64, 200))]),
            a.cart(at, random.choice(("s1", odd)), f"{n:03}{wide}"[: random.choice((64, 200))]),
            a.booking(
                at,
                booking_id=odd[: random.choice((40, 200))],
                site=random.choice((site, odd)),
                requests=[odd, wide],
            ),
            a.arrival(at, booking_id=odd[: random.choice((40, 200))], by=wide),
            a.hotel("checkin", at, odd[: random.choice((40, 200))], room=wide),
            a.hotel("checkout", at, odd, site=random.choice((site, odd))),
            *(
                a.hotel(
                    "service", at, odd, service=service, item=random.choice((odd[:60], f"{n:03}{wide}"[:9]))
                )
                for service in ("bar", "wine", "pillow", "allergies")
            ),
            a.hotel("service", at, odd, service="temperature", item="19,5 °C"),
            a.profile(at, fields={"name": odd, "preferences": {odd[:60]: odd, f"n{n % 40}": 10**30}}),
            a.consent(at, spoken[n % len(spoken)][0], channel=spoken[n % len(spoken)][1], expires=a.iso(3e9)),
            a.licence(
                at,
                odd[: random.choice((40, 200))],
                interests=[f"{wide[:60]}{i:03}" for i in range(50)],
                sizes={f"{wide[:60]}{i:03}": 1e4 for i in range(20)},
                benefit=wide,
                card="c1",
            ),
            a.checkin(at, staff=odd, card="c1"),
            a.purchase(at, odd, gift=True, for_={"card": odd}, staff=odd, card="c1"),
            a.returned(at, odd, lines=[a.line(odd)], card="c1"),
            a.contacted(at, get_args(Channel)[n % 14], campaign=wide, by=wide, card="c1"),
            a.chat(at, channel=get_args(Channel)[n % 14], language=f"{n:035}", text=wide, card="c1"),
            a.chat(at, "out", channel=get_args(Channel)[n % 14], card="c1"),
            a.appointment(at, appointment=odd, begins=3e9, site=odd, staff=odd, card="c1"),
            a.profile(at, fields={"sizes": {odd: odd}}, envelope={"source": "/web"}),
            a.referral(at, who={"card": "c1"}, referred={"card": odd}, influencer=wide, own=bool(n % 2)),
            a.licence(at, odd, card="c1", data={odd: odd}),
            a.case(
                at, random.choice(["repair", "mourning"]), wide, odd[: random.choice((40, 200))], card="c1"
            ),
            a.emotion(at, random.choice(SIGNALS), 1e300, random.choice(BY), card="c1"),
            a.relation(at, "friend", with_={"card": odd}, discreet=bool(n % 2), card="c1"),
            a.purchase(at, lines=[a.line(odd)], **{"for": {"card": odd}}, card="c1"),
            surprise(at, [f"{odd[:50]}{i}" for i in range(8)]),
            a.grant(
                at, odd, house=odd, facts={f"sizes.{wide[:60]}{i}": wide[:60] for i in range(20)}, card="c1"
            ),
        ]
    return made


@pytest.fixture(scope="module")
def full(wild: list[Any]) -> records.Record:
    """The record that all of them make, as it is stored and read."""
    return records.decode(records.encode(a.record_of(*wild)))


@EACH
def test_a_slice_stays_small_whatever_happens(feature: Feature, full: records.Record) -> None:
    held = records.slice_of(full, feature.name)
    assert len(msgspec.msgpack.encode(held)) <= MOST_BYTES.get(feature.name, 400)
    merged = feature.merge([held, held])
    assert len(msgspec.msgpack.encode(merged)) <= MOST_BYTES.get(feature.name, 400)


def test_a_record_stays_small_whatever_happens(full: records.Record) -> None:
    assert len(full.z) <= records.BURST
    assert len(records.encode(full)) - len(full.z) <= LARGEST


def test_sums_of_garbage_stop_before_they_can_not_be_stored() -> None:
    big = [a.purchase(lines=[a.line(amount=2**53)] * 500) for _ in range(6)]
    record = a.record_of(*big, house=House())
    facts = records.slice_of(records.decode(records.encode(record)), "facts")
    assert facts.purchases == 6
    assert facts.spend["EUR"] == 2**56
