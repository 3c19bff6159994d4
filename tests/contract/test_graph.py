"""What every graph of links promises, in memory, in Redis and on a cluster."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest
from redis.asyncio import RedisCluster

from feature_store import keys
from feature_store.graph import (
    CROWD,
    LAYOUT,
    TOGETHER,
    Change,
    Edge,
    Graph,
    GraphHead,
    Hold,
    Node,
    level_of,
    region,
)
from feature_store.memory_graph import MemoryGraph
from feature_store.redis_graph import RedisGraph
from feature_store.store import OtherLayout
from streams.connect import open_redis

HEAD = GraphHead("log-1", 0)
KEY, ALINE, BRUNO = "key-01", "qjGJ8m2C0b1xYz_A", "qjGJ8m2C0b1xYz_B"
A, B, C, D, X, Y, Z, NEW, MAILBOX, TWIN = (
    urlsafe_b64encode(name.ljust(12).encode()).decode()
    for name in ("a", "b", "c", "d", "x", "y", "z", "new", "mailbox", "twin")
)
EDGE = Edge(TOGETHER, 0.0, False, level_of("client_id"))


@pytest.fixture(params=["memory", "redis", "cluster"])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    if request.param == "memory":
        yield MemoryGraph()
    elif request.param == "redis":
        async with open_redis(request.getfixturevalue("redis_url")) as client:
            yield RedisGraph(client)
    else:
        cluster = request.getfixturevalue("redis_cluster")
        async with RedisCluster.from_url(cluster.url) as client:
            await client.flushall(target_nodes=RedisCluster.ALL_NODES)
            yield RedisGraph(client)


def read(graph: Graph, maison: str) -> Callable[[Collection[str]], Awaitable[dict[str, Node]]]:
    return partial(graph.nodes, maison)


def chain(*parts: str) -> dict[str, Node]:
    """Parts of which each stands with the next."""
    nodes = {part: Node("email") for part in parts}
    for one, other in pairwise(parts):
        nodes[one].edges[other] = EDGE
        nodes[other].edges[one] = EDGE
    return nodes


async def test_all_that_is_reached_is_read_and_nothing_else(graph: Graph) -> None:
    await graph.apply("lumiere", b"", HEAD, Change(nodes=chain(A, B, C, D) | chain(X, Y)))
    assert (await region(read(graph, "lumiere"), [B, NEW])).keys() == {A, B, C, D, NEW}
    assert await region(read(graph, "lumiere"), [A]) == chain(A, B, C, D)
    assert await region(read(graph, "autre"), [A]) == {A: Node()}


async def test_who_is_alike_is_reached_and_nobody_by_way_of_a_crowd(graph: Graph) -> None:
    names = [urlsafe_b64encode(f"k{n:11}".encode()).decode() for n in range(CROWD + 1)]
    nodes = {MAILBOX: Node("email", dict.fromkeys(names, EDGE))}
    nodes |= {name: Node("client_id", {MAILBOX: EDGE}) for name in names}
    nodes[names[1]].alike[TWIN] = "==....."
    await graph.apply("lumiere", b"", HEAD, Change(nodes=nodes))
    assert (await region(read(graph, "lumiere"), [names[1]])).keys() == {names[1], MAILBOX, TWIN}


async def test_what_is_read_is_the_readers_own(graph: Graph) -> None:
    await graph.apply("lumiere", b"", HEAD, Change(nodes=chain(A, B)))
    read = await graph.nodes("lumiere", [A])
    read[A].edges.clear()
    assert (await graph.nodes("lumiere", [A]))[A].edges == {B: EDGE}


async def test_what_was_computed_from_an_older_head_is_refused_whole(graph: Graph) -> None:
    hold, pair = Hold(("email",), ("client_id",)), (A, B)
    change = Change(nodes=chain(A, B), holds={pair: hold}, asked={pair: "==....."}, blocks={KEY: (ALINE,)})
    assert await graph.apply("lumiere", b"", HEAD, change)
    raw, head = await graph.head("lumiere", "log-1")
    assert head == HEAD
    late = Change(nodes=chain(A, Z), holds={pair: None}, asked={pair: None}, blocks={KEY: ()})
    assert not await graph.apply("lumiere", b"", HEAD, late)
    assert Z not in (await region(read(graph, "lumiere"), [A]))
    held = await graph.held("lumiere")
    assert (held.holds, held.asked) == ({pair: hold}, {pair: "==....."})
    assert await graph.blocks("lumiere", [KEY, "kother"]) == {KEY: (ALINE,)}
    assert await graph.apply("lumiere", raw, GraphHead("log-1", 1), late)
    held = await graph.held("lumiere")
    assert (held.holds, held.asked) == ({}, {})
    assert await graph.blocks("lumiere", [KEY]) == {}


async def test_of_two_who_read_the_same_head_one_applies(graph: Graph) -> None:
    for offset in range(2):
        raw, _ = await graph.head("lumiere", "log-1")
        first, second = (Change(nodes={part: Node("email")}) for part in (A, B))
        assert await graph.apply("lumiere", raw, GraphHead("log-1", offset), first)
        assert not await graph.apply("lumiere", raw, GraphHead("log-1", offset), second)
    assert (await graph.nodes("lumiere", [A, B])) == {A: Node("email"), B: Node()}


async def test_keys_that_begin_alike_keep_their_members_apart(graph: Graph) -> None:
    random, kept = Random(5), dict[str, tuple[str, ...]]()
    head, raw = HEAD, b""
    names = [f"ke{a}{b}AA" for a in "Ak" for b in "Aek"]
    ends = b"".join(urlsafe_b64decode(name[2:]) for name in names)  # so that one may stand across two entries
    parts = [urlsafe_b64encode(bytes(random.choices(ends, k=12))).decode() for _ in range(6)]
    for offset in range(60):
        said = {random.choice(names): tuple(sorted(random.sample(parts, random.randrange(5))))}
        kept |= said
        assert await graph.apply("lumiere", raw, GraphHead("log-1", offset), Change(blocks=said))
        raw, head = await graph.head("lumiere", "log-1")
        assert await graph.blocks("lumiere", names) == {key: of for key, of in kept.items() if of}
    assert head.offset == 59
    assert await graph.blocks("autre", names) == {}


async def replace(graph: Graph, random: Random, parts: list[str]) -> dict[str, Node]:
    """Says something of these parts again and again, now more and now less; what was said of each last."""
    kept, raw = dict[str, Node](), b""
    for offset in range(50):
        said = {
            part: Node("email", {TWIN: EDGE}, {A: "=="}, random.randbytes(random.choice([0, 3, 300, 70_000])))
            for part in random.sample(parts, random.randrange(1, 3))
        }
        kept |= said
        assert await graph.apply("lumiere", raw, GraphHead("log-1", offset), Change(nodes=said))
        raw, _ = await graph.head("lumiere", "log-1")
        assert await graph.nodes("lumiere", parts) == {part: kept.get(part, Node()) for part in parts}
    return kept


async def test_what_is_said_again_of_a_part_changes_none_that_lies_beside_it(graph: Graph) -> None:
    random = Random(7)
    parts = [urlsafe_b64encode(b"ab" + random.randbytes(10)).decode() for _ in range(5)]
    assert len({keys.nodes("lumiere", part) for part in parts}) == 1
    await replace(graph, random, parts)


async def test_what_was_said_before_takes_no_room(redis: Any) -> None:
    graph, random = RedisGraph(redis), Random(8)
    parts = [urlsafe_b64encode(b"ab" + random.randbytes(10)).decode() for _ in range(5)]
    kept = await replace(graph, random, parts)
    await graph.apply("autre", b"", HEAD, Change(nodes=kept))
    sizes = [await redis.strlen(keys.nodes(maison, parts[0])) for maison in ("lumiere", "autre")]
    assert sizes[0] == sizes[1] > 70_000


async def test_links_of_which_nothing_was_said_begin_in_the_epoch_they_are_read_in(graph: Graph) -> None:
    assert await graph.head("lumiere", "log-2") == (b"", GraphHead("log-2"))


async def test_a_graph_that_is_kept_otherwise_is_refused_in_words(redis: Any) -> None:
    graph = RedisGraph(redis)
    assert await graph.apply("lumiere", b"", HEAD, Change())
    assert (await graph.head("lumiere", "log-1"))[1] == HEAD
    for other in ([], [LAYOUT + 1]):
        await redis.hset(keys.graph("lumiere"), "head", msgspec.msgpack.encode(["log-1", 0, *other]))
        with pytest.raises(
            OtherLayout, match=r"from the log with `prevenance rebuild --everything --yes`, and start them$"
        ):
            await graph.head("lumiere", "log-1")


async def test_what_a_person_judged_is_kept_for_learning(graph: Graph) -> None:
    verdicts = {(A, B): (5.0, "=~.....", True)}
    await graph.apply("lumiere", b"", HEAD, Change(verdicts=verdicts))
    assert (await graph.held("lumiere")).verdicts == verdicts
    assert (await graph.held("autre")).verdicts == {}
