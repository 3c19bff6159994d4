"""What state machines over `tests/world.py` share: a world, its clock, and what befalls whatever runs."""

import asyncio
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from streams import topics
from tests.world import Copy, World

READ_AGAIN = (*topics.TIERS, topics.LINKS, topics.ALERTS)


class Living(RuleBasedStateMachine):
    """`start` opens the world; every rule is something that happens."""

    def start(self, seed: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.world, self.steps, self.whole = World(seed), 0, True
        self.copy: Copy | None = None

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                if self.whole:  # else it is told already what is wrong
                    self.finish()
            finally:
                self.close()

    def finish(self) -> None:
        """What is tried at the end."""

    def close(self) -> None:
        self.loop.close()

    def run(self, doing: Any) -> Any:
        self.whole = False
        done = self.loop.run_until_complete(doing)
        self.whole = True
        return done

    def at(self, late: float = 0.0) -> float:
        """The time of the next event: no two are of one second."""
        self.steps += 1
        self.pass_until(self.world.now + 7.0)
        return self.world.now - late

    def pass_until(self, at: float, dying: int = 0) -> None:
        self.run(self.world.until(at, dying))
        self.passed()

    def passed(self) -> None:
        """Time has passed until the world's now."""

    @rule()
    def everybody_starts_again(self) -> None:
        self.world.restart()

    @rule(back=st.integers(1, 40))
    def slices_are_read_again(self, back: int) -> None:
        """A partition comes back with offsets that were not committed."""
        for place, read in self.world.read.items():
            if place[0] in READ_AGAIN:
                self.world.read[place] = max(0, read - back)
        self.world.restart()
        self.run(self.world.settle())

    @rule()
    def a_replica_copies(self) -> None:
        self.copy = self.world.copied()
