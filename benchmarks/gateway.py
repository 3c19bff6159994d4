"""What one gateway process takes: requests a second, one event each, and events a second in batches."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.figure import Figure, figure, say
from benchmarks.line import WRITE_KEY, line
from benchmarks.mix import mixed
from benchmarks.servers import SERVERS, pinned, servers

CONNECTIONS = 16
BATCH = 100


def run(quick: bool) -> Iterator[Figure]:
    """Sixteen keep-alive connections, each sending its next request when the last is answered."""
    seconds = 3.0 if quick else 10.0
    events = [sent.value for sent in mixed(20_000, 20_000, time.time())]
    with servers() as where, line(where, "gateway") as running, pinned(SERVERS):
        for name, kind, each in (
            ("single", "application/cloudevents+json", 1),
            ("batch", "application/cloudevents-batch+json", BATCH),
        ):
            bodies = events if each == 1 else [_batch(events, first) for first in range(0, 20_000, BATCH)]
            requests = [_request(body, kind) for body in bodies]
            say(f"requests of {each} event{'s' if each > 1 else ''}")
            gateway = running["gateway"]
            cpu = _cpu(gateway.pid)
            done = asyncio.run(_knock(gateway.port, requests, seconds))
            yield figure(f"gateway.{name}", done / seconds, "requests/s")
            spent = (_cpu(gateway.pid) - cpu) / (done * each) * 1e6
            yield figure(f"gateway.{name}.cpu", spent, "us/event")
        yield figure("gateway.batch.events", done * BATCH / seconds, "events/s")


def _batch(events: list[bytes], first: int) -> bytes:
    return b"[" + b",".join(events[first : first + BATCH]) + b"]"


def _request(body: bytes, kind: str) -> bytes:
    head = (
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {WRITE_KEY}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _knock(port: int, requests: list[bytes], seconds: float) -> int:
    """Requests answered with 2xx in so many seconds."""
    ends = time.monotonic() + seconds
    return sum(await asyncio.gather(*(_visitor(port, requests, n, ends) for n in range(CONNECTIONS))))


async def _visitor(port: int, requests: list[bytes], first: int, ends: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.monotonic() < ends:
        writer.write(requests[(first + done * CONNECTIONS) % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 2"):
            raise SystemExit(f"bench: the gateway said {head.splitlines()[0].decode()}")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        if rejected := msgspec.json.decode(body)["rejected"]:
            raise SystemExit(f"bench: the gateway rejected {rejected[0]}")
        done += 1
    writer.close()
    return done


def _cpu(pid: int) -> float:
    """CPU seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
