"""Kafka is asked for the topics: they are created, and checked at start."""

import hashlib
import logging
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Self

from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from schemas.wording import PlainError, many
from streams import epochs
from streams.brokers import OTHER_USER, librdkafka, not_in, refuses, why
from streams.embedded import RUN_TOPIC
from streams.members import members
from streams.topics import TIERS, TOPICS, Topic

log = logging.getLogger(__name__)

_NUMBERED = re.compile(r"(?:\w+://)?([^/ ]+)/\d+: ")
_SECONDS = 15.0  # for each question to Kafka
_STEP = 2.0  # after which it is looked whether Kafka refuses us


ALONE = "prevenance-gaps"
"""One of the names by which Kafka knows a process that reads without a group; all begin alike."""


class TopicError(PlainError):
    """The topics can't be used as they are, or not by us; the message is a sentence that says what to do."""


class KafkaSilent(TopicError):
    """Kafka, or a broker that leads some of the topics, gives no answer; it may of itself."""


def create_and_check(brokers: str, partitions: int, replication: int) -> str:
    """Creates the topics that are missing, checks those that exist, and returns the epoch of the inbound log.

    `partitions` is for a first start: where inbound topics exist, their count holds. `replication`: copies of
    each partition. The epoch (see `epoch_of`) changes when the cluster or one of the co-partitioned topics is
    another one than before. Blocks for up to some seconds: call it before the loop or in a thread. Several
    processes may do it at once. Raises TopicError when Kafka can't be reached or partition counts differ.
    """
    with Admin(brokers) as kafka:
        counts = kafka.partitions()
        shards = agreed(counts, default=partitions)
        missing = [topic for topic in TOPICS if topic.name not in counts]
        if missing:
            kafka.create(missing, shards, replication)
            agreed(kafka.partitions(), default=shards)
        return kafka.epoch(TIERS)


def check(brokers: str) -> int:
    """How many shards there are, when every topic exists and is right; creates nothing.

    Blocks like `create_and_check`. Raises TopicError.
    """
    with Admin(brokers) as kafka:
        kafka.refuse_groups((ALONE,))
        counts = kafka.partitions()
        if missing := [topic.name for topic in TOPICS if topic.name not in counts]:
            kafka.refuse_headless(missing)
            kafka.refuse_hidden(missing)
            raise TopicError(f"{', '.join(missing)}: not there, run `prevenance topics`.")
        return agreed(counts, default=0)


def epoch_of(brokers: str, topics: Iterable[str]) -> str:
    """The cluster's id and the ids of `topics`, hashed, and their partition count: another one when any was
    made anew, or has other partitions.

    For a fence on offsets of those topics. An embedded cluster has one of its own per run. Blocks like
    `create_and_check`. Raises TopicError when Kafka can't be reached or a topic is missing.
    """
    with Admin(brokers) as kafka:
        return kafka.epoch(topics)


def logs_of(brokers: str, topics: Iterable[str]) -> dict[str, str]:
    """Which log each topic is, as an epoch of its own: another one once it was deleted and made again, or was
    given partitions. Nothing of an embedded Kafka. Blocks like `create_and_check`.

    Raises TopicError, also where a topic is missing.
    """
    with Admin(brokers) as kafka:
        told = {} if kafka._run_id() is not None else kafka.described(topics)
        return {name: epochs.epoch(str(one.topic_id), len(one.partitions)) for name, one in told.items()}


def shards_of(brokers: str, groups: Iterable[str] = ()) -> int:
    """How many partitions the inbound topics have: the number of shards. Blocks.

    Raises TopicError, also where this user may not read as one of `groups`, or without one.
    """
    with Admin(brokers) as kafka:
        kafka.refuse_groups((*groups, ALONE))
        shards = agreed(kafka.partitions(), default=0)
        if shards == 0:
            kafka.refuse_headless(TIERS)
            kafka.refuse_hidden(TIERS)
            raise TopicError("No inbound topic exists: run `prevenance topics` first.")
        return shards


def closed(error: BaseException) -> TopicError | None:
    """What a consumer group met, as a sentence, where it is that it may not read, or no more."""
    if isinstance(error, GroupAuthorizationFailedError):
        return _closed(f"consumer group {error.args[0]}")
    return _closed(f"topic {error.args[0]}") if isinstance(error, TopicAuthorizationFailedError) else None


def _closed(what: str) -> TopicError:
    return TopicError(f"The {what} is closed to this user: {OTHER_USER}.")


def agreed(counts: Mapping[str, int], default: int) -> int:
    """The partition count all existing inbound topics share, or `default` when none exists."""
    inbound = {name: counts[name] for name in TIERS if name in counts}
    if not inbound:
        return default
    shards, _ = Counter(inbound.values()).most_common(1)[0]
    odd = [f"{name} has {many(count, 'partition')}" for name, count in inbound.items() if count != shards]
    if odd:
        raise TopicError(
            f"{' and '.join(odd)} where the other inbound topics have {shards}: all need the same count. "
            f"Re-create what differs with {shards} (`prevenance topics` creates what is missing)."
        )
    return shards


class Admin:
    """Asks Kafka and creates topics; every error becomes a TopicError with a sentence.

    It has a client within `with` only. librdkafka aborts the process where one of its own threads frees a
    client, and Python's collector, in whichever thread it runs, frees one that is left while an answer is on
    its way.
    """

    client: AdminClient

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._refused: list[KafkaError] = []
        self._lost: set[str] = set()

    def __enter__(self) -> Self:
        # Of no method of ours, or we would outlive our use.
        told = partial(_note_refusal, self._refused, self._lost)
        try:
            self.client = AdminClient({**librdkafka(self._brokers), "error_cb": told}, logger=log)
        except KafkaException as error:  # a file of its TLS is being written anew, say
            raise KafkaSilent(f"Kafka could not be asked: {why(error.args[0])}.") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.client.__exit__(None, None, None)

    def partitions(self) -> dict[str, int]:
        """Topic -> partition count, for every topic whose partitions all have a leader now."""
        return {name: len(copies) for name, copies in self.copies().items()}

    def copies(self) -> dict[str, list[int]]:
        """Topic -> how many copies each partition has, for the same topics."""
        return {
            name: [len(p.replicas) for p in topic.partitions.values()]
            for name, topic in self.metadata().topics.items()
            if topic.error is None and all(p.leader >= 0 for p in topic.partitions.values())
        }

    def create(self, topics: Iterable[Topic], shards: int, replication: int) -> None:
        """Returns when all `topics` can be used; one that another process creates meanwhile is fine."""
        topics = list(topics)
        if self._run_id() is not None:  # refuses the admin call, creates whatever is asked about
            for topic in topics:
                self.metadata(topic.name)
        else:
            self._create(topics, shards, replication)
        ends = time.monotonic() + _SECONDS
        while absent := {t.name for t in topics} - self.partitions().keys():
            if time.monotonic() > ends:
                raise TopicError(
                    f"{', '.join(sorted(absent))}: created, but not usable after {_SECONDS:.0f} s. See that "
                    "every broker is up, then run `prevenance topics` again."
                )
            time.sleep(0.05)

    def _create(self, topics: list[Topic], shards: int, replication: int) -> None:
        asked = [
            NewTopic(t.name, t.partitions or shards, replication, config=t.settings(replication))
            for t in topics
        ]
        for name, done in self.client.create_topics(asked, request_timeout=_SECONDS).items():
            self.answer(done, f"The topic {name} could not be created", KafkaError.TOPIC_ALREADY_EXISTS)

    def epoch(self, topics: Iterable[str]) -> str:
        names, told = sorted(topics), self.metadata()
        parts = [told.cluster_id or ""]
        if (run_id := self._run_id()) is not None:
            parts.append(run_id)
        else:
            parts += [str(described.topic_id) for described in self.described(names).values()]
        log = hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()
        return epochs.epoch(log, max(len(told.topics[name].partitions) for name in names))

    def described(self, topics: Iterable[str]) -> dict[str, Any]:
        """What each topic is, in the order in which they are named."""
        names = list(topics)
        asked = self.client.describe_topics(TopicCollection(names), request_timeout=_SECONDS)
        return {name: self.answer(asked[name], f"The topic {name} could not be looked up") for name in names}

    def settings(self, topics: Sequence[str]) -> dict[str, dict[str, str]]:
        """The settings of each of `topics`."""
        asked = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
        told = self.client.describe_configs(asked, request_timeout=_SECONDS) if asked else {}
        read = {
            one.name: self.answer(future, f"The topic {one.name} could not be read")
            for one, future in told.items()
        }
        return {name: {key: str(entry.value) for key, entry in of.items()} for name, of in read.items()}

    def refuse_headless(self, topics: Iterable[str]) -> None:
        """Raises TopicError where a partition of one of `topics` has no leader: its brokers are down."""
        told = self.metadata().topics
        there = {name: told[name].partitions.values() for name in topics if name in told}
        if lost := [name for name, of in there.items() if any(p.leader < 0 for p in of)]:
            raise KafkaSilent(
                f"{', '.join(lost)}: there, and no broker leads some of the partitions now. See that every "
                "broker is up; nothing is lost while those that have them come back."
            )

    def refuse_hidden(self, topics: Iterable[str]) -> None:
        """Raises TopicError where one of `topics` seems not to be there because this user may not see it."""
        names = list(topics)
        if names and self._run_id() is None:
            asked = self.client.describe_topics(TopicCollection(names), request_timeout=_SECONDS)
            for name, described in asked.items():
                what = f"The topic {name} could not be looked up"
                self.answer(described, what, KafkaError.UNKNOWN_TOPIC_OR_PART)

    def refuse_groups(self, groups: Iterable[str]) -> None:
        """Raises TopicError where one of these consumer groups is closed to this user, and only then."""
        told = members(self._brokers, groups) if self._run_id() is None else {}
        for name, said in told.items():
            if isinstance(said, GroupAuthorizationFailedError):
                raise _closed(f"consumer group {name}")

    def _run_id(self) -> str | None:
        """What an embedded cluster is called, None on a real one."""
        names = self.metadata().topics
        return next((n.removeprefix(RUN_TOPIC) for n in names if n.startswith(RUN_TOPIC)), None)

    def metadata(self, topic: str | None = None) -> Any:
        """What Kafka says of its brokers and topics."""
        ends = time.monotonic() + _SECONDS
        while True:
            try:
                return self.client.list_topics(topic, timeout=min(_STEP, _SECONDS))
            except KafkaException as error:
                self.client.poll(0)  # in which what librdkafka heard is told
                if self._refused:
                    raise TopicError(not_in(self._brokers, self._refused[0])) from error
                if time.monotonic() > ends:
                    silent = elsewhere(self._lost) if self._lost else not_in(self._brokers, error.args[0])
                    raise KafkaSilent(silent) from error

    def answer(self, future: "Future[Any]", what: str, *fine: int) -> Any:
        try:
            return future.result(timeout=_SECONDS + 5)
        except KafkaException as error:
            if error.args[0].code() in fine:
                return None
            raise TopicError(f"{what}: {why(error.args[0])}.") from error


def elsewhere(places: Iterable[str]) -> str:
    """Why Kafka can't be used that answers, but gives places for its brokers where nobody is."""
    return (
        f"Kafka answers, and sends clients on to {', '.join(sorted(places))}, which can't be reached from "
        "here: set advertised.listeners of each broker to a name and port that this host can reach"
    )


def _note_refusal(refused: list[KafkaError], lost: set[str], error: KafkaError) -> None:
    """A broker with a number is one of whom Kafka itself has told."""
    if error.code() == KafkaError._TRANSPORT and (named := _NUMBERED.match(error.str())):
        lost.add(named[1])
    if refuses(error):
        refused.append(error)
