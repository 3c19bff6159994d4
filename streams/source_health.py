"""Which source of a maison speaks, and which has fallen silent though it should not have."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from feature_store.rhythm import HOUR, MISSED, Rhythm, heard, missed, usual
from feature_store.rhythms import MOST, OTHER, Rhythms
from feature_store.store import StoreAway
from schemas.maison import Maison
from schemas.times import iso
from streams.answers import guarded, reply
from streams.auth import Denied, Door
from streams.dead_letters import printable
from streams.ending import beside
from streams.metrics import Metrics
from streams.outages import Outages
from streams.shapes.sources import Source, Sources
from streams.write_keys import WriteKey

EVERY = 10.0
"""Seconds between two writes of what was heard."""
WEB = "web"
"""All that pages say: anybody may write any source into a page, and any site."""
READERS = frozenset({"manager", "platform"})


class Heard:
    """What a gateway has heard since it last wrote it down, by (maison, source). Bounded."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], dict[int, int]] = {}
        self.last: dict[tuple[str, str], tuple[float, str]] = {}

    def note(self, key: WriteKey, events: Iterable[Any], now: float) -> None:
        """Events that were stored at `now`, Unix seconds. Cheap: asked of every request."""
        hour = int(now // HOUR)
        for event in events:
            source = WEB if key.scope == "web" else event["source"]
            named = (key.maison, source)
            if named not in self.counts and len(self.counts) >= 4 * MOST:
                named = (key.maison, OTHER)
            counts = self.counts.setdefault(named, {})
            counts[hour] = counts.get(hour, 0) + 1
            data = event.get("data")
            site = data.get("site") if isinstance(data, dict) and key.scope != "web" else None
            self.last[named] = (now, site if isinstance(site, str) else "")

    def taken(self) -> tuple[dict[tuple[str, str], dict[int, int]], dict[tuple[str, str], tuple[float, str]]]:
        """All of it; it begins anew."""
        taken = self.counts, self.last
        self.counts, self.last = {}, {}
        return taken

    def put_back(self, named: tuple[str, str], counts: Mapping[int, int], last: tuple[float, str]) -> None:
        """What could not be written now."""
        mine = self.counts.setdefault(named, {})
        for hour, count in counts.items():
            mine[hour] = mine.get(hour, 0) + count
        self.last.setdefault(named, last)


async def write_down(heard_since: Heard, rhythms: Rhythms) -> None:
    """What was heard becomes rhythm; what another gateway was faster with is kept for the next time."""
    counts, last = heard_since.taken()
    for maison in sorted({maison for maison, _ in counts}):
        mine = {source: counts[m, source] for m, source in counts if m == maison}
        try:
            before = await rhythms.read(maison)
            room = MOST - len(before)
            named = {s: s if s in before or i < room else OTHER for i, s in enumerate(sorted(mine))}
            after: dict[str, Rhythm] = {}
            for source, to in named.items():
                known = after.get(to) or (before[to].rhythm if to in before else None)
                after[to] = heard(known, mine[source], *last[maison, source])
            refused = await rhythms.write(maison, before, after)
        except StoreAway:
            refused, named = set(mine), {source: source for source in mine}
        for source in mine:
            if named[source] in refused:
                heard_since.put_back((maison, source), mine[source], last[maison, source])


def sources_of(maison: Maison, rhythms: Mapping[str, Rhythm], now: float) -> list[Source]:
    """Every source that was ever heard, those that are silent first."""
    found = []
    for source, rhythm in rhythms.items():
        missing = missed(rhythm, now, opening(maison, rhythm.site))
        found.append(
            Source(
                source=source,
                site=rhythm.site or None,
                last=iso(rhythm.last),
                silent=missing >= MISSED,
                missed=round(missing, 1),
                usual=round(usual(rhythm, now), 1),
            )
        )
    return sorted(found, key=lambda one: (not one.silent, one.source))


def opening(maison: Maison, site: str) -> Callable[[float], bool]:
    """Whether the site a source speaks of is open in the hour that begins then; of no site, always."""
    place = maison.site(site)
    if place is None:
        return lambda at: True
    return lambda at: place.open_within(datetime.fromtimestamp(at, UTC))


def sentence(one: Source) -> str:
    """
    >>> sentence(Source(source="/till", site="ginza", last="2026-11-21T14:02:00Z", silent=True, missed=9.0,
    ...                 usual=20.0))
    '/till at ginza is silent since 2026-11-21 14:02 UTC'
    """
    where = f" at {printable(one.site)}" if one.site else ""
    return f"{printable(one.source)}{where} is silent since {one.last[:16].replace('T', ' ')} UTC"


async def keeping(
    heard_since: Heard, redis: Any, maisons: Mapping[str, Maison], metrics: Metrics, now: Callable[[], float]
) -> AsyncIterator[None]:
    """For an application's `cleanup_ctx`: writes down what is heard, and counts who is silent. An outage is
    counted, and told once: a gateway is ready without Redis, and nothing else tells of it."""
    rhythms, outages = Rhythms(redis), Outages()

    async def look(maison: Maison) -> None:
        try:
            found = await rhythms.read(maison.id)
        except StoreAway:
            metrics.redis_errors_total.labels("gateway").inc()
            metrics.sources_silent.remove(maison.id)  # dashboards and SourceSilent ask the others
            raise
        seen = sources_of(maison, {s: read.rhythm for s, read in found.items()}, now())
        metrics.sources_silent.labels(maison.id).set(sum(one.silent for one in seen))

    async def again() -> None:
        while True:
            await asyncio.sleep(EVERY)
            await write_down(heard_since, rhythms)
            for maison in maisons.values():
                with outages.met_by(f"what {maison.id}'s sources send"):
                    await look(maison)

    async with beside("source health", again):
        yield
    if redis is not None:
        await write_down(heard_since, rhythms)


def source_routes(
    app: web.Application,
    rhythms: Rhythms,
    door: Door,
) -> None:
    """Adds `GET /v1/sources`."""

    async def sources(request: web.Request) -> web.Response:
        caller = door.caller(request)
        if caller.role not in READERS:
            raise Denied(403, f"The role {caller.role} does not see which sources speak.")
        found = await rhythms.read(caller.maison)
        known = {source: read.rhythm for source, read in found.items()}
        return reply(Sources(sources=sources_of(door.maisons[caller.maison], known, door.now())))

    app.router.add_get("/v1/sources", guarded(sources))
