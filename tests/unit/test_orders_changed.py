"""An order that is changed counts once, by what was said of it last, whichever is heard first."""

from itertools import permutations
from typing import Any

import pytest

from feature_store.record import slice_of
from tests import builders as a
from tests.builders import Line

WHO = {"client_id": "k1"}
HOUR = 3_600.0


def told(hours: float, euros: int, sku: str, changed: bool = True, **more: Any) -> Any:
    lines = [a.line(sku, amount=euros * 100), a.line("scarf-brise", amount=100)]
    return a.purchase(a.NOON + hours * HOUR, "o1", "web", lines=lines, changed=changed, **WHO, **more)


PLACED, CHANGED, AGAIN = (
    told(0, 900, "bag-aurore", False),
    told(1, 500, "clutch-nuit"),
    told(2, 700, "bag-aurore"),
)
MONEY = ("facts", "frequency", "monetary")


async def after(*events: Any) -> dict[str, Any]:
    line = Line()
    for event in events:
        await line.tell(event, now=a.NOON + 9 * HOUR)
    client = await line.client(**WHO)
    known = {name: slice_of(client, name) for name in MONEY}
    return known | {"last": slice_of(client, "orders").last, "alerts": len(line.alerts)}


@pytest.mark.parametrize("twice", [0, 1, 2])
async def test_it_comes_to_what_was_said_last_in_whatever_order_it_is_heard(twice: int) -> None:
    whole = await after(told(0, 700, "bag-aurore", False))
    assert whole["facts"].spend == {"EUR": 70_100}
    said = [PLACED, CHANGED, AGAIN]
    for events in permutations([*said, said[twice]]):
        assert await after(*events) == whole, [event.time for event in events]


async def test_of_an_order_that_nobody_placed_nothing_counts_and_nobody_hears() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - HOUR, {"name": "Aline", "advisor": "camille"}, **WHO))
    await line.tell(a.checkin(a.NOON, **WHO))
    before = await line.facts(**WHO)
    welcomed = len(line.statuses)
    await line.tell(CHANGED, CHANGED, AGAIN)
    assert await line.facts(**WHO) == before
    assert len(line.statuses) == welcomed, "the welcome stands: they have bought nothing"
    assert not [timer for timer in await line.waiting() if timer.name.startswith("foresee")]


async def test_what_two_parts_were_told_of_one_order_counts_once_and_as_it_is_by_now() -> None:
    line, shop = Line(), {"email": "k1@example.org"}
    await line.tell(PLACED, told(1, 500, "clutch-nuit"), now=a.NOON + 9 * HOUR)
    lines = [a.line("bag-aurore", amount=90_000)]
    await line.tell(a.purchase(a.NOON, "o1", "web", lines=lines, **shop), now=a.NOON + 9 * HOUR)
    await line.tell(a.link(a.NOON + 9 * HOUR, **WHO, with_=shop))
    facts = await line.facts(**WHO)
    assert (facts["purchases"], facts["spend"]) == (1, {"EUR": 50_100})
