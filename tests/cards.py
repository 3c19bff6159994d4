"""What becomes of cards, told again in plain words: who gets one and when, who has it, how it ends.

Nothing here is of the code under test. Times are Unix seconds; a place is a site of a house.
"""

from dataclasses import dataclass, field

HOUR, DAY = 3_600.0, 86_400.0
WELCOME, STRANGER, WORD, CART = "boutique_welcome", "unknown_visitor", "client_elsewhere", "abandoned_cart"
LASTS = {WELCOME: 45 * 60.0, STRANGER: 20 * 60.0, CART: 2 * DAY}
PATIENCE = {WELCOME: 180.0, STRANGER: 300.0}
"""Seconds after which more people hear of what nobody has taken, and again after as many."""
URGENT = (WELCOME, STRANGER)
"""What waits for nobody in particular once whoever had taken it has gone home."""
ONCE_IN = {WELCOME: HOUR, STRANGER: HOUR, WORD: HOUR, CART: 3 * DAY}
QUIET, SNOOZE = 30 * 60.0, 15 * 60.0
"""Seconds without a touch that make a cart abandoned; seconds of a snooze that names no end."""
ENDS = {"dismissed": "dismissed", "never": "dismissed", "done": "done"}
OVER = ("dismissed", "done", "expired", "retracted")


@dataclass
class Client:
    """Somebody, by all their names; `advisor` and where that one works: None of a stranger."""

    house: str
    names: list[tuple[str, str]]
    advisor: str | None
    advises_at: str | None
    allowed: set[str] = field(default_factory=lambda: {"service"})


@dataclass(kw_only=True)
class Card:
    """`heard_by`: whom it is for; None: the team. `about`: the site where the client is, or the cart.
    `hushed`: a silence took it off the screens, of which whoever awaits the client knows nothing.
    """

    client: Client
    name: tuple[str, str]
    action: str
    about: str
    place: str
    heard_by: str | None
    told: float
    until: float
    status: str = "open"
    holder: str | None = None
    wakes: float | None = None
    level: int = 0
    spreads: float | None = None
    hidden: bool = False
    hushed: bool = False
    ended_by: tuple[str, str] | None = None

    @property
    def over(self) -> bool:
        return self.status in OVER

    @property
    def waits(self) -> bool:
        """Whether its action may wait for the end of a silence."""
        return self.action == CART or self.holder is not None


class Cards:
    """All cards there ever were, the oldest first, and what decides about the next."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.never: set[tuple[int, str]] = set()
        self.silenced: set[tuple[str, str | None, str | None]] = set()
        """(house, place or all, action or all)"""
        self.on_duty: dict[tuple[str, str, str], tuple[bool, float]] = {}
        self.carts: dict[int, tuple[Client, float]] = {}
        """Carts that are not abandoned yet, and when they will be."""
        self.kept: list[tuple[Card, float]] = []
        """Cards of a cart after which nobody was told of another, and when that would have been."""

    # What happens

    def comes_in(self, client: Client, name: tuple[str, str], site: str, now: float) -> None:
        action = WELCOME if client.advisor else STRANGER
        until = now + LASTS[action]
        here = self._on_duty(client, site, now)
        back = False  # from where they were awaited meanwhile
        for card in self.cards:
            if card.client is not client or card.action == CART or card.about == site:
                continue
            back |= card.action == action and (not card.over or (card.hushed and now < card.until))
            card.hushed = False
            if not card.over:
                card.status = "done"
        told = self._tell(client, name, action, site, site, here, now, until, back)
        if told and client.advises_at not in (None, site):
            self._tell(client, name, WORD, site, str(client.advises_at), client.advisor, now, until, back)

    def leaves(self, client: Client, site: str) -> None:
        for card in self.cards:
            if card.client is client and card.about == site:
                card.hushed = False
                if not card.over:
                    card.status = "done"

    def fills_cart(self, client: Client, now: float) -> None:
        self.carts[id(client)] = (client, now + QUIET)

    def allows(self, client: Client, purpose: str, yes: bool) -> None:
        if yes:
            client.allowed.add(purpose)
            return
        client.allowed.discard(purpose)
        for card in self.cards:
            if card.client is client and purpose in rests_on(card.action):
                card.hushed = False
                if not card.over:
                    card.status = "retracted"

    def signs(self, house: str, staff: str, site: str, on: bool, now: float) -> None:
        self.on_duty[house, staff, site] = (on, now)
        for card in self.cards:
            if on or card.over or (card.client.house, card.place) != (house, site):
                continue
            theirs, taken = card.heard_by == staff, card.holder == staff
            given = theirs and card.action in URGENT and card.holder in (None, staff)
            if taken and (not theirs or card.action in URGENT):
                card.status, card.holder, card.wakes = "open", None, None
                if card.action in URGENT and card.level == 0:
                    card.level, card.heard_by = 1, None
            if given:
                card.heard_by = None

    def silences(self, house: str, place: str | None, action: str | None, yes: bool) -> None:
        (self.silenced.add if yes else self.silenced.discard)((house, place, action))
        for card in self.cards:
            silent = self.silent(card.client.house, card.place, card.action)
            if card.over:
                continue
            if silent and not card.hidden and not card.waits:
                card.status, card.hushed = "retracted", True
            else:
                card.hidden = silent

    def says(
        self, card: Card, staff: str, reads: bool, given: str, now: float, until: float | None = None
    ) -> int:
        """A verdict, and the status of its answer. `reads`: whether it is among the cards of that person."""
        if card.hidden or not reads:
            return 404
        if card.over:
            return 200 if card.ended_by == (staff, given) else 410
        if card.holder != staff and card.until <= now:
            return 410
        if given == "seen":
            return 200
        if card.holder not in (None, staff):
            return 409
        if given == "snoozed" and until is not None and until <= now:
            return 400
        card.holder, card.spreads = staff, None
        card.status = "snoozed" if given == "snoozed" else ENDS.get(given, "claimed")
        card.wakes = (now + SNOOZE if until is None else until) if given == "snoozed" else None
        if given in ENDS:
            card.ended_by = (staff, given)
        if given == "never":
            self.never.add((id(card.client), card.action))
        return 200

    # What time brings

    def until(self, now: float) -> None:
        """All that is due by now, each at its time."""
        while (due := self._next())[0] <= now:
            self._brings(*due, at=due[0])

    def late(self, now: float) -> None:
        """All that was due meanwhile, now: nobody was there to bring it."""
        while (due := self._next())[0] <= now:
            self._brings(*due, at=now)

    def _next(self) -> tuple[float, str, int]:
        """When, what, and of which card or client."""
        due = [(at, "cart", who) for who, (_, at) in self.carts.items()]
        for n, card in enumerate(self.cards):
            if not card.over:
                due.append((card.until, "expires", n))
                due += [(card.spreads, "spreads", n)] if card.spreads is not None else []
                due += [(card.wakes, "wakes", n)] if card.wakes is not None else []
        return min(due, default=(float("inf"), "", 0))

    def _brings(self, due: float, what: str, which: int, at: float) -> None:
        if what == "cart":
            client, _ = self.carts.pop(which)
            until = due + LASTS[CART]
            if (day := _daylight(at)) > at and self._may(client, CART, "cart", at):
                self.carts[which] = (client, day)
            else:
                place = str(client.advises_at)
                told = self._tell(client, client.names[0], CART, "cart", place, client.advisor, at, until)
                if not told:
                    before = [c for c in self.cards if c.client is client and c.action == CART]
                    self.kept += [(card, at) for card in before[-1:]]
            return
        card = self.cards[which]
        if what == "expires":
            card.status = "expired"
        elif what == "wakes":
            card.status, card.wakes = "claimed", None
        else:
            card.level, card.heard_by = card.level + 1, None
            card.spreads = due + PATIENCE[card.action] if card.level == 1 else None

    # What is so

    def _may(self, client: Client, action: str, about: str, now: float, again: bool = False) -> bool:
        """Whether it is allowed, wanted, and not a repetition, unless it is to be said `again`."""
        told = [c.told for c in self.cards if c.client is client and (c.action, c.about) == (action, about)]
        return (
            rests_on(action) <= client.allowed
            and (id(client), action) not in self.never
            and (again or not told or now - max(told) >= ONCE_IN[action])
        )

    def _tell(
        self, client: Client, name: tuple[str, str], action: str, about: str, place: str,
        heard_by: str | None, now: float, until: float, again: bool = False,
    ) -> bool:  # fmt: skip
        silent = self.silent(client.house, place, action)
        if not self._may(client, action, about, now, again) or (silent and action != CART):
            return False
        spreads = now + PATIENCE[action] if action in PATIENCE else None
        self.cards.append(
            Card(
                client=client, name=name, action=action, about=about, place=place, heard_by=heard_by,
                told=now, until=until, spreads=spreads, hidden=silent,
            )
        )  # fmt: skip
        return True

    def _on_duty(self, client: Client, site: str, now: float) -> str | None:
        """The client's advisor, if they said that they are there and it is not long ago."""
        on, since = self.on_duty.get((client.house, client.advisor or "", site), (False, 0.0))
        return client.advisor if on and now - since < 16 * HOUR else None

    def silent(self, house: str, place: str, action: str) -> bool:
        return any(h == house and p in (None, place) and w in (None, action) for h, p, w in self.silenced)


def rests_on(action: str) -> set[str]:
    """The purposes without which it is not told, and taken back."""
    return {"one_to_one", "profiling"} if action == CART else {"service"}


def _daylight(now: float) -> float:
    """Now, or when the next morning begins: in Paris in winter it is day from 8 to 20 UTC."""
    hour = now % DAY / HOUR
    if 8 <= hour < 20:
        return now
    return now - now % DAY + 8 * HOUR + (DAY if hour >= 20 else 0)
