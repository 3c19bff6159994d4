"""Random lives of the clients of two houses, against a recount in plain dictionaries.

`Houses` is a Hypothesis state machine over `tests/world.py`. What it knows by itself stands in `Book`, of
which nothing is computed by the code under test.
"""

import logging
from collections import Counter
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from feature_store import record as records
from tests import builders as a
from tests.machine_lives import Lives, maisons, some
from tests.recount import MARK, NOBODY, STATES, Book, Named, oid
from tests.screens import Screens, callers
from tests.world import HOUSES

NOT_KNOWN = ("recency", "links", "attention", "fatigue")
"""Features that say when something was, and what the house did."""


class Houses(Lives):
    """Every rule is something that happens; after each, all must be as the book says."""

    @initialize(seed=st.integers(0, 2**20))
    def open(self, seed: int) -> None:
        self.start(seed)
        self.screens, self.book, self.sent = Screens(self.world), Book(), []
        logging.getLogger().addHandler(self.world.written)
        self.level = logging.getLogger().level
        logging.getLogger().setLevel(logging.DEBUG)

    def close(self) -> None:
        logging.getLogger().removeHandler(self.world.written)
        logging.getLogger().setLevel(self.level)
        super().close()

    def finish(self) -> None:
        self.run(self.made_again())

    @precondition(lambda self: self.copy is not None)
    @rule()
    def the_replica_takes_over(self) -> None:
        """What the store has lost of the last writes is read again."""
        assert self.copy is not None
        self.run(self.world.fail_over(self.copy))

    @rule(maison=maisons, one=some, other=some)
    def a_merge_is_taken_back(self, maison: str, one: tuple[str, str], other: tuple[str, str]) -> None:
        """Both clients are what they were, to the last byte of whoever was not told of."""
        first, second = (maison, *one), (maison, *other)
        if one == other or {first, second} & self.book.erased:
            return
        before = self.run(self.clients(maison))
        if second in before[first] or not all(self._is_clear(one) for one in (first, second)):
            return  # where it is unclear who is whom, to part two of them says more than nothing
        kept = self.run(self.values(maison))
        self.judge(first, second, same=True)
        self.judge(first, second, same=False)
        assert self.run(self.clients(maison)) == before
        assert self.run(self.values(maison)) == kept

    def _is_clear(self, one: Named) -> bool:
        alike = frozenset(n for n in self.book.described if n[0] == one[0])
        return self.book.clear(self.book.near(one, alike))

    # What must be so

    @invariant()
    def all_is_as_the_book_says(self) -> None:
        self.run(self._checked())

    async def _checked(self) -> None:
        for maison in HOUSES:
            clients = await self.clients(maison)
            for one, client in clients.items():
                assert all(clients[other] == client for other in client), "not one client to all of it"
                self._linked_for_a_reason(one, client)
            for client in {frozenset(client) for client in clients.values()}:
                await self._counted(client)

    def _linked_for_a_reason(self, one: Named, client: frozenset[Named]) -> None:
        book = self.book
        for pair, (strength, _, parted) in book.pairs.items():
            assert not (parted and strength and pair <= client), "parted, and one all the same"
        alike = frozenset(n for n in book.described if n[0] == one[0])
        assert client <= book.near(one, alike), "linked, and nobody said so"
        if not alike & (near := book.near(one)) and book.clear(near):
            assert client == near, "nothing speaks against it, and not linked"

    async def _counted(self, client: frozenset[Named]) -> None:
        one = min(client)
        record = await self.world.client(one[0], oid(one))
        facts: Counter[str] = sum((self.book.facts.get(n, Counter()) for n in client), Counter())
        for n in client:  # a sum may be negative
            facts["EUR"] += self.book.facts.get(n, Counter())["EUR"]
        facts["EUR"] = sum(self.book.facts.get(n, Counter())["EUR"] for n in client)
        held = msgspec.structs.asdict(records.slice_of(record or records.Record(), "facts"))
        assert held.pop("spend").get("EUR", 0) == facts.pop("EUR")
        assert {name: count for name, count in held.items() if count} == {n: c for n, c in facts.items() if c}
        said: dict[str, tuple[float, int]] = {}
        for n in client:
            for purpose, word in self.book.consents.get(n, {}).items():
                said[purpose] = max(said.get(purpose, (0.0, 0)), word)
        known = records.values(record, self.world.now).get("consent", {}) if record is not None else {}
        assert known == {purpose: STATES[state] for purpose, (_, state) in said.items()}

    @invariant()
    def nothing_intimate_lies_or_travels_open(self) -> None:
        lies = self.world.stored()
        for mark in (MARK, *NOBODY):
            assert mark not in lies, mark

    @precondition(lambda self: self.book.words)
    @rule(which=st.integers(0, 10**6))
    def everybody_looks(self, which: int) -> None:
        """At somebody of whom something intimate is known, in both houses."""
        one = sorted(self.book.words)[which % len(self.book.words)]
        client = self.run(self.clients(one[0]))[one]
        for reader in callers(a.NOON):
            self.look(reader, one, client)

    def look(self, reader: Any, at: Named, client: frozenset[Named]) -> None:
        maison, answer = at[0], self.run(self.screens.answer(reader, oid(at)))
        theirs = {word for one, words in self.book.words.items() for word in words if one[0] != reader.maison}
        assert not any(word in answer for word in theirs), "of another house"
        assert all(
            f"QZX!intimate-{other}".encode() not in answer for other in HOUSES if other != reader.maison
        )
        advisors = [self.book.advisors[one] for one in client if one in self.book.advisors]
        assigned = bool(advisors) and max(advisors)[1] == reader.staff
        if reader.maison != maison or not (assigned or reader.role == "privacy"):
            about = {word for one in client for word in self.book.words.get(one, ())}
            assert not any(word in answer for word in about), "below their tier"

    async def made_again(self) -> None:
        """A store that has lost everything is made again from the log, and is the same."""
        before = {maison: await self.clients(maison) for maison in HOUSES}
        await self.world.lose()
        if not self.book.forgotten & self.book.described:
            assert {maison: await self.clients(maison) for maison in HOUSES} == before
        await self._checked()

    async def values(self, maison: str) -> dict[Named, Any]:
        """What is known of everybody, but for how long ago anything was, who was announced, and what staff
        were told: of two who are one, once more."""
        found = {}
        for one in self.named(maison):
            record = await self.world.client(maison, oid(one))
            values = records.values(record, a.NOON + 1e6) if record is not None else {}
            found[one] = {name: of for name, of in values.items() if name not in NOT_KNOWN}
        return found
