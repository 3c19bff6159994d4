"""No byte of what is intimate reaches a reader below it: answers, SSE frames, audit, logs, metrics."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from agents.deliver import deliver, unpack
from feature_store.memory_inbox import MemoryInboxes
from schemas.alerts import to_json
from schemas.audit import Viewed
from schemas.maison import Person
from streams.auth import token_for
from streams.clients import Clients, client_routes
from streams.consents import Consents
from streams.console import Console
from streams.console_routes import console_routes
from streams.keys import Opener
from streams.metrics import Metrics
from streams.outages import Outages
from streams.privately import Privately
from streams.scales import Scales
from tests import builders as a
from tests.builders import Line, Raw
from tests.fakes import FakeDenials, FakeKeyring, FakeSwitch
from tests.random_events import lives

SECRET = "a secret of thirty-two bytes, for tests"
ALINE = {"client_id": "c1"}
INTIMATE = {
    "profession": "QZX!-surgeon",
    "preferences": {
        word: f"QZX!-{word}" for word in ("children", "partner", "gifts", "health", "religion", "wealth")
    },
}
MARK = b"QZX!"
PEOPLE = ("camille", "matteo", "haruka", "yuna", "louis", "ines", "helene", "noe", "tablet")
PLACES = ("vendome", "ginza", "riviera")
MOST = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Open:
    """A doorkeeper who lets everybody in."""

    async def admit(self, caller: Any) -> None: ...

    async def stands(self, caller: Any) -> bool:
        return True

    async def watch(self) -> None: ...


class Desk:
    """A running console over a line in memory, and the audit of what it shows."""

    def __init__(self, line: Line) -> None:
        self.line, self.inboxes, self.registry = line, MemoryInboxes(), CollectorRegistry()
        self.views: list[Viewed] = []
        self.http: TestClient[web.Request, web.Application]

    async def note(self, viewed: Viewed) -> None:
        self.views.append(viewed)

    async def publish(self, event: bytes) -> None: ...

    def token(self, staff: str) -> dict[str, str]:
        tablet = Person(id="ginza-team", name="Ginza", role="team", sites=["ginza"])
        person = a.LUMIERE.person(staff) or tablet
        token = token_for(person, a.LUMIERE, SECRET, self.line.now + 600, issued=self.line.now)
        return {"Authorization": f"Bearer {token}"}

    async def deliver(self) -> None:
        """What the line decided reaches the inboxes."""
        maisons = {"lumiere": a.LUMIERE}
        for offset, (inbox, change) in enumerate(self.line.alerts):
            slice = unpack([Raw(offset, inbox.encode(), to_json(change))], maisons)
            views = await self.inboxes.read(slice.wanted)
            assert not await self.inboxes.apply(
                deliver(slice, views, maisons, self.line.now, "log").writes, self.line.now
            )

    async def read(self, method: str, path: str, staff: str, body: Any = None) -> bytes:
        async with self.http.request(method, path, headers=self.token(staff), json=body) as answer:
            return await answer.read()

    async def heard(self, staff: str) -> bytes:
        """The stream until nothing more comes."""
        frames = b""
        async with self.http.get("/v1/alerts/stream", headers=self.token(staff)) as answer:
            while answer.status == 200 and not frames.endswith(b":\n\n"):
                async with asyncio.timeout(4):
                    frames += await answer.content.readany()
        return frames

    async def everything(self, staff: str, oid: str) -> bytes:
        """All that somebody can get to read."""
        listed = await self.read("GET", "/v1/alerts", staff)
        ids = [alert["id"] for alert in msgspec.json.decode(listed).get("alerts", ())]
        seen = [await self.read("POST", f"/v1/alerts/{id}/seen", staff) for id in ids]
        record = await self.read("GET", f"/v1/clients/{oid}", staff)
        found = await self.read("POST", "/v1/clients/lookup", staff, {"who": ALINE})
        return b"".join([listed, *seen, record, found, await self.heard(staff)])


@asynccontextmanager
async def a_desk(line: Line) -> AsyncIterator[Desk]:
    desk = Desk(line)
    began = time.monotonic()
    now = lambda: line.now + time.monotonic() - began  # noqa: E731
    given: dict[str, Any] = {
        "maisons": {"lumiere": a.LUMIERE}, "secret": SECRET, "pepper": a.PEPPER, "note": desk.note,
        "inboxes": desk.inboxes, "now": now,
    }  # fmt: skip
    app = web.Application()
    scales = Scales(line.store, 1, now)
    opener = Opener(FakeKeyring(), bytes(32))
    client_routes(app, Clients(store=line.store, scales=scales, opener=opener, **given))
    denials: Any = FakeDenials()
    opened: dict[str, Any] = {
        "doorkeeper": Open(), "metrics": Metrics(desk.registry), "heartbeat": 0.02, "store": line.store,
        "consents": Consents(line.store, denials, given["maisons"], now),
        "privately": Privately(opener), "switch": FakeSwitch(), "outages": Outages(),
    }  # fmt: skip
    console_routes(app, Console(publish=desk.publish, **given, **opened))
    async with TestClient(TestServer(app)) as http:
        desk.http = http
        yield desk


async def told(life: Sequence[Any], advisor: str | None, sites: Sequence[str]) -> Line:
    line = Line()
    fields = INTIMATE | {"name": "Aline", "language": "fr"} | ({"advisor": advisor} if advisor else {})
    own = [one for one in life if not (hasattr(one.data, "fields"))]
    await line.tell(a.profile(a.NOON, fields, **ALINE), *own, now=a.NOON)
    await line.tell(*(a.checkin(a.NOON + 1 + n, site, **ALINE) for n, site in enumerate(sites)))
    return line


@MOST
@given(
    life=lives(12),
    advisor=st.sampled_from([None, "camille", "haruka"]),
    sites=st.lists(st.sampled_from(PLACES), max_size=3, unique=True),
    staff=st.sampled_from(PEOPLE),
)
async def test_no_byte_of_what_is_intimate_reaches_whoever_is_not_their_advisor(
    life: list[Any], advisor: str | None, sites: list[str], staff: str
) -> None:
    line = await told(life, advisor, sites)
    async with a_desk(line) as desk:
        await desk.deliver()
        read = await desk.everything(staff, a.part_of(**ALINE)[1])
        assert (MARK in read) == (staff == advisor), (staff, advisor)
        assert MARK not in msgspec.json.encode(desk.views)
        assert desk.views


async def test_logs_and_metrics_know_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_desk(await told([], "camille", PLACES)) as desk:
        await desk.deliver()
        for staff in PEOPLE:
            await desk.everything(staff, a.part_of(**ALINE)[1])
            await desk.read("POST", "/v1/clients/lookup", staff, {"who": {"email": "Aline.QZX!@x.example"}})
            await desk.read("POST", "/v1/clients/lookup", staff, {"who": "QZX!"})
        counted = generate_latest(desk.registry)
    written = caplog.text.encode() + b"".join(str(record.args).encode() for record in caplog.records)
    for word in (MARK, b"Aline"):
        assert word not in written
        assert word not in counted
