"""Is Redis as it must be? What it keeps, whose it is, in which layout, and what time it has there."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import RedisCluster
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from feature_store import keys
from feature_store import record as records
from feature_store.redis_graph import RedisGraph
from feature_store.redis_store import RedisStore
from feature_store.redis_sweep import part_keys
from feature_store.store import OtherLayout, StoreAway
from schemas.wording import many
from streams.connect import not_answering, of_another_kind
from streams.epochs import another
from streams.finding import Finding

OLDEST_REDIS = (6, 2)
SKEW = 2.0
"""Seconds by which clocks of hosts may differ: timers, leases and the age of events are told by them."""
LOOKED_AT = 50
"""Records whose version is looked at."""
NEARLY = 0.9
"""Of `maxmemory`, beyond which it is told: at all of it every write is refused."""


class Log(NamedTuple):
    """What the store is held against: shards and epoch of the inbound log, and the houses."""

    shards: int
    epoch: str
    maisons: Collection[str]


async def store(redis: Any, log: Log | None, clock: Callable[[], float]) -> list[Finding]:
    """What is found of a Redis, or cluster; where the log is not known, without what asks for it."""
    try:
        servers = await _infos(redis, "server")
    except (RedisError, OSError) as error:
        return [Finding("redis", False, not_answering(error))]
    if (why := of_another_kind(redis, servers[0])) is not None:
        return [Finding("redis", False, why)]
    version = min(str(server["redis_version"]) for server in servers)
    if any(info["role"] != "master" for info in await _infos(redis, "replication")):
        said = "is a replica, and refuses what is written: name in PREVENANCE_REDIS what leads to the master"
        return [Finding("redis", False, said)]
    new = tuple(int(number) for number in version.split(".")[:2]) >= OLDEST_REDIS
    wanted = "" if new else ": take 6.2 or newer"
    found = [Finding("redis", new, f"version {version}{wanted}")]
    try:
        async for finding in _answered(redis, log, clock):
            found.append(finding)
    except (RedisError, OSError, StoreAway) as error:
        found.append(Finding("redis", False, not_answering(error.__cause__ or error)))
    return found


async def _answered(redis: Any, log: Log | None, clock: Callable[[], float]) -> AsyncIterator[Finding]:
    yield await _eviction(redis)
    yield await _persistence(redis)
    yield await _room(redis)
    yield await _clock(redis, clock)
    if log is not None:
        if (writes := await _writes(redis, log)) is not None:
            yield writes
        yield await _epoch(RedisStore(redis, lambda _: 0), log)
        yield await _layout(redis, log)


async def _infos(redis: Any, section: str) -> list[Mapping[str, Any]]:
    """INFO of the server, or of each primary of a cluster."""
    if isinstance(redis, RedisCluster):
        return list((await redis.info(section, target_nodes=RedisCluster.PRIMARIES)).values())
    return [await redis.info(section)]


async def _eviction(redis: Any) -> Finding:
    policies = {info["maxmemory_policy"] for info in await _infos(redis, "memory")}
    if policies == {"noeviction"}:
        return Finding("eviction", True, "noeviction")
    said = f"maxmemory-policy is {', '.join(sorted(policies))}: set noeviction, or records vanish in silence"
    return Finding("eviction", False, said)


async def _persistence(redis: Any) -> Finding:
    if all(info["aof_enabled"] for info in await _infos(redis, "persistence")):
        return Finding("persistence", True, "append-only file")
    try:
        given = await redis.config_get("save")
    except NoPermissionError:
        said = "no append-only file, and this user may not ask whether there are snapshots: as somebody who "
        return Finding("persistence", False, f"{said}may, see that `redis-cli CONFIG GET save` names some")
    except ResponseError:
        return Finding("persistence", False, "no append-only file: ask your provider to switch it on")
    if given.get("save"):
        return Finding("persistence", True, "snapshots; what a crash loses is read again from the log")
    said = "off: set appendonly yes, or a restart of Redis deletes every record and reads the whole log again"
    return Finding("persistence", False, said)


async def _writes(redis: Any, log: Log) -> Finding | None:
    """Whether each shard takes a write: one that changes nothing, for it is of nobody. None where a full disk
    is why not: `_room` tells of that."""
    try:
        for shard in range(log.shards) if log.maisons else ():
            await redis.delete(keys.part(next(iter(log.maisons)), shard, "nobody"))
    except ResponseError as error:
        return None if "MISCONF" in str(error) else Finding("writes", False, not_answering(error))
    return Finding("writes", True, "each shard takes them")


async def _room(redis: Any) -> Finding:
    """Whether it takes what is written, and will tomorrow. Reads go on where writes are refused."""
    written = ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
    for info in await _infos(redis, "persistence"):
        if failed := [what for what in written if info.get(what, "ok") != "ok"]:
            said = f"can't write to its disk ({', '.join(failed)}): make room, or it refuses all writes"
            return Finding("room", False, said)
    used = 0.0
    for info in await _infos(redis, "memory"):
        if most := info["maxmemory"]:
            used = max(used, (info["used_memory"] - info.get("mem_not_counted_for_evict", 0)) / most)
    if used < NEARLY:
        return Finding("room", True, f"{used:.0%} of maxmemory is used" if used else "maxmemory is not set")
    said = f"{used:.0%} of maxmemory is used, and full it refuses every write: raise it, or add a node"
    return Finding("room", False, said)


async def _clock(redis: Any, clock: Callable[[], float]) -> Finding:
    """Redis' time lies between two looks at ours, if clocks agree."""
    anywhere = {"target_nodes": RedisCluster.RANDOM} if isinstance(redis, RedisCluster) else {}
    before = clock()
    try:
        said = await redis.time(**anywhere)
    except ResponseError:
        asked = "`redis-cli TIME` and `date +%s` say what to compare"
        return Finding("clock", True, f"not compared, for Redis refuses this user its time: {asked}")
    seconds, micros = next(iter(said.values())) if isinstance(said, dict) else said
    there, after = seconds + micros / 1e6, clock()
    skew = max(before - there, there - after)
    if skew <= SKEW:
        return Finding("clock", True, f"as Redis's, to {SKEW:g} s")
    told = f"this host's clock and that of Redis are {skew:.0f} s apart: let NTP set both (chronyc tracking)"
    return Finding("clock", False, told)


async def _layout(redis: Any, log: Log) -> Finding:
    """Whether this version reads what the store holds. Looks at a few records: versions are whole stores'."""
    graph, looked = RedisGraph(redis), 0
    try:
        for maison in log.maisons:
            await graph.head(maison, log.epoch)
        async for value in _some(redis):
            records.decode(value)
            looked += 1
    except (records.NewerRecord, OtherLayout) as error:
        return Finding("layout", False, str(error))
    except msgspec.DecodeError:
        said = "a record can't be read: `prevenance rebuild --verify` says what differs, and --yes mends it"
        return Finding("layout", False, said)
    except (NoPermissionError, StoreAway) as error:
        if isinstance(error.__cause__ or error, NoPermissionError):
            return Finding("layout", True, "not looked at: a worker's user alone may")
        if "WRONGTYPE" in str(error.__cause__):
            said = "what is kept under our names is not ours: `prevenance rebuild --everything` makes it anew"
            return Finding("layout", False, said)
        raise
    said = f"{many(looked, 'record')} of version {records.VERSION}" if looked else "no record yet"
    return Finding("layout", True, said)


async def _some(redis: Any) -> AsyncIterator[bytes]:
    looked = 0
    async for piece in part_keys(redis):
        store = RedisStore(redis, lambda key: 0)
        for value in (await store.peek(piece[:LOOKED_AT])).values():
            if value is not None:
                yield value
                looked += 1
        if looked >= LOOKED_AT:
            return


async def _epoch(store: RedisStore, log: Log) -> Finding:
    try:
        views = [await store.read(shard, ()) for shard in range(log.shards)]
    except StoreAway as error:
        if isinstance(error.__cause__, NoPermissionError):
            return Finding("log", True, "not looked at: a worker's user alone may")
        raise
    epochs = {view.fence.epoch for view in views if view.fence is not None}
    if not (others := epochs - {log.epoch}):
        return Finding("log", True, f"the store follows log {log.epoch}" if epochs else "the store is empty")
    return Finding("log", False, another("the store", min(others), log.epoch))
