"""Bytewax: the record in memory, keyed by client; with `recovery` in snapshots too, twice a second."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from benchmarks.field.core import Apply, core, facts
from benchmarks.field.meter import Meter, asked, leave
from streams import topics
from streams.garbage import collect_rarely


class Client(StatefulBatchLogic):
    """The record of one client, as bytes: what a snapshot keeps."""

    kept: dict[bytes, bytes]
    apply: Apply
    meter: Meter

    def __init__(self, record: bytes | None) -> None:
        self.record = record

    def on_batch(self, values: list[Any]) -> tuple[list[Any], bool]:
        key = values[0].key
        told = [value.value for value in values]
        self.record, alerts = type(self).apply(key, self.record, told, time.time())
        self.kept[key] = self.record
        self.meter.applied += len(values)
        return [KafkaSinkMessage(key, alert) for alert in alerts], False

    def snapshot(self) -> bytes | None:
        return self.record


def run(ask: dict[str, Any]) -> None:
    """Runs until nothing comes any more, then leaves at once: what was measured is snapshot."""
    meter, kept = Meter(ask["events"]), dict[bytes, bytes]()
    Client.apply, Client.kept, Client.meter = core(ask["brain"], ask["clients"]), kept, meter
    flow = Dataflow("field")
    events = op.input("events", flow, KafkaSource([ask["brokers"]], [topics.CLICKS]))
    keyed = op.key_on("client", events, lambda message: message.key.decode())
    alerts = op.stateful_batch("apply", keyed, Client)
    op.output(
        "alerts", op.map("bare", alerts, lambda told: told[1]), KafkaSink([ask["brokers"]], topics.ALERTS)
    )
    recovery, folder = None, Path(ask["folder"])
    if ask.get("recovery"):
        if not list(folder.glob("*.sqlite3")):
            init_db_dir(folder, 1)
        recovery = RecoveryConfig(str(folder))

    leave(meter, 2 * ask["commit"], lambda: {key.decode(): facts(record) for key, record in kept.items()})
    collect_rarely()
    cli_main(flow, epoch_interval=timedelta(seconds=ask["commit"]), recovery_config=recovery)


if __name__ == "__main__":
    run(asked())
