"""Servers, data and names shared by all tests."""

import gc
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
import uvloop
from hypothesis import settings

from streams import embedded
from streams.embedded import EmbeddedKafka
from tests.brokers import BrokerError
from tests.brokers import kafka as apache
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis, RedisCluster

ROOT = Path(__file__).resolve().parents[1]
# Else each of the many processes of the product that the tests start would compile it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
settings.register_profile("any machine", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("any machine")
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
embedded.PORTS = embedded.PORTS[_WORKER :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
_SAID = pytest.StashKey[list[str]]()
_CRASHED = pytest.StashKey[dict[str, bool]]()


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], uvloop.Loop]]:
    """Tests run on the loop that commands run on."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SAID], config.stash[_CRASHED] = [], {}


def pytest_collection_finish(session: pytest.Session) -> None:
    """On a new machine Kafka is got while the tests run that need none: it takes half a minute."""
    gc.collect()
    gc.freeze()  # else all that was imported and collected is looked through again, for as long as tests run
    wanted = any("kafka" in name for item in session.items for name in getattr(item, "fixturenames", ()))
    if _WORKER == 0 and wanted and not session.config.option.collectonly and apache.available() is None:
        threading.Thread(target=_get_kafka, daemon=True).start()


def _get_kafka() -> None:
    with suppress(BrokerError):  # told to whoever needs it
        apache.prepare()


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, sched: Any) -> None:
    """A test in which a worker of `-n` died has failed, also for `--last-failed`, which would miss it."""
    sched.config.stash[_CRASHED][crashitem] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    cache, crashed = getattr(session.config, "cache", None), session.config.stash[_CRASHED]
    if cache is not None and crashed:
        cache.set("cache/lastfailed", cache.get("cache/lastfailed", {}) | crashed)
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["said"] = session.config.stash[_SAID]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker of `-n` says is said by all of them together, once; one that died has said nothing."""
    said = node.config.stash[_SAID]
    said += [line for line in getattr(node, "workeroutput", {}).get("said", ()) if line not in said]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[_SAID]:
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Puts one line into the terminal summary."""
    return pytestconfig.stash[_SAID].append


@pytest.fixture(scope="session")
def kafka(say: Callable[[str], None]) -> Iterator[Kafka | EmbeddedKafka]:
    """A running Kafka for the session: `.bootstrap`, and `.real`, False when Java is missing.

    A test that kills or restarts a broker asks for `mortal_kafka`.
    """
    why_not = apache.available()
    if why_not is not None:
        say(f"NOT ON A REAL KAFKA: the Kafka tests ran on the embedded mock cluster. {why_not}")
    with EmbeddedKafka() if why_not is not None else Kafka() as broker:
        yield broker


@pytest.fixture
def fresh_kafka(kafka: Kafka | EmbeddedKafka) -> Kafka | EmbeddedKafka:
    """The session's Kafka without any topic in it: for tests that use the contract's topic names."""
    if isinstance(kafka, Kafka):
        kafka.wipe()
    else:
        kafka.stop()
        kafka.start()
    return kafka


@pytest.fixture
def real_kafka(kafka: Kafka | EmbeddedKafka) -> Kafka:
    """The session's Kafka, or a skip where only the mock cluster can run."""
    if not isinstance(kafka, Kafka):
        pytest.skip("needs a real Kafka")
    return kafka


@pytest.fixture(scope="module")
def empty_kafka(kafka: Kafka | EmbeddedKafka) -> Kafka:
    """The session's Kafka, emptied for a module that runs a line; a skip where only the mock can run."""
    if not isinstance(kafka, Kafka):
        pytest.skip("needs a real Kafka")
    kafka.wipe()
    return kafka


@pytest.fixture(scope="session")
def mortal_kafka() -> Iterator[Kafka]:
    """Another Kafka, to be killed and restarted; a test leaves it running, started from its main thread."""
    why_not = apache.available()
    if why_not is not None:
        pytest.skip(why_not)
    with Kafka() as broker:
        yield broker


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A running Redis for the session; a test that kills it starts a `Redis()` of its own."""
    with Redis() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """URL of the session's Redis, emptied for this test."""
    return _emptied(redis_server)


@pytest.fixture(scope="module")
def empty_redis(redis_server: Redis) -> str:
    """URL of the session's Redis, emptied for a module that runs a line."""
    return _emptied(redis_server)


def _emptied(server: Redis) -> str:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    return server.url


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """Three running Redis nodes in cluster mode; `.url` is the first node's."""
    with RedisCluster() as cluster:
        yield cluster


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Makes names (topics, groups) that no other test has: `unique("clicks")` -> `clicks.3f9a2c…`."""
    return lambda name: f"{name}.{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def data(say: Callable[[str], None]) -> Path:
    """The folder of real data sets (PREVENANCE_DATA, default `../shared/data`), or a skip."""
    folder = Path(os.environ.get("PREVENANCE_DATA") or ROOT / "../shared/data").resolve()
    if not folder.is_dir():
        say(f"NO REAL DATA: tests on real data were skipped, {folder} is not a folder (PREVENANCE_DATA).")
        pytest.skip(f"no real data in {folder}")
    return folder
