"""What the graph of links promises on Redis and on a cluster: what is reached, and one write or none."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from redis.asyncio import RedisCluster

from feature_store.graph import CROWD, TOGETHER, Edge, Graph, GraphHead, Hold, Node, level_of
from streams.connect import open_redis

HEAD = GraphHead("log-1", 0)


@pytest.fixture(params=["redis", "cluster"])
async def graph(request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    if request.param == "redis":
        async with open_redis(request.getfixturevalue("redis_url")) as client:
            yield Graph(client)
    else:
        cluster = request.getfixturevalue("redis_cluster")
        async with RedisCluster.from_url(cluster.url) as client:
            await client.flushall(target_nodes=RedisCluster.ALL_NODES)
            yield Graph(client)


def chain(*parts: str, kind: str = "email") -> dict[str, Node]:
    """Parts of which each stands with the next."""
    edge = Edge(TOGETHER, 0.0, False, level_of("client_id"))
    nodes = {part: Node(kind, {}) for part in parts}
    for one, other in pairwise(parts):
        nodes[one].edges[other] = edge
        nodes[other].edges[one] = edge
    return nodes


async def test_all_that_is_reached_is_read_and_nothing_else(graph: Graph) -> None:
    await graph.apply("lumiere", b"", HEAD, chain("a", "b", "c", "d") | chain("x", "y"), {})
    assert (await graph.region("lumiere", ["b", "new"])).keys() == {"a", "b", "c", "d", "new"}
    assert await graph.region("lumiere", ["a"]) == chain("a", "b", "c", "d")
    assert await graph.region("autre", ["a"]) == {"a": Node()}


async def test_nothing_is_reached_by_way_of_a_crowd(graph: Graph) -> None:
    edge = Edge(TOGETHER, 0.0, False, level_of("client_id"))
    names = [f"k{n}" for n in range(CROWD + 1)]
    nodes = {"mailbox": Node("email", dict.fromkeys(names, edge))}
    nodes |= {name: Node("client_id", {"mailbox": edge}) for name in names}
    await graph.apply("lumiere", b"", HEAD, nodes, {})
    assert (await graph.region("lumiere", ["k1"])).keys() == {"k1", "mailbox"}


async def test_what_was_computed_from_an_older_head_is_refused_whole(graph: Graph) -> None:
    hold = Hold(("email",), ("client_id",))
    assert await graph.apply("lumiere", b"", HEAD, chain("a", "b"), {("a", "b"): hold})
    raw, head = await graph.head("lumiere", "log-1")
    assert head == HEAD
    assert not await graph.apply("lumiere", b"", HEAD, chain("a", "z"), {("a", "b"): None})
    assert "z" not in (await graph.region("lumiere", ["a"]))
    assert await graph.held("lumiere") == {("a", "b"): hold}
    assert await graph.apply("lumiere", raw, GraphHead("log-1", 1), {}, {("a", "b"): None})
    assert await graph.held("lumiere") == {}
