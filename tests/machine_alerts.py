"""Random days at the desks of two houses, against cards told again in plain words.

`Desks` is a Hypothesis state machine over `tests/world.py` and its screens. What should become of every card
is in `tests/cards.py`; after each step every screen of both houses is compared with it.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from hypothesis.stateful import invariant

from feature_store.inbox import START
from schemas.alerts import AlertChange, decode_inbox
from schemas.times import seconds
from schemas.who import oid_of
from streams import topics
from streams.auth import Caller
from tests import builders as a
from tests.cards import CART, DAY, Card
from tests.machine_days import Days

Told = tuple[str, str, str, float]
"""Its inbox, whom it is about, what it asks, when it came."""


class Desks(Days):
    """Every rule is something that happens; after each, all screens must be as the cards say."""

    # What must be so

    @invariant()
    def every_screen_is_as_the_cards_say(self) -> None:
        assert not self.match(), "told, and should not have been"
        self.every_screen_shows_those_it_should()

    def every_screen_shows_those_it_should(self, but: Collection[str] = ()) -> None:
        """Those it may show besides, or not, are not looked at."""
        for (house, staff), caller in self.people.items():
            seen = {id: shown for id, shown in self.seen(caller).items() if id not in but}
            assert seen == {
                id: (card.status, card.holder, card.wakes, card.level)
                for id, card in self.ids.items()
                if id not in but and card.client.house == house and self.on_screen(card, staff)
            }, f"what {staff} of {house} sees"

    @invariant()
    def every_card_ends_as_it_should(self, but: Collection[str] = ()) -> None:
        for id, entry in self.entries():
            card = self.ids[id]
            if id not in but:
                assert (entry.alert.status, entry.withheld) == (card.status, card.hidden), card

    @invariant()
    def nothing_is_shown_twice(self) -> None:
        """A card comes to a screen that has it not, changes on one that has it, and leaves that."""
        for inbox in {f"{card.client.house}/{card.place}" for card in self.ids.values()}:
            shown: dict[str, int] = {}
            for one in self.run(self.world.inboxes.log(inbox, START, 10_000)):
                kind, alert = one.shown.kind, one.shown.alert
                assert (kind == "alert") == (alert.id not in shown), "a card twice, or a change of none"
                assert alert.revision > shown.get(alert.id, 0)
                shown[alert.id] = alert.revision
                if kind == "retract":
                    del shown[alert.id]

    def finish(self) -> None:
        """A replica takes over: what was lost is known again, comes to nobody twice, and ends in its time.

        Two things only the store knew. What a silence took off the screens since it copied: once that has
        ended, those cards are back. What timers told since: of a cart that is filled again it is told once
        more, and of one that was kept back because of another, where that is long ago by now.
        """
        if self.copy is None:
            return
        self.run(self.world.fail_over(self.copy))
        back = self.nothing_but_a_cart_is_told_again()
        self.nothing_is_shown_twice()
        self.every_card_ends_as_it_should(back | self.ended_before())
        self.every_screen_shows_those_it_should(back)
        self.pass_until(self.world.now + 3 * DAY)
        back = self.nothing_but_a_cart_is_told_again()
        for id in {id for caller in self.people.values() for id in self.seen(caller)}:
            assert id in back, "left for good"

    def nothing_but_a_cart_is_told_again(self) -> set[str]:
        """The ids of what was, and of what a silence had taken off the screens."""
        since = {self.key(c)[:3] for c in self.cards.cards if c.action == CART and c.told > self.copied}
        since |= {self.key(c)[:3] for c, at in self.cards.kept if at > self.copied}
        again = self.match()
        assert {key[:3] for key in again} <= since
        silenced = {id for id, card in self.ids.items() if any(card is one for one in self.silenced)}
        return silenced | {id for id, key in self.told().items() if key in again}

    def ended_before(self) -> set[str]:
        """The ids of what is over whatever is read again: it is past its time, or silenced."""
        return {
            id
            for id, card in self.ids.items()
            if card.over
            and (
                card.until <= self.world.now or self.cards.silent(card.client.house, card.place, card.action)
            )
        }

    # Reading

    def match(self) -> set[Told]:
        """Finds each card that should be among those that were told; what was told besides."""
        cards = {self.key(card): card for card in self.cards.cards}
        found: dict[Told, str] = {}
        for id, key in self.told().items():
            assert found.setdefault(key, id) == id, "told twice"
        assert cards.keys() <= found.keys(), "not told"
        self.ids = {found[key]: card for key, card in cards.items()}
        return found.keys() - cards.keys()

    def told(self) -> dict[str, Told]:
        """All that stands in the log, by id."""
        found: dict[str, Told] = {}
        for raw in self.world.log.get((topics.ALERTS, 0), []):
            change = decode_inbox(raw.value)
            if isinstance(change, AlertChange):
                alert, inbox = change.alert, (raw.key or b"").decode()
                came = (inbox, alert.client.id, alert.action, seconds(alert.valid_from))
                found.setdefault(alert.id, came)
        return found

    def seen(self, caller: Caller) -> dict[str, Any]:
        """The cards before somebody, by id."""
        body = self.run(self.screens.alerts(caller))
        got = msgspec.json.decode(body)["alerts"] if body else []
        seen = {one["id"]: self.state(one) for one in got}
        assert len(seen) == len(got), "a card twice on a screen"
        return seen

    def key(self, card: Card) -> Told:
        house = card.client.house
        return f"{house}/{card.place}", oid_of(house, *card.name, a.PEPPER), card.action, card.told

    def entries(self) -> list[tuple[str, Any]]:
        wanted: dict[str, list[str]] = {}
        for id, card in self.ids.items():
            wanted.setdefault(f"{card.client.house}/{card.place}", []).append(id)
        views = self.run(self.world.inboxes.read(wanted))
        held = {id: one.entry for view in views.values() for id, one in view.held.items()}
        forgotten = [card for id, card in self.ids.items() if id not in held]
        assert all(card.until + DAY < self.world.now for card in forgotten)
        return [(id, held[id]) for id in self.ids if id in held]

    def on_screen(self, card: Card, staff: str) -> bool:
        runs = card.holder is not None or card.until > self.world.now
        return self.reads(card, staff) and runs and not (card.over or card.hidden)

    def state(self, alert: Any) -> tuple[str, str | None, float | None, int]:
        wakes = alert["snoozed_until"]
        return alert["status"], alert["claimed_by"], seconds(wakes) if wakes else None, alert["escalated"]
