"""Two parts that had cards of their own turn out to be one client: what stands, and what is taken back."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from agents.effects import Effects
from agents.plan import Plan
from agents.registry import ACTIONS
from feature_store import record as records
from feature_store.features.attention import STEPS, Proposed, coded
from feature_store.features.fatigue import propose
from feature_store.store import PartKey
from schemas.events.client import PURPOSES, ClientReview
from streams.topics import partition_of
from tests import builders as a
from tests.builders import SHARDS, Line
from tests.world import World

DAY = 86_400.0
CRM: Any = {"envelope": {"source": "/crm"}}
CARD, CLIENT = {"card": "c1"}, {"client_id": "x"}
LINK = {"card": "c1", "with_": CLIENT}
ALINE = {"name": "Aline", "language": "fr", "advisor": "camille", "birth_date": "1980-11-22"}


def agreed(**who: str) -> list[Any]:
    """They may be written to."""
    purposes = ("one_to_one", "profiling")
    return [a.consent(a.NOON - 9 * DAY, purpose, "all", **who) for purpose in purposes]


def open_of(line: Line, action: str) -> list[tuple[str, str]]:
    """Alerts of an action that stand, and of which part each was told."""
    over = {change.id for _, change in line.statuses if change.status in ("retracted", "done", "expired")}
    told = {c.alert.id: c.alert.client.id for _, c in line.alerts if c.alert.action == action}
    return sorted((id, part) for id, part in told.items() if id not in over)


class AtOnce(Line):
    """Shards are asked of two who are one at the same moment: each sees the other as they were."""

    _then: Any = None
    _since = 0.0

    async def slice(self, events: Iterable[Any], silent: bool = False) -> list[Plan]:
        """From the first review on the others stand still, until time passes."""
        events = [*events]
        if any(isinstance(event, ClientReview) for event in events):
            self._stand_still()
        return await super().slice(events, silent)

    async def _tick(self, shard: int) -> bool:
        self._stand_still()
        return await super()._tick(shard)

    def _stand_still(self) -> None:
        if self._since != self.now:
            self._since, self._then = self.now, deepcopy(self.store)

    async def _others(
        self, links: Mapping[PartKey, tuple[str, ...]], held: Mapping[PartKey, bytes | None]
    ) -> Mapping[PartKey, bytes | None]:
        if self._then is None:
            return await super()._others(links, held)
        found: Mapping[PartKey, bytes | None] = await self._then.peek(
            list({(part[0], other) for part, others in links.items() for other in others} - held.keys())
        )
        return found


async def stands(
    line: Line,
    part: Any,
    id: str,
    action: str,
    at: float,
    verdict: str = "",
    way: int = 0,
    purpose: str = "service",
    ref: str = "it",
) -> None:
    """An alert of a part stands; somebody has given a verdict on it."""
    shard = partition_of(part[1].encode(), SHARDS)
    seen = await line.store.read(shard, [part])
    record = records.decode(seen.parts[part])
    entry = Proposed(coded(action), ref, "vendome", int(at), int(at + DAY), step=STEPS.get(verdict, 0))
    entry.verdict, entry.accepted, entry.way = verdict, verdict == "accepted", way
    entry.purpose = PURPOSES.index(purpose)
    records.own(record, "attention").alerts[id] = entry
    effects = Effects()
    effects.parts = {part: records.encode(record)}
    await line._perform(shard, seen.raw, effects)


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("verdict", ["", "claimed", "accepted"])
async def test_of_what_was_told_of_each_one_stays_that_which_staff_have_come_furthest_with(
    action: str, verdict: str
) -> None:
    line = Line()
    await stands(line, a.part_of(**CARD), "elder", action, a.NOON - 600)
    await stands(line, a.part_of(**CLIENT), "later", action, a.NOON - 60, verdict)
    await line.tell(a.link(a.NOON, **LINK))
    gone = {(change.id, change.status) for _, change in line.statuses}
    assert gone == {("elder" if verdict else "later", "retracted")}


async def proposed(line: Line, part: Any, *skus: str) -> None:
    """Articles were proposed for a part, on a card that is over."""
    shard = partition_of(part[1].encode(), SHARDS)
    seen = await line.store.read(shard, [part])
    record = records.decode(seen.parts[part])
    propose(records.own(record, "fatigue"), skus, "gone", line.now)
    effects = Effects()
    effects.parts = {part: records.encode(record)}
    await line._perform(shard, seen.raw, effects)


async def birthdays(world: World) -> list[tuple[str, str]]:
    """Birthdays that stand on the screens, and of which part each was told."""
    found = []
    for inbox, view in (await world.inboxes.read_open(["lumiere/vendome", "lumiere/ginza"])).items():
        for held in view.held.values():
            alert = held.entry.alert
            if alert.action == "birthday" and alert.status in ("open", "claimed"):
                found.append((inbox, alert.client.id))
    return sorted(found)


async def on_the_day(**other: Any) -> World:
    """The morning of the birthday of somebody the house knows as two: each has a card."""
    world = World()
    for who, fields in ((CARD, ALINE), (CLIENT, ALINE | other)):
        given = who | CRM
        await world.send(*agreed(**given), a.profile(a.NOON - 9 * DAY, fields, **given))
    await world.settle()
    await world.until(a.NOON + 23 * 3600)
    assert len(await birthdays(world)) == 2
    return world


async def links(world: World, linked: bool = True, with_: Any = CLIENT) -> None:
    world.now += 60
    await world.send(a.link(world.now, card="c1", with_=with_, linked=linked, **CRM))
    await world.settle()
    await world.until(world.now + 1800)


async def test_a_birthday_is_told_once_of_two_who_are_one_and_of_each_again_who_are_not() -> None:
    world = await on_the_day()
    for linked in (True, False, True):
        await links(world, linked)
        assert len(await birthdays(world)) == (1 if linked else 2)


@pytest.mark.parametrize(("verdict", "stays"), [("done", 0), ("dismissed", 0), ("seen", 1)])
async def test_whom_somebody_has_written_to_by_one_name_is_not_written_to_by_another(
    verdict: str, stays: int
) -> None:
    line = Line()
    line.now = a.NOON - 9 * DAY
    for who in (CARD, CLIENT):
        await line.tell(a.profile(line.now, ALINE, **who), *agreed(**who))
    await line.until(a.NOON + 23 * 3600, step=600)
    first = next(change.alert for _, change in line.alerts if change.alert.client.id == a.part_of(**CARD)[1])
    await line.tell(a.feedback(first, verdict, line.now), a.link(line.now + 60, **LINK))
    await line.until(line.now + 3600, step=600)
    told = [change.alert.id for _, change in line.alerts if change.alert.action == "birthday"]
    over = {change.id for _, change in line.statuses} | ({first.id} if not stays else set())
    assert len(told) == 2
    assert len({*told} - over) == stays


@pytest.mark.parametrize("verdict", ["done", "dismissed"])
async def test_what_staff_have_done_with_is_not_told_again_for_the_card_that_was_taken_back(
    verdict: str,
) -> None:
    line = Line()
    line.now = a.NOON - 9 * DAY
    for who in (CARD, CLIENT):
        await line.tell(a.profile(line.now, ALINE, **who), *agreed(**who))
    await line.until(a.NOON + 23 * 3600, step=600)
    assert len(open_of(line, "birthday")) == 2
    await line.tell(a.link(line.now + 60, **LINK))
    [(id, _)] = open_of(line, "birthday")
    stays = next(change.alert for _, change in line.alerts if change.alert.id == id)
    await line.tell(a.feedback(stays, verdict, line.now + 60))
    told = len(line.alerts)
    await line.tell(a.profile(line.now + 60, {"language": "en"}, **CLIENT))
    await line.until(line.now + DAY, step=600)
    assert line.alerts[told:] == []


async def test_of_two_with_another_advisor_each_the_one_who_is_theirs_now_has_the_card() -> None:
    world = await on_the_day(advisor="helene")
    await links(world)
    [(inbox, _)] = await birthdays(world)
    assert inbox == "lumiere/vendome"


@pytest.mark.parametrize(
    "told",
    [
        a.profile(a.NOON + 23 * 3600, {"deceased": True}, guest_id="g", **CRM),
        a.case(a.NOON + 23 * 3600, "mourning", guest_id="g", **CRM),
        a.case(a.NOON + 23 * 3600, "complaint", guest_id="g", **CRM),
        a.profile(a.NOON + 23 * 3600, {"birth_date": "1980-03-01"}, guest_id="g", **CRM),
    ],
    ids=["dead", "in mourning", "with a complaint", "born on another day"],
)
async def test_what_another_part_says_takes_a_card_back(told: Any) -> None:
    world = await on_the_day()
    await links(world)
    assert len(await birthdays(world)) == 1
    await world.send(told)
    await world.settle()
    assert len(await birthdays(world)) == 1, "of somebody else, as far as anybody knows"
    await links(world, with_={"guest_id": "g"})
    assert await birthdays(world) == []


async def test_whoever_signs_in_on_a_page_changes_no_card() -> None:
    world = await on_the_day()
    before = [m for m in world.messages if m.topic == "alerts"]
    await world.send(a.view(world.now, session="s9"))
    await links(world, with_={"session": "s9"})
    assert [m for m in world.messages if m.topic == "alerts"] == before


@pytest.mark.parametrize(
    "known",
    [
        a.purchase(a.NOON - 50 * DAY, "o1", lines=[a.line("bag-aurore")], client_id="h", **{"for": CLIENT}),
        a.emotion(a.NOON - 2 * DAY, "not_today", **CLIENT),
        a.case(a.NOON - 9 * DAY, "repair", **CLIENT),
    ],
    ids=["a gift", "not today", "a repair"],
)
async def test_whoever_signs_in_again_loses_nothing_that_was_told_since(known: Any) -> None:
    line = Line()
    line.now = a.NOON - 60 * DAY
    part = a.part_of(**CLIENT)
    await line.tell(a.profile(line.now, ALINE, **CLIENT), a.link(line.now, with_={"session": "s1"}, **CLIENT))
    await proposed(line, part, "bag-aurore")
    await line.tell(*agreed(**CLIENT), known)
    await stands(line, part, "since", "event_invitation", a.NOON - 600, "accepted", 1, "one_to_one")
    await line.tell(a.link(a.NOON, with_={"session": "s2"}, **CLIENT))
    assert line.statuses == []


async def test_who_turns_out_to_be_two_is_welcomed_once_by_shards_that_are_asked_at_once() -> None:
    line = AtOnce()
    await line.tell(a.profile(a.NOON - DAY, ALINE, **CLIENT), a.checkin(a.NOON, **CARD))
    await stands(line, a.part_of(**CLIENT), "other", "event_invitation", a.NOON - 5)
    await line.tell(a.link(a.NOON + 60, **LINK))
    assert len(open_of(line, "boutique_welcome")) == 1


@pytest.mark.parametrize("action", ["worried", "service_recovery"])
async def test_what_is_told_anew_of_who_turns_out_to_be_two_is_told_once(action: str) -> None:
    line = AtOnce()
    for who, fields in ((CARD, {"name": "Aline", "advisor": "camille"}), (CLIENT, {"language": "fr"})):
        await line.tell(a.profile(a.NOON - 9 * DAY, fields, **who), *agreed(**who))
        told = a.emotion(a.NOON, "worry", **who) if action == "worried" else a.case(a.NOON, "repair", **who)
        await line.tell(told)
    assert len(open_of(line, action)) == 2
    await line.tell(a.link(a.NOON + 60, **LINK))
    await line.until(a.NOON + 120)
    assert len(open_of(line, action)) == 1


@pytest.mark.parametrize("hours", [3, 10])
async def test_one_card_tells_of_the_room_of_who_turns_out_to_be_two(hours: int) -> None:
    line, guest = AtOnce(), {"guest_id": "g1"}
    await line.tell(a.booking(a.NOON - DAY, arrival="2026-11-21", **guest))
    await line.tell(a.arrival(a.NOON, a.NOON + hours * 3600, **guest))
    await line.tell(a.profile(a.NOON + 1, {"preferences": {"wine": "Meursault"}}, **CARD))
    await stands(line, a.part_of(**CARD), "other", "event_invitation", a.NOON - 5)
    await line.tell(a.link(a.NOON + 60, card="c1", with_=guest))
    await line.until(a.NOON + hours * 3600 - 60, step=60)
    assert len(open_of(line, "room_setup")) == 1


@pytest.mark.parametrize("n", range(4))
async def test_one_part_opens_the_book_of_who_is_told_of_by_several_names(n: int) -> None:
    line, who = Line(), {"client_id": f"c{n}", "email": f"c{n}@example.org", "phone": f"+3361234567{n}"}
    await line.tell(*agreed(**who), a.profile(a.NOON - DAY, ALINE, **who))
    assert {timer.oid for timer in await line.waiting() if timer.name == "book"} == {
        a.part_of(client_id=f"c{n}")[1]
    }


async def test_an_allergy_that_another_part_knows_of_is_told_of_who_is_on_the_way() -> None:
    line, guest = Line(), {"guest_id": "g1"}
    await line.tell(a.booking(a.NOON - DAY, arrival="2026-11-21", **guest))
    [told] = [
        change.alert
        for change in await line.tell(a.arrival(a.NOON, a.NOON + 3600, **guest))
        if change.alert.action == "hotel_arrival"
    ]
    assert not any("nuts" in text.casefold() for text in told.avoid)
    await line.tell(a.profile(a.NOON - DAY, {"preferences": {"allergies": "nuts"}}, card="c1"))
    await line.tell(a.link(a.NOON + 60, card="c1", with_=guest))
    await line.until(a.NOON + 90)
    [anew] = [
        change.alert for _, change in line.alerts if (change.alert.id, change.alert.revision) == (told.id, 2)
    ]
    assert any("nuts" in text.casefold() for text in anew.avoid)


async def test_a_visitor_who_turns_out_to_be_a_client_is_welcomed_as_one() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - DAY, ALINE, **CLIENT), a.checkin(a.NOON, **CARD))
    assert len(open_of(line, "unknown_visitor")) == 1
    await line.tell(a.link(a.NOON + 60, **LINK))
    assert open_of(line, "unknown_visitor") == []
    assert len(open_of(line, "boutique_welcome")) == 1


@pytest.mark.parametrize(
    ("at", "sku", "gone"), [(-90, "bag-aurore", False), (1, "ring-solstice", False), (1, "bag-aurore", True)]
)
async def test_a_cart_is_done_with_where_another_part_has_bought_it_and_by_nothing_else(
    at: float, sku: str, gone: bool
) -> None:
    line, alert = await a.cart_left()
    await line.tell(a.purchase(a.NOON + at * 60, lines=[a.line(sku)], **CARD), now=line.now)
    await line.tell(a.link(line.now + 60, card="c1", with_={"client_id": "k1"}))
    assert [(change.id, change.status) for _, change in line.statuses] == [(alert.id, "done")] * gone


@pytest.mark.parametrize("days", [1, 300])
async def test_who_bought_lately_by_another_name_is_not_missed(days: int) -> None:
    line, bought = Line(), (505, 405, 305, 205)
    await line.tell(a.profile(a.NOON - 800 * DAY, ALINE, **CARD), *agreed(**CARD))
    await line.tell(*(a.purchase(a.NOON - day * DAY, f"o{day}", **CARD) for day in bought), now=a.NOON)
    await stands(line, a.part_of(**CARD), "missed", "lapsing", a.NOON - 60, way=1, ref="rhythm")
    await line.tell(a.checkin(a.NOON - days * DAY, **CLIENT), now=a.NOON)
    await line.tell(a.link(a.NOON, **LINK))
    assert [(change.id, change.status) for _, change in line.statuses] == [("missed", "retracted")] * (
        days == 1
    )


@pytest.mark.parametrize("years", [0, 2])
async def test_a_card_for_the_years_is_of_all_of_them(years: int) -> None:
    line, first = Line(), a.NOON - 357 * DAY
    await line.tell(a.profile(first, ALINE, **CARD), *agreed(**CARD), a.purchase(first, **CARD))
    due = "card_years " + str(int(a.NOON + 8 * DAY) // 86_400 * 86_400)
    await stands(line, a.part_of(**CARD), "year", "handwritten_card", a.NOON - 60, way=1, ref=due)
    await line.tell(a.purchase(first - years * 366 * DAY + DAY, **CLIENT), now=a.NOON)
    await line.tell(a.link(a.NOON, **LINK))
    assert [(change.id, change.status) for _, change in line.statuses] == [("year", "retracted")] * bool(
        years
    )


async def test_a_first_purchase_is_none_where_another_part_bought_before() -> None:
    line = Line()
    first = a.purchase(a.NOON - 40 * DAY, **CARD)
    await line.tell(a.profile(a.NOON - 50 * DAY, ALINE, **CARD), *agreed(**CARD), first)
    await stands(line, a.part_of(**CARD), "second", "second_purchase", a.NOON - 60, way=1, ref="first")
    await line.tell(a.purchase(a.NOON - 90 * DAY, **CLIENT), now=a.NOON)
    await line.tell(a.link(a.NOON, **LINK))
    assert ("second", "retracted") in {(change.id, change.status) for _, change in line.statuses}


async def test_a_guest_who_signs_in_on_a_page_is_not_told_of_anew() -> None:
    line, guest = Line(), {"guest_id": "g1"}
    await line.tell(a.booking(a.NOON - DAY, arrival="2026-11-21", **guest))
    await line.tell(a.arrival(a.NOON, a.NOON + 3600, **guest), a.view(a.NOON + 30, session="s9"))
    await line.until(a.NOON + 50)
    told = len(line.alerts)
    assert told
    await line.tell(a.link(a.NOON + 60, guest_id="g1", with_={"session": "s9"}))
    await line.until(a.NOON + 90)
    assert len(line.alerts) == told
