"""Is everything in place? One finding per question, each with what to do next."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack
from difflib import get_close_matches
from typing import Any

from yarl import URL

from feature_store.rhythms import Rhythms
from feature_store.store import StoreAway
from schemas.maison import Maison
from streams import check_certificates, check_kafka, topic_admin, topics
from streams.check_secrets import secrets
from streams.check_store import Log, store
from streams.connect import open_redis
from streams.finding import Finding
from streams.produce import KafkaAway
from streams.settings import EMBEDDED, Settings, SettingsError, load_maisons, settings_from
from streams.source_health import sentence, sources_of
from streams.spans import takes_spans
from streams.topic_admin import TopicError
from streams.variables import VARIABLES

OURS, ALIKE = "PREVENANCE_", 0.88
"""How our variables begin; how much alike two names are, of 1, of which one is the other misspelt."""


async def check(environ: Mapping[str, str], clock: Callable[[], float] = time.time) -> list[Finding]:
    """Every finding, in the order in which to mend them. Changes nothing."""
    try:
        settings = settings_from(environ)
    except SettingsError as error:
        return [Finding("settings", False, str(error))]
    findings = [_misspelt(environ)]
    maisons: Mapping[str, Maison] = {}
    try:
        maisons = load_maisons(settings.maisons)
        findings += _houses(maisons)
    except SettingsError as error:
        findings += [Finding("maisons", False, line) for line in str(error).splitlines()]
    findings += secrets(settings, environ)
    findings += check_certificates.files(environ, clock())
    findings.append(await asyncio.to_thread(_tracing, settings))
    log = None
    if settings.kafka == EMBEDDED:
        findings.append(Finding("kafka", True, "embedded: for the demo and for replay, gone at their end"))
    else:
        found, log = await asyncio.to_thread(_kafka, settings, maisons)
        findings += found
        findings += await check_certificates.of_kafka(settings.kafka, clock())
    if settings.redis == EMBEDDED:
        return [*findings, Finding("redis", True, "embedded: for the demo and for replay, gone at their end")]
    try:
        redis = open_redis(settings.redis)
    except SettingsError as error:
        return [*findings, Finding("redis", False, str(error))]
    findings += await check_certificates.of_redis(settings.redis, environ, clock())
    async with AsyncExitStack() as stack:
        stack.push_async_callback(redis.aclose)
        return findings + await store(redis, log, clock) + await _sources(redis, maisons, clock())


def _misspelt(environ: Mapping[str, str]) -> Finding:
    """Whether a variable is named almost as one that is read: what it says would be lost."""
    known = {one.name for one in VARIABLES} | {f"{one.name}_FILE" for one in VARIABLES if one.secret}
    bare = {name.removeprefix(OURS): name for name in known}
    for name in sorted(environ.keys() - known):
        if name.startswith(OURS) and (near := _near(name.removeprefix(OURS), bare)):
            return Finding("settings", False, f"{name} is not read: write {bare[near[0]]}, or take it away")
    return Finding("settings", True, "read from the environment")


def _near(name: str, known: Collection[str]) -> list[str]:
    """Those of which it is a slip: the same letters in another order, or alike."""
    swapped = [one for one in known if sorted(one) == sorted(name)]
    return swapped or get_close_matches(name, known, 1, ALIKE)


def _houses(maisons: Mapping[str, Maison]) -> Iterator[Finding]:
    """A team of nobody has alerts that nobody reads; a house of nobody has no reader at all."""
    yield Finding("maisons", True, ", ".join(maisons))
    for maison in maisons.values():
        empty = [team.id for team in maison.teams if not team.members and team.site is None]
        serving = [one for one in maison.staff if one.role not in ("platform", "privacy")]
        served = {site for one in serving for site in one.sites or [s.id for s in maison.sites]}
        deserted = [site.id for site in maison.sites if site.id not in served]
        if empty:
            said = f"{maison.id}: nobody is in {', '.join(empty)}: name members, or a site whose staff it is"
            yield Finding("teams", False, said)
        if deserted:
            said = f"{maison.id}: nobody works at {', '.join(deserted)}: name it in the sites of some staff"
            yield Finding("staff", False, said)


def _tracing(settings: Settings) -> Finding:
    """Whether spans would be taken. Blocks."""
    if settings.otlp is None:
        return Finding("tracing", True, "no collector is named, nothing is traced")
    where = URL(settings.otlp).with_user(None)
    try:
        if takes_spans(settings.otlp):
            return Finding(
                "tracing", True, f"{where} takes spans; {settings.otlp_ratio:g} of requests begin one"
            )
    except SettingsError as error:
        return Finding("tracing", False, str(error))
    said = f"{where} takes no spans: set PREVENANCE_OTLP to the URL of OTLP over HTTP, mostly on port 4318"
    return Finding("tracing", False, said)


def _kafka(settings: Settings, maisons: Mapping[str, Maison]) -> tuple[list[Finding], Log | None]:
    """What is found of Kafka, as far as what comes before is well; and its log. Blocks."""
    findings, brokers = [], settings.kafka
    try:
        with topic_admin.Admin(brokers) as kafka:
            cluster = kafka.metadata()
            findings.append(check_kafka.brokers(cluster))
            if not findings[-1].ok:
                return findings, None
            shards = topic_admin.check(brokers)
            log = Log(shards, topic_admin.epoch_of(brokers, topics.TIERS), tuple(maisons))
            findings.append(Finding("kafka", True, f"{len(topics.TOPICS)} topics, {shards} shards"))
            findings.append(check_kafka.partitions(cluster, shards))
            found = kafka.settings([topic.name for topic in topics.TOPICS])
            findings += (check_kafka.copies(cluster, found), check_kafka.keeps(brokers, found))
        if settings.pepper is not None:
            pepper = settings.pepper.reveal().encode()
            findings.append(check_kafka.keys(brokers, settings.master, pepper))
    except (TopicError, KafkaAway) as error:
        return [*findings, Finding("kafka", False, str(error))], None
    return findings, log


async def _sources(redis: Any, maisons: Mapping[str, Maison], now: float) -> list[Finding]:
    """Which source fell silent, of every maison that any source ever spoke for."""
    findings = []
    try:
        for maison in maisons.values():
            found = await Rhythms(redis).read(maison.id)
            known = {source: read.rhythm for source, read in found.items()}
            silent = [sentence(one) for one in sources_of(maison, known, now) if one.silent]
            said = "; ".join(silent) or f"{len(known)} of {maison.id} are heard as usual"
            if known:
                findings.append(Finding("sources", not silent, said))
    except StoreAway:  # said already
        return []
    return findings
