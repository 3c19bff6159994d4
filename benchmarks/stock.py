"""A stock Faust agent that does nothing, on the topics `throughput` fills: what the framework alone costs."""

import asyncio
import logging
import sys
import time
from tempfile import TemporaryDirectory
from typing import Any

import faust
import msgspec

from streams import topics

PATIENCE = 60.0


async def run(ask: dict[str, Any], folder: str) -> dict[str, Any]:
    """Reads for `ask["seconds"]` from the first event on; tells wall, CPU and events. Faust keeps a folder of
    its own in `folder`.
    """
    app = faust.App(
        "stock",
        datadir=folder,
        broker=f"kafka://{ask['brokers']}",
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
        topic_disable_leader=True,
        worker_redirect_stdouts=False,
        value_serializer="raw",
        key_serializer="raw",
    )
    seen: list[int] = [0]
    first = asyncio.get_running_loop().create_future()

    async def nothing(stream: Any) -> None:
        async for _ in stream:
            if not seen[0]:
                first.set_result((time.perf_counter(), time.process_time()))
            seen[0] += 1

    app.agent(app.topic(*topics.INBOUND))(nothing)
    await app.start()
    wall, cpu = await asyncio.wait_for(first, PATIENCE)
    while time.perf_counter() - wall < ask["seconds"] and seen[0] < ask["events"]:
        await asyncio.sleep(0.05)
    told = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "events": seen[0]}
    await app.stop()
    return told


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as folder:
        answer = asyncio.run(run(msgspec.json.decode(sys.argv[1]), folder))
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
