"""The simulated house: people who do not exist live a day that makes sense, and staff who answer.

A day is told in `DAY` seconds: clicks in the morning, a taxi at noon, the hotel, the boutique in the
afternoon, a chat at night. Times of events are the real ones, so what a card says of minutes is true.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import aiohttp

DAY = 150.0
"""Seconds in which a day is told."""
MAISON = "lumiere"


class Step(NamedTuple):
    """One touch: at which hour, of which type, with which data (`who` is the persona's)."""

    hour: float
    type: str
    source: str
    data: dict[str, Any]


class Persona(NamedTuple):
    """Somebody invented: identifiers, what the house knows, and the day."""

    who: dict[str, str]
    profile: dict[str, Any] | None
    consents: tuple[str, ...]
    day: list[Step]


def _clicks(
    hour: float, session: str, *skus: str, cart: str | None = None, language: str = "fr"
) -> list[Step]:
    steps = [
        Step(hour + i * 0.15, "web.view", "/web", {"session": session, "sku": sku, "language": language})
        for i, sku in enumerate(skus)
    ]
    if cart:
        steps.append(Step(hour + 1, "web.cart", "/web", {"session": session, "sku": cart, "quantity": 1}))
    return steps


def _item(hour: float, sku: str, action: str) -> Step:
    return Step(hour, "store.item", "/tablet", {"site": "vendome", "sku": sku, "action": action})


def _stay(booking: str, minutes: int, by: str, run: str) -> list[Step]:
    today = datetime.now(UTC).date()
    booked = {"site": "riviera", "booking_id": f"{booking}-{run}"}
    dates = {"arrival": str(today), "departure": str(today + timedelta(days=3)), "adults": 2, "children": 0}
    eta = datetime.now(UTC) + timedelta(minutes=minutes)
    late = eta + timedelta(minutes=20)
    return [
        Step(8.0, "hotel.booking", "/pms", {**booked, **dates, "status": "booked", "room_type": "suite"}),
        Step(12.0, "hotel.arrival", "/pms", {**booked, "eta": eta.isoformat(), "by": by}),
        Step(13.0, "hotel.arrival", "/pms", {**booked, "eta": late.isoformat(), "by": by}),
        Step(15.0, "hotel.checkin", "/pms", {**booked, "room": "412"}),
        Step(21.0, "hotel.service", "/pms", {**booked, "service": "bar", "item": "verbena tea"}),
    ]


def personas(run: str) -> list[Persona]:
    """Who lives in the simulated house. `run` makes sessions and bookings of one day its own."""
    door = {"site": "vendome", "method": "nfc"}
    return [
        Persona(
            {"client_id": "sim-aline", "card": "card-aline", "email": "aline@example.com"},
            {
                "name": "Aline Dupont-Moreau",
                "language": "fr",
                "advisor": "camille",
                "preferences": {"temperature": 20, "wine": "Sancerre", "allergies": ["nuts"]},
            },
            ("profiling", "one_to_one"),
            [
                *_clicks(9.0, f"a-{run}", "bag-aurore", "clutch-nuit", "scarf-brise", cart="bag-aurore"),
                *_stay("bk-aline", 40, "taxi", run),
                Step(16.5, "store.checkin", "/door", door),
                Step(
                    17.0, "store.item", "/tablet", {"site": "vendome", "sku": "bag-aurore", "action": "tried"}
                ),
                Step(
                    17.5,
                    "store.purchase",
                    "/till",
                    {
                        "site": "vendome",
                        "channel": "store",
                        "order_id": f"o-aline-{run}",
                        "lines": [{"sku": "bag-aurore", "quantity": 1, "amount": 345000, "currency": "EUR"}],
                    },
                ),
                Step(18.0, "store.leave", "/door", door),
                Step(
                    22.0,
                    "chat.message",
                    "/chat",
                    {
                        "channel": "whatsapp",
                        "conversation": "conv-aline",
                        "message": f"m-{run}",
                        "direction": "in",
                        "text": "Merci pour cet après-midi !",
                        "language": "fr",
                    },
                ),
            ],
        ),
        Persona(
            {"client_id": "sim-kenji", "card": "card-kenji"},
            {"name": "田中 健二", "language": "ja", "advisor": "haruka", "gender": "men"},
            ("profiling",),
            [
                *_clicks(10.0, f"k-{run}", "watch-meridien", "watch-meridien-or", language="ja"),
                Step(15.5, "store.checkin", "/door", {"site": "vendome", "method": "app"}),
                Step(
                    16.0,
                    "store.item",
                    "/tablet",
                    {"site": "vendome", "sku": "watch-meridien", "action": "shown"},
                ),
            ],
        ),
        Persona(
            {"client_id": "sim-giulia", "card": "card-giulia", "phone": "+393331234567"},
            {
                "name": "Giulia Conti",
                "language": "it",
                "preferences": {"temperature": 22, "pillow": "goose down", "wine": "Franciacorta"},
            },
            (),
            _stay("bk-giulia", 25, "flight AZ 358", run),
        ),
        Persona(
            {"client_id": "sim-sora", "card": "card-sora"},
            {"name": "Sora Kim", "language": "ko", "advisor": "yuna"},
            (),
            # the morning in Paris is the afternoon in Tokyo
            [Step(8.05, "store.checkin", "/door", {"site": "ginza", "method": "rfid"})],
        ),
        Persona(
            {"client_id": "sim-edmond", "card": "card-edmond"},
            {"name": "Edmond de Rivière", "language": "fr", "advisor": "camille"},
            (),
            # an appointment before the doors open
            [Step(8.2, "store.checkin", "/door", {"site": "vendome", "method": "tablet"})],
        ),
        Persona(
            {"card": f"guest-{run}"},
            None,
            (),
            [Step(14.5, "store.checkin", "/door", {"site": "ginza", "method": "beacon"})],
        ),
    ]


def script(run: str) -> list[tuple[float, dict[str, Any]]]:
    """A day as (seconds from its start, CloudEvent without time), in order."""
    told = [_opening(run)] + [_of(persona, run) for persona in personas(run)]
    return sorted((event for events in told for event in events), key=lambda e: e[0])


def _opening(run: str) -> list[tuple[float, dict[str, Any]]]:
    on = [("camille", "vendome"), ("matteo", "vendome"), ("haruka", "ginza"), ("louis", "riviera")]
    return [
        (
            0.0,
            _event(
                run,
                f"duty-{staff}",
                "staff.presence",
                "/rota",
                {"staff": staff, "site": site, "status": "on"},
            ),
        )
        for staff, site in on
    ]


def _of(persona: Persona, run: str) -> Iterable[tuple[float, dict[str, Any]]]:
    name = next(iter(persona.who.values()))
    if persona.profile is not None:
        data = {"who": persona.who, "fields": persona.profile}
        yield 0.2, _event(run, f"{name}-profile", "client.profile", "/crm", data)
    for purpose in persona.consents:
        said = {"who": persona.who, "purpose": purpose, "state": "all"}
        yield 0.4, _event(run, f"{name}-{purpose}", "client.consent", "/crm", said)
    for index, step in enumerate(persona.day):
        at = 1.0 + DAY * (step.hour - 8.0) / 14.0
        touch = {"who": _seen(persona.who, step.type), **step.data}
        yield at, _event(run, f"{name}-{index}", step.type, step.source, touch)


def _seen(who: dict[str, str], type_: str) -> dict[str, str]:
    """What the place where it happens can know: a door reads a card, not a client id."""
    if type_.startswith("store.") and "card" in who:
        return {"card": who["card"]}
    return {kind: value for kind, value in who.items() if kind != "card"} or who


def _event(run: str, id: str, type_: str, source: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{run}-{id}",
        "source": source,
        "type": type_,
        "maison": MAISON,
        "data": data,
    }


async def simulate(url: str, key: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Lives day after day against a gateway at `url`, until cancelled; people answer some alerts."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        day = 0
        while True:
            began = asyncio.get_running_loop().time()
            run = now().strftime(f"%m%d%H%M%S-{day}")
            for at, event in script(run):
                await asyncio.sleep(max(0.0, began + at - asyncio.get_running_loop().time()))
                event["time"] = now().isoformat()
                async with http.post(f"{url}/v1/events", json=event) as answer:
                    if answer.status >= 300:
                        raise RuntimeError(f"the gateway refused a simulated event: {await answer.text()}")
            day += 1
            await asyncio.sleep(random.uniform(5, 10))  # noqa: S311  a pause, not a secret
