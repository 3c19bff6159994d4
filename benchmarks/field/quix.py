"""Quix Streams: the record in its state store (RocksDB, with a changelog topic), committed twice a second."""

import time
from typing import Any

from quixstreams import Application

from benchmarks.field.core import core, facts
from benchmarks.field.meter import Meter, asked, leave
from streams import topics


def run(ask: dict[str, Any]) -> None:
    """Runs until nothing comes any more, then leaves at once: what was measured is committed."""
    apply, meter, kept = core(ask["brain"], ask["clients"]), Meter(ask["events"]), dict[bytes, bytes]()
    app = Application(
        broker_address=ask["brokers"],
        consumer_group=ask["group"],
        auto_offset_reset="earliest",
        commit_interval=ask["commit"],
        state_dir=ask["folder"],
        loglevel="ERROR",
        consumer_extra_config={"session.timeout.ms": 10_000},
        producer_extra_config={"compression.type": "lz4"},
    )

    def serve(value: bytes, key: bytes, _: int, __: Any, state: Any) -> list[bytes]:
        record, alerts = apply(key, state.get_bytes("record"), [value], time.time())
        state.set_bytes("record", record)
        kept[key] = record
        meter.applied += 1
        return alerts

    events = app.topic(topics.CLICKS, key_deserializer="bytes", value_deserializer="bytes")
    alerts = app.topic(topics.ALERTS, key_serializer="bytes", value_serializer="bytes")
    app.dataframe(events).apply(serve, stateful=True, expand=True, metadata=True).to_topic(alerts)

    leave(meter, 2 * ask["commit"], lambda: {key.decode(): facts(record) for key, record in kept.items()})
    app.run()


if __name__ == "__main__":
    run(asked())
