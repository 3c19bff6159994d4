"""The events that are measured: a day of a house in small, one event in ten a moment at which a rule wakes.

Deterministic for a seed. About 350 bytes an event, as a web SDK and a till send them.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from schemas.events import topic_of
from schemas.who import oid_of

MAISON = "lumiere"
PEPPER = "a pepper for benchmarks"
SKUS = ("bag-aurore", "bag-minuit", "bag-seine", "ring-vega", "watch-lune", "scarf-brume")
CATEGORIES = ("bags", "jewellery", "watches", "scarves", "shoes", "fragrance")
_encoder = msgspec.json.Encoder()


class Sent(NamedTuple):
    """An event on its way: its topic, its key, its bytes."""

    topic: str
    key: bytes
    value: bytes


def client_id(client: int) -> str:
    """The name of a client, as a house would write it."""
    return f"client-{client:07d}"


def oid(client: int) -> str:
    """Where that client's record is."""
    return oid_of(MAISON, "client_id", client_id(client), PEPPER.encode())


def now_iso(at: float) -> str:
    """Unix seconds as an event says them."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def event(type_: str, client: int, at: float, random: Random, /, **data: Any) -> Sent:
    """One event of a client at Unix seconds `at`; web events carry the device and the visit too."""
    who = {"client_id": client_id(client)}
    if type_.startswith("web."):
        who["device_id"] = f"d{client:05d}"
        data = {"session": f"visit-{client}-{int(at) // 3600}", **data}
    value = {
        "specversion": "1.0",
        "id": str(UUID(int=random.getrandbits(128), version=4)),
        "source": "/sdk/js/maison-lumiere.example",
        "type": type_,
        "time": now_iso(at),
        "maison": MAISON,
        "scope": "server",
        "proven": False,
        "data": {"who": who, **data},
    }
    return Sent(topic_of(type_), oid(client).encode(), _encoder.encode(value))


def _view(random: Random) -> dict[str, Any]:
    sku = random.choice(SKUS)
    return {"url": f"/fr/{sku}/details", "sku": sku, "category": random.choice(CATEGORIES)}


def _cart(random: Random) -> dict[str, Any]:
    return {"sku": random.choice(SKUS), "quantity": 1, "category": random.choice(CATEGORIES)}


def _search(random: Random) -> dict[str, Any]:
    return {"query": "sac cuir noir", "category": random.choice(CATEGORIES), "language": "fr"}


def _touch(random: Random) -> dict[str, Any]:
    return {"network": "instagram", "kind": "like", "sku": random.choice(SKUS)}


def _item(random: Random) -> dict[str, Any]:
    return {"site": "vendome", "sku": random.choice(SKUS), "action": "tried"}


def _order(random: Random) -> dict[str, Any]:
    line = {"sku": random.choice(SKUS), "quantity": 1, "amount": random.randrange(9_000, 900_000)}
    return {
        "site": "vendome",
        "channel": "store",
        "order_id": f"o-{random.getrandbits(60)}",
        "lines": [line | {"category": random.choice(CATEGORIES), "currency": "EUR"}],
    }


def _answer(random: Random) -> dict[str, Any]:
    number = random.getrandbits(60)
    said = {"direction": "out", "text": "Votre montre est revenue de l'atelier."}
    return {"channel": "whatsapp", "conversation": f"c{number}", "message": f"m{number}", **said}


def _checkin(random: Random) -> dict[str, Any]:
    return {"site": random.choice(("vendome", "ginza")), "method": "nfc"}


SHARES: tuple[tuple[str, float, Callable[[Random], dict[str, Any]]], ...] = (
    ("web.view", 0.62, _view),
    ("web.search", 0.07, _search),
    ("web.cart", 0.06, _cart),
    ("web.wish", 0.05, _cart),
    ("social.touch", 0.05, _touch),
    ("store.item", 0.05, _item),
    ("store.purchase", 0.065, _order),
    ("chat.message", 0.015, _answer),
    ("store.checkin", 0.02, _checkin),
)
"""Type, share of all events, and what its `data` says. The last three wake a rule; a check-in alerts."""


def mixed(count: int, clients: int, now: float, seed: int = 1, span: float = 3600.0) -> Iterator[Sent]:
    """`count` events of `clients` clients, uniform (the worst case), over the `span` seconds before `now`."""
    random = Random(seed)
    types, weights = [(s[0], s[2]) for s in SHARES], [s[1] for s in SHARES]
    for i in range(count):
        type_, data = random.choices(types, weights)[0]
        at = now - span + span * i / count
        yield event(type_, random.randrange(clients), at, random, **data(random))
