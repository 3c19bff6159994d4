"""From a check-in to a telephone that rings, over all processes: a real Kafka and Redis, and `kill -9`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from streams import topics
from streams.webpush import new_key
from tests.line import Line, oid
from tests.outside import Outside, event
from tests.push_service import PushService, a_push_service
from tests.reading import stored
from tests.waiting import wait_until


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    async with a_push_service(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
def line(fresh_kafka: Any, redis_url: str, tmp_path: Path, service: PushService) -> Iterator[Line]:
    ringing = {
        "PREVENANCE_PUSH_KEY": new_key(),
        "PREVENANCE_PUSH_CONTACT": "mailto:ops@house.example",
        "PREVENANCE_PUSH_SERVICES": service.host,
    }
    with Line(
        fresh_kafka.bootstrap,
        redis_url,
        tmp_path,
        session_timeout=2.0,
        environ_of=lambda name: ringing if name == "console" else {},
    ) as running:
        yield running


async def test_a_check_in_rings_the_advisor_and_a_console_that_was_killed_rings_it_after_all(
    line: Line, service: PushService
) -> None:
    await asyncio.to_thread(line.start, "gateway", "worker", "console")
    async with line.outside() as outside:
        telephone = service.browser("hers")
        status, _ = await outside.asked("POST", "/v1/telephones", "camille", telephone.subscription)
        assert status == 200
        await there(outside)
        await introduce(outside, "aline")
        await outside.post([checkin("aline")])
        await wait_until(lambda: bool(service.of(telephone)), 30, "that it rings")
        alert = await outside.alert_of(oid("aline"))
        assert [one["card"] for one in service.of(telephone)] == [alert["id"]]
        assert "line" not in str(service.of(telephone)).replace("Lumière", "")
        assert await outside.verdict(alert["id"], "claimed") == 200
        await wait_until(lambda: len(service.of(telephone)) == 2, 30, "that it is over")
        assert service.of(telephone)[1]["over"] is True

        service.answers["/hers"] = [None]  # the console dies while the push service takes its time
        await introduce(outside, "jonas")
        await outside.post([checkin("jonas")])
        await wait_until(lambda: service.asked["/hers"] == 3, 30, "a message on its way")
        line.kill("console")
        await asyncio.to_thread(line.start, "console")
        another = await outside.alert_of(oid("jonas"))
        await wait_until(lambda: len(service.of(telephone)) == 3, 60, "that it rings after all")
        assert service.of(telephone)[2]["card"] == another["id"]
    assert b'"rings":true' in b"".join(one.value() or b"" for one in stored(line.kafka, topics.AUDIT))


async def there(outside: Outside) -> None:
    """Camille is on duty."""
    status, _ = await outside.asked("POST", "/v1/duty", "camille", {"site": "vendome", "status": "on"})
    assert status == 202

    async def held() -> bool:
        return (await outside.asked("GET", "/v1/duty", "camille", None))[1]["sites"]["vendome"] == "on"

    await wait_until(held, 30, "that she is on duty")


async def introduce(outside: Outside, client: str) -> None:
    await outside.post([event("client.profile", client_id=client, fields={"name": client.capitalize()})])
    await outside.facts_become({"visits": 0}, client_id=client)


def checkin(client: str) -> dict[str, Any]:
    return event("store.checkin", client_id=client, site="vendome", method="nfc")
