"""A Faust app that reads slices, as a part of a process and not as Faust's own worker."""

from collections.abc import Iterable
from typing import Any

import faust
from faust.app.base import BootStrategy
from faust.auth import Credentials, SASLCredentials, SSLCredentials
from faust.tables.manager import TableManager
from yarl import URL

from streams.brokers import Access, access_to
from streams.transport import Feed, Transport

HEARTBEAT = 3.0
REBALANCE_TIMEOUT = 20.0
COMMIT_INTERVAL = 0.5


class _ConsumerOnly(BootStrategy):
    """No producer, web server, leader election or replies: they would open sockets and topics."""

    enable_kafka_producer = False
    enable_web = False

    def kafka_consumer(self) -> Iterable[Any]:
        return [self.app.consumer]


class _NoTables(TableManager):
    """Starts at once: Faust's own waits a second for tables to be declared."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class SliceApp(faust.App):
    """A consumer group. `await start()` and `await stop()` it; several may share a loop."""

    BootStrategy = _ConsumerOnly

    def _create_directories(self) -> None:
        """Keep the disk clean: there are no tables."""

    async def failure(self) -> BaseException | None:
        """Wait until the app has given up, and say why. The process should then leave: nothing is acked."""
        await self._crashed.wait()
        reason: BaseException | None = self.crash_reason
        return reason


def make_app(name: str, *, brokers: str, feed: Feed, session_timeout: float = 10.0) -> SliceApp:
    """Make the app whose consumer group is `name`; bind its agent with `@app.agent(app.topic(*feed.topics))`.

    `brokers` is a comma separated list of host:port. `session_timeout` is in seconds: how long the partitions
    of a killed process stay unread.
    """
    urls = [URL(f"kafka://{broker.strip()}") for broker in brokers.split(",")]
    app = SliceApp(
        name,
        broker=urls,
        broker_credentials=_credentials(access_to(brokers)),
        broker_commit_interval=COMMIT_INTERVAL,
        broker_session_timeout=session_timeout,
        broker_heartbeat_interval=min(HEARTBEAT, session_timeout / 3),
        broker_rebalance_timeout=REBALANCE_TIMEOUT,
        consumer_auto_offset_reset="earliest",
        agent_supervisor="mode.CrashingSupervisor",
        autodiscover=False,
        key_serializer="raw",
        value_serializer="raw",
        reply_create_topic=False,
        store="memory://",
        TableManager=_NoTables,
        table_standby_replicas=1,  # with 0 Faust assigns round-robin, and a shard has no single owner
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    app.transport = Transport(urls, app, feed)
    return app


def _credentials(access: Access) -> Credentials | None:
    context = access.tls.context() if access.tls else None
    if (user := access.user) is not None:
        return SASLCredentials(
            username=user.name,
            password=user.password.reveal(),
            mechanism=user.mechanism,
            ssl_context=context,
        )
    return SSLCredentials(context) if context else None
