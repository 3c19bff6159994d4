"""The picture of one trace, from a run: `.venv/bin/python -m docs.waterfall`, half a minute.

Starts Kafka, Redis, a gateway, a worker and a console, sends a client in at the door, and takes the alert.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import aiohttp

from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.collector import Collected, Collector
from tests.line import Line
from tests.outside import WRITE_KEY, Outside, event
from tests.waiting import wait_until

PICTURE = Path(__file__).with_name("trace.svg")
STEPS = 8
"""Spans from the request to what the verdict changed."""
WARM = 30
"""Check-ins before the one that is drawn: a process that has just started is slower."""
WIDTH, LEFT, ROW, TOP = 960, 330, 30, 44
COLOURS = {"prevenance-gateway": "#2563eb", "prevenance-worker": "#b45309", "prevenance-console": "#0f766e"}


def main() -> None:
    with (
        Kafka() as kafka,
        Redis() as redis,
        Collector() as collector,
        tempfile.TemporaryDirectory() as folder,
    ):
        told = {"PREVENANCE_OTLP": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with Line(kafka.bootstrap, redis.url, Path(folder), environ_of=lambda _: told) as line:
            line.start("gateway", "worker", "console", cold=True)
            spans = asyncio.run(one_trace(line, collector))
    PICTURE.write_text(drawn(spans))
    for span in spans:
        began = 1000 * (span.began - spans[0].began)
        print(f"{began:7.1f} ms {1000 * (span.ended - span.began):6.1f} ms  {span.service:20} {span.name}")


async def one_trace(line: Line, collector: Collector) -> list[Collected]:
    """The spans from a check-in to what was decided on its alert, as they began."""
    async with line.outside() as outside, outside.hear("camille") as heard:
        for n in range(WARM):
            await seen(line, outside, heard, f"warm-{n}")
        trace = f"{1:032x}"
        alert = await seen(line, outside, heard, "drawn", traceparent=f"00-{trace}-{1:016x}-01")
        await outside.verdict(alert, "accepted")

        def whole() -> list[Collected] | None:
            spans = collector.spans(trace)
            return spans if len(spans) == STEPS else None

        found: Any = await wait_until(whole, 20, "the trace")
        return list(found)


async def seen(line: Line, outside: Outside, heard: Any, client: str, **headers: str) -> str:
    """A client comes in; the id of the alert, once it is on a screen."""
    url, before = f"http://127.0.0.1:{line['gateway'].port}/v1/events", len(heard.told)
    checkin = event("store.checkin", client_id=client, site="vendome", method="nfc")
    said = {"Authorization": f"Bearer {WRITE_KEY}", "Content-Type": "application/cloudevents+json"}
    async with (
        aiohttp.ClientSession(headers=said | headers) as session,
        session.post(url, json=checkin) as answer,
    ):
        answer.raise_for_status()
    await wait_until(lambda: len(heard.told) > before, what="the alert on the stream", every=0.001)
    return str(heard.told[-1].data["id"])


def drawn(spans: Sequence[Collected]) -> str:
    """The trace as SVG: a row a span, a colour a process, from left to right as time goes."""
    start, end = spans[0].began, max(span.ended for span in spans)
    scale = (WIDTH - LEFT - 90) / (end - start)
    height = TOP + ROW * len(spans) + 14
    rows = [_row(n, span, start, scale) for n, span in enumerate(spans)]
    legend = [
        f'<tspan fill="{colour}" font-weight="600">{name.removeprefix("prevenance-")}</tspan>'
        for name, colour in COLOURS.items()
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="system-ui, sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
            f'<text x="16" y="26" fill="#52525b">{"   ".join(legend)}</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _row(n: int, span: Collected, start: float, scale: float) -> str:
    at, long = 1000 * (span.began - start), 1000 * (span.ended - span.began)
    x, y, width = LEFT + scale * at / 1000, TOP + ROW * n, max(2.0, scale * long / 1000)
    colour = COLOURS[span.service]
    return (
        f'<text x="16" y="{y + 17}" fill="#18181b">{escape(span.name)}</text>'
        f'<rect x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="18" rx="3" fill="{colour}"/>'
        f'<text x="{x + width + 6:.1f}" y="{y + 17}" fill="#52525b">{long:.1f} ms</text>'
    )


if __name__ == "__main__":
    main()
