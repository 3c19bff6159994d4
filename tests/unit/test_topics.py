"""The table of topics."""

import random

from aiokafka.partitioner import DefaultPartitioner

from agents.attention import WITHIN
from streams import topics
from streams.topic_plan import Drift, drifts
from streams.topics import DEAD_LETTERS, DECISIONS, EXAMPLES, INBOUND, TIERS, TOPICS, Topic, partition_of


def test_the_urgent_topics_come_before_the_others() -> None:
    tiers = list(TIERS.values())
    assert tiers == sorted(tiers)
    assert {name for name, tier in TIERS.items() if tier == 0} == {
        "store.checkins",
        "chat.messages",
        "staff.feedback",
    }
    assert TIERS["web.clicks"] < TIERS["replay.events"]


def test_seven_topics_are_inbound_and_replay_travels_beside_them() -> None:
    assert len(INBOUND) == 7
    assert topics.REPLAY not in INBOUND
    assert {t.partitions for t in TOPICS if t.tier is not None} == {None}


def test_no_topic_is_named_twice() -> None:
    assert len({t.name for t in TOPICS}) == len(TOPICS)


def test_a_key_is_placed_as_kafkas_default_partitioner_places_it() -> None:
    rng = random.Random(7)
    for partitions in (1, 3, 4, 32):
        for _ in range(300):
            key = rng.randbytes(rng.randrange(1, 40))
            assert partition_of(key, partitions) == DefaultPartitioner()(key, range(partitions), None)


def test_settings_keep_a_topic_for_its_days_or_for_ever_or_compact_it() -> None:
    week = Topic(name="a", keep_days=7).settings(1)
    assert week == {"min.insync.replicas": "1", "cleanup.policy": "delete", "retention.ms": "604800000"}
    assert Topic(name="a", keep_days=None).settings(1)["retention.ms"] == "-1"
    compacted = Topic(name="a", compacted=True).settings(3)
    assert compacted == {"min.insync.replicas": "2", "cleanup.policy": "compact"}
    forgets = Topic(name="a", compacted=True, forget_days=401).settings(1)
    assert forgets["cleanup.policy"] == "compact,delete"
    assert forgets["retention.ms"] == str(401 * 86_400_000)
    assert forgets["max.compaction.lag.ms"] == "86400000"


def test_settings_differ_where_they_differ_and_not_in_their_order() -> None:
    forgets = Topic(name="a", compacted=True, forget_days=401)
    found = {**forgets.settings(1), "cleanup.policy": "delete,compact", "segment.bytes": "1"}
    assert drifts(forgets, found, copies=1) == []
    assert drifts(forgets, found, copies=3) == [Drift("a", "min.insync.replicas", "1", "2")]
    assert drifts(forgets, found | {"cleanup.policy": "compact"}, copies=1) == [
        Drift("a", "cleanup.policy", "compact", "compact,delete")
    ]


def test_a_dead_letter_may_be_as_large_as_what_the_producer_writes() -> None:
    dead = next(t for t in TOPICS if t.name == DEAD_LETTERS)
    assert dead.max_bytes == 16 * 1024 * 1024


def test_a_decision_and_what_became_of_it_are_kept_until_the_clients_answer_is_known() -> None:
    """What is drawn holds a week at most, and an answer is waited for from when staff followed."""
    kept = {t.name: t.keep_days or 0 for t in TOPICS}
    assert kept[EXAMPLES] >= kept[DECISIONS] >= 7 + WITHIN / 86_400 + 7, "and a weekly log misses nothing"
