"""Somebody leaves, or has another role or site: tokens die, the book and open alerts go to another."""

import asyncio
import time
from contextlib import AsyncExitStack

import msgspec

from agents.alert_life import handed_over
from agents.deliver import successor, team_at
from feature_store.inbox import Inboxes, Write
from feature_store.redis_inbox import RedisInboxes
from feature_store.standings import Standings
from schemas.alerts import inbox_of
from schemas.maison import Maison
from schemas.standing import Standing
from schemas.wording import PlainError
from streams import topics
from streams.connect import open_redis
from streams.produce import Message, Producer
from streams.settings import Settings, load_maisons
from streams.staff import Roll

SETTLED = 2.0
"""Seconds after which every worker routes by what was said: what was under way is looked at once more."""
TRIES = 50


class LeavingError(PlainError):
    """It can't be done; the message says why and what to do."""


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked. `stays`: they go on working here, as whatever their next token says."""

    maison: str
    staff: str
    to: str | None
    stays: bool
    by: str


async def leave(settings: Settings, asked: Leaving) -> str:
    """Does it, and says in a sentence what was done. May be said again: it does the same again.

    The log has it first, then Redis, then the inboxes: interrupted, nothing is opened that was closed.
    Raises `LeavingError`, `SettingsError`, `KafkaAway`, `StoreAway`, `TopicError`.
    """
    maisons = load_maisons(settings.maisons)
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis)
        stack.push_async_callback(redis.aclose)
        roll = Roll(settings.kafka, maisons)
        stack.push_async_callback(roll.stop)
        await roll.start()
        standing = standing_of(asked, maisons.get(asked.maison), roll, time.time())
        producer = Producer(settings.kafka, client_id="prevenance-leave")
        stack.push_async_callback(producer.close)
        value = msgspec.json.encode(standing)
        await producer.send([Message(topic=topics.STANDING, key=standing.key, value=value)])
        said = time.monotonic()
        await Standings(redis).write(asked.maison, [standing])
        roll.take(standing)
        moved = 0
        if standing.left or standing.to:
            maison, inboxes = maisons[asked.maison], RedisInboxes(redis)
            moved = await rerouted(inboxes, maison, asked.staff)
            await asyncio.sleep(max(0.0, said + SETTLED - time.monotonic()))
            moved += await rerouted(inboxes, maison, asked.staff)
        return _sentence(asked, moved)


def standing_of(asked: Leaving, maison: Maison | None, roll: Roll, now: float) -> Standing:
    """What is to be said. Raises `LeavingError` where it makes no sense."""
    if maison is None:
        raise LeavingError(f"no maison file defines {asked.maison!r}")
    before = roll.known.get((asked.maison, asked.staff))
    teams = {team.id for team in maison.teams}
    if maison.person(asked.staff) is None and asked.staff not in teams and before is None:
        raise LeavingError(f"{asked.maison} knows no {asked.staff!r}: say the id in the maison file")
    if asked.to is not None:
        heir = roll.known.get((asked.maison, asked.to))
        if maison.person(asked.to) is None:
            raise LeavingError(f"{asked.maison} knows no {asked.to!r}: the book goes to somebody of its file")
        if heir is not None and heir.left:
            raise LeavingError(f"{asked.to} has left: the book goes to somebody who is there")
        if maison.heir(asked.to) in (asked.staff, None) or asked.to == asked.staff:
            raise LeavingError(f"the book of {asked.to} went to {asked.staff}: it would go round in a circle")
    at = now if before is None else max(now, before.at + 0.001)  # clocks differ; what is said last holds
    return Standing(
        maison=asked.maison, staff=asked.staff, at=at, left=not asked.stays, to=asked.to, by=asked.by
    )


async def rerouted(inboxes: Inboxes, maison: Maison, staff: str) -> int:
    """How many open alerts of somebody were given to whoever has their book. Raises `LeavingError`."""
    moved = 0
    for place in maison.places:
        inbox = inbox_of(maison.id, place)
        to, team = successor(maison, place, staff), team_at(maison, place)
        for _ in range(TRIES):
            view, now = (await inboxes.read_open([inbox]))[inbox], time.time()
            looked = [handed_over(held.entry, staff, to, team, now) for held in view.held.values()]
            shown = tuple(one for _, one in looked if one is not None)
            known = {id: held.entry for id, held in view.held.items()}
            entries = {e.alert.id: e for e, _ in looked if e is not known[e.alert.id]}
            if not entries:
                break
            write = Write(
                version=view.version, epoch=view.epoch, offset=view.offset, entries=entries, shown=shown
            )
            if not await inboxes.apply({inbox: write}, now):
                moved += len(entries)
                break
        else:
            raise LeavingError(f"the inbox {inbox} changed {TRIES} times meanwhile: say it again")
    return moved


def _sentence(asked: Leaving, moved: int) -> str:
    said = f"no token that {asked.staff} holds opens anything any more"
    if asked.to:
        said += f"; {asked.to} has the book and {moved} open alerts"
    elif not asked.stays:
        said += f"; the book is nobody's in particular, {moved} open alerts went to the teams"
    return said
