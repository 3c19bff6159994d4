"""Tallies: what a recount of all records would find, after whatever came."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.personalise import personalise
from agents.plan import plan
from feature_store import record as records
from feature_store.features.handled import BOUGHT, DECLINED, GIVEN, TRIED
from feature_store.tally import LONGEST, bucket, cells_of, is_chosen, main_currency, middle, moved
from tests import builders as a
from tests.builders import Line

CLIENTS = ("c1", "c2", "c3")
DAY = 86_400.0
_clients = st.sampled_from(CLIENTS)
_times = st.integers(0, 900).map(lambda days: a.NOON - days * DAY)
_lines = st.lists(
    st.builds(
        a.line, st.just("scarf-brise"), st.sampled_from([0, 46_000, 10**7]), st.sampled_from(["EUR", "JPY"])
    ),
    min_size=1,
    max_size=2,
)
_events = st.one_of(
    st.builds(a.purchase, _times, client_id=_clients, lines=_lines),
    st.builds(a.returned, _times, client_id=_clients, lines=_lines),
    st.builds(a.view, _times, client_id=_clients),
    st.builds(
        a.link,
        _times,
        client_id=_clients,
        with_=_clients.map(lambda c: {"client_id": c}),
        linked=st.booleans(),
    ),
)
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


async def recounted(line: Line) -> Counter[str]:
    parts = [a.part_of(client_id=c) for c in CLIENTS]
    found = (await line.store.peek(parts)).values()
    held = [records.decode(value) for value in found if value is not None]
    return Counter(f"lumiere|{cell}" for record in held for cell in cells_of(record))


async def told(line: Line) -> Counter[str]:
    found: Counter[str] = Counter()
    for shard in range(a.SHARDS):
        found.update(await line.store.tallies(shard))
        found.update(await line.store.chosen(shard))
    return found


@SOME
@given(told_in=st.lists(st.lists(_events, max_size=6), max_size=6), twins=st.randoms(use_true_random=False))
async def test_tallies_are_what_a_recount_finds_after_twins_links_and_slices(
    told_in: list[list[Any]], twins: Any
) -> None:
    line, before = Line(), list[Any]()
    for slice in told_in:
        again = [twins.choice(before)] if before and twins.random() < 0.5 else []
        await line.slice([*slice, *again])
        before += slice
        assert await told(line) == await recounted(line)


async def test_a_part_that_moves_within_a_slice_leaves_no_trace_where_it_only_passed() -> None:
    line = Line()
    await line.slice([a.purchase(a.NOON - n * DAY, client_id="c1") for n in range(5, 0, -1)])
    assert await told(line) == await recounted(line)
    assert set((await told(line)).values()) == {1}


async def test_what_was_computed_twice_is_counted_once() -> None:
    """A worker that was paused between its read and its write finds another fence."""
    line = Line()
    sold = a.purchase(client_id="c1")
    part = a.part_of(client_id="c1")
    shard = a.partition_of(part[1].encode(), a.SHARDS)
    planned = plan([a.raw(sold)], a.NOON, frozenset(), line.ctx)
    seen = await line.store.read(shard, planned.parts)
    effects = personalise(planned.touches, (), seen, {}, a.NOON, line.ctx)
    await line.tell(sold)
    assert not await line.store.apply(shard, effects.write(seen.raw, a.Fence("log", 1)))
    assert await told(line) == await recounted(line)


def test_a_part_stands_in_the_cells_that_the_table_tells_of() -> None:
    who = {"client_id": "c1"}
    record = a.record_of(
        a.purchase(a.NOON - 2_000 * DAY, lines=[a.line(amount=2), a.line("scarf-brise", amount=1)], **who),
        a.purchase(a.NOON - 30 * DAY, lines=[a.line("scarf-brise", amount=12)], **who),
        a.returned(a.NOON - 29 * DAY, lines=[a.line("scarf-brise", amount=1)], **who),
        a.profile(a.NOON - 60 * DAY, {"name": "Aline", "language": "fr"}, **who, envelope={"source": "/web"}),
        a.referral(a.NOON - 90 * DAY, referred={"client_id": "f1"}, **who),
        a.referral(a.NOON - 120 * DAY, referred={"client_id": "f2"}, **who),
    )
    today = int(a.NOON // DAY)
    bought, shared, brought = today - 30, today - 60, today - 90
    assert [cell for cell in cells_of(record) if cell[0] not in "uv"] == [
        f"r|{bought}",
        f"c:2|{bought // 28}|{bought // 28 - LONGEST}|2",
        f"m:EUR|{bought // 28}|14",
        "g:EUR|2|7",
        f"d|{shared}",
        f"e|{shared // 28}|3",
        f"a|{shared // 28}|2",
        f"b|{brought // 28}|2",
    ]


def test_a_first_purchase_of_these_years_stands_in_its_own_period() -> None:
    record = a.record_of(a.purchase(a.NOON - 400 * DAY, client_id="c1"), a.purchase(client_id="c1"))
    last, first = (int(at // DAY) // 28 for at in (a.NOON, a.NOON - 400 * DAY))
    assert f"c:1|{last}|{first}|2" in cells_of(record)


def test_a_client_is_ranked_in_the_currency_of_most_orders_then_of_most_money() -> None:
    def main(*sold: tuple[str, int]) -> str | None:
        lines = [[a.line(currency=currency, amount=amount)] for currency, amount in sold]
        return main_currency(a.record_of(*(a.purchase(lines=one, client_id="c1") for one in lines)))

    assert main(("JPY", 900), ("EUR", 1), ("EUR", 1)) == "EUR"
    assert main(("EUR", 1), ("JPY", 1), ("JPY", 1)) == "JPY"
    assert main(("JPY", 1), ("EUR", 2)) == "EUR"
    assert main() is None


@pytest.mark.parametrize(
    ("steps", "chosen"),
    [
        (0, False),
        (TRIED, True),
        (BOUGHT, True),
        (DECLINED, False),
        (TRIED | DECLINED, False),
        (BOUGHT | GIVEN, False),
    ],
)
def test_an_article_is_chosen_that_was_tried_or_bought_and_kept(steps: int, chosen: bool) -> None:
    assert is_chosen(steps) is chosen


def test_a_return_moves_money_and_not_rhythm() -> None:
    record = a.record_of(a.purchase(client_id="c1"))
    before = cells_of(record)
    records.touch(record, a.returned(client_id="c1", lines=[a.line(amount=300_000)]), a.NOON, a.HOUSE)
    changed = moved("lumiere", before, cells_of(record))
    assert {name.split("|")[1] for name in changed} == {"m:EUR", "g:EUR", "u"}
    assert sum(changed.values()) == -1, "what is brought back is chosen no more"


def test_who_has_never_bought_stands_nowhere() -> None:
    assert cells_of(a.record_of(a.view(client_id="c1"), a.returned(client_id="c1"))) == ()


@pytest.mark.parametrize("value", [1, 7, 15, 16, 99, 345_000, 2**40 + 12_345, 2**56])
def test_a_bucket_is_at_most_an_eighth_wide_and_buckets_are_in_order(value: int) -> None:
    assert abs(middle(bucket(value)) - value) <= value / 16
    assert bucket(value) <= bucket(value + 1) <= bucket(value) + 1


def test_no_part_stands_in_more_cells_than_there_are_measures_however_long_it_lives() -> None:
    years = [a.purchase(a.NOON - n * 10 * DAY, client_id="c1") for n in range(300)]
    assert len(cells_of(a.record_of(*years))) == len(cells_of(a.record_of(years[0])))
