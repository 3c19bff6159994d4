"""A loop that never rests leaves threads their turns."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from streams.turns import looped

TURN = 0.002


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_a_thread_has_its_turns_beside_a_loop_without_rest() -> None:
    turns, over = list[float](), threading.Event()

    def follow() -> None:
        while not over.wait(0.01):
            turns.append(time.monotonic())

    async def restless() -> int:
        ends = time.monotonic() + 2
        while (now := time.monotonic()) < ends:
            while time.monotonic() < now + TURN:
                pass
            await asyncio.sleep(0)
        return len(turns)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        assert looped(restless()) > 20
    finally:
        over.set()
        thread.join()


def test_a_process_takes_all_the_files_it_may_have() -> None:
    """Of the thousand that a host lets it begin with, each open page takes one."""
    ask = (
        "import resource; from streams.turns import looped\n"
        "async def most(): return resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "print(*looped(most()))"
    )
    few = ["sh", "-c", 'ulimit -Sn 100; ulimit -Hn 500; exec "$@"', "sh", sys.executable, "-c", ask]
    assert subprocess.run(few, capture_output=True, check=True).stdout.split() == [b"500", b"500"]
