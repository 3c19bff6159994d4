"""Creating and checking the topics on a running Kafka."""

import time

import pytest
from click.testing import CliRunner
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from streams import applied, topic_admin, topics
from streams.cli import main
from streams.embedded import EmbeddedKafka, free_port
from streams.produce import KafkaAway
from streams.topic_admin import TopicError, create_and_check, epoch_of, logs_of, shards_of
from streams.topic_plan import Drift, mend, planned
from tests.brokers.kafka import Kafka
from tests.waiting import wait_blocking


@pytest.fixture
def empty(real_kafka: Kafka, fresh_kafka: Kafka | EmbeddedKafka) -> Kafka:
    """A real Kafka without topics."""
    return real_kafka


def admin(kafka: Kafka | EmbeddedKafka) -> AdminClient:
    return AdminClient({"bootstrap.servers": kafka.bootstrap})


def create(kafka: Kafka, name: str, partitions: int) -> None:
    with admin(kafka) as client:
        client.create_topics([NewTopic(name, partitions, 1)])[name].result(timeout=20)
        wait_blocking(lambda: name in client.list_topics(timeout=10).topics, what=f"{name} created")


def delete(kafka: Kafka, name: str) -> None:
    with admin(kafka) as client:
        client.delete_topics([name])[name].result(timeout=20)
        wait_blocking(lambda: name not in client.list_topics(timeout=10).topics, what=f"{name} deleted")


def setting(kafka: Kafka, topic: str, name: str) -> str:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    with admin(kafka) as client:
        return str(client.describe_configs([resource])[resource].result(timeout=20)[name].value)


def test_the_first_start_creates_every_topic_and_the_second_finds_the_same_log(
    fresh_kafka: Kafka | EmbeddedKafka,
) -> None:
    epoch = create_and_check(fresh_kafka.bootstrap, 4, 1)

    assert create_and_check(fresh_kafka.bootstrap, 4, 1) == epoch
    assert shards_of(fresh_kafka.bootstrap) == 4
    existing = admin(fresh_kafka).list_topics(timeout=10).topics
    assert {t.name for t in topics.TOPICS} <= existing.keys()
    assert {len(existing[name].partitions) for name in topics.TIERS} == {4}


def test_topics_are_kept_and_compacted_as_the_table_says(empty: Kafka) -> None:
    create_and_check(empty.bootstrap, 3, 1)

    assert setting(empty, topics.SNAPSHOTS, "cleanup.policy") == "compact"
    assert setting(empty, topics.DEAD_LETTERS, "max.message.bytes") == "16777216"
    assert setting(empty, topics.LINKS, "retention.ms") == "-1"
    assert setting(empty, topics.REPLAY, "retention.ms") == "86400000"


def test_one_topic_with_another_partition_count_is_named_with_what_to_do(empty: Kafka) -> None:
    create(empty, topics.CLICKS, 8)
    create(empty, topics.CHECKINS, 4)
    create(empty, topics.PURCHASES, 4)

    with pytest.raises(TopicError, match=r"web\.clicks has 8 partitions where the other .* 4.*Re-create"):
        create_and_check(empty.bootstrap, 4, 1)

    assert topics.ALERTS not in admin(empty).list_topics(timeout=10).topics


def test_topics_that_exist_decide_the_partition_count_of_the_missing_ones(empty: Kafka) -> None:
    create(empty, topics.CHECKINS, 6)

    create_and_check(empty.bootstrap, 32, 1)

    assert shards_of(empty.bootstrap) == 6


def test_a_topic_made_anew_is_another_epoch_only_for_those_who_fence_on_it(empty: Kafka) -> None:
    inbound = create_and_check(empty.bootstrap, 2, 1)
    alerts = epoch_of(empty.bootstrap, [topics.ALERTS])
    logs = logs_of(empty.bootstrap, [topics.ALERTS, topics.LINKS])
    delete(empty, topics.ALERTS)
    assert create_and_check(empty.bootstrap, 2, 1) == inbound
    assert epoch_of(empty.bootstrap, [topics.ALERTS]) != alerts
    anew = logs_of(empty.bootstrap, logs)
    assert [topic for topic in logs if anew[topic] != logs[topic]] == [topics.ALERTS]

    delete(empty, topics.CLICKS)

    assert create_and_check(empty.bootstrap, 2, 1) != inbound


def test_each_run_of_the_embedded_kafka_is_another_epoch() -> None:
    epochs = set()
    for _ in range(3):
        with EmbeddedKafka() as embedded:
            epochs.add(create_and_check(embedded.bootstrap, 4, 1))
    assert len(epochs) == 3


def test_who_asks_a_kafka_that_is_there_is_not_kept_waiting() -> None:
    def asked(brokers: str) -> float:
        began = time.monotonic()
        epoch_of(brokers, [topics.ALERTS])
        return time.monotonic() - began

    with EmbeddedKafka() as embedded:
        create_and_check(embedded.bootstrap, 4, 1)
        assert min(asked(embedded.bootstrap) for _ in range(5)) < 0.2


def test_more_copies_than_brokers_is_told_in_a_sentence(empty: Kafka) -> None:
    with pytest.raises(TopicError, match=r"The topic .* could not be created: .*eplication factor"):
        create_and_check(empty.bootstrap, 4, 3)


def test_without_topics_there_is_no_shard_count_but_a_sentence(empty: Kafka) -> None:
    with pytest.raises(TopicError, match="prevenance topics"):
        shards_of(empty.bootstrap)


def test_a_kafka_that_is_away_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_admin, "_SECONDS", 0.5)
    with pytest.raises(TopicError, match=r"Kafka at 127\.0\.0\.1:\d+ did not answer"):
        create_and_check(f"127.0.0.1:{free_port()}", 4, 1)


def test_what_would_be_done_is_told_then_done_and_then_there_is_nothing_to_do(empty: Kafka) -> None:
    absent, differing = planned(empty.bootstrap, 4)
    assert {one.topic: one.partitions for one in absent} == {t.name: t.partitions or 4 for t in topics.TOPICS}
    assert differing == []
    assert admin(empty).list_topics(timeout=10).topics.keys().isdisjoint(topics.TIERS)

    create_and_check(empty.bootstrap, 4, 1)

    assert planned(empty.bootstrap, 32) == ([], [])


def test_another_count_than_there_is_is_told(empty: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREVENANCE_KAFKA", empty.bootstrap)
    create_and_check(empty.bootstrap, 2, 1)

    said = [CliRunner().invoke(main, ["topics", *asked]).output for asked in (["--partitions", "4"], [])]

    assert ["they keep their 2 partitions" in one for one in said] == [True, False]


def test_a_topic_that_is_not_there_is_not_empty(empty: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applied, "AT_ONCE", 0.5)
    with pytest.raises(KafkaAway, match=r"dead\.letters: .*nknown topic"):
        applied.ends_of(empty.bootstrap, topics.DEAD_LETTERS)


def test_a_setting_that_somebody_changed_is_told_left_alone_and_mended_when_asked(
    empty: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREVENANCE_KAFKA", empty.bootstrap)
    create_and_check(empty.bootstrap, 4, 1)
    day = Drift(topics.ALERTS, "retention.ms", "604800000", "86400000")
    mend(empty.bootstrap, [day])
    differs = f"differs alerts: {day.setting} is {day.wanted}, the table says {day.found}\n"

    def command(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["topics", *options])
        return done.exit_code, done.output

    assert command("--plan") == (1, differs)
    code, said = command()
    assert (code, said.startswith(differs)) == (0, True)
    assert said.endswith("; 1 settings differ, --mend sets them\n")
    assert setting(empty, topics.ALERTS, "retention.ms") == day.wanted
    assert command("--mend")[0] == 0
    assert setting(empty, topics.ALERTS, "retention.ms") == day.found
    assert command("--plan") == (0, "")
