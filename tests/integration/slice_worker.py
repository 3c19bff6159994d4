"""A worker process that writes down every record before it acks its slice; ended by SIGTERM.

`python -m tests.integration.slice_worker BROKERS GROUP OUTPUT TOPIC...`
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

from faust.types import TP

from streams.faust_app import make_app
from streams.transport import Feed


async def run(brokers: str, group: str, output: Path, topics: list[str]) -> None:
    with output.open("a", buffering=1) as lines:

        def assigned(tps: frozenset[TP]) -> None:
            lines.write(f"assigned {' '.join(sorted(f'{tp.topic}:{tp.partition}' for tp in tps))}\n")

        feed = Feed(tiers=[[topic] for topic in topics], slice_size=lambda _: 50, on_assigned=assigned)
        app = make_app(group, brokers=brokers, feed=feed, session_timeout=3.0)

        @app.agent(app.topic(*topics))
        async def write_down(stream: Any) -> None:
            async for event in stream.noack().events():
                await asyncio.sleep(0.01)
                lines.write("".join(f"seen {record.value.decode()}\n" for record in event.value.records))
                event.ack()

        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await app.start()
        await stop.wait()
        await app.stop()
        lines.write("stopped\n")


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:]))
