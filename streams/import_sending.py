"""From checked rows to the gateway, in batches, a few at once; what it refuses is told by line."""

import asyncio
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack

import aiohttp
import msgspec

from streams import topic_admin
from streams.import_kind import Made
from streams.importing import NotImported, Report
from streams.logs import named, say
from streams.produce import Producer
from streams.serve import servers
from streams.settings import Settings
from streams.web import gateway_app, listen

BATCH = 400
BYTES = 600_000
"""Events, and bytes of them, in one request: within what the gateway takes."""
AT_ONCE = 4
PATIENCE = 120.0
"""Seconds a batch is sent again while the gateway, or Kafka behind it, is away."""
LONGEST_WAIT = 30.0
"""Seconds that are waited where somebody asks for more, as a proxy may."""
AWAY = (429, 502, 503, 504)
"""What a gateway answers that wants it again, and a proxy in whose back none stands."""
HEADERS = {"Content-Type": "application/cloudevents-batch+json"}

Batch = list[tuple[int, bytes]]
"""Events, encoded, with the lines they come from."""


class _Rejected(msgspec.Struct):
    index: int
    reason: str


class _Answer(msgspec.Struct):
    accepted: int
    rejected: list[_Rejected]


async def through_gateway(
    url: str, key: str, made: Iterable[tuple[int, Made]], report: Report, tell: Callable[[], None]
) -> None:
    """Sends all of it. Raises `NotImported` where it can't go on; it may be run again."""
    if not re.match("https?://[^/]", url):
        raise NotImported("--url: write it whole, such as http://127.0.0.1:8080")
    session = aiohttp.ClientSession(
        url.rstrip("/") + "/",
        timeout=aiohttp.ClientTimeout(total=30),
        headers={"Authorization": f"Bearer {key}"},
    )
    under_way: set[asyncio.Task[None]] = set()
    told = asyncio.Event()
    async with session:
        try:
            for batch in _batches(made):
                tell()
                under_way.add(asyncio.create_task(_send(session, batch, report, told)))
                if len(under_way) >= AT_ONCE:
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for one in done:
                        one.result()
            for one in list(under_way):
                await one
        finally:
            for one in under_way:
                one.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)


async def through_kafka(
    settings: Settings, made: Iterable[tuple[int, Made]], report: Report, tell: Callable[[], None]
) -> None:
    """Sends all of it through a gateway of its own, on a port that nobody else knows the key of."""
    async with AsyncExitStack() as stack:
        parts = servers(settings, stack)
        producer = Producer(parts.brokers, client_id="prevenance-import", linger_ms=2)
        stack.push_async_callback(producer.close)
        key = secrets.token_urlsafe(24)
        shards = await asyncio.to_thread(topic_admin.shards_of, parts.brokers)
        app = gateway_app(parts, producer, f"{report.maison}:{key}", shards)
        runner, port = await listen(app, "127.0.0.1", 0)
        stack.push_async_callback(runner.cleanup)
        await through_gateway(f"http://127.0.0.1:{port}", key, made, report, tell)


def _batches(made: Iterable[tuple[int, Made]]) -> Iterator[Batch]:
    """A row stays in one piece: refused in two of them, it was counted twice."""
    batch: Batch = []
    size = 0
    for line, one in made:
        row = [(line, msgspec.json.encode(event)) for event in one.events]
        more = sum(len(event) for _, event in row)
        if batch and (len(batch) + len(row) > BATCH or size + more > BYTES):
            yield batch
            batch, size = [], 0
        batch += row
        size += more
    if batch:
        yield batch


async def _send(session: aiohttp.ClientSession, batch: Batch, report: Report, told: asyncio.Event) -> None:
    """`told`: whether it has been said that the gateway is waited for."""
    body = b"[" + b",".join(event for _, event in batch) + b"]"
    ends = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            # Not where it is sent on to: that may be anybody, and these are clients.
            async with session.post("v1/events", data=body, headers=HEADERS, allow_redirects=False) as answer:
                if answer.status == 200:
                    _take(await answer.read(), batch, report)
                    return
                if 300 <= answer.status < 400:
                    raise NotImported(f"--url answers {answer.status}, it is elsewhere: write where")
                if answer.status not in AWAY:
                    raise NotImported(f"the gateway answered {answer.status}: {_why(await answer.read())}")
                wait, why = _wait(answer.headers.get("Retry-After", "")), f"answers {answer.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            wait, why = 1.0, f"does not answer ({named(error)})"
        if not told.is_set():
            told.set()
            say(f"the gateway {why}: it is asked again for up to {PATIENCE:.0f} s")
        if asyncio.get_running_loop().time() > ends:
            raise NotImported(f"the gateway took nothing for {PATIENCE:.0f} s: start it, then run this again")
        await asyncio.sleep(wait)


def _wait(stated: str) -> float:
    """Seconds that are asked for; a proxy may name a date instead.

    >>> _wait("2"), _wait("3600"), _wait("Wed, 21 Oct 2026 07:28:00 GMT")
    (2.0, 30.0, 1.0)
    """
    return min(float(stated), LONGEST_WAIT) if stated.isdecimal() else 1.0


def _take(said: bytes, batch: Batch, report: Report) -> None:
    try:
        answer = msgspec.json.decode(said, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotImported("what answers at --url is no gateway") from None
    report.events += answer.accepted
    lines: dict[int, str] = {}
    for one in answer.rejected:
        lines.setdefault(batch[one.index][0], one.reason)
    for line, reason in lines.items():
        report.taken -= 1
        field, _, why = reason.partition(": ")
        report.refuse(line, field if why else "", why or reason)


def _why(text: bytes) -> str:
    try:
        return str(msgspec.json.decode(text)["error"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        return "no reason given"
