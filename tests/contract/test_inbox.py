"""What every store of inboxes promises, on memory, Redis and a Redis cluster."""

import asyncio
from collections.abc import AsyncIterator
from time import thread_time

import msgspec
import pytest
from redis.asyncio import RedisCluster

from feature_store.inbox import (
    LOG_LENGTH,
    START,
    Bucket,
    Entry,
    Grown,
    Inboxes,
    PositionLost,
    Presence,
    View,
    Write,
)
from feature_store.memory_inbox import MemoryInboxes
from feature_store.redis_inbox import RedisInboxes
from schemas.alerts import Shown
from streams.connect import open_redis
from tests.alerts import NOW, an_entry
from tests.waiting import wait_until

VENDOME, GINZA = "lumiere/vendome", "lumiere/ginza"


@pytest.fixture(params=["memory", "redis", "cluster"])
async def inboxes(request: pytest.FixtureRequest) -> AsyncIterator[Inboxes]:
    if request.param == "memory":
        yield MemoryInboxes()
    elif request.param == "redis":
        async with open_redis(request.getfixturevalue("redis_url")) as client:
            yield RedisInboxes(client, ["lumiere"])
    else:
        cluster = request.getfixturevalue("redis_cluster")
        async with RedisCluster.from_url(cluster.url) as client:
            await client.flushall(target_nodes=RedisCluster.ALL_NODES)
            yield RedisInboxes(client, ["lumiere"])


def write(view: View, *entries: Entry, kind: str = "alert", offset: int = 0, **fields: object) -> Write:
    return Write(
        version=view.version,
        epoch="log-1",
        offset=offset,
        entries={e.alert.id: e for e in entries},
        shown=tuple(Shown(kind=kind, alert=e.alert) for e in entries),
        **fields,
    )


async def view_of(inboxes: Inboxes, inbox: str = VENDOME) -> View:
    return (await inboxes.read_open([inbox]))[inbox]


async def test_a_new_inbox_is_empty_and_at_version_zero(inboxes: Inboxes) -> None:
    assert await view_of(inboxes) == View(inbox=VENDOME)


async def test_what_was_applied_is_read_back(inboxes: Inboxes) -> None:
    presence = {"camille": Presence(status="on", at=NOW), "hugo": Presence(status="off", at=NOW - 60)}
    entry = an_entry("a1", title="Élodie 綾 is here")
    refused = await inboxes.apply(
        {VENDOME: write(View(inbox=VENDOME), entry, offset=7, presence=presence)}, NOW
    )
    assert refused == set()
    view = (await inboxes.read({VENDOME: ["a1", "unknown"]}))[VENDOME]
    assert view.inbox == VENDOME
    assert (view.version, view.epoch, view.offset, view.presence) == (1, "log-1", 7, presence)
    assert {id: held.entry for id, held in view.held.items()} == {"a1": entry}
    assert view.position == view.held["a1"].position != START


async def test_an_inbox_that_changed_since_it_was_read_refuses_and_stays_as_it_was(inboxes: Inboxes) -> None:
    stale = await view_of(inboxes)
    await inboxes.apply({VENDOME: write(stale, an_entry("a1"))}, NOW)
    assert await inboxes.apply({VENDOME: write(stale, an_entry("a2"), offset=9)}, NOW) == {VENDOME}
    view = (await inboxes.read({VENDOME: ["a1", "a2"]}))[VENDOME]
    assert (set(view.held), view.version, view.offset) == ({"a1"}, 1, 0)
    assert len(await inboxes.log(VENDOME, START)) == 1


async def test_the_same_write_sent_twice_counts_once(inboxes: Inboxes) -> None:
    once = write(await view_of(inboxes), an_entry("a1"))
    assert await inboxes.apply({VENDOME: once}, NOW) == set()
    assert await inboxes.apply({VENDOME: once}, NOW) == {VENDOME}
    assert len(await inboxes.log(VENDOME, START)) == 1


async def test_an_inbox_of_another_epoch_refuses(inboxes: Inboxes) -> None:
    await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry("a1"))}, NOW)
    foreign = msgspec.structs.replace(write(await view_of(inboxes), an_entry("a2")), epoch="log-2")
    assert await inboxes.apply({VENDOME: foreign}, NOW) == {VENDOME}


async def test_an_inbox_that_somebody_wrote_before_the_topic_takes_on_its_epoch(inboxes: Inboxes) -> None:
    first = msgspec.structs.replace(write(await view_of(inboxes)), epoch="", offset=-1)
    assert await inboxes.apply({VENDOME: first}, NOW) == set()
    assert await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry("a1"))}, NOW) == set()
    assert (await view_of(inboxes)).epoch == "log-1"


async def test_many_inboxes_are_written_at_once_and_each_decides_for_itself(inboxes: Inboxes) -> None:
    places = [f"lumiere/place-{n}" for n in range(40)]
    views = await inboxes.read_open(places)
    await inboxes.apply({places[3]: write(views[places[3]], an_entry("first"))}, NOW)
    refused = await inboxes.apply({p: write(views[p], an_entry("a1")) for p in places}, NOW)
    assert refused == {places[3]}
    after = await inboxes.read_open(places)
    assert [len(after[p].held) for p in places] == [1] * 40


async def test_of_many_claims_at_once_exactly_one_is_applied(inboxes: Inboxes) -> None:
    view = await view_of(inboxes)
    claims = [write(view, an_entry("a1", claimed_by=f"staff-{n}")) for n in range(20)]
    refused = await asyncio.gather(*(inboxes.apply({VENDOME: claim}, NOW) for claim in claims))
    assert [len(r) for r in refused].count(0) == 1


async def test_what_is_over_is_no_longer_open_but_still_known(inboxes: Inboxes) -> None:
    await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry("a1"), an_entry("a2"))}, NOW)
    over = an_entry("a1", revision=2, status="done")
    await inboxes.apply({VENDOME: write(await view_of(inboxes), over, kind="retract")}, NOW)
    assert set((await view_of(inboxes)).held) == {"a2"}
    held = (await inboxes.read({VENDOME: ["a1"]}))[VENDOME].held["a1"]
    assert held.entry == over


@pytest.mark.parametrize("status", ["open", "done"])
async def test_a_change_that_shows_nothing_keeps_the_position_of_what_was_shown(
    inboxes: Inboxes, status: str
) -> None:
    async def read() -> View:
        return (await inboxes.read({VENDOME: ["a1"]}))[VENDOME]

    shown = an_entry("a1", status=status)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), shown, an_entry("a2"))}, NOW)
    before = await read()
    seen = msgspec.structs.replace(shown, seen=5)
    silent = Write(version=before.version, epoch="log-1", offset=1, entries={"a1": seen})
    assert await inboxes.apply({VENDOME: silent}, NOW) == set()
    after = await read()
    assert after.held["a1"].entry.seen == 5
    assert after.held["a1"].position == before.held["a1"].position
    assert after.position == before.position


async def test_what_waits_is_in_every_view_until_it_does_not(inboxes: Inboxes) -> None:
    waits = msgspec.structs.replace(an_entry("a1"), withheld=True, worth=0.4, price=0.5)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), waits, an_entry("a2"))}, NOW)
    view = (await inboxes.read({VENDOME: ["a2"]}))[VENDOME]
    assert (set(view.held), {id: held.entry for id, held in view.waiting.items()}) == ({"a2"}, {"a1": waits})
    assert set((await view_of(inboxes)).waiting) == {"a1"}
    shown = msgspec.structs.replace(waits, withheld=False, price=None)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), shown)}, NOW)
    assert (await view_of(inboxes)).waiting == {}
    await inboxes.apply({VENDOME: write(await view_of(inboxes), waits)}, NOW)
    over = msgspec.structs.replace(waits, alert=an_entry("a1", status="expired").alert)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), over)}, NOW)
    assert (await view_of(inboxes)).waiting == {}


async def test_the_size_of_an_inbox_counts_what_is_open_or_waits(inboxes: Inboxes) -> None:
    waits = msgspec.structs.replace(an_entry("a1"), withheld=True, worth=0.4, price=0.5)
    over = an_entry("a3", status="expired")
    await inboxes.apply({VENDOME: write(await view_of(inboxes), waits, an_entry("a2"), over)}, NOW)
    assert await inboxes.sizes([VENDOME, "lumiere/ginza"]) == {VENDOME: (2, 1), "lumiere/ginza": (0, 0)}


async def test_what_waits_is_forgotten_with_its_entry(inboxes: Inboxes) -> None:
    waits = msgspec.structs.replace(an_entry("a1"), withheld=True, worth=0.4, price=0.5)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), waits)}, NOW)
    await inboxes.apply({VENDOME: write(await view_of(inboxes))}, waits.keep_until + 1)
    assert (await view_of(inboxes)).waiting == {}
    assert await inboxes.sizes([VENDOME]) == {VENDOME: (0, 0)}


async def test_budgets_stay_until_they_are_written(inboxes: Inboxes) -> None:
    spent = {"camille": Bucket(1.5, NOW), "vendome-team": Bucket(0.0, NOW - 1.25)}
    await inboxes.apply({VENDOME: write(await view_of(inboxes), budgets=spent)}, NOW)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry("a1"))}, NOW)
    assert (await view_of(inboxes)).budgets == spent
    await inboxes.apply({VENDOME: write(await view_of(inboxes), budgets={})}, NOW)
    assert (await view_of(inboxes)).budgets == {}


async def test_an_entry_past_its_keeping_is_forgotten_by_the_next_write(inboxes: Inboxes) -> None:
    entries = an_entry("a1"), an_entry("a2"), an_entry("a3", status="done")
    await inboxes.apply({VENDOME: write(await view_of(inboxes), *entries)}, NOW)
    later = an_entry("a1").keep_until + 1
    kept = msgspec.structs.replace(an_entry("a2"), keep_until=later + 60)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), kept)}, later)
    assert set((await inboxes.read({VENDOME: ["a1", "a2", "a3"]}))[VENDOME].held) == {"a2"}


async def test_an_entry_is_kept_until_the_very_end_of_its_keeping(inboxes: Inboxes) -> None:
    entry = an_entry("a1")
    await inboxes.apply({VENDOME: write(await view_of(inboxes), entry)}, NOW)
    await inboxes.apply({VENDOME: write(await view_of(inboxes))}, entry.keep_until)
    assert set((await view_of(inboxes)).held) == {"a1"}
    await inboxes.apply({VENDOME: write(await view_of(inboxes))}, entry.keep_until + 0.001)
    assert set((await view_of(inboxes)).held) == set()


async def test_what_is_read_is_the_readers_own(inboxes: Inboxes) -> None:
    on = {"camille": Presence(status="on", at=NOW)}
    await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry("a1"), presence=on)}, NOW)
    view = (await inboxes.read({VENDOME: ["a1"]}))[VENDOME]
    for held in (view.held, view.presence):
        held.clear()  # type: ignore[attr-defined]
    again = (await inboxes.read({VENDOME: ["a1"]}))[VENDOME]
    assert (set(again.held), again.presence) == ({"a1"}, on)


async def test_many_entries_past_their_keeping_are_forgotten_a_hundred_at_once_or_all(
    inboxes: Inboxes,
) -> None:
    entries = [an_entry(f"a{n}") for n in range(150)]
    await inboxes.apply({VENDOME: write(await view_of(inboxes), *entries)}, NOW)
    left = []
    for _ in range(2):
        await inboxes.apply({VENDOME: write(await view_of(inboxes))}, entries[0].keep_until + 1)
        left.append(len((await view_of(inboxes)).held))
    assert left in ([50, 0], [0, 0])


async def test_the_log_tells_what_came_after_a_position(inboxes: Inboxes) -> None:
    for n in range(5):
        await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry(f"a{n}"))}, NOW)
    log = await inboxes.log(VENDOME, START)
    assert [one.shown.alert.id for one in log] == ["a0", "a1", "a2", "a3", "a4"]
    assert await inboxes.log(VENDOME, log[2].position) == log[3:]
    assert await inboxes.log(VENDOME, log[2].position, limit=1) == log[3:4]
    assert await inboxes.log(VENDOME, log[4].position) == []


@pytest.mark.parametrize("position", ["1700000000000-0", f"{10**23}-0"])
async def test_a_position_that_is_not_in_the_log_is_said_to_be_lost(inboxes: Inboxes, position: str) -> None:
    lost = f"{VENDOME} has no position {position}"
    with pytest.raises(PositionLost, match=lost):
        await inboxes.log(VENDOME, position)
    await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry("a1"))}, NOW)
    with pytest.raises(PositionLost, match=lost):
        await inboxes.log(VENDOME, position)


async def test_the_log_stays_bounded_and_keeps_its_newest(inboxes: Inboxes) -> None:
    entries = [an_entry("a1", revision=n) for n in range(1, 701)]
    for _ in range(5):
        view = await view_of(inboxes)
        shown = tuple(Shown(kind="update", alert=e.alert) for e in entries)
        one = msgspec.structs.replace(write(view, entries[-1]), shown=shown)
        assert await inboxes.apply({VENDOME: one}, NOW) == set()
    log = await inboxes.log(VENDOME, START, limit=10_000)
    assert LOG_LENGTH <= len(log) <= LOG_LENGTH + 200
    assert log[-1].shown.alert.revision == 700
    assert await inboxes.log(VENDOME, START) == log[:500]


async def test_who_listens_hears_what_a_log_grows_by_and_where_it_ended_before(inboxes: Inboxes) -> None:
    heard: list[Grown] = []

    async def listen() -> None:
        async for grown in inboxes.grown():
            heard.append(grown)

    async def nudge() -> bool:
        await inboxes.apply({GINZA: write(await view_of(inboxes, GINZA), an_entry("a1"))}, NOW)
        return bool(heard)

    task = asyncio.create_task(listen())
    try:
        await wait_until(nudge, what="a word of ginza")
        two = write(await view_of(inboxes, GINZA), an_entry("a2"), an_entry("é 綾"), kind="update")
        await inboxes.apply({GINZA: two}, NOW)
        silent = await view_of(inboxes)
        await inboxes.apply({VENDOME: Write(version=silent.version, epoch="log-1", offset=3)}, NOW)
        log = await inboxes.log(GINZA, START)
        await wait_until(lambda: heard[-1].entry == log[-1], what="the end of the log")
        assert {grown.inbox for grown in heard} == {GINZA}
        told = [grown.entry for grown in heard]
        assert told == log[-len(told) :]
        befores = [START, *(entry.position for entry in log[:-1])]
        assert [grown.before for grown in heard] == befores[-len(told) :]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_who_listens_sleeps_while_nothing_comes(inboxes: Inboxes) -> None:
    heard = asyncio.ensure_future(anext(aiter(inboxes.grown())))
    try:
        await asyncio.sleep(0.1)
        before = thread_time()
        await asyncio.sleep(0.4)
        assert thread_time() - before < 0.1
    finally:
        heard.cancel()
        await asyncio.gather(heard, return_exceptions=True)


async def test_maisons_with_the_same_site_never_mix(inboxes: Inboxes) -> None:
    await inboxes.apply({VENDOME: write(await view_of(inboxes), an_entry("a1"))}, NOW)
    assert (await view_of(inboxes, "autre/vendome")).held == {}


async def test_a_server_that_forgot_the_scripts_is_given_them_again(inboxes: Inboxes) -> None:
    if not isinstance(inboxes, RedisInboxes):
        pytest.skip("memory has no scripts")
    places = [f"lumiere/place-{n}" for n in range(8)]
    await inboxes.read_open(places)
    await inboxes._client.script_flush()
    writes = {p: write(View(inbox=p), an_entry("a1")) for p in places}
    assert await inboxes.apply(writes, NOW) == set()
    assert [v.version for v in (await inboxes.read_open(places)).values()] == [1] * 8
