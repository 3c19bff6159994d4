"""Gifts are a secret: in the giver's record, and in that of whom they are for."""

from typing import Any

import pytest

from feature_store.feature import code_of
from feature_store.features.surprises import FEATURE, LASTS, Surprises, secret
from feature_store.record import heard_of, slice_of
from schemas.events.client import KEPT_SECRET
from streams import outbox
from streams.topics import partition_of
from tests import builders as a
from tests.builders import SHARDS, Line
from tests.world import World

RING = [a.line("ring-solstice")]
FOR_HER: dict[str, Any] = {"for": {"client_id": "wife"}}


def surprises(record: Any) -> Surprises:
    slice: Surprises = slice_of(record, "surprises")
    return slice


def test_a_gift_is_a_secret_for_ninety_days() -> None:
    held = surprises(a.record_of(a.purchase(lines=RING, gift=True, client_id="c")))
    assert secret(held, a.NOON + LASTS - 1) == {code_of("ring-solstice")}
    assert not secret(held, a.NOON + LASTS)
    assert FEATURE.values(held, a.NOON) == {"given": 1, "awaited": 0}


def test_what_one_buys_for_oneself_is_no_secret() -> None:
    assert surprises(a.record_of(a.purchase(lines=RING, client_id="c"))).given == {}


HER_ADDRESS = {"email": "aline@example.org"}


def ring_for(her: dict[str, str], at: float = a.NOON) -> Any:
    return a.purchase(at, "o1", lines=RING, client_id="husband", gift=True, **{"for": her})


@pytest.mark.parametrize("first", [0, 1, 2])
async def test_who_is_named_by_an_address_hears_of_it_whenever_they_are_known(first: int) -> None:
    """A ring is bought for whom the house knows by no name, nor by this one: whichever is heard first."""
    line, ring = Line(), {code_of("ring-solstice")}
    told = [
        ring_for(HER_ADDRESS),
        a.profile(a.NOON + 1, client_id="wife", **HER_ADDRESS),
        a.checkin(a.NOON + 2, client_id="wife"),
    ]
    for event in (*told[first:], *told[:first], told[first]):
        await line.tell(event)
    assert secret(surprises(await line.client(client_id="wife")), a.NOON + 9) == ring
    await line.tell(a.link(a.NOON + 9, client_id="wife", with_=HER_ADDRESS, linked=False))
    assert surprises(await line.client(client_id="wife")).awaited == {}, "it is another's address"


async def test_what_was_bought_for_a_stranger_is_not_offered_to_them_once_they_are_known() -> None:
    line, alert = await a.cart_left()
    bag = [a.line("bag-aurore")]
    await line.tell(
        a.purchase(line.now, lines=bag, client_id="husband", **{"for": HER_ADDRESS}),
        a.link(line.now + 1, client_id="k1", with_=HER_ADDRESS),
    )
    assert [(s.id, s.status) for _, s in line.statuses] == [(alert.id, "retracted")]


def test_what_is_bought_again_is_a_secret_anew_in_whatever_order_it_is_heard() -> None:
    bought = [a.purchase(a.NOON + n, lines=RING, gift=True, client_id="c") for n in (0, 9)]
    told = [a.event("record.surprise", a.NOON + n, who={"oid": "q" * 16}, skus=["watch"]) for n in (0, 9)]
    expected = Surprises({code_of("ring-solstice"): int(a.NOON + 9)}, {code_of("watch"): int(a.NOON + 9)})
    for order in (1, -1):
        one = Surprises()
        for event in (*bought[::order], *told[::order]):
            FEATURE.on[type(event)](one, event, event.time.timestamp(), a.HOUSE)
        assert one == expected
        parts = [Surprises(), Surprises()]
        for part, events in zip(parts, zip(bought[::order], told[::order], strict=True), strict=True):
            for event in events:
                FEATURE.on[type(event)](part, event, event.time.timestamp(), a.HOUSE)
        assert FEATURE.merge(parts) == expected
    assert FEATURE.values(expected, a.NOON + 8 + LASTS) == {"given": 1, "awaited": 1}
    assert FEATURE.values(expected, a.NOON + 9 + LASTS) == {"given": 0, "awaited": 0}


def test_the_articles_bought_last_are_remembered() -> None:
    skus = [f"sku-{n}" for n in range(KEPT_SECRET + 2)]
    bought = [
        a.purchase(a.NOON + n, lines=[a.line(sku)], gift=True, client_id="c") for n, sku in enumerate(skus)
    ]
    last = {code_of(sku) for sku in skus[2:]}
    for order in (bought, bought[::-1]):
        assert surprises(a.record_of(*order)).given.keys() == last
        assert FEATURE.merge([surprises(a.record_of(one)) for one in order]).given.keys() == last
    at_once = a.purchase(lines=[a.line(sku) for sku in skus], gift=True, client_id="c")
    codes = sorted(map(code_of, skus))[2:]
    assert sorted(surprises(a.record_of(at_once)).given) == codes, "of one instant, whatever their order"


async def test_whom_it_is_for_is_kept_from_learning_it() -> None:
    line = Line()
    await line.tell(a.checkin(a.NOON - 90, client_id="wife"))
    await line.tell(a.purchase(lines=RING, client_id="c", **FOR_HER))
    hers = surprises(await line.client(client_id="wife"))
    assert secret(hers, a.NOON) == {code_of("ring-solstice")}
    assert not hers.given
    facts = await line.facts(client_id="wife")
    assert (facts["visits"], facts["purchases"]) == (1, 0)


@pytest.mark.parametrize("later", [60, 0, -60])
async def test_an_order_is_a_gift_as_soon_as_one_of_its_reports_says_so(later: int) -> None:
    """A till rings it up, and the web shop tells for whom it is: the second was a twin, and no secret."""
    line = Line()
    await line.tell(a.checkin(a.NOON - 90, client_id="wife"))
    till = a.purchase(a.NOON, "o1", lines=RING, client_id="c")
    shop = a.purchase(a.NOON + later, "o1", "web", lines=RING, client_id="c", **FOR_HER)
    for again in (till, shop, shop):
        await line.tell(again)
    ring = {code_of("ring-solstice")}
    assert surprises(await line.client(client_id="c")).given.keys() == ring
    assert secret(surprises(await line.client(client_id="wife")), a.NOON) == ring
    assert (await line.facts(client_id="c"))["purchases"] == 1


async def test_whom_a_gift_of_many_articles_is_for_learns_none_of_them() -> None:
    line, skus = Line(), [f"sku-{n}" for n in range(KEPT_SECRET)]
    await line.tell(a.checkin(a.NOON - 90, client_id="wife"))
    await line.tell(a.purchase(lines=[a.line(sku) for sku in skus], client_id="c", **FOR_HER))
    assert secret(surprises(await line.client(client_id="wife")), a.NOON) == {*map(code_of, skus)}


async def test_who_came_a_moment_before_is_told_of_in_the_same_slice() -> None:
    line = Line()
    her = a.event("record.surprise", who={"oid": a.part_of(client_id="wife")[1]}, skus=["ring-solstice"])
    await line.slice([a.profile(a.NOON - 1, client_id="wife"), her])
    assert secret(surprises(await line.client(client_id="wife")), a.NOON) == {code_of("ring-solstice")}


async def test_what_is_bought_for_a_client_is_not_offered_to_them_any_more() -> None:
    line, alert = await a.cart_left()
    for_her: dict[str, Any] = {"for": {"client_id": "k1"}}
    await line.tell(a.purchase(line.now, lines=RING, client_id="c", **for_her))
    assert line.statuses == [], "a ring, and not the bag that lies in the cart"
    await line.tell(a.purchase(line.now, lines=[a.line("bag-aurore")], client_id="c", **for_her))
    assert [(s.id, s.status) for _, s in line.statuses] == [(alert.id, "retracted")]


async def test_whoever_is_bought_something_is_nobody_until_they_are_heard_of() -> None:
    world = World()
    wife = a.part_of(client_id="wife")[1]
    await world.send(a.purchase(lines=RING, client_id="c", **FOR_HER))
    await world.settle()
    assert await world.client("lumiere", wife) is None
    assert not (await world.store.read(partition_of(wife.encode(), SHARDS), ())).due
    await world.send(a.checkin(a.NOON + 1, client_id="wife"))
    await world.settle()
    assert secret(surprises(await world.client("lumiere", wife)), a.NOON) == {code_of("ring-solstice")}


async def test_of_whom_it_is_for_no_segment_tells_before_they_are_heard_of() -> None:
    never_bought = {"field": "facts.purchases", "op": "<=", "value": 0}
    segment = {"id": "new", "name": "New", "when": never_bought}
    segment |= {"team": "client-service", "purpose": "service"}
    line = Line(a.lumiere(segments=[segment]))
    await line.tell(
        a.purchase(lines=RING, client_id="c", **{"for": HER_ADDRESS}),
        *(a.link(a.NOON + n, client_id="w", with_=HER_ADDRESS, linked=n == 1) for n in (1, 2)),
    )
    assert {change.client for change in line.changes} == {a.part_of(client_id="w")[1]}


async def test_whoever_is_bought_something_is_nobody_after_a_replay_either() -> None:
    segment = {"id": "new", "name": "New", "when": {"field": "facts.purchases", "op": "<=", "value": 0}}
    line = Line(a.lumiere(segments=[segment | {"team": "client-service", "purpose": "service"}]))
    part = a.part_of(**HER_ADDRESS)
    her = a.event("record.surprise", who={"oid": part[1]}, skus=["ring-solstice"])
    await line.slice([her, outbox.review(part, a.NOON)], silent=True)
    await line.until(a.NOON + 60)
    assert not heard_of(await line.client(**HER_ADDRESS))


async def test_a_gift_for_oneself_under_the_same_name_tells_nobody() -> None:
    line = Line()
    await line.tell(a.purchase(lines=RING, client_id="c", **{"for": {"client_id": "c"}}))
    assert surprises(await line.client(client_id="c")).awaited == {}
