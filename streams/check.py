"""Is everything in place? One finding per question, each with what to do next."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from redis.asyncio import RedisCluster
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from feature_store.redis_store import RedisStore
from feature_store.rhythms import Rhythms
from feature_store.store import StoreAway
from streams import topics
from streams.connect import not_answering, open_redis
from streams.secret import Secret
from streams.settings import (
    EMBEDDED,
    LONGEST_PEPPER,
    Settings,
    SettingsError,
    load_maisons,
    settings_from,
)
from streams.source_health import sentence, sources_of
from streams.topics import TopicError
from streams.write_keys import write_keys_from

SHORTEST_PEPPER = 16
"""Bytes of the pepper: a shorter one can be guessed."""
JWT_SECRET = 32
"""Bytes of the secret that signs tokens, as RFC 7518 asks for HS256."""
WRITE_KEY = 16
"""Characters of a write key."""
OLDEST_REDIS = (6, 2)


class Finding(NamedTuple):
    """The answer to one question: a sentence, and what to do where it is not well."""

    name: str
    ok: bool
    said: str

    def line(self) -> str:
        """
        >>> Finding("redis", False, "does not answer: start it").line()
        'not ok  redis        does not answer: start it'
        """
        return f"{'ok' if self.ok else 'not ok':<7} {self.name:<12} {self.said}"


async def check(environ: Mapping[str, str]) -> list[Finding]:
    """Every finding, in the order in which to mend them. Changes nothing."""
    try:
        settings = settings_from(environ)
    except SettingsError as error:
        return [Finding("settings", False, str(error))]
    findings = [Finding("settings", True, "read from the environment"), *_house(settings)]
    findings += _secrets(settings)
    shards, epoch = None, None
    if settings.kafka == EMBEDDED:
        findings.append(Finding("kafka", True, "embedded: for the demo and for replay, gone at their end"))
    else:
        try:
            shards = await asyncio.to_thread(topics.check, settings.kafka)
            epoch = await asyncio.to_thread(topics.epoch_of, settings.kafka, topics.TIERS)
            findings.append(Finding("kafka", True, f"{len(topics.TOPICS)} topics, {shards} shards"))
        except TopicError as error:
            findings.append(Finding("kafka", False, str(error)))
    if settings.redis == EMBEDDED:
        return [*findings, Finding("redis", True, "embedded: for the demo and for replay, gone at their end")]
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis)
        stack.push_async_callback(redis.aclose)
        return findings + await _redis(redis, shards, epoch) + await _sources(redis, settings)


async def _sources(redis: Any, settings: Settings) -> list[Finding]:
    """Which source fell silent, of every maison that any source ever spoke for."""
    findings = []
    try:
        for maison in load_maisons(settings.maisons).values():
            found = await Rhythms(redis).read(maison.id)
            known = {source: read.rhythm for source, read in found.items()}
            silent = [sentence(one) for one in sources_of(maison, known, time.time()) if one.silent]
            said = "; ".join(silent) or f"{len(known)} of {maison.id} are heard as usual"
            if known:
                findings.append(Finding("sources", not silent, said))
    except (SettingsError, StoreAway):  # said already
        return []
    return findings


def _house(settings: Settings) -> Iterator[Finding]:
    try:
        maisons = load_maisons(settings.maisons)
        yield Finding("maisons", True, ", ".join(maisons))
    except SettingsError as error:
        yield Finding("maisons", False, str(error))


def _secrets(settings: Settings) -> Iterator[Finding]:
    embedded = settings.kafka == EMBEDDED
    yield _secret("pepper", settings.pepper, embedded, _pepper)
    yield _secret("jwt_secret", settings.jwt_secret, embedded, _jwt_secret)
    yield _secret("write_keys", settings.write_keys, embedded, _write_keys)


def _secret(name: str, secret: Secret | None, embedded: bool, wrong: Callable[[str], str | None]) -> Finding:
    variable = f"PREVENANCE_{name.upper()}"
    if secret is None:
        if embedded:
            return Finding(name, True, "not set: the demo has its own")
        return Finding(name, False, f"set {variable}, or {variable}_FILE to a file that holds it")
    why = wrong(secret.reveal())
    return Finding(name, why is None, f"{variable} {why}" if why else "set")


def _pepper(value: str) -> str | None:
    if len(value.encode()) >= SHORTEST_PEPPER:
        return None
    sizes = f"{SHORTEST_PEPPER} to {LONGEST_PEPPER} bytes"
    return f"must have {sizes}, set before the first event and never changed: it names every record"


def _jwt_secret(value: str) -> str | None:
    if len(value.encode()) >= JWT_SECRET:
        return None
    return f"is too short: {JWT_SECRET} bytes at least, for instance from `openssl rand -base64 32`"


def _write_keys(value: str) -> str | None:
    try:
        write_keys_from(value)
    except ValueError as error:
        return f"can't be read: {error}"
    entries = [entry.strip() for entry in value.replace("\n", ",").split(",") if entry.strip()]
    short = sum(len(entry.split(":")[1]) < WRITE_KEY for entry in entries)
    if not entries:
        return "holds no key: write maison:key[:scope]"
    return f"has {short} keys of fewer than {WRITE_KEY} characters: make them longer" if short else None


async def _redis(redis: Any, shards: int | None, epoch: str | None) -> list[Finding]:
    try:
        servers = await _infos(redis, "server")
    except (RedisError, OSError) as error:
        return [Finding("redis", False, not_answering(error))]
    version = min(str(server["redis_version"]) for server in servers)
    new = tuple(int(number) for number in version.split(".")[:2]) >= OLDEST_REDIS
    wanted = "" if new else ": take 6.2 or newer"
    asked: list[Awaitable[Finding]] = [_eviction(redis), _persistence(redis)]
    if shards is not None and epoch is not None:
        asked.append(_epoch(RedisStore(redis, lambda _: 0), shards, epoch))
    try:
        found = [await question for question in asked]
    except (RedisError, OSError, StoreAway) as error:
        said = f"stopped answering ({type(error).__name__}): see that it is up, then check again"
        found = [Finding("redis", False, said)]
    return [Finding("redis", new, f"version {version}{wanted}"), *found]


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
    except ResponseError:
        return Finding("persistence", False, "no append-only file: ask your provider to switch it on")
    if given.get("save"):
        return Finding("persistence", True, "snapshots; what a crash loses is read again from the log")
    said = "off: set appendonly yes, or a restart of Redis deletes every record and reads the whole log again"
    return Finding("persistence", False, said)


async def _epoch(store: RedisStore, shards: int, epoch: str) -> Finding:
    try:
        views = [await store.read(shard, ()) for shard in range(shards)]
    except StoreAway as error:
        if isinstance(error.__cause__, NoPermissionError):
            return Finding("log", True, "not looked at: a worker's user alone may")
        raise
    epochs = {view.fence.epoch for view in views if view.fence is not None}
    if not epochs - {epoch}:
        return Finding("log", True, f"the store follows log {epoch}" if epochs else "the store is empty")
    said = (
        f"the store was filled from log {', '.join(sorted(epochs - {epoch}))}, this Kafka's is {epoch}: set "
        "PREVENANCE_REDIS to the right store, or give it up with `prevenance rebuild --everything`"
    )
    return Finding("log", False, said)
