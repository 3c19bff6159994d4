"""What happens at the desks of two houses, and the cards of `tests/cards.py` to which it is told as well."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from schemas.silence import Silence
from schemas.times import iso
from streams.auth import Caller
from tests import builders as a
from tests.cards import CART, DAY, WELCOME, Card, Cards, Client
from tests.machine import Living
from tests.screens import Screens, callers

CLIENTS = {
    "aline": ("lumiere", [("client_id", "k1"), ("email", "aline@x.fr")], "camille", "vendome"),
    "bo": ("lumiere", [("client_id", "k2")], "haruka", "ginza"),
    "stranger": ("lumiere", [("card", "c1")], None, None),
    "namesake": ("orfevre", [("client_id", "k1")], "matteo", "vendome"),
}
CARTS = ("aline", "namesake")
"""Those who browse."""
DESKS = {
    "camille": "vendome", "matteo": "vendome", "helene": "vendome", "haruka": "ginza", "yuna": "ginza",
    "ginza-team": "ginza", "louis": "riviera",
}  # fmt: skip
"""Who stands where; `helene` manages."""
VERDICTS = (
    "seen", "claimed", "claimed", "accepted", "edited", "dismissed", "snoozed", "snoozed", "done", "never",
)  # fmt: skip
REMEMBERED = 5
"""Cards of somebody within the longest silence, of which a record remembers six: nobody has more here."""
LAST = a.NOON + 20 * DAY
"""Until when anything happens: beyond, the house would have written to somebody too often."""

_who = st.sampled_from(sorted(CLIENTS))
_site, _which = st.sampled_from(("vendome", "ginza")), st.integers(0, 10**6)
_verdict, _dying = st.sampled_from(VERDICTS), st.sampled_from((0, 0, 1, 2))
_mostly = st.sampled_from((True, True, False))
_scopes = st.sampled_from(
    (("vendome", None), ("ginza", None), (None, CART), (None, WELCOME), ("vendome", CART), (None, None))
)


class Days(Living):
    """Every rule is something that happens."""

    @initialize(seed=st.integers(0, 2**20))
    def open(self, seed: int) -> None:
        self.start(seed)
        self.screens, self.cards = Screens(self.world), Cards()
        self.ids: dict[str, Card] = {}
        self.silenced: list[Card] = []
        """What a silence has taken off the screens since a replica copied."""
        self.people = {(one.maison, one.staff): one for one in callers(a.NOON)}
        self.clients = {name: Client(*said) for name, said in CLIENTS.items()}
        for client in self.clients.values():
            if client.advisor is not None:
                self.tell(client, a.profile, {"name": "Aline Zyxelmann", "advisor": client.advisor})
            for other in client.names[1:]:
                self.tell(client, a.link, with_=dict([other]))
        for name in CARTS:
            for purpose in ("one_to_one", "profiling"):
                self.allow(self.clients[name], purpose, True)

    def tell(self, client: Client, make: Any, *said: Any, name: int = 0, dying: int = 0, **more: Any) -> None:
        """Something about a client happens now."""
        at = self.at()
        envelope = {"maison": client.house, "source": "/crm", "id": f"e{self.steps}"}
        event = make(at, *said, who=dict([client.names[name]]), envelope=envelope, **more)
        self.run(self.world.send(event))
        self.run(self.world.settle(dying))
        self.last = event

    def passed(self) -> None:
        self.cards.until(self.world.now)

    # What happens

    @precondition(lambda self: self.world.now < LAST)
    @rule(who=_who, site=_site, by=_which, dying=_dying)
    def comes_in(self, who: str, site: str, by: int, dying: int) -> None:
        client = self.clients[who]
        if who in CARTS and len(self.lately(client)) >= REMEMBERED:
            return
        name = by % len(client.names)
        self.tell(client, a.checkin, site, name=name, dying=dying)
        self.cards.comes_in(client, client.names[name], site, self.world.now)

    @rule(who=_who, site=_site, by=_which, dying=_dying)
    def leaves(self, who: str, site: str, by: int, dying: int) -> None:
        client = self.clients[who]
        make = lambda at, **more: a.event("store.leave", at, site=site, method="nfc", **more)  # noqa: E731
        self.tell(client, make, name=by % len(client.names), dying=dying)
        self.cards.leaves(client, site)

    @precondition(lambda self: self.world.now < LAST)
    @rule(who=st.sampled_from(CARTS), dying=_dying)
    def fills_a_cart(self, who: str, dying: int) -> None:
        self.tell(self.clients[who], a.cart, "s1", "watch-meridien-or", dying=dying)
        self.cards.fills_cart(self.clients[who], self.world.now)

    @rule(who=_who, purpose=st.sampled_from(("service", "one_to_one", "profiling")), yes=_mostly)
    def consents(self, who: str, purpose: str, yes: bool) -> None:
        self.allow(self.clients[who], purpose, yes)

    def allow(self, client: Client, purpose: str, yes: bool) -> None:
        self.tell(client, a.consent, purpose, "all" if yes else "none")
        self.cards.allows(client, purpose, yes)

    @rule(times=st.integers(1, 3))
    def says_it_again(self, times: int) -> None:
        """A sender, unsure of an answer, sends the same event again."""
        for _ in range(times):
            self.run(self.world.send(self.last))
        self.run(self.world.settle())

    @rule(staff=st.sampled_from(("camille", "haruka", "matteo")), site=_site, on=st.booleans())
    def signs(self, staff: str, site: str, on: bool) -> None:
        self.run(self.world.send(a.presence(self.at(), staff, site, "on" if on else "off")))
        self.run(self.world.settle())
        self.cards.signs("lumiere", staff, site, on, self.world.now)

    @rule(scope=_scopes, lifted=st.booleans())
    def is_silenced(self, scope: tuple[str | None, str | None], lifted: bool) -> None:
        self.at()
        before = [card.over for card in self.cards.cards]
        self.cards.silences("lumiere", *scope, not lifted)
        self.silenced += [
            card for card, over in zip(self.cards.cards, before, strict=True) if card.over != over
        ]
        held = sorted(self.cards.silenced, key=str)
        said = [
            Silence(maison=h, site=p, action=w, at=a.NOON, by="helene", why="a drill") for h, p, w in held
        ]
        self.run(self.world.turn("lumiere", said))

    # What people say

    @precondition(lambda self: self.cards.cards)
    @rule(which=_which, by=_which, given=_verdict, sleeps=st.sampled_from((None, 0.0, 60.0, 600.0)))
    def decides(self, which: int, by: int, given: str, sleeps: float | None) -> None:
        self.at()
        self.decide(which, by, given, sleeps)
        self.run(self.world.settle())

    def decide(self, which: int, by: int, given: str, sleeps: float | None = None) -> None:
        if (card := self.card(which)) is None:
            return
        staff = self.somebody(card, by)
        until = None if sleeps is None or given != "snoozed" else self.world.now + sleeps
        expected = self.cards.says(card, staff, self.reads(card, staff), given, self.world.now, until)
        status, answer = self.run(self.says(card, staff, given, until))
        assert status == expected, answer

    @precondition(lambda self: self.cards.cards)
    @rule(which=_which, by=st.tuples(_which, _which), first=_verdict, second=_verdict)
    def two_decide_at_once(self, which: int, by: tuple[int, int], first: str, second: str) -> None:
        """Whoever writes first has it; the other one is told who that was."""
        self.at()
        if (card := self.card(which)) is None:
            return
        now = self.world.now
        one, other = (self.somebody(card, who) for who in by)
        reads = [self.reads(card, staff) for staff in (one, other)]
        said = [(one, reads[0], first, now), (other, reads[1], second, now)]
        *answers, overtaken = self.run(
            self.screens.at_once(self.says(card, one, first), self.says(card, other, second))
        )
        for n in (1, 0) if overtaken else (0, 1):
            status, answer = answers[n]
            assert status == self.cards.says(card, *said[n]), answer
            if status == 409:
                assert answer["claimed_by"] == self.name(card)
        self.run(self.world.settle())

    # What time does

    @rule(seconds=st.sampled_from((53.0, 180.0, 900.0, 1_800.0, 3_600.0, 20_000.0, 70_000.0)), dying=_dying)
    def time_passes(self, seconds: float, dying: int) -> None:
        self.pass_until(self.world.now + seconds, dying)

    @precondition(lambda self: self.cards.cards)
    @rule(
        seconds=st.sampled_from((60.0, 600.0, 4_000.0, 80_000.0)), which=_which, by=_which, given=_verdict,
        first=st.booleans(),
    )  # fmt: skip
    def nobody_serves_for_a_while(self, seconds: float, which: int, by: int, given: str, first: bool) -> None:
        """No worker runs; people see and decide what is before them. What was due is served late, once."""
        self.world.now += seconds
        self.decide(which, by, given)
        self.world.restart()
        if first:
            self.run(self.world.settle())
        self.run(self.world.rings())
        self.cards.late(self.world.now)

    @rule()
    def a_replica_copies(self) -> None:
        super().a_replica_copies()
        self.copied, self.silenced = self.world.now, []

    # Reading

    def card(self, which: int) -> Card | None:
        """One of the newest that is not forgotten, those first of which something may still become."""
        known = [card for card in self.cards.cards[-6:] if card.until + DAY >= self.world.now]
        found = sorted(known, key=lambda card: (card.over, -card.told))[:3]
        return found[which % len(found)] if found else None

    def somebody(self, card: Card, which: int) -> str:
        """Mostly of those who have it before them."""
        theirs = [staff for staff in DESKS if self.reads(card, staff)]
        return (theirs * 3 + sorted(DESKS))[which % (3 * len(theirs) + len(DESKS))]

    async def says(self, card: Card, staff: str, given: str, until: float | None = None) -> tuple[int, Any]:
        said = {} if until is None else {"until": iso(until)}
        said |= {"text": "Bonjour"} if given == "edited" else {}
        [id] = [id for id, one in self.ids.items() if one is card]
        return await self.screens.says(self.caller(card, staff), id, given, **said)

    def caller(self, card: Card, staff: str) -> Caller:
        house = card.client.house
        return self.people.get((house, staff)) or self.people["lumiere", "louis"]

    def reads(self, card: Card, staff: str) -> bool:
        """Whether it is among the cards of somebody: theirs, their team's, or their desk's if they manage."""
        hears = staff == "helene" or card.heard_by in (None, staff)
        signed_in = (card.client.house, staff) in self.people
        return signed_in and DESKS.get(staff) == card.place and hears

    def lately(self, client: Client) -> list[Card]:
        since = self.world.now - 3 * DAY
        return [card for card in self.cards.cards if card.client is client and card.told > since]

    def name(self, card: Card) -> str:
        person = a.LUMIERE.person(card.holder or "")
        return person.name if person else str(card.holder)
