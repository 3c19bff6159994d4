"""The world around the line: who sends events, who is alerted, who looks a client up."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO

import aiohttp
from confluent_kafka import Message
from prometheus_client.parser import text_string_to_metric_families

from streams.auth import token_for
from tests.alerts import lumiere
from tests.people import Heard
from tests.reading import stored
from tests.waiting import wait_until

SECRET = "a secret of thirty-two bytes, for the line"
WRITE_KEY = "demo"
LUMIERE = lumiere()
PATIENCE = 90.0
"""Seconds a sender goes on sending what was not acknowledged."""

_ids = itertools.count(1)
_run = f"{time.time_ns():x}"


def event(type_: str, at: float | None = None, id: str | None = None, **data: Any) -> dict[str, Any]:
    """An event as sent; `who` from `card=`, `client_id=`, ... unless given."""
    who = data.pop("who", None) or {
        kind: data.pop(kind) for kind in ("client_id", "card", "email", "device_id", "oid") if kind in data
    }
    when = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    return {
        "specversion": "1.0",
        "type": type_,
        "source": "/test",
        "id": id or f"{_run}-{next(_ids)}",
        "time": when.isoformat().replace("+00:00", "Z"),
        "data": {"who": who, **data},
    }


class Listener:
    """One person's live stream: resumed with the last id whenever it ends, everything heard is kept."""

    def __init__(self) -> None:
        self.told: list[Heard] = []
        self.last_id = ""
        self.resumed = 0
        self.resets = 0
        self._forgotten: list[int] = []

    def of(self, alert: str) -> list[Heard]:
        """What was heard of one alert."""
        return [h for h in self.told if h.data["id"] == alert]

    @property
    def twice(self) -> list[tuple[str, int]]:
        """Revisions told more than once since the feed last said that it starts over: there may be none."""
        seen: set[tuple[str, int]] = set()
        again = []
        for index, heard in enumerate(self.told):
            if index in self._forgotten:
                seen.clear()
            named = (heard.data["id"], heard.data["revision"])
            if named in seen:
                again.append(named)
            seen.add(named)
        return again

    def take(self, block: str) -> None:
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if line[:1] != ":")
        if fields.get("event") == "reset":
            self.resets += 1
            self.last_id = ""
            self._forgotten.append(len(self.told))
        elif "data" in fields:
            self.last_id = fields["id"]
            self.told.append(Heard(fields["id"], fields["event"], json.loads(fields["data"])))


class Outside:
    """HTTP to the line. `url` and `ops` give the addresses of a process."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: Callable[[str], str],
        ops: Callable[[str], str],
        kafka: str,
    ) -> None:
        self._session, self._url, self._ops, self._kafka = session, url, ops, kafka
        self.sent_again = 0

    async def post(self, events: Sequence[dict[str, Any]], patience: float = PATIENCE) -> None:
        """Sends events until the gateway has taken them all; AssertionError if it refuses one."""
        await self.post_bodies([json.dumps(e).encode() for e in events], patience)

    async def post_bodies(self, events: Sequence[bytes], patience: float = PATIENCE) -> None:
        """`post` of events that are JSON already."""
        ends = time.monotonic() + patience
        while True:
            with suppress(aiohttp.ClientError, TimeoutError):
                answer = await self._send(b"[" + b",".join(events) + b"]")
                if answer[0] == 200:
                    assert not answer[1]["rejected"], answer[1]["rejected"][:3]
                    return
                assert answer[0] in (429, 503), answer
            assert time.monotonic() < ends, f"the gateway did not take {len(events)} events in {patience} s"
            self.sent_again += 1
            await asyncio.sleep(0.2)

    async def answered(self, events: Sequence[dict[str, Any]]) -> Any:
        """What the gateway answers to a batch of which it may refuse some."""
        status, answer = await self._send(json.dumps(events).encode())
        assert status == 200, answer
        return answer

    async def offered(self, body: BinaryIO) -> int:
        """What the gateway answers to it, whatever it is: the status."""
        return (await self._send(body))[0]

    async def _send(self, body: bytes | BinaryIO) -> tuple[int, Any]:
        headers = {
            "Authorization": f"Bearer {WRITE_KEY}",
            "Content-Type": "application/cloudevents-batch+json",
        }
        url = f"{self._url('gateway')}/v1/events"
        async with self._session.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    def bearer(self, staff: str) -> dict[str, str]:
        """The headers of a person of the house."""
        person = LUMIERE.person(staff)
        assert person is not None, staff
        token = token_for(person, LUMIERE, SECRET, time.time() + 3600, issued=time.time())
        return {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, staff: str) -> Any:
        """What the console answers a person, who is allowed to ask."""
        url = f"{self._url('console')}{path}"
        async with self._session.request(method, url, headers=self.bearer(staff)) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def asked(self, method: str, path: str, staff: str, body: Any) -> tuple[int, Any]:
        """What the console answers a person, whatever it is: status and JSON."""
        url = f"{self._url('console')}{path}"
        async with self._session.request(method, url, headers=self.bearer(staff), json=body) as answer:
            return answer.status, await answer.json()

    async def alerts(self, staff: str = "camille") -> list[dict[str, Any]]:
        """What is open for a person."""
        url = f"{self._url('console')}/v1/alerts"
        async with self._session.get(url, headers=self.bearer(staff)) as answer:
            assert answer.status == 200, await answer.text()
            alerts: list[dict[str, Any]] = (await answer.json())["alerts"]
            return alerts

    async def alert_of(self, oid: str, staff: str = "camille", deadline: float = 15.0) -> dict[str, Any]:
        """Waits for an open alert about a client."""

        async def found() -> dict[str, Any] | None:
            return next((a for a in await self.alerts(staff) if a["client"]["id"] == oid), None)

        alert: Any = await wait_until(found, deadline, f"an alert for {staff} about {oid}", every=0.1)
        return dict(alert)

    async def verdict(self, alert: str, given: str, staff: str = "camille", **body: Any) -> int:
        """Says a verdict; the status."""
        url = f"{self._url('console')}/v1/alerts/{alert}/{given}"
        async with self._session.post(url, headers=self.bearer(staff), json=body) as answer:
            return answer.status

    async def entered(self, oid: str, **said: Any) -> dict[str, Any]:
        """Enters what a client said by letter or telephone; the answer."""
        status, answer = await self.asked("POST", f"/v1/clients/{oid}/consent", "maud", said)
        assert status == 202, answer
        return dict(answer)

    async def client(self, **who: str) -> dict[str, Any] | None:
        """The client of an identifier; None when nobody is known by it."""
        url = f"{self._url('console')}/v1/clients/lookup"
        async with self._session.post(url, headers=self.bearer("helene"), json={"who": who}) as answer:
            assert answer.status in (200, 404), await answer.text()
            return await answer.json() if answer.status == 200 else None

    async def facts(self, **who: str) -> dict[str, Any]:
        """The facts of a client; empty when nobody is known by that identifier."""
        client = await self.client(**who)
        return client["facts"] if client else {}

    async def facts_become(self, expected: dict[str, Any], deadline: float = 30.0, **who: str) -> None:
        """Waits until the facts of a client are, where named, as expected."""

        async def right() -> bool:
            facts = await self.facts(**who)
            return all(facts.get(k) == v for k, v in expected.items())

        try:
            await wait_until(right, deadline, every=0.1)
        except AssertionError:
            raise AssertionError(f"{who}: {await self.facts(**who)} and not {expected}") from None

    @asynccontextmanager
    async def hear(self, staff: str = "camille", cut_every: float | None = None) -> AsyncIterator[Listener]:
        """Listens as a page does, as long as the block; cut off and resumed every so many seconds."""
        listener = Listener()
        listening = asyncio.create_task(self._listen(listener, staff, cut_every))
        try:
            yield listener
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, listener: Listener, staff: str, cut_every: float | None) -> None:
        url = f"{self._url('console')}/v1/alerts/stream"
        endless = aiohttp.ClientTimeout(total=cut_every, sock_read=20)
        while True:
            headers = self.bearer(staff)
            if listener.last_id:
                headers["Last-Event-ID"] = listener.last_id
            with suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.get(url, headers=headers, timeout=endless) as stream:
                    pending = ""
                    async for chunk in stream.content.iter_any():
                        *blocks, pending = (pending + chunk.decode()).split("\n\n")
                        for block in blocks:
                            listener.take(block)
            listener.resumed += 1
            await asyncio.sleep(0.2)

    async def metrics(self, process: str) -> str:
        """What it tells Prometheus."""
        async with self._session.get(f"{self._ops(process)}/metrics") as answer:
            return await answer.text()

    async def probed(self, process: str, path: str) -> tuple[int, Any]:
        """What its ops port answers an orchestrator."""
        async with self._session.get(f"{self._ops(process)}{path}") as answer:
            return answer.status, await answer.json()

    async def metric(self, process: str, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        families = text_string_to_metric_families(await self.metrics(process))
        return sum(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    async def dead_letters(self) -> list[Message]:
        """All of them."""
        return await asyncio.to_thread(stored, self._kafka, "dead.letters")
