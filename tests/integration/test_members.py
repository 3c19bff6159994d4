"""Consumer groups are asked for while connections are cut, as by a broker that starts: nobody dies of it."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from streams.embedded import free_port
from tests.blocks import ROOT
from tests.brokers import kafka as apache
from tests.brokers.toxiproxy import ProxiedKafka

ASKING = """
import sys, time
from contextlib import suppress
from streams import members, topic_admin
topic_admin._SECONDS = members.PATIENCE = 3.0
ends, asked = time.monotonic() + 8, 0
while time.monotonic() < ends:
    with suppress(topic_admin.TopicError), topic_admin.Admin(sys.argv[1]) as kafka:
        kafka.refuse_groups(("keys", "personalise", "identify", "deliver", "learn", topic_admin.ALONE))
        asked += 1
print(asked)
"""


@asynccontextmanager
async def cutting(port: int, behind: int) -> AsyncIterator[None]:
    """Whoever connects to `port` is led on, and cut off within some milliseconds, or seconds."""
    drawn, led = random.Random(1), set[asyncio.Task[None]]()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", behind)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(65_536):
                    sink.write(data)

        led.update(
            both := {asyncio.create_task(pump(reader, back)), asyncio.create_task(pump(there, writer))}
        )
        await asyncio.wait(both, timeout=drawn.random() * drawn.choice([0.01, 0.03, 0.1, 2.0]))
        for each in (writer, back):
            each.transport.abort()

    async with await asyncio.start_server(lead, "127.0.0.1", port):
        yield
        for task in led:
            task.cancel()


async def test_a_connection_that_is_cut_while_groups_are_asked_for_ends_no_process() -> None:
    """librdkafka aborted it without a word, at each start beside a broker that started too."""
    if (lacking := apache.available()) is not None:
        pytest.skip(lacking)
    kafka = ProxiedKafka({"asking": (port := free_port())})
    await asyncio.to_thread(kafka.start)
    try:
        async with cutting(port, kafka.behind["asking"]):
            argv = [sys.executable, "-c", ASKING, f"127.0.0.1:{port}"]
            asked = [
                await asyncio.create_subprocess_exec(*argv, cwd=ROOT, stdout=subprocess.PIPE)
                for _ in range(2)
            ]
            said = [await asyncio.wait_for(one.communicate(), 60) for one in asked]
    finally:
        await asyncio.to_thread(kafka.stop)
    assert [one.returncode for one in asked] == [0, 0]
    assert all(int(out) > 0 for out, _ in said)
