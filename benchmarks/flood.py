"""A flood of clicks, written straight to Kafka at a fixed rate and keyed as the gateway keys them."""

import sys
import time
from random import Random
from typing import Any

import msgspec

from benchmarks.mix import event
from benchmarks.servers import writing

CLIENTS = 20_000
BURST = 0.02
"""Seconds between two bursts."""


def run(ask: dict[str, Any]) -> dict[str, float]:
    """Writes `per_second` clicks for `seconds`; tells how many it wrote in which time."""
    producer = writing(ask["brokers"])
    clicks = [_click(client) for client in range(CLIENTS)]
    began, wrote = time.monotonic(), 0
    while (passed := time.monotonic() - began) < ask["seconds"]:
        for n in range(wrote, int((passed + BURST) * ask["per_second"])):
            topic, key, before, after = clicks[n % CLIENTS]
            producer.produce(topic, b"%b%012d%b" % (before, n, after), key)
            wrote = n + 1
        producer.poll(0)
        time.sleep(max(0.0, wrote / ask["per_second"] - (time.monotonic() - began) - BURST / 2))
    producer.flush(60)
    return {"events": wrote, "wall": time.monotonic() - began}


def _click(client: int) -> tuple[str, bytes, bytes, bytes]:
    """A view by one client, cut where the id of each new one goes."""
    view = {"url": "/fr/bag-aurore/details", "sku": "bag-aurore", "category": "bags"}
    sent = event("web.view", client, time.time(), Random(client), **view)
    id = msgspec.json.decode(sent.value)["id"].encode()
    before, _, after = sent.value.partition(id)
    return sent.topic, sent.key, before + id[:23], after


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(run(msgspec.json.decode(sys.argv[1]))).decode() + "\n")
