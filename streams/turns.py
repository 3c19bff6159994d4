"""The loop that every process runs on, beside which threads have their turns."""

import resource
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import uvloop

SWITCH = 0.0005
"""Seconds after which a thread insists on its turn. A loop without rest lets go of the GIL for microseconds a
turn, and takes it back before a thread wakes; a thread insists only where a turn is longer than this. By
Python's own 5 ms none of those that follow Kafka (a silence that was said, a heartbeat) came through at all
while turns of 1 to 4 ms went on."""

T = TypeVar("T")


def looped(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns.

    On uvloop: where events come one by one, turns of the loop are half of what a worker costs.
    """
    sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
    _take_all_files()
    return uvloop.run(work)


def _take_all_files() -> None:
    """As many as a process may have: each open page takes one, and systemd and containerd begin with 1,024.

    Whoever comes when none is left is sent away, also who asks for `/health`, and uvloop says no word of it.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # macOS takes no "as many as you like"
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
