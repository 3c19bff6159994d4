"""The field is measured on what was applied: this worker and the bare loop lose nothing, double nothing."""

import asyncio

import msgspec

from benchmarks.field.against import full_record, logged
from benchmarks.field.systems import took
from benchmarks.servers import SHARDS, Servers
from streams import topic_admin
from tests.brokers.kafka import Kafka


def test_each_applies_what_is_logged_once_and_alerts_at_every_checkin(
    empty_kafka: Kafka, redis_url: str
) -> None:
    topic_admin.create_and_check(empty_kafka.bootstrap, SHARDS, 1)
    load = logged(Servers(brokers=empty_kafka.bootstrap, redis=redis_url), "thin", events=400, crowd=50)
    for name in ("prevenance", "loop"):
        done = asyncio.run(took(name, load))
        assert (done.events, done.wrong, done.alerts) == (400, 0, 0), name
    done = asyncio.run(took("prevenance", msgspec.structs.replace(load, held=full_record())))
    assert (done.events, done.wrong, done.alerts) == (400, 0, 0), "where every client has a record"
