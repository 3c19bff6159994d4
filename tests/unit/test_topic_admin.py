"""A process that starts learns whether Kafka lets it read, and does not wait for an answer that is lost."""

from collections.abc import Iterable
from functools import partial
from types import SimpleNamespace
from typing import Any, Self

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    InvalidGroupIdError,
    RequestTimedOutError,
    for_code,
)

from streams import members, starting_over, topic_admin
from streams.starting_over import RebuildError
from streams.topic_admin import Admin, TopicError
from streams.topic_plan import planned
from streams.topics import TOPICS


class Groups:
    """Stands for aiokafka's admin client: a group's answers come one after another, the last for good.

    An answer is an error's code, or None and a group of so many `members`.
    """

    def __init__(self, members: int = 0, **answers: list[int | None]) -> None:
        self.members, self.answers = members, answers
        self.asked: list[str] = []
        self.open = 0

    async def start(self) -> None:
        self.open += 1

    async def close(self) -> None:
        self.open -= 1

    async def find_coordinator(self, name: str) -> int:
        self.asked.append(name)
        left = self.answers[name]
        code = left.pop(0) if len(left) > 1 else left[0]
        if code is not None:
            raise for_code(code)()
        return 1

    async def describe_consumer_groups(self, names: list[str], keeper: int) -> Any:
        told = [(0, name, "Stable", "consumer", "range", [None] * self.members) for name in names]
        return [SimpleNamespace(groups=told)]


class Cluster:
    """Stands for librdkafka's."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


def refuse(groups: Groups, names: Iterable[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Admin, "_run_id", lambda self: None)
    monkeypatch.setattr(topic_admin, "AdminClient", lambda *_, **__: Cluster())
    monkeypatch.setattr(members, "client_of", lambda _: groups)
    try:
        with Admin("127.0.0.1:1") as admin:
            admin.refuse_groups(names)
    finally:
        assert groups.open == 0


LOST, CLOSED = RequestTimedOutError.errno, GroupAuthorizationFailedError.errno


def test_a_group_that_a_new_kafka_was_asked_for_in_vain_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = Groups(workers=[LOST, LOST, None], alone=[None])
    refuse(groups, ["workers", "alone"], monkeypatch)
    assert groups.asked == ["workers", "workers", "workers", "alone"]


def test_a_closed_group_is_named_also_where_the_first_answer_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TopicError, match="The consumer group workers is closed to this user"):
        refuse(Groups(workers=[LOST, CLOSED]), ["workers"], monkeypatch)


def test_any_other_failure_refuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = Groups(workers=[InvalidGroupIdError.errno])
    refuse(groups, ["workers"], monkeypatch)
    assert len(groups.asked) == 1


def test_a_kafka_that_never_says_is_left_in_peace_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "PATIENCE", 0.05)
    groups = Groups(workers=[LOST])
    refuse(groups, ["workers"], monkeypatch)
    assert groups.asked


def start_over(groups: Groups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "client_of", lambda _: groups)
    monkeypatch.setattr(starting_over, "AGENTS", list(groups.answers))
    starting_over.refuse_running("127.0.0.1:1")
    assert groups.open == 0


def test_who_starts_over_on_a_new_kafka_is_not_refused_for_a_lost_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    groups = Groups(personalise=[LOST, None], learn=[LOST, LOST, None])
    start_over(groups, monkeypatch)
    assert groups.asked == ["personalise", "personalise", "learn", "learn", "learn"]


def test_a_worker_that_runs_refuses_it_by_name_also_where_the_first_answer_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(RebuildError, match=r"workers are running \(personalise\)"):
        start_over(Groups(1, personalise=[LOST, None]), monkeypatch)


def test_what_kafka_never_tells_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "PATIENCE", 0.05)
    with pytest.raises(RebuildError, match="Kafka does not tell who is running"):
        start_over(Groups(personalise=[None], learn=[LOST]), monkeypatch)


def test_topics_without_a_leader_are_not_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their broker is down: who was told to make them heard that they are there."""
    headless = SimpleNamespace(error=None, partitions={0: SimpleNamespace(leader=-1, replicas=[2])})
    cluster = SimpleNamespace(topics=dict.fromkeys((topic.name for topic in TOPICS), headless))
    monkeypatch.setattr(Admin, "metadata", lambda self: cluster)
    monkeypatch.setattr(topic_admin, "AdminClient", lambda *_, **__: Cluster())
    monkeypatch.setattr(members, "client_of", lambda _: Groups(**{topic_admin.ALONE: [None]}))
    for asked in (topic_admin.check, topic_admin.shards_of, partial(planned, partitions=4)):
        with pytest.raises(
            TopicError, match=r"store\.checkins.*: there, and no broker leads .* broker is up"
        ):
            asked("127.0.0.1:1")
