"""Turning the kill switch: who may, what is asked, what is said; over HTTP, and for the command."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from agents.registry import ACTIONS
from schemas.maison import Maison
from schemas.silence import Silence
from schemas.times import iso
from streams.answers import body_of, error, guarded, reply
from streams.auth import Caller, Denied, Door
from streams.kill_switch import KillSwitch
from streams.shapes.silences import Silenced, SilenceList, Switch

SWITCHERS = frozenset({"manager", "platform"})
AUDITORS = SWITCHERS | {"privacy"}

Turn = Callable[[Silence], Awaitable[None]]
"""Returns once a silence is in force or lifted. Raises `KafkaAway`, `StoreAway`."""


class NoSuchScope(ValueError):
    """There is nothing of that name to silence; the text is a sentence."""


def silence_of(asked: Switch, maison: Maison, by: str, now: float, last: Silence | None) -> Silence:
    """What is to be said. `last`: what was said of this scope before. Raises `NoSuchScope`."""
    if asked.site is not None and maison.site(asked.site) is None:
        raise NoSuchScope(f"site: {maison.id} has {', '.join(sorted(s.id for s in maison.sites))}")
    if asked.action is not None and asked.action not in ACTIONS:
        raise NoSuchScope(f"action: there are {', '.join(sorted(ACTIONS))}")
    until = asked.until.astimezone(UTC).timestamp() if asked.until is not None else None
    if until is not None and until <= now:
        raise NoSuchScope("until: a time to come")
    at = now if last is None else max(now, last.at + 0.001)  # clocks differ; what is said last holds
    return Silence(
        maison=maison.id,
        site=asked.site,
        action=asked.action,
        at=at,
        by=by,
        why=asked.why,
        until=None if asked.lift else until,
        lifted=asked.lift,
    )


def scope_of(maison: str, asked: Switch) -> Silence:
    """Names the scope alone."""
    return Silence(maison=maison, site=asked.site, action=asked.action, at=0.0, by="", why="")


def told(one: Silence) -> Silenced:
    """As a person reads it."""
    return Silenced(
        site=one.site,
        action=one.action,
        by=one.by,
        why=one.why,
        since=iso(one.at),
        until=iso(one.until) if one.until is not None else None,
        lifted=one.lifted,
        shadow=one.shadow,
    )


def silence_routes(
    app: web.Application,
    switch: KillSwitch,
    turn: Turn,
    door: Door,
) -> None:
    """Adds `GET /v1/silence` and `POST /v1/silence`."""

    async def silences(request: web.Request) -> web.Response:
        caller = door.caller(request)
        found = (await switch.now([caller.maison]))[caller.maison]
        holding = [told(one) for one in found if one.holds(door.now()) and _concerns(caller, one)]
        turns = switch.turns[caller.maison] if caller.role in AUDITORS else ()
        return reply(SilenceList(silences=holding, turns=[told(one) for one in list(turns)]))

    async def say(request: web.Request) -> web.Response:
        caller = door.caller(request)
        asked = msgspec.json.decode(await body_of(request), type=Switch)
        if caller.role not in SWITCHERS:
            raise Denied(403, "Managers and the platform team turn this switch.")
        if caller.role == "manager" and caller.sites and asked.site not in caller.sites:
            raise Denied(403, f"Say which of your sites: {', '.join(caller.sites)}.")
        last = switch.last(scope_of(caller.maison, asked))
        try:
            silence = silence_of(asked, door.maisons[caller.maison], caller.staff, door.now(), last)
        except NoSuchScope as wrong:
            return error(400, str(wrong))
        await turn(silence)
        return reply(told(silence))

    app.router.add_get("/v1/silence", guarded(silences))
    app.router.add_post("/v1/silence", guarded(say))


def _concerns(caller: Caller, silence: Silence) -> bool:
    return silence.site is None or not caller.sites or silence.site in caller.sites


def until_of(minutes: float | None, now: float) -> datetime | None:
    """When a silence of so many minutes ends."""
    return None if minutes is None else datetime.fromtimestamp(now + minutes * 60, UTC)
