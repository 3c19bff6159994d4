"""How many are in a consumer group, and whether it is closed to us.

Asked by aiokafka: librdkafka ends the process where a connection is cut while it asks, as by a broker that
starts (https://github.com/confluentinc/librdkafka/issues/4605).
"""

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, RequestTimedOutError, for_code

from streams.brokers import access_to, librdkafka

MOMENT, AGAIN, PATIENCE = 1.0, 0.1, 15.0
"""Seconds in which Kafka answers, or never does; until it is asked again; for which it is asked."""


def members(brokers: str, groups: Iterable[str]) -> Mapping[str, int | KafkaError]:
    """How many are in each of these groups, or why Kafka does not tell. Blocks, up to `PATIENCE` s.

    A new Kafka makes the topic in which it keeps groups when it is first asked for one, and one that starts
    reads it: it is asked anew after a moment.
    """
    with ThreadPoolExecutor(max_workers=1) as apart:  # whoever asks may have a loop of their own
        return apart.submit(asyncio.run, _told(brokers, tuple(groups))).result()


async def _told(brokers: str, groups: tuple[str, ...]) -> dict[str, int | KafkaError]:
    told: dict[str, int | KafkaError] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while any(group not in told for group in groups):
                await _ask(brokers, [group for group in groups if group not in told], told)
    return {group: RequestTimedOutError() for group in groups} | told


async def _ask(brokers: str, groups: list[str], told: dict[str, int | KafkaError]) -> None:
    """Adds what is told; what is lost may come the next time."""
    client = client_of(brokers)
    try:
        await client.start()
        for group in groups:
            try:
                told[group] = await _count(client, group)
            except KafkaError as error:
                if error.retriable:
                    raise
                told[group] = error
    except KafkaError:
        await asyncio.sleep(AGAIN)
    finally:
        await client.close()


async def _count(client: AIOKafkaAdminClient, group: str) -> int:
    keeper = await client.find_coordinator(group)
    [answer] = await client.describe_consumer_groups([group], keeper)
    code, *_, who = answer.groups[0][:6]
    if code:
        raise for_code(code)()
    return len(who)


def client_of(brokers: str) -> AIOKafkaAdminClient:
    """A client that is let in as all others are."""
    access = access_to(brokers)
    return AIOKafkaAdminClient(
        bootstrap_servers=[server.strip() for server in brokers.split(",")],
        request_timeout_ms=round(MOMENT * 1000),
        security_protocol=librdkafka(brokers)["security.protocol"],
        ssl_context=access.tls.context() if access.tls else None,
        sasl_mechanism=access.user.mechanism if access.user else "PLAIN",
        sasl_plain_username=access.user.name if access.user else None,
        sasl_plain_password=access.user.password.reveal() if access.user else None,
    )
