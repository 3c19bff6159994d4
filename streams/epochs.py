"""Which log a state was made from: refused, in words, by every process that reads another one.

An epoch names the cluster, its topics and their partition count: `3f1c2a9b0d4e5f67:32`. Offsets and shards
mean something within one epoch only.
"""

from collections.abc import Callable
from typing import TypeVar

from schemas.wording import PlainError

T = TypeVar("T")


class UnknownEpoch(PlainError):
    """The store was filled from another log; nothing may be applied to it."""


def epoch(log: str, partitions: int) -> str:
    """
    >>> epoch("3f1c2a9b0d4e5f67", 32)
    '3f1c2a9b0d4e5f67:32'
    """
    return f"{log}:{partitions}"


def partitions(epoch: str) -> int:
    """
    >>> partitions("3f1c2a9b0d4e5f67:32")
    32
    """
    return int(epoch.rpartition(":")[2])


def another(what: str, stored: str, ours: str) -> str:
    """Why `what`, of epoch `stored`, can't be used with `ours`, and what to do.

    >>> another("shard 0 of the store", "3f1c:4", "3f1c:8").partition(":")[0]
    'shard 0 of the store was filled when this log had 4 partitions a topic, and it has 8 now'
    """
    if resized(stored, ours):
        before, now = (one.rpartition(":")[2] for one in (stored, ours))
        return (
            f"{what} was filled when this log had {before} partitions a topic, and it has {now} now: clients "
            "have their partition by their key, so many would be in two. Kafka can't take partitions back: "
            "start a log anew, as docs/restarting.md says"
        )
    return (
        f"{what} belongs to log {stored}, this one is {ours}: point PREVENANCE_REDIS at the right store "
        "or, where a topic was deleted and made again, start over with `prevenance rebuild --everything`"
    )


def shortened(topic: str, partition: int, end: int, applied: int) -> str:
    """Why a partition that ends before what the store has applied of it can't be gone on with.

    >>> shortened("alerts", 2, 3, 12).partition(":")[0]
    'alerts of partition 2 ends at 3, and the store has applied it up to 12'
    """
    return (
        f"{topic} of partition {partition} ends at {end}, and the store has applied it up to {applied}: "
        "Kafka has lost its last writes, or the topic was deleted and made again, and what is written now "
        "would be taken for what was applied and passed over: stop the workers, and start over from what it "
        "has with `prevenance rebuild --everything --yes`"
    )


def changed(topic: str, before: str, now: str) -> str:
    """Why a process that reads a topic can't go on with the log that it is now: it would read on from offsets
    of what is gone, or would not know of what others write.

    >>> changed("alerts", "Kq3f:4", "7tVd:4").partition(":")[0]
    'alerts was deleted and made again while it was read'
    >>> changed("alerts", "Kq3f:4", "Kq3f:6").partition(":")[0]
    'alerts was filled when this log had 4 partitions a topic, and it has 6 now'
    """
    if resized(before, now):
        return another(topic, before, now)
    return (
        f"{topic} was deleted and made again while it was read: what it had is gone, and what comes now has "
        "offsets of what was applied before. At its next start this process says what to do"
    )


def resized(stored: str, ours: str) -> bool:
    """Whether both are of one log, whose partitions were fewer or more."""
    return stored != ours and stored.rpartition(":")[0] == ours.rpartition(":")[0] != ""


def within(ours: str, lane: Callable[[int], T]) -> Callable[[int], T]:
    """Lanes for the partitions that the log had at the start; for one that came since, `UnknownEpoch`."""
    count = partitions(ours)

    def made(partition: int) -> T:
        if partition >= count:
            more = epoch(ours.rpartition(":")[0], partition + 1)
            raise UnknownEpoch(another("the store", ours, f"{more} or more"))
        return lane(partition)

    return made
