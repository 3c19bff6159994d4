"""Watches a system from within its process: when it applied its first event and its last, and its CPU."""

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

SAMPLE = 0.02
"""Seconds between two looks: what they cost is nothing, and what they miss one part in a hundred."""
IDLE = 4.0
"""Seconds without an event after which there are no more: a rebalance takes three."""
NONE = 20.0
"""Seconds without a first one after which another worker has them all: a killed one holds its for ten."""


class Look(NamedTuple):
    """What was seen: seconds of the system's steady clock, CPU seconds of the process, events applied."""

    at: float
    cpu: float
    events: int


class Meter:
    """`count` tells how many events were applied; `done` is set after all `events`, or when none comes."""

    def __init__(self, events: int, count: Callable[[], int] | None = None) -> None:
        self.applied = 0
        self.done = threading.Event()
        self._events = events
        self._count = count or (lambda: self.applied)
        self._first = self._last = self._look()
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)
        self._thread.start()

    def told(self) -> dict[str, Any]:
        """After `done`: when it began and ended, CPU seconds in between, events."""
        first, last = self._first, self._last
        return {"first": first.at, "last": last.at, "cpu": last.cpu - first.cpu, "events": last.events}

    def _look(self) -> Look:
        return Look(time.monotonic(), time.process_time(), self._count())

    def _watch(self) -> None:
        while True:
            time.sleep(SAMPLE)
            look = self._look()
            if not look.events:
                self._first = look
            elif look.events > self._last.events:
                if not self._last.events:
                    say({"first": look.at})
                self._last = look
            if look.events >= self._events or look.at - self._last.at > (IDLE if look.events else NONE):
                self.done.set()
                return


def say(told: dict[str, Any]) -> None:
    """A line for whoever started this process."""
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()


def leave(meter: Meter, after: float, facts: Callable[[], dict[str, tuple[int, ...]]]) -> None:
    """Has the process tell what it measured, with its clients' facts, and end at once, `after` seconds behind
    the last event: what was measured is committed by then.
    """

    def wait() -> None:
        meter.done.wait()
        time.sleep(after)
        say(meter.told() | {"facts": facts()})
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def asked() -> dict[str, Any]:
    """What this process was started with."""
    ask: dict[str, Any] = msgspec.json.decode(sys.argv[1])
    return ask
