"""`prevenance leave` against a running line: tokens, the open page, the book, and what is under way."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from schemas.who import oid_of
from streams.leaving import Leaving, leave
from streams.settings import settings_from
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import PEPPER, Line
from tests.outside import Outside, event
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("leaving")
    with Redis() as redis, Line(empty_kafka.bootstrap, redis.url, folder, session_timeout=2.0) as line:
        line.start("gateway", "worker", "console")
        yield line


@pytest.fixture
async def outside(line: Line) -> AsyncIterator[Outside]:
    async with line.outside() as outside:
        yield outside


async def said(line: Line, staff: str, to: str | None, stays: bool = False) -> str:
    settings = settings_from({"PREVENANCE_KAFKA": line.kafka, "PREVENANCE_REDIS": line.redis})
    return await leave(settings, Leaving(maison="lumiere", staff=staff, to=to, stays=stays, by="helene"))


async def status(outside: Outside, staff: str) -> int:
    async with outside._session.get(
        f"{outside._url('console')}/v1/alerts", headers=outside.bearer(staff)
    ) as answer:
        return answer.status


async def test_a_leaver_is_out_and_the_successor_has_the_clients_and_what_is_open(
    line: Line, outside: Outside
) -> None:
    def oid(client: str) -> str:
        return oid_of("lumiere", "client_id", client, PEPPER.encode())

    async def writes(client: str) -> None:
        message = {"channel": "whatsapp", "conversation": client, "message": f"m-{time.time_ns()}"}
        await outside.post([event("chat.message", client_id=client, direction="in", text="Hi", **message)])

    fields = {"name": "Aline", "advisor": "camille"}
    await outside.post([event("client.profile", client_id=c, fields=fields) for c in ("aline", "berthe")])
    for client in ("aline", "berthe"):
        await outside.facts_become({"visits": 0}, client_id=client)
    await writes("aline")
    alert = await outside.alert_of(oid("aline"), "camille")
    assert alert["for"]["staff"] == "camille"
    assert await outside.verdict(alert["id"], "claimed", "camille") == 200
    answer = await said(line, "camille", "matteo")
    assert "matteo has the book and 1 open alerts" in answer
    assert await status(outside, "camille") == 401
    moved = await outside.alert_of(oid("aline"), "matteo")
    assert (moved["id"], moved["claimed_by"]) == (alert["id"], None)
    assert (moved["for"], moved["escalated"]) == ({"team": "vendome-team"}, 1)  # matteo may be at home
    await writes("berthe")
    assert (await outside.alert_of(oid("berthe"), "matteo"))["for"]["staff"] == "matteo"
    line.restart("worker", "console")  # what was said outlives the processes that heard it
    assert await status(outside, "camille") == 401
    await outside.post([event("store.checkin", client_id="berthe", site="ginza", method="nfc")])

    async def told_elsewhere() -> bool:
        return any(a["action"] == "client_elsewhere" for a in await outside.alerts("matteo"))

    await wait_until(told_elsewhere, 20, "the successor hears that a client of the book is in Tokyo")
    await said(line, "camille", None, stays=True)  # she comes back
    assert await status(outside, "camille") == 200
