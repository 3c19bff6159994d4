"""What goes together is counted exactly, and what few chose says nothing."""

from typing import Any

import msgspec
import pytest

from agents.recommend import recommend
from feature_store import record as records
from feature_store.feature import code_of
from feature_store.tally import cells_of, moved
from feature_store.together import BESIDE, LEAST, Together, together_of
from tests import builders as a
from tests.builders import Line

BAG, SCARF, RING = (code_of(sku) for sku in ("bag-aurore", "scarf-brise", "ring-solstice"))


def bought(client: str, *skus: str, **order: Any) -> Any:
    return a.purchase(lines=[a.line(sku) for sku in skus], client_id=client, **order)


async def counted(line: Line) -> dict[str, int]:
    found: dict[str, int] = {}
    for shard in range(a.SHARDS):
        for name, count in (await line.store.chosen(shard)).items():
            found[name] = found.get(name, 0) + count
    return found


async def test_each_client_counts_once_for_what_they_chose_and_kept() -> None:
    line = Line()
    for n in range(4):
        await line.tell(bought(f"k{n}", "bag-aurore", "scarf-brise"))
    await line.tell(bought("k0", "bag-aurore"), bought("k1", "ring-solstice", gift=True))
    await line.tell(a.returned(a.NOON + 9, lines=[a.line("scarf-brise")], client_id="k3"))
    one, other = sorted((BAG, SCARF))
    assert await counted(line) == {
        f"lumiere|u|{BAG:x}": 4, f"lumiere|u|{SCARF:x}": 3, f"lumiere|v|{one:x}|{other:x}": 3,
    }  # fmt: skip


async def test_who_is_erased_leaves_no_count() -> None:
    line = Line()
    await line.tell(bought("k0", "bag-aurore", "scarf-brise"))
    await line.tell(a.event("client.erase", a.NOON + 9, client_id="k0"))
    assert await counted(line) == {}


def test_what_is_counted_is_what_a_recount_finds() -> None:
    record = a.record_of(bought("k", "bag-aurore", "scarf-brise", "ring-solstice"))
    again = records.decode(records.encode(record))
    assert moved("lumiere", cells_of(record), cells_of(again)) == {}
    assert sum(cell.startswith("v|") for cell in cells_of(record)) == 3


def test_eighteen_of_forty_and_ninety_are_alike_by_a_quarter() -> None:
    told = [("m|u|a1", 40), ("m|u|2f", 90), ("m|v|a1|2f", 18)]
    together = together_of(told)["m"]
    assert together.beside == {
        0xA1: {0x2F: pytest.approx(0.2769, abs=1e-4)},
        0x2F: {0xA1: pytest.approx(0.2769, abs=1e-4)},
    }
    assert together_of([*told[:2], ("m|v|a1|2f", LEAST - 1)]) == {}
    assert together_of([*told[:2], ("m|v|a1|2f", LEAST)]).keys() == {"m"}


def test_a_shard_that_has_not_told_yet_who_chose_one_of_both_counts_those_who_chose_both() -> None:
    assert together_of([("m|v|1|2", 5)])["m"].beside == {1: {2: 0.5}, 2: {1: 0.5}}
    assert together_of([("m|u|2", 5), ("m|v|1|2", 5)]) == together_of([("m|u|1", 5), ("m|v|1|2", 5)])


def test_beside_an_article_those_are_kept_that_go_with_it_most() -> None:
    pairs = [(f"m|v|0|{other:x}", LEAST + (other * 7) % 31) for other in range(1, 31)]
    beside = together_of([("m|u|0", 900), *pairs])["m"].beside[0]
    assert len(beside) == BESIDE
    assert list(beside.values()) == sorted(beside.values(), reverse=True)
    assert set(beside) == {other for other in range(1, 31) if (other * 7) % 31 > 30 - BESIDE}


def test_what_others_chose_with_what_is_theirs_is_shown_with_why() -> None:
    client = a.record_of(a.consent(a.NOON - 9, "profiling", card="c1"), bought("k", "bag-aurore"))
    moment = a.moment(client=client)
    assert "ring-solstice" not in [r.sku for r in recommend(moment)]
    near = Together({BAG: {RING: 0.5}})
    shown = {r.sku: r.why for r in recommend(msgspec.structs.replace(moment, together=near))}
    assert shown["ring-solstice"] == "often chosen with their Aurore bag"
    unasked = msgspec.structs.replace(moment, together=near, client=a.record_of(bought("k", "bag-aurore")))
    assert recommend(unasked) == []
