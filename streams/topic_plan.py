"""What `prevenance topics` would do: topics to be created, and settings that differ from the table."""

from collections.abc import Iterable, Mapping
from time import monotonic, sleep
from typing import NamedTuple

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from schemas.wording import many
from streams.topic_admin import Admin, agreed
from streams.topics import TOPICS, Topic

ANSWER = 15.0


class Absent(NamedTuple):
    """A topic to be created."""

    topic: str
    partitions: int

    def line(self) -> str:
        """
        >>> Absent("alerts", 32).line()
        'create  alerts: 32 partitions'
        """
        return f"create  {self.topic}: {many(self.partitions, 'partition')}"


class Drift(NamedTuple):
    """A setting of a topic that somebody made otherwise."""

    topic: str
    setting: str
    found: str
    wanted: str

    def line(self) -> str:
        """
        >>> Drift("alerts", "retention.ms", "86400000", "604800000").line()
        'differs alerts: retention.ms is 86400000, the table says 604800000'
        """
        return f"differs {self.topic}: {self.setting} is {self.found}, the table says {self.wanted}"


def planned(brokers: str, partitions: int) -> tuple[list[Absent], list[Drift]]:
    """What is to be created, with so many partitions at a first start, and what differs. Changes nothing, and
    finds nothing after it was done. Blocks. Raises TopicError, also where partition counts can't be mended.
    """
    with Admin(brokers) as kafka:
        copies = kafka.copies()
        shards = agreed({name: len(each) for name, each in copies.items()}, default=partitions)
        absent = [Absent(t.name, t.partitions or shards) for t in TOPICS if t.name not in copies]
        kafka.refuse_headless([one.topic for one in absent])
        kafka.refuse_hidden(one.topic for one in absent)
        there = [topic for topic in TOPICS if topic.name in copies]
        found = kafka.settings([topic.name for topic in there])
    return absent, [d for t in there for d in drifts(t, found[t.name], min(copies[t.name]))]


def drifts(topic: Topic, found: Mapping[str, str], copies: int) -> list[Drift]:
    """Where a topic with so many copies is not set as the table says; `cleanup.policy` in any order."""
    wanted = topic.settings(copies)
    named = {name: found.get(name, "") for name in wanted}
    return [
        Drift(topic.name, name, named[name], value)
        for name, value in wanted.items()
        if not same(named[name], value)
    ]


def mend(brokers: str, differing: Iterable[Drift]) -> None:
    """Sets what differs as the table says, and nothing else. Blocks. Raises TopicError.

    A broker takes a change at once and tells it a moment later: it is waited for, `ANSWER` seconds at most.
    """
    asked, drifted = dict[str, ConfigResource](), [*differing]
    for drift in drifted:
        resource = asked.setdefault(drift.topic, ConfigResource(ResourceType.TOPIC, drift.topic))
        entry = ConfigEntry(drift.setting, drift.wanted, incremental_operation=AlterConfigOpType.SET)
        resource.add_incremental_config(entry)
    if not asked:
        return
    with Admin(brokers) as kafka:
        done = kafka.client.incremental_alter_configs([*asked.values()], request_timeout=ANSWER)
        for resource, future in done.items():
            kafka.answer(future, f"The topic {resource.name} could not be mended")
        until = monotonic() + ANSWER
        while not _are(kafka.settings([*asked]), drifted) and monotonic() < until:
            sleep(0.05)


def _are(found: Mapping[str, Mapping[str, str]], drifted: Iterable[Drift]) -> bool:
    return all(same(found[one.topic].get(one.setting, ""), one.wanted) for one in drifted)


def same(found: str, wanted: str) -> bool:
    """Whether a setting is as wanted; a list of words in any order."""
    return sorted(found.split(",")) == sorted(wanted.split(","))
