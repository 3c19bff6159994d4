"""When a process leaves by itself, to be started again, and how one leaves that is told to."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import AuthenticationError, BusyLoadingError

from streams import serve
from streams.produce import ProducerDead


class Left(BaseException):
    """In place of the end of the process."""


class Refusing:
    """A producer that Kafka refuses; `answers` are what it hears each time it asks, then it is dead."""

    refused = True

    def __init__(self, answers: Sequence[str | None]) -> None:
        self.dead: str | None = None
        self._answers: Iterator[str | None] = iter(answers)

    async def away(self) -> str | None:
        try:
            return next(self._answers)
        except StopIteration:
            self.dead = "gave up"
            return None


class Redis:
    """Answers `INFO` as it is told."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def info(self, section: str) -> dict[str, str]:
        if self._error is not None:
            raise self._error
        return {}


async def left(
    monkeypatch: pytest.MonkeyPatch, producer: Refusing, patience: float, redis: Redis | None = None
) -> BaseException:
    """Why a gateway leaves; with a Redis, a console."""
    reasons: list[BaseException] = []

    def leave(reason: BaseException) -> None:
        reasons.append(reason)
        raise Left

    monkeypatch.setattr(serve, "leave", leave)
    monkeypatch.setattr(serve, "LOOK", 0.01)
    monkeypatch.setattr(serve, "PATIENCE", patience)
    ours: Any = producer
    parts: Any = SimpleNamespace(redis=redis)
    refused = partial(serve._redis_refuses, parts) if redis else partial(serve._kafka_refuses, ours)
    with pytest.raises(Left):
        await asyncio.wait_for(serve._until_signal_or_death(ours, refused), 20)
    return reasons[0]


async def test_a_gateway_that_kafka_lets_in_no_more_leaves_so_that_its_secrets_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A password or a certificate that was changed in its place kept it out until somebody started it."""
    reason = await left(monkeypatch, Refusing(["does not let it in"] * 1000), patience=0.05)
    assert (type(reason), str(reason)) == (serve.Refused, "does not let it in")


async def test_a_console_that_redis_lets_in_no_more_leaves_so_that_its_secrets_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was out of every balancer, and alive, until somebody started it again."""
    redis = Redis(AuthenticationError("WRONGPASS invalid username-password pair or user is disabled."))
    reason = await left(monkeypatch, Refusing([]), patience=0.05, redis=redis)
    assert (type(reason), str(reason)) == (
        serve.Refused,
        "Redis does not let this user in: see the user and the password in PREVENANCE_REDIS",
    )


@pytest.mark.parametrize("answers", [[None] * 20, ["does not let it in", None] * 10])
async def test_it_stays_where_kafka_lets_it_in_again(
    monkeypatch: pytest.MonkeyPatch, answers: list[str | None]
) -> None:
    assert type(await left(monkeypatch, Refusing(answers), patience=10.0)) is ProducerDead


@pytest.mark.parametrize("away", [None, ConnectionRefusedError(111), BusyLoadingError("LOADING")])
async def test_a_console_stays_while_redis_is_away_or_kafka_refuses_it(
    monkeypatch: pytest.MonkeyPatch, away: Exception | None
) -> None:
    """It shows cards without Kafka, and a Redis that comes back knows it still."""
    producer, redis = Refusing(["out"] * 20), Redis(away)
    leaving = asyncio.create_task(left(monkeypatch, producer, patience=0.05, redis=redis))
    await asyncio.sleep(0.2)
    assert not leaving.done()
    producer.dead = "gave up"
    assert type(await leaving) is ProducerDead


async def test_a_worker_that_is_told_to_stop_while_it_joins_its_groups_leaves_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ended at once: what it had been given already was read by nobody until Kafka missed it."""
    done = list[str]()
    hears = list[Callable[[], object]]()

    class Joining:
        def __init__(self, *_: object) -> None:
            self.ready = self.progress = None

        async def prepare(self) -> None:
            done.append("prepared")

        async def join(self) -> None:
            hears[-1]()  # what a signal would call now

        async def failure(self) -> None:
            await asyncio.Event().wait()

        async def stop(self) -> None:
            done.append("left its groups")

    async def parts(*_: object) -> Any:
        hears.append(lambda: done.append("ended at once"))
        return SimpleNamespace(redis=None)

    async def there(*_: object) -> None:
        return None

    monkeypatch.setattr(serve, "Worker", Joining)
    monkeypatch.setattr(serve, "_parts", parts)
    monkeypatch.setattr(serve, "_on_signal", hears.append)
    for name in ("_ops", "_shards", "_redis_there"):
        monkeypatch.setattr(serve, name, there)
    settings: Any = None
    assert await asyncio.wait_for(serve.worker(settings, ["deliver"]), 20) == 0
    assert done == ["prepared", "left its groups"]
