"""Keep-alive connections to a gateway, that cost the machine little beside what is measured."""

import asyncio

import msgspec

from benchmarks.line import WRITE_KEY

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def request(body: bytes, kind: str = SINGLE) -> bytes:
    """The bytes of one POST of events."""
    head = (
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {WRITE_KEY}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Door:
    """A gateway on a local port; as many connections as there are requests at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def knock(self, asked: bytes) -> None:
        """Returns when every event was taken; whatever else the gateway says ends the run."""
        pair = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = pair
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 2"):
            raise SystemExit(f"bench: the gateway said {head.splitlines()[0].decode()} {body[:200]!r}")
        if rejected := msgspec.json.decode(body)["rejected"]:
            raise SystemExit(f"bench: the gateway rejected {rejected[0]}")
        self._free.append(pair)

    def close(self) -> None:
        """Hangs up."""
        for _, writer in self._free:
            writer.close()
