"""An Apache Kafka of one node, got by Maven once and started in seconds."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from zlib import crc32

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.embedded import free_port
from tests.brokers import BrokerError, ServerProcess
from tests.waiting import wait_blocking

VERSION = "4.1.0"
ROOT = Path(__file__).resolve().parents[2]
JARS = (ROOT / ".cache").resolve() / f"kafka-{VERSION}"  # it may be a link to a folder that several share
_OF_THESE = (
    f"{crc32(bytes(JARS)):08x}"  # of jars that were elsewhere a JVM takes no classes, and says nothing
)
CLASSES = JARS.parent / f"kafka-{VERSION}-{_OF_THESE}.jsa"
"""Loaded classes as the JVM keeps them: half the time to start."""
CHECKPOINT = JARS.parent / f"kafka-{VERSION}.checkpoint"  # what formatting writes: a JVM less to start

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
num.partitions=4
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=16777216
log.retention.check.interval.ms=600000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=400
metadata.max.idle.interval.ms=0
"""
_META = """\
version=1
node.id=1
cluster.id={cluster}
directory.id={directory}
"""
_QUIET = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""
QUICK = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""JVM options that start a broker in 2 s: half the work of a JVM is the compiler that pays only later."""
LASTING = ("-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")
"""JVM options for benchmarks."""


def available() -> str | None:
    """None when a Kafka can be started here, else a sentence why not."""
    if shutil.which("java") is None:
        return "Java is not installed (JDK 17 or newer is needed to start Apache Kafka)."
    shown = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    major = shown.partition('version "')[2].partition(".")[0].partition('"')[0]
    if not major.isdigit() or int(major) < 17:
        return f"Java {major or '?'} is too old (JDK 17 or newer is needed to start Apache Kafka)."
    if not JARS.is_dir() and shutil.which("mvn") is None:
        return "Maven (mvn) is not installed (it is needed once, to get Apache Kafka)."
    return None


def prepare() -> None:
    """Gets Kafka's jars (43 MB) and keeps its classes, once. Raises BrokerError when Maven fails."""
    JARS.parent.mkdir(exist_ok=True)
    with (JARS.parent / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not JARS.is_dir():
            print(f"Getting Apache Kafka {VERSION} by Maven (43 MB, once) ...", file=sys.stderr, flush=True)
            _get_jars()
        if not CHECKPOINT.exists():
            _keep_checkpoint()
        if not CLASSES.exists():
            _keep_classes()


def _get_jars() -> None:
    partial = Path(tempfile.mkdtemp(prefix="kafka-", dir=JARS.parent))
    argv = ["mvn", "-q", "-B", "-f", str(Path(__file__).with_name("pom.xml"))]
    argv += ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={partial}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise BrokerError(f"Maven could not get Apache Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
        partial.rename(JARS)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _keep_checkpoint() -> None:
    partial = CHECKPOINT.with_name(CHECKPOINT.name + ".partial")
    broker = Kafka()
    try:
        shutil.copy(broker._formatted_by_tool(), partial)
    finally:
        broker.stop()
    partial.rename(CHECKPOINT)


def _keep_classes() -> None:
    partial = CLASSES.with_name(CLASSES.name + ".partial")
    broker = Kafka((*QUICK, f"-XX:ArchiveClassesAtExit={partial}"))
    try:
        broker._run(deadline=60.0)
    finally:
        broker.stop()
    if partial.exists():
        partial.rename(CLASSES)


def _drawn_id() -> str:
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


class Kafka:
    """One node (broker and controller) on 127.0.0.1; its port and data stay the same over `restart`.

    `jvm`: options of its Java; benchmarks pass `LASTING`.
    """

    real = True

    def __init__(self, jvm: tuple[str, ...] = QUICK) -> None:
        self.bootstrap = ""
        self._jvm = jvm
        self._cluster_id = ""
        self._folder: Path | None = None
        self._process: ServerProcess | None = None

    @property
    def pid(self) -> int:
        """Of the running broker."""
        assert self._process is not None, "Kafka is not running"
        return self._process.pid

    def written(self, topic: str, partition: int) -> bytes:
        """What a partition has on disk: record batches, one after the other."""
        assert self._folder is not None, "Kafka was never started"
        return (self._folder / f"data/{topic}-{partition}" / f"{0:020}.log").read_bytes()

    def start(self, deadline: float = 60.0) -> None:
        """Returns when clients can work; BrokerError, with the end of the log, if not within `deadline` s."""
        prepare()
        self._run(deadline)

    def _run(self, deadline: float) -> None:
        folder = self._folder or self._format()
        argv = [*self._java(), "kafka.Kafka", str(folder / "server.properties")]
        self._process = ServerProcess("Kafka", argv, folder / "server.log")
        try:
            self._wait_ready(self._process, deadline)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ends the broker in order and deletes its data."""
        self._end(signal.SIGTERM)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
        self.bootstrap = ""

    def kill(self) -> None:
        """SIGKILL; the data stays for `start` or `restart`."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Ends the broker in order (if it still runs) and starts it again on the same port and data."""
        self._end(signal.SIGTERM)
        self.start()

    @contextmanager
    def put_back(self, copy: Path) -> Iterator[None]:
        """What is written within is lost at its end, when the data is that of its beginning again."""
        assert self._folder is not None, "Kafka was never started"
        data = self._folder / "data"
        self._end(signal.SIGTERM)
        shutil.copytree(data, copy)
        self.start()
        yield
        self._end(signal.SIGTERM)
        shutil.rmtree(data)
        shutil.move(copy, data)
        self.start()

    def wipe(self) -> None:
        """Deletes every topic of the clients, and with them the offsets of their groups."""
        with AdminClient({"bootstrap.servers": self.bootstrap}) as admin:
            topics = [name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")]
            for done in admin.delete_topics(topics).values() if topics else ():
                done.result(timeout=10)
            wait_blocking(
                lambda: not any(t in admin.list_topics(timeout=10).topics for t in topics),
                what="topics deleted",
            )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.end(how)
        self._process = None

    def _java(self, *more: Path) -> list[str]:
        assert self._folder is not None
        argv = [shutil.which("java") or "java", *self._jvm]
        if CLASSES.exists():
            argv.append(f"-XX:SharedArchiveFile={CLASSES}")
        argv.append(f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}")
        return [*argv, "-cp", ":".join(str(jar) for jar in (*sorted(JARS.glob("*.jar")), *more))]

    def _format(self) -> Path:
        folder = self._lay_out()
        self._cluster_id = _drawn_id()
        data = folder / "data"
        data.mkdir()
        shutil.copy(CHECKPOINT, data / "bootstrap.checkpoint")
        meta = _META.format(cluster=self._cluster_id, directory=_drawn_id())
        (data / "meta.properties").write_text(meta)
        return folder

    def _formatted_by_tool(self) -> Path:
        folder = self._lay_out()
        argv = self._java()
        argv += ["kafka.tools.StorageTool", "format", "-t", _drawn_id()]
        argv += ["-c", str(folder / "server.properties")]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[-2000:]
            raise BrokerError(f"Kafka's storage could not be formatted:\n{said}")
        return folder / "data/bootstrap.checkpoint"

    def _lay_out(self) -> Path:
        folder = self._folder = Path(tempfile.mkdtemp(prefix="prevenance-kafka-"))
        port, controller = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        (folder / "server.properties").write_text(self._properties(folder, port, controller))
        (folder / "log4j2.properties").write_text(_QUIET)
        return folder

    def _properties(self, folder: Path, port: int, controller: int) -> str:
        return _PROPERTIES.format(port=port, controller=controller, data=folder / "data")

    def _wait_ready(self, process: ServerProcess, deadline: float) -> None:
        ends = time.monotonic() + deadline
        address = self.bootstrap.rpartition(":")
        while time.monotonic() < ends:
            process.check()
            with socket.socket() as probe:
                if probe.connect_ex((address[0], int(address[2]))) == 0 and self._answers():
                    return
            time.sleep(0.05)
        raise process.error(f"was not ready within {deadline:.0f} s")

    def _answers(self) -> bool:
        with AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}) as admin:
            try:
                # A stranger on our port would answer too, until ours gives up.
                return bool(admin.list_topics(timeout=2).cluster_id == self._cluster_id)
            except KafkaException:
                return False


if __name__ == "__main__":
    with Kafka() as broker:
        print(broker.bootstrap, os.getpid(), flush=True)
        signal.pause()
