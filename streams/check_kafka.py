"""Is Kafka as it must be? Its brokers, the topics' settings, and whether the secrets open what is there."""

import socket
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec
import orjson

from schemas.codec import Unreadable, readable
from schemas.messages import KeyChange
from schemas.sealing import Key, Lost
from schemas.who import oid_of
from schemas.wording import many
from streams import topic_admin, topics
from streams.applied import ends_of
from streams.finding import Finding
from streams.stored import stored
from streams.topic_plan import same
from streams.topics import Topic

CONNECT = 3.0
"""Seconds within which a broker takes a connection."""
NEWEST, LOOKED_AT = 200, 20
"""Records of `client.keys` among which a few keys of clients are looked for."""
LARGEST = 1_048_588
"""Bytes of a record that Kafka takes where nobody says otherwise."""
DAY = 86_400_000

_change = msgspec.json.Decoder(KeyChange)


def brokers(cluster: Any) -> Finding:
    """Whether every broker is where it says it is. Blocks for `CONNECT` seconds at most."""
    places = [(one.host, one.port) for one in cluster.brokers.values()]
    with ThreadPoolExecutor(max_workers=16) as pool:
        taken = list(pool.map(_takes, places))
    lost = [f"{host}:{port}" for (host, port), took in zip(places, taken, strict=True) if not took]
    if not lost:
        return Finding("brokers", True, f"{len(places)}, each where it says it is")
    return Finding("brokers", False, topic_admin.elsewhere(lost))


def _takes(where: tuple[str, int]) -> bool:
    with suppress(OSError), socket.create_connection(where, CONNECT):
        return True
    return False


def partitions(cluster: Any, shards: int) -> Finding:
    """Whether topics that follow the inbound ones have as many partitions."""
    odd = [
        f"{topic.name} has {many(count, 'partition')} where {wanted} are needed"
        for topic in topics.TOPICS
        if (count := len(cluster.topics[topic.name].partitions)) != (wanted := topic.partitions or shards)
    ]
    if not odd:
        return Finding("partitions", True, f"{shards} of each topic that has shards")
    mend = "Kafka can't take partitions back, so start a log anew, as docs/restarting.md says"
    return Finding("partitions", False, f"{_some(odd)}: {mend}")


def copies(cluster: Any, settings: Mapping[str, Mapping[str, str]]) -> Finding:
    """Whether losing a broker loses nothing, as far as there are brokers, and topics can be written."""
    if (lagging := _out_of_step(cluster, settings)) is not None:
        return lagging
    several = min(3, len(cluster.brokers))
    wrong: dict[str, list[str]] = {}
    for topic in topics.TOPICS:
        held = min(len(p.replicas) for p in cluster.topics[topic.name].partitions.values())
        if why := at_risk(held, int(settings[topic.name]["min.insync.replicas"]), several):
            wrong.setdefault(why, []).append(topic.name)
    if not wrong:
        return Finding("copies", True, "of each topic as many as there are brokers, up to 3")
    said = "; ".join(f"{_some(names)}: {why}" for why, names in wrong.items())
    mend = "of three brokers or more want 3 copies and min.insync.replicas=2, of one 1 and 1"
    return Finding("copies", False, f"{said}: topics {mend} (kafka-reassign-partitions.sh, kafka-configs.sh)")


def _out_of_step(cluster: Any, settings: Mapping[str, Mapping[str, str]]) -> Finding | None:
    """What lacks a copy now, or so many that Kafka takes nothing: clients hear of that as of a time-out."""
    behind: list[str] = []
    closed: list[str] = []
    for topic in topics.TOPICS:
        least = int(settings[topic.name]["min.insync.replicas"])
        looked = [(len(p.isrs), len(p.replicas)) for p in cluster.topics[topic.name].partitions.values()]
        if any(in_step < min(held, least) for in_step, held in looked):
            closed.append(topic.name)
        elif any(in_step < held for in_step, held in looked):
            behind.append(topic.name)
    if not (closed or behind):
        return None
    said = f"{_some(closed)}: fewer copies in step than min.insync.replicas, so nothing can be written"
    if not closed:
        said = f"{_some(behind)}: not every copy is in step"
    mend = "start the broker that is away, or see why it is behind"
    return Finding(
        "copies", False, f"{said}: {mend} (kafka-topics.sh --describe --under-replicated-partitions)"
    )


def at_risk(held: int, least: int, several: int) -> str | None:
    """What is wrong with `held` copies, `least` of them in step, where there might be `several`.

    >>> at_risk(1, 2, 1), at_risk(3, 2, 3)
    ('1 copies of which 2 must be in step, so nothing can be written', None)
    """
    said = f"{held} copies of which {least} must be in step, so"
    if least > held:
        return f"{said} nothing can be written"
    if held < several:
        return f"{said} a broker that is lost takes events with it"
    if least == held > 1:
        return f"{said} nothing can be written while a broker is away"
    return f"{said} what was acknowledged may be lost" if held >= 3 and least < 2 else None


def keeps(where: str, settings: Mapping[str, Mapping[str, str]]) -> Finding:
    """Whether each topic keeps what it must, as long as it must, and takes what may be written to it."""
    looked = {topic.name: dict(amiss(topic, settings[topic.name])) for topic in topics.TOPICS}
    wrong = {name: found for name, found in looked.items() if found}
    if not wrong:
        return Finding("retention", True, f"{len(topics.TOPICS)} topics keep what they must")
    said = "; ".join(f"{name} {', '.join(why.values())}" for name, why in wrong.items())
    name, first = next(iter(wrong.items()))
    mend = (
        f"kafka-configs.sh --bootstrap-server {where} --alter --entity-type topics --entity-name {name} "
        f"--add-config {','.join(first)}"
    )
    return Finding("retention", False, f"{said}: `{mend}`{', and so on' if len(wrong) > 1 else ''}")


def amiss(topic: Topic, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Settings that a topic must not have: what is to be set, and why."""
    wanted = topic.settings(1)
    policy, kept = wanted["cleanup.policy"], int(found["retention.ms"])
    if not same(found["cleanup.policy"], policy):
        yield f"cleanup.policy=[{policy}]", f"has cleanup.policy {found['cleanup.policy']} for {policy}"
    least = int(wanted.get("retention.ms", 0))
    if "delete" in policy and kept != -1 and (least == -1 or kept < least):
        long = "for ever" if least == -1 else f"{least / DAY:g} days"
        yield f"retention.ms={least}", f"keeps events {kept / DAY:g} days for {long}"
    if "delete" in policy and int(found["retention.bytes"]) != -1:
        yield "retention.bytes=-1", f"keeps {found['retention.bytes']} bytes, however young"
    if int(found["max.message.bytes"]) < (most := topic.max_bytes or LARGEST):
        yield f"max.message.bytes={most}", f"takes {found['max.message.bytes']} bytes at most"
    if found["unclean.leader.election.enable"] == "true":
        yield (
            "unclean.leader.election.enable=false",
            "may be led by a broker that lacks what was acknowledged",
        )


def keys(where: str, master: bytes, pepper: bytes) -> Finding:
    """Whether the master key opens the newest clients' keys, and the pepper names them. Blocks.

    Raises `KafkaAway`.
    """
    found = [_strange(change, master, pepper) for change in islice(_named(where), LOOKED_AT)]
    if wrong := next(filter(None, found), None):
        return Finding("keys", False, wrong)
    said = f"{many(len(found), 'key')} of clients opened" if found else "no client has one yet"
    return Finding("keys", True, said)


def strangers(where: str, master: bytes, pepper: bytes, maisons: Container[str]) -> str | None:
    """Why these are not the secrets of this log: of the newest keys of these houses none opens. Blocks.

    One that does not is no reason: whoever may write there could stop every process. Raises `KafkaAway`.
    """
    ours = (change for change in _named(where) if change.maison in maisons)
    found = [_strange(change, master, pepper) for change in islice(ours, LOOKED_AT)]
    return found[0] if found and all(found) else None


def _strange(change: KeyChange, master: bytes, pepper: bytes) -> str | None:
    key = Key(master, (change.maison, change.oid), [change.salt])
    try:
        kind, value = orjson.loads(key.open(change.named or b""))
    except Lost:
        return (
            "PREVENANCE_MASTER_KEY (or the pepper, where none is set) does not open the clients' keys in "
            f"{topics.KEYS}: give back the one they were made with, or nothing that was said can be read"
        )
    if oid_of(change.maison, kind, value, pepper) != change.oid:
        return "PREVENANCE_PEPPER is not what clients were named with: give it back, or all are strangers"
    return None


def _named(where: str) -> Iterator[KeyChange]:
    ranges = {p: (max(low, end - NEWEST), end) for p, (low, end) in ends_of(where, topics.KEYS).items()}
    for message in stored(where, topics.KEYS, ranges):
        with suppress(Unreadable):
            change = readable(_change, message.value())
            if change.salt and change.named:
                yield change


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
