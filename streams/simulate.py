"""The simulated house: people who do not exist live a day that makes sense.

A day is told in `DAY` seconds: clicks in the morning, a taxi at noon, the hotel, the boutique in the
afternoon, a chat at night. Times of events are the real ones, so what a card says of minutes is true.
"""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from streams.personas import Persona, personas

DAY = 150.0
"""Seconds in which a day is told."""
OPENS, CLOSES = 8.0, 22.0
MAISON = "lumiere"
ON_DUTY = (("camille", "vendome"), ("matteo", "vendome"), ("haruka", "ginza"), ("louis", "riviera"))


def script(run: str, day: int) -> list[tuple[float, timedelta, dict[str, Any]]]:
    """A day in order: seconds from its start, how long before that it happened, CloudEvent without time."""
    told = [*_opening(run), *(event for persona in personas(run, day) for event in _of(persona, run))]
    return sorted(told, key=lambda e: e[0])


def _opening(run: str) -> Iterator[tuple[float, timedelta, dict[str, Any]]]:
    for staff, site in ON_DUTY:
        data = {"staff": staff, "site": site, "status": "on"}
        yield 0.0, timedelta(), _event(f"{run}-duty-{staff}", "staff.presence", "/rota", data)


def _of(persona: Persona, run: str) -> Iterator[tuple[float, timedelta, dict[str, Any]]]:
    who, now = persona.who, timedelta()
    name = f"{run}-{next(iter(who.values()))}"
    if persona.profile is not None:
        data = {"who": who, "fields": persona.profile}
        yield 0.2, now, _event(f"{name}-profile", "client.profile", "/crm", data)
    for purpose in persona.consents:
        said = {"who": who, "purpose": purpose, "state": "all"}
        yield 0.4, now, _event(f"{name}-{purpose}", "client.consent", "/crm", said)
    for index, past in enumerate(persona.past):
        touch = {"who": _seen(who, past.type), **past.data}
        yield 0.6, timedelta(days=past.days), _event(f"{name}-past-{index}", past.type, past.source, touch)
    for index, step in enumerate(persona.day):
        at = 1.0 + DAY * (step.hour - OPENS) / (CLOSES - OPENS)
        touch = {"who": _seen(who, step.type), **step.data}
        yield at, now, _event(f"{name}-{index}", step.type, step.source, touch)


def _seen(who: dict[str, str], type_: str) -> dict[str, str]:
    """What the place where it happens can know: a door reads a card, not a client id."""
    if type_.startswith("store.") and "card" in who:
        return {"card": who["card"]}
    return {kind: value for kind, value in who.items() if kind != "card"} or who


def _event(id: str, type_: str, source: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type_,
        "maison": MAISON,
        "data": data,
    }


async def simulate(url: str, key: str) -> None:
    """Lives day after day against a gateway at `url`, until cancelled."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        day = 0
        while True:
            began = asyncio.get_running_loop().time()
            run = datetime.now(UTC).strftime("%m%d%H%M%S")
            for at, before, event in script(run, day):
                await asyncio.sleep(max(0.0, began + at - asyncio.get_running_loop().time()))
                event["time"] = (datetime.now(UTC) - before).isoformat()
                await _send(http, f"{url}/v1/events", event)
            day += 1
            await asyncio.sleep(random.uniform(5, 10))  # noqa: S311  a pause, not a secret


async def _send(http: aiohttp.ClientSession, url: str, event: dict[str, Any]) -> None:
    """As every sender does it: what asks to come again is asked again."""
    while True:
        async with http.post(url, json=event) as answer:
            if answer.status < 300:
                return
            if answer.status not in (429, 503):
                raise RuntimeError(f"the gateway refused a simulated event: {await answer.text()}")
            await asyncio.sleep(float(answer.headers["Retry-After"]))
