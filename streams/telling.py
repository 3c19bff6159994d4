"""What a lane tells of a slice: messages for other topics."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from agents.effects import Effects
from agents.plan import Dead, Keyring, Plan, Raw
from schemas.alerts import AlertChange, InboxMessage
from schemas.messages import Examples
from schemas.times import iso
from schemas.traces import Traced, pack
from streams import topics
from streams.keys import destroyed
from streams.metrics import Metrics
from streams.produce import MAX_BYTES, Message, Producer
from streams.spans import context_from

log = logging.getLogger(__name__)

LONGEST = MAX_BYTES - 1024 * 1024
"""Bytes of key and value that are kept of what can't be read: with the reason beside them what Kafka takes.
A letter that it does not take would end every worker that met it."""
DECIDED = 512 * 1024
"""Bytes of bodies in one message of `decisions`. Sealed, they get no smaller on their way, and Kafka takes a
megabyte: what hundreds of timers decide in one second may be more, and would end whoever rings them."""


def messages_of(effects: Effects, keys: Keyring, received: float | None = None) -> list[Message]:
    """What was decided: alerts, statements of consent, links, examples, traces, erasures, ends of keys.

    `received`: Unix seconds at which the oldest event of the slice was stored; None: timers decided it.
    """
    made = [_alert(inbox, change, received) for inbox, change in effects.alerts]
    made += [
        Message(topic=topics.LEDGER, key=e.client.encode(), value=msgspec.json.encode(e))
        for e in effects.ledger
    ]
    made += [
        Message(topic=topics.LINKS, key=c.maison.encode(), value=msgspec.json.encode(c))
        for c in effects.links
    ]
    made += [
        Message(
            topic=topics.EXAMPLES,
            key=f"{maison}/{model}".encode(),
            value=msgspec.json.encode(Examples(maison=maison, model=model, items=items)),
        )
        for (maison, model), items in effects.examples.items()
    ]
    for traces in _portions(effects.traces):
        # all of one shard: whichever client's id is the key, it is that shard's partition
        made.append(Message(topic=topics.DECISIONS, key=traces[0].oid.encode(), value=pack(traces)))
    made += [
        Message(topic=topics.DECLARATIONS, key=part[1].encode(), value=msgspec.json.encode(event))
        for part, event in effects.further
    ]
    return made + [gone for part in effects.erased for gone in destroyed(part, keys.get(part))]


def _portions(traces: Sequence[Traced]) -> Iterator[list[Traced]]:
    portion: list[Traced] = []
    size = 0
    for one in traces:
        if portion and size + len(one.body) > DECIDED:
            yield portion
            portion, size = [], 0
        portion.append(one)
        size += len(one.body)
    if portion:
        yield portion


def tell_broken(metrics: Metrics, broken: Sequence[tuple[str, str]]) -> None:
    """Counts what has an error in it, and tells the log where."""
    for (name, where), count in Counter(broken).items():
        metrics.broken_total.labels(name).inc(count)
        log.error("%s has an error in it and is left out: %s", name, where)


def aside(planned: Plan, topic: str, shard: int) -> list[Message]:
    """Presence on its way to inboxes, the mis-keyed back on their topic, the unreadable set aside."""
    made = [
        Message(topic=topics.ALERTS, key=inbox.encode(), value=msgspec.json.encode(change))
        for inbox, change in planned.presence
    ]
    made += [_again(topic, oid, raw) for oid, raw in planned.rekeyed]
    return made + [dead_letter(dead, "personalise", topic, shard) for dead in planned.dead]


def _alert(inbox: str, change: InboxMessage, received: float | None) -> Message:
    headers: list[tuple[str, bytes]] = []
    if received is not None and isinstance(change, AlertChange):
        context = context_from(change.alert.event)
        headers = context.headers if context else []
        alert = replace(change.alert, received=iso(received), trace_context=context or UNSET)
        change = replace(change, alert=alert)
    return Message(
        topic=topics.ALERTS, key=inbox.encode(), value=msgspec.json.encode(change), headers=headers
    )


def _again(topic: str, oid: str, raw: Raw) -> Message:
    context = context_from(raw.offset)
    return Message(topic=topic, key=oid.encode(), value=raw.value, headers=context.headers if context else ())


async def put_aside(
    producer: Producer, metrics: Metrics, dead: Sequence[Dead], stage: str, topic: str, partition: int
) -> None:
    """Sends what could not be read to the dead letters, and counts it."""
    if dead:
        await producer.send([dead_letter(one, stage, topic, partition) for one in dead])
    for one in dead:
        metrics.dead_letters_total.labels(stage, reason_class(one.reason)).inc()


def reason_class(reason: str) -> str:
    """A reason without its particulars, fit for a metric's label.

    >>> reason_class("unknown type - at `$.type`"), reason_class("too large: 5 bytes, at most 3")
    ('unknown type', 'too large')
    """
    return reason.partition(" - at ")[0].partition(":")[0][:40]


def dead_letter(dead: Dead, stage: str, topic: str, partition: int) -> Message:
    """What could not be read, with its original key and bytes, and why, where and from where; of more than
    `LONGEST` bytes the beginning.

    One that is set aside twice stands in the same partition both times, with a key or without.
    """
    key = dead.raw.key and dead.raw.key[:LONGEST]
    return Message(
        topic=topics.DEAD_LETTERS,
        partition=None if key else 0,
        key=key,
        value=dead.raw.value and dead.raw.value[: LONGEST - len(key or b"")],
        headers=[
            ("reason", dead.reason.encode()),
            ("stage", stage.encode()),
            ("topic", topic.encode()),
            ("partition", str(partition).encode()),
            ("offset", str(dead.raw.offset).encode()),
        ],
    )
