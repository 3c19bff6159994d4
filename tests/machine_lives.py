"""What happens to the clients of two houses, and the book in which it is written down."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from agents.judge import judged
from schemas.codec import encode
from schemas.events.client import ClientErase, EraseData
from schemas.times import utc
from schemas.who import Who
from streams import topics
from streams.produce import Message
from tests import builders as a
from tests.machine import Living
from tests.recount import NAMED, STATES, STRENGTH, Book, Named, oid, strongest
from tests.world import HOUSES

maisons, some = st.sampled_from(sorted(HOUSES)), st.sampled_from(NAMED)
_late = st.sampled_from((0.0, 0.0, 0.0, 3_000.0, 80_000.0))
_pairs = st.tuples(some, some).filter(lambda two: two[0][0] != two[1][0])


class Lives(Living):
    """Every rule is something that happens to somebody."""

    book: Book
    sent: list[tuple[Named, Any]]

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

    @rule(maison=maisons, who=some, late=_late, kind=st.sampled_from(("visits", "views", "messages")))
    def comes_by(self, maison: str, who: tuple[str, str], late: float, kind: str) -> None:
        make = {"visits": a.checkin, "views": a.view, "messages": a.chat}[kind]
        if self.tell((maison, *who), make(self.at(late), who=dict([who]), envelope=self.envelope(maison))):
            self.book.counted((maison, *who), **{kind: 1})

    @rule(maison=maisons, who=some, late=_late, amount=st.integers(1, 10**6), back=st.booleans())
    def buys(self, maison: str, who: tuple[str, str], late: float, amount: int, back: bool) -> None:
        make = a.returned if back else a.purchase
        event = make(
            self.at(late), f"o{self.steps}", who=dict([who]), lines=[a.line(amount=amount)],
            envelope=self.envelope(maison),
        )  # fmt: skip
        if self.tell((maison, *who), event):
            counted = {"returns": 1, "EUR": -amount} if back else {"purchases": 1, "EUR": amount}
            self.book.counted((maison, *who), **counted)

    @rule(maison=maisons, two=_pairs, dying=st.integers(0, 2))
    def is_seen_with_both(
        self, maison: str, two: tuple[tuple[str, str], tuple[str, str]], dying: int
    ) -> None:
        one, other = (maison, *strongest(*two)), (maison, *max(two, key=lambda w: STRENGTH.index(w[0])))
        event = a.checkin(at := self.at(), who=dict(two), envelope=self.envelope(maison))
        if self.tell(one, event, dying):
            self.book.counted(one, visits=1)
            self.book.paired(one, other, 0, at)

    @rule(maison=maisons, one=some, other=some, linked=st.booleans())
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

    @rule(maison=maisons, one=some, other=some, same=st.booleans(), dying=st.integers(0, 1))
    def is_judged(
        self, maison: str, one: tuple[str, str], other: tuple[str, str], same: bool, dying: int
    ) -> None:
        if one != other:
            self.judge((maison, *one), (maison, *other), same, dying)

    @rule(maison=maisons, same=st.booleans())
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

    @rule(
        maison=maisons, who=some, late=_late, staff=st.sampled_from(("camille", "haruka", None)),
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

    @rule(maison=maisons, who=some, tier=st.sampled_from((None, 3)))
    def is_noted(self, maison: str, who: tuple[str, str], tier: int | None) -> None:
        word = f"QZX!intimate-{maison}-note-{self.steps}" if tier == 3 else "Left-handed"
        event = a.note(
            self.at(), f"In therapy: {word}", tier=tier, who=dict([who]), envelope=self.envelope(maison)
        )
        if self.tell((maison, *who), event) and tier == 3:
            self.book.words.setdefault((maison, *who), []).append(word.encode())

    @rule(
        maison=maisons, who=some, late=_late, state=st.sampled_from(STATES),
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

    @rule(maison=maisons, who=some, back=st.booleans())
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

    # Reading

    def named(self, maison: str) -> list[Named]:
        return [(maison, *one) for one in NAMED]

    async def clients(self, maison: str) -> dict[Named, frozenset[Named]]:
        names = {oid(one): one for one in self.named(maison)}
        found = await self.world.clients(maison, names)
        return {names[p]: frozenset(names[other] for other in client) for p, client in found.items()}
