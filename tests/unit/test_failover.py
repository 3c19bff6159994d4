"""A replica that lost the last writes takes over: what of a card is known again, and what only it knew."""

from typing import Any

import msgspec
import pytest

from feature_store.features.attention import OPEN
from schemas.alerts import AlertChange, decode_inbox
from schemas.silence import Silence
from streams import topics
from tests import builders as a
from tests.screens import Screens, callers
from tests.world import World

OURS: dict[str, Any] = {"envelope": {"maison": "lumiere", "source": "/crm"}}
DRILL = Silence(maison="lumiere", site="vendome", at=a.NOON, by="helene", why="a drill")


class House:
    """Maison Lumière: what happens, who sees it."""

    def __init__(self) -> None:
        self.world = World()
        self._screens = Screens(self.world)
        self._people = {one.staff: one for one in callers(a.NOON) if one.maison == "lumiere"}

    async def tell(self, make: Any, *said: Any, **more: Any) -> None:
        await self.world.send(make(self.world.now, *said, **OURS, **more))
        await self.world.settle()

    async def sees(self, staff: str) -> dict[str, tuple[str, str | None]]:
        """Status and holder of each card before somebody."""
        body = msgspec.json.decode(await self._screens.alerts(self._people[staff]))
        return {one["id"]: (one["status"], one["claimed_by"]) for one in body["alerts"]}

    async def says(self, staff: str, alert: str, verdict: str) -> None:
        status, answer = await self._screens.says(self._people[staff], alert, verdict)
        assert status == 200, answer
        await self.world.settle()

    def told(self, action: str) -> list[str]:
        """The ids of such cards, in the order in which they were told."""
        said = [decode_inbox(raw.value) for raw in self.world.log[topics.ALERTS, 0]]
        ours = [c.alert for c in said if isinstance(c, AlertChange) and c.alert.action == action]
        return list(dict.fromkeys(alert.id for alert in ours))


async def test_what_somebody_answered_to_as_many_cards_as_a_record_has_room_for_is_known_again() -> None:
    house = House()
    guest = {"who": {"guest_id": "g1"}}
    for n in range(OPEN):
        await house.tell(a.booking, booking_id=f"b{n}", **guest)
        await house.tell(a.arrival, a.NOON + a.HOUR, booking_id=f"b{n}", **guest)
    cards, copy = house.told("hotel_arrival"), house.world.copied()
    for alert in cards[:-1]:
        await house.says("louis", alert, "claimed")
    await house.says("louis", cards[-1], "done")
    await house.world.fail_over(copy)
    expected = dict.fromkeys(cards[:-1], ("claimed", "louis"))
    assert {id: seen for id, seen in (await house.sees("louis")).items() if id in cards} == expected


@pytest.mark.parametrize(("again", "told"), [(False, 1), (True, 2)], ids=["left alone", "filled again"])
async def test_a_cart_is_told_once_unless_it_is_filled_again_within_the_writes_that_are_lost(
    again: bool, told: int
) -> None:
    """The timer knows its card again; that of a cart filled since is another, and was told before it."""
    house = House()
    client = {"who": {"client_id": "k1"}}
    await house.tell(a.profile, {"name": "Aline", "advisor": "camille"}, **client)
    for purpose in ("one_to_one", "profiling"):
        await house.tell(a.consent, purpose, "all", **client)
    await house.tell(a.cart, "s1", "watch-meridien-or", **client)
    copy = house.world.copied()
    await house.world.until(a.NOON + 31 * a.MINUTE)
    assert len(house.told("abandoned_cart")) == 1
    if again:
        await house.tell(a.cart, "s1", "watch-meridien-or", **client)
    await house.world.fail_over(copy)
    await house.world.until(a.NOON + 2 * a.HOUR)
    assert len(house.told("abandoned_cart")) == told
    assert set(await house.sees("camille")) == {*house.told("abandoned_cart")}


@pytest.mark.parametrize("lifted", [False, True])
async def test_a_silence_that_holds_takes_off_again_what_it_took_off_before(lifted: bool) -> None:
    """Of one that ended before the replica took over only the store knew that it had."""
    house = House()
    await house.tell(a.profile, {"name": "Aline"}, who={"card": "c1"})
    await house.tell(a.checkin, who={"card": "c1"})
    [card] = await house.sees("camille")
    copy = house.world.copied()
    await house.world.turn("lumiere", [DRILL])
    assert await house.sees("camille") == {}
    if lifted:
        await house.world.turn("lumiere", [])
    await house.world.fail_over(copy)
    await house.world.turn("lumiere", [])
    assert set(await house.sees("camille")) == ({card} if lifted else set())
