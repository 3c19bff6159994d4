"""Bytes of Redis for what lies many together: salts of keys, and what identity keeps of described clients.

Twenty thousand persons whom nobody resembles much, each described twice, as in `benchmarks.life`: a
name of two words, a birth date, a residence. Statements are taken in as the lane `identify` does.
"""

from collections.abc import Collection
from datetime import date
from random import Random

from agents.matching.secret import seal
from benchmarks.figure import say
from benchmarks.mix import MAISON, PEPPER, oid
from benchmarks.sealing import MASTER, Sealing
from benchmarks.servers import KEPT_ALONE, SHARDS, used
from feature_store.graph import GraphHead
from feature_store.redis_graph import RedisGraph
from feature_store.redis_store import RedisStore
from feature_store.store import PartKey
from schemas.messages import LinkChange
from schemas.sealing import SALT, Key
from streams.acquaint import Reading
from streams.connect import open_redis
from streams.identifying import take
from streams.topics import partition_of
from tests.brokers.redis import Redis

CLIENTS = 20_000
AT_ONCE = 500
_FIRST = ("Ka", "Li", "Mo", "Ne", "Ru", "So", "Ta", "Vi", "Zo", "Be", "Da", "Fe", "Gi", "Ho", "Jo", "Pa")
_NEXT = ("ra", "lin", "mont", "ber", "dot", "nel", "sar", "vic", "gol", "pet", "tim", "fas", "cor", "hul")


async def salted() -> float:
    """What one client's salt takes."""
    with Redis(options=KEPT_ALONE) as server:
        before, sealing = await used(server.url), Sealing()
        for client in range(CLIENTS):
            sealing.key((MAISON, oid(client)))
        async with open_redis(server.url) as redis:
            await sealing.keep(redis)
        return (await used(server.url) - before) / CLIENTS


async def described() -> float:
    """What identity keeps of one client who was described."""
    say(f"{CLIENTS:,} clients who are described")
    with Redis(options=KEPT_ALONE) as server:
        before = await used(server.url)
        async with open_redis(server.url) as redis:
            graph, store = RedisGraph(redis), RedisStore(redis, lambda key: partition_of(key, SHARDS))
            for start in range(0, 2 * CLIENTS, AT_ONCE):
                changes = [(n, _statement(n)) for n in range(start, start + AT_ONCE)]
                seen, _ = await graph.head(MAISON, "log")
                linked = await take(Reading(graph, _Keys(), MAISON, PEPPER.encode()), changes)
                await store.link(linked.links)
                head = GraphHead("log", changes[-1][0])
                assert await graph.apply(MAISON, seen, head, linked.change)
        return (await used(server.url) - before) / CLIENTS


class _Keys:
    """Implements `Opens`: every part has a key."""

    async def of(self, parts: Collection[PartKey]) -> dict[PartKey, Key]:
        return {part: _key(part) for part in parts}


def _key(part: PartKey) -> Key:
    return Key(MASTER, part, [bytes(SALT)])


def _statement(n: int) -> LinkChange:
    """The first and, when all have been told of, the second thing said of a client."""
    moved, client = divmod(n, CLIENTS)
    random, part = Random(client), oid(client)
    said = {
        "name": f"{_word(random)} de {_word(random)}",
        "birth_date": date.fromordinal(random.randrange(710_000, 733_000)).isoformat(),
        "residences": [_word(random), _word(random)],
    }
    if moved:
        said = {"residences": [_word(random)]}
    return LinkChange(
        maison=MAISON, parts=(part,), linked=True, source="/crm", id=f"e{n}", evidence="ClientProfile",
        at=1_780_000_000.0 + 86_400.0 * moved + client / 1000, kinds=("client_id",),
        told=seal(said, _key((MAISON, part))),
    )  # fmt: skip


def _word(random: Random) -> str:
    return random.choice(_FIRST) + "".join(random.sample(_NEXT, 2))
