"""A running gateway with a fake Kafka behind it, and how to knock."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from feature_store.memory_store import MemoryStore
from streams.consent_gate import ConsentGate
from streams.consents import Consents
from streams.docs import docs_routes
from streams.gateway import create_gateway
from streams.intake import Deps
from streams.keys import Keys
from streams.metrics import Metrics
from streams.produce import Publish
from streams.rate import Rate
from streams.write_keys import write_keys_from
from tests.alerts import lumiere
from tests.described import watched
from tests.fakes import MASTER, PEPPER, FakeDenials, FakeKeyring

KEYS = (
    "lumiere:server-key,lumiere:page-key:web:proof-secret,lumiere:till-key:pos,lumiere:pms-key:pms,"
    "autre:other-key"
)
LUMIERE = lumiere()
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def deps(publish: Publish, *, clock: Callable[[], datetime] = lambda: NOW, **other: Any) -> Deps:
    """What a gateway needs; `other` replaces any of it, or what it asks about consent."""
    denials: Any = other.pop("denials", FakeDenials())
    store = other.pop("store", MemoryStore(lambda _: 0))
    house = other.pop("house", LUMIERE)
    maisons = {id: msgspec.structs.replace(house, id=id) for id in ("lumiere", "autre")}
    consents = Consents(store, denials, maisons, lambda: clock().timestamp())
    given: Mapping[str, Any] = {
        "gate": ConsentGate(consents, PEPPER),
        "keys": write_keys_from(KEYS),
        "seals": Keys(FakeKeyring(), MASTER),
        "pepper": PEPPER,
        "metrics": Metrics(CollectorRegistry()),
        "rate": Rate(time.monotonic),
        "currencies": {"lumiere": "EUR"},
        "maisons": maisons,
    }
    return Deps(publish=publish, clock=clock, **{**given, **other})


@asynccontextmanager
async def door(with_: Deps) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A client of a gateway that runs as long as the block."""
    app = web.Application()
    app.add_routes(create_gateway(with_))
    docs_routes(app)
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as client:
        yield client
    assert not undescribed, undescribed


def bearer(key: str = "server-key") -> dict[str, str]:
    """The headers of a sender with this write key."""
    return {"Authorization": f"Bearer {key}"}


def event(type_: str = "web.view", **changes: Any) -> dict[str, Any]:
    """An event as sent, of a signed-in visitor; `changes` replace attributes."""
    return {
        "specversion": "1.0",
        "type": type_,
        "source": "/web",
        "id": "e-1",
        "time": "2026-11-21T14:59:00Z",
        "data": {"who": {"client_id": "c-1", "session": "s-1"}, "session": "s-1", "sku": "bag-aurore"},
        **changes,
    }
