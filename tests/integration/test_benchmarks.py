"""What is measured is the product as it is: a benchmark's own programs start, and lose nothing."""

from benchmarks.servers import SHARDS, Servers
from benchmarks.throughput import taken
from streams import topic_admin
from tests.brokers.kafka import Kafka


def test_the_throughput_of_a_few_events_is_taken_and_none_is_missing(
    empty_kafka: Kafka, redis_url: str
) -> None:
    topic_admin.create_and_check(empty_kafka.bootstrap, SHARDS, 1)
    where = Servers(brokers=empty_kafka.bootstrap, redis=redis_url)
    figures = {figure.name: figure.value for figure in taken(where, events=400, seconds=1.0, warm=400)}
    assert figures["throughput.personalise"] > 0
    assert figures["throughput.stock_faust"] > 0
    assert figures["throughput.missing"] == 0
