"""Random lives of the clients of two houses, against a recount in plain dictionaries.

`Houses` is a Hypothesis state machine over `tests/world.py`. What it knows by itself stands in `Book`: which
event said what of which identifier, who was said to be one with whom, who was erased. Nothing of that is
computed by the code under test.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agents.judge import judged
from feature_store import record as records
from schemas.codec import encode
from schemas.events.client import ClientErase, EraseData
from schemas.times import utc
from schemas.who import Who, oid_of
from streams import topics
from streams.produce import Message
from tests import builders as a
from tests.world import HOUSES, World, callers

Named = tuple[str, str, str]
"""(maison, kind, value) of an identifier."""

VALUES = {
    "client_id": ("ZQW-known-k1", "ZQW-known-k2"),
    "guest_id": ("ZQW-known-g1",),
    "card": ("ZQW-known-c1", "ZQW-known-c2"),
    "email": ("zqw1@x.fr", "zqw2@x.fr"),
}
"""Identifiers, the strongest kind first. Both houses have them all, each for people of its own."""
NAMED = [(kind, value) for kind, values in VALUES.items() for value in values]
STRENGTH = list(VALUES)
NUMBERS = ("client_id", "guest_id")
MARK = b"QZX!intimate"
"""In every intimate word, and in nothing else: too long to come about by chance in what is sealed."""
NOBODY = (b"ZQW-known-", b"zqw1@", b"zqw2@", b"Zyxelmann")
"""In every identifier, and in every name: in no store, message, log or metric."""
STATES = ("all", "one_to_one", "none")

_maisons, _some = st.sampled_from(sorted(HOUSES)), st.sampled_from(NAMED)
_late = st.sampled_from((0.0, 0.0, 0.0, 3_000.0, 80_000.0))
_pairs = st.tuples(_some, _some).filter(lambda two: two[0][0] != two[1][0])


class Book:
    """What was said, in the order in which it came in, and who is still to be known of it."""

    def __init__(self) -> None:
        self.facts: dict[Named, Counter[str]] = {}
        self.consents: dict[Named, dict[str, tuple[float, int]]] = {}
        self.advisors: dict[Named, tuple[float, str]] = {}
        self.words: dict[Named, list[bytes]] = {}
        self.pairs: dict[frozenset[Named], tuple[int, float, bool]] = {}
        """Pair -> the word that stands on it: how strong, when, and whether it parts."""
        self.erased: set[Named] = set()
        self.forgotten: set[Named] = set()
        """All who ever were erased."""
        self.back: dict[Named, float] = {}
        """Since when those are known again who were erased and came back."""
        self.described: set[Named] = set()
        """Who was ever described, and so may be linked by likeness alone."""

    def counted(self, one: Named, **facts: int) -> None:
        self.facts.setdefault(one, Counter()).update(facts)

    def paired(self, one: Named, other: Named, strength: int, at: float, parted: bool = False) -> None:
        pair = frozenset((one, other))
        self.pairs[pair] = max(self.pairs.get(pair, (-1, 0.0, False)), (strength, at, parted))

    def forget(self, some: Iterable[Named]) -> None:
        for one in some:
            self.erased.add(one)
            self.forgotten.add(one)
            for known in (self.facts, self.consents, self.advisors, self.words):
                known.pop(one, None)  # type: ignore[attr-defined]

    def near(self, one: Named, alike: frozenset[Named] = frozenset()) -> set[Named]:
        """All who can be reached by what was said, whoever may not be one with whom, or by likeness."""
        stated = [pair for pair, (_, _, parted) in self.pairs.items() if not parted]
        found, ahead = {one}, [one]
        while ahead:
            at = ahead.pop()
            for group in (*stated, alike):
                if at in group and (fresh := group - found):
                    found |= fresh
                    ahead += fresh
        return found

    def clear(self, some: set[Named]) -> bool:
        """Whether nothing speaks against these being one: one number of each kind, and nobody parted them."""
        kinds = Counter(kind for _, kind, _ in some)
        parts = any(parted and pair <= some for pair, (_, _, parted) in self.pairs.items())
        return not parts and all(kinds[kind] < 2 for kind in NUMBERS)


def strongest(*two: tuple[str, str]) -> tuple[str, str]:
    return min(two, key=lambda one: STRENGTH.index(one[0]))


class Houses(RuleBasedStateMachine):
    """Every rule is something that happens; after each, all must be as the book says."""

    @initialize(seed=st.integers(0, 2**20))
    def open(self, seed: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.world, self.book, self.steps, self.whole = World(seed), Book(), 0, True
        self.sent: list[tuple[Named, Any]] = []
        logging.getLogger().addHandler(self.world.written)
        self.level = logging.getLogger().level
        logging.getLogger().setLevel(logging.DEBUG)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                if self.whole:  # else it is told already what is wrong
                    self.run(self.made_again())
            finally:
                logging.getLogger().removeHandler(self.world.written)
                logging.getLogger().setLevel(self.level)
                self.loop.close()

    def run(self, doing: Any) -> Any:
        self.whole = False
        done = self.loop.run_until_complete(doing)
        self.whole = True
        return done

    def at(self, late: float = 0.0) -> float:
        """The time of the next event: no two are of one second."""
        self.steps += 1
        self.world.now += 7.0
        return self.world.now - late

    def tell(self, one: Named, event: Any, dying: int = 0) -> bool:
        """Sends an event about an identifier; whether it is to be known afterwards."""
        self.run(self.world.send(event))
        self.run(self.world.settle(dying))
        if one in self.book.erased or event.time.timestamp() < self.book.back.get(one, 0.0):
            return False
        self.sent.append((one, event))
        return True

    def envelope(self, maison: str) -> dict[str, str]:
        return {"maison": maison, "source": "/crm", "id": f"e{self.steps}"}

    # What happens

    @rule(maison=_maisons, who=_some, late=_late, kind=st.sampled_from(("visits", "views", "messages")))
    def comes_by(self, maison: str, who: tuple[str, str], late: float, kind: str) -> None:
        make = {"visits": a.checkin, "views": a.view, "messages": a.chat}[kind]
        if self.tell((maison, *who), make(self.at(late), who=dict([who]), envelope=self.envelope(maison))):
            self.book.counted((maison, *who), **{kind: 1})

    @rule(maison=_maisons, who=_some, late=_late, amount=st.integers(1, 10**6), back=st.booleans())
    def buys(self, maison: str, who: tuple[str, str], late: float, amount: int, back: bool) -> None:
        make = a.returned if back else a.purchase
        event = make(
            self.at(late), f"o{self.steps}", who=dict([who]), lines=[a.line(amount=amount)],
            envelope=self.envelope(maison),
        )  # fmt: skip
        if self.tell((maison, *who), event):
            counted = {"returns": 1, "EUR": -amount} if back else {"purchases": 1, "EUR": amount}
            self.book.counted((maison, *who), **counted)

    @rule(maison=_maisons, two=_pairs, dying=st.integers(0, 2))
    def is_seen_with_both(
        self, maison: str, two: tuple[tuple[str, str], tuple[str, str]], dying: int
    ) -> None:
        one, other = (maison, *strongest(*two)), (maison, *max(two, key=lambda w: STRENGTH.index(w[0])))
        event = a.checkin(at := self.at(), who=dict(two), envelope=self.envelope(maison))
        if self.tell(one, event, dying):
            self.book.counted(one, visits=1)
            self.book.paired(one, other, 0, at)

    @rule(maison=_maisons, one=_some, other=_some, linked=st.booleans())
    def is_declared(self, maison: str, one: tuple[str, str], other: tuple[str, str], linked: bool) -> None:
        if one == other:
            return
        event = a.link(
            at := self.at(),
            who=dict([one]),
            with_=dict([other]),
            linked=linked,
            envelope=self.envelope(maison),
        )
        if self.tell((maison, *one), event):
            self.book.paired((maison, *one), (maison, *other), 1, at, not linked)

    @rule(maison=_maisons, one=_some, other=_some, same=st.booleans(), dying=st.integers(0, 1))
    def is_judged(
        self, maison: str, one: tuple[str, str], other: tuple[str, str], same: bool, dying: int
    ) -> None:
        if one != other:
            self.judge((maison, *one), (maison, *other), same, dying)

    @rule(maison=_maisons, same=st.booleans())
    def the_held_are_judged(self, maison: str, same: bool) -> None:
        held = self.run(self.world.graph.held(maison))
        named = {oid(one): one for one in self.named(maison)}
        for pair in sorted({*held.holds, *held.asked})[:1]:
            self.judge(named[pair[0]], named[pair[1]], same)

    def judge(self, one: Named, other: Named, same: bool, dying: int = 0) -> None:
        first, second = sorted((one, other), key=oid)
        event = judged(
            (oid(first), oid(second)), "same" if same else "different", maison=one[0], staff="helene",
            reason="met both", compared="", now=(at := self.at()),
        )  # fmt: skip
        if self.tell(first, event, dying):
            self.book.paired(first, second, 2, at, not same)

    @rule(maison=_maisons, one=_some, other=_some)
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

    @rule(
        maison=_maisons, who=_some, late=_late, staff=st.sampled_from(("camille", "haruka", None)),
        intimate=st.booleans(), born=st.sampled_from((None, "1980-02-03", "1981-05-06")),
    )  # fmt: skip
    def is_described(
        self,
        maison: str,
        who: tuple[str, str],
        late: float,
        staff: str | None,
        intimate: bool,
        born: str | None,
    ) -> None:
        one, fields = (maison, *who), {"name": "Aline Zyxelmann"}
        word = f"QZX!intimate-{maison}-{self.steps}"
        fields |= {"advisor": staff} if staff else {}
        fields |= {"birth_date": born} if born else {}
        fields |= {"preferences": {"health": word}, "profession": f"{word}-surgeon"} if intimate else {}
        event = a.profile(at := self.at(late), fields, who=dict([who]), envelope=self.envelope(maison))
        self.book.described.add(one)
        if self.tell(one, event):
            if staff:
                self.book.advisors[one] = max(self.book.advisors.get(one, (0.0, "")), (at, staff))
            if intimate:
                self.book.words.setdefault(one, []).append(word.encode())

    @rule(maison=_maisons, who=_some, tier=st.sampled_from((None, 3)))
    def is_noted(self, maison: str, who: tuple[str, str], tier: int | None) -> None:
        word = f"QZX!intimate-{maison}-note-{self.steps}" if tier == 3 else "Left-handed"
        event = a.note(
            self.at(), f"In therapy: {word}", tier=tier, who=dict([who]), envelope=self.envelope(maison)
        )
        if self.tell((maison, *who), event) and tier == 3:
            self.book.words.setdefault((maison, *who), []).append(word.encode())

    @rule(
        maison=_maisons, who=_some, late=_late, state=st.sampled_from(STATES),
        purpose=st.sampled_from(("marketing", "profiling", "service")),
    )  # fmt: skip
    def consents(self, maison: str, who: tuple[str, str], late: float, purpose: str, state: str) -> None:
        one, returns = (maison, *who), (purpose, state) == ("service", "all")
        at = self.at(0.0 if returns else late)
        if returns and one in self.book.erased:
            self.book.erased.remove(one)
            self.book.back[one] = int(at)
        if self.tell(one, a.consent(at, purpose, state, who=dict([who]), envelope=self.envelope(maison))):
            said = self.book.consents.setdefault(one, {})
            said[purpose] = max(said.get(purpose, (0.0, 0)), (at, STATES.index(state)))

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 10**6), times=st.integers(1, 3))
    def says_it_again(self, which: int, times: int) -> None:
        """A sender, unsure of an answer, sends the same event again."""
        one, event = self.sent[which % len(self.sent)]
        if one not in self.book.erased:
            for _ in range(times):
                self.run(self.world.send(event))
            self.run(self.world.settle())

    @rule(maison=_maisons, who=_some, back=st.booleans())
    def is_forgotten(self, maison: str, who: tuple[str, str], back: bool) -> None:
        """And some come back, under that identifier."""
        self.forget(maison, who)
        if back:
            self.consents(maison, who, 0.0, "service", "all")

    def forget(self, maison: str, who: tuple[str, str]) -> None:
        """All identifiers of the client, as the house's answer to an erasure tells them."""
        client = self.run(self.clients(maison))[(maison, *who)]
        at = self.at()
        told = [
            ClientErase(
                id=f"erase-{self.steps}", source="console", specversion="1.0", maison=maison, time=utc(at),
                data=EraseData(who=Who(oid=oid(one))),
            )
            for one in sorted(client)
        ]  # fmt: skip
        messages = [
            Message(topic=topics.DECLARATIONS, key=oid(one).encode(), value=encode(event))
            for one, event in zip(sorted(client), told, strict=True)
        ]
        self.run(self.world.publish(messages))
        self.run(self.world.settle())
        self.book.forget(client)
        self.sent = [(one, event) for one, event in self.sent if one not in client]
        for one in client:
            assert not self.world.ring.kept.get((maison, oid(one))), "a key is left"

    @rule()
    def everybody_starts_again(self) -> None:
        self.world.restart()

    @rule(back=st.integers(1, 40))
    def slices_are_read_again(self, back: int) -> None:
        """A partition comes back with offsets that were not committed."""
        for place, read in self.world.read.items():
            if place[0] in topics.TIERS or place[0] == topics.LINKS:
                self.world.read[place] = max(0, read - back)
        self.world.restart()
        self.run(self.world.settle())

    # What must be so

    @invariant()
    def all_is_as_the_book_says(self) -> None:
        self.run(self._checked(self.world))

    async def _checked(self, world: World) -> None:
        for maison in HOUSES:
            clients = await self.clients(maison, world)
            for one, client in clients.items():
                assert all(clients[other] == client for other in client), "not one client to all of it"
                self._linked_for_a_reason(one, client)
            for client in {frozenset(client) for client in clients.values()}:
                await self._counted(world, client)

    def _linked_for_a_reason(self, one: Named, client: frozenset[Named]) -> None:
        book = self.book
        for pair, (strength, _, parted) in book.pairs.items():
            assert not (parted and strength and pair <= client), "parted, and one all the same"
        alike = frozenset(n for n in book.described if n[0] == one[0])
        assert client <= book.near(one, alike), "linked, and nobody said so"
        if not alike & (near := book.near(one)) and book.clear(near):
            assert client == near, "nothing speaks against it, and not linked"

    async def _counted(self, world: World, client: frozenset[Named]) -> None:
        one = min(client)
        record = await world.client(one[0], oid(one))
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
        known = records.values(record, world.now).get("consent", {}) if record is not None else {}
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
        maison, answer = at[0], self.run(self.world.answer(reader, oid(at)))
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
        world = self.world
        before = {maison: await self.clients(maison) for maison in HOUSES}
        await world.lose()
        if not self.book.forgotten & self.book.described:
            assert {maison: await self.clients(maison) for maison in HOUSES} == before
        await self._checked(world)

    # Reading

    def named(self, maison: str) -> list[Named]:
        return [(maison, *one) for one in NAMED]

    async def clients(self, maison: str, world: World | None = None) -> dict[Named, frozenset[Named]]:
        names = {oid(one): one for one in self.named(maison)}
        found = await (world or self.world).clients(maison, names)
        return {names[p]: frozenset(names[other] for other in client) for p, client in found.items()}

    async def values(self, maison: str) -> dict[Named, Any]:
        """What is known of everybody, but for how long ago anything was, and who was announced."""
        found = {}
        for one in self.named(maison):
            record = await self.world.client(maison, oid(one))
            values = records.values(record, a.NOON + 1e6) if record is not None else {}
            found[one] = {name: of for name, of in values.items() if name not in ("recency", "links")}
        return found


def oid(one: Named) -> str:
    return oid_of(*one, a.PEPPER)
