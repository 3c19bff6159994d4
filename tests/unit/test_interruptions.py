"""Staff's budget of interruptions: who is spared what, what waits and comes first, what is told of it."""

from copy import deepcopy
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.alert_life import handed_over
from agents.interruptions import HOUR, SPARED, WAITING, WAITS, affords, price
from agents.why import changes, sentence
from agents.withdrawal import client_of, taken_back
from agents.withholding import settled
from feature_store.store import StoreAway
from schemas.alerts import Addressee, AlertChange, StatusChange
from schemas.maison import maison_from
from schemas.silence import Silence
from schemas.times import iso
from streams.leaving import rerouted
from streams.produce import KafkaAway
from tests.alerts import NOW, a_change, an_entry
from tests.desk import Desk, house

MINUTE, TEAM = 60.0, "vendome-team"


def may_wait(id: str, worth: float, **fields: Any) -> AlertChange:
    return a_change(
        id, worth=worth, **{"action": "lapsing", "hold_or_drop": "hold", "lasts": 8 * HOUR} | fields
    )


def dropping(id: str, worth: float, **fields: Any) -> AlertChange:
    return may_wait(id, worth, hold_or_drop="drop", **fields)


async def busy(desk: Desk, at: float = 0.0) -> None:
    """Four clients come in: all that may come at once of eight an hour."""
    await desk.say(*(a_change(f"must-{n}-{at:.0f}") for n in range(4)), at=at)


def test_an_interruption_costs_more_the_fewer_are_left() -> None:
    assert [price(left, 4.0) for left in (4.0, 3.0, 2.0, 1.0, 0.9, 0.0)] == [
        0.0, 0.0625, 0.25, 0.5625, 1.0, 1.0,
    ]  # fmt: skip
    assert affords(4.0, 4.0, -0.02)  # of who was not interrupted lately nothing is asked
    assert not affords(3.0, 4.0, 0.06)
    assert not affords(0.99, 4.0, 5.0)  # no worth buys what is not there


async def test_of_what_comes_together_the_most_valuable_is_shown_in_whatever_order_it_came() -> None:
    coming = [dropping("a", 0.3), may_wait("b", 0.8), dropping("c", 0.5), may_wait("d", 0.05)]
    for order in permutations(coming):
        desk = Desk()
        await desk.say(*order)
        assert set(await desk.cards()) == {"b", "c", "a"}
        assert await desk.left() == 1.0


async def test_what_must_be_said_passes_an_empty_budget_and_spends() -> None:
    desk = Desk()
    await busy(desk)
    assert await desk.left() == 0.0
    await desk.say(may_wait("waits", 0.9), a_change("here"))
    assert (await desk.cards())[4:] == ["here"]
    assert await desk.left() == 0.0  # nobody owes anything
    await desk.tick(15 * MINUTE)
    assert (await desk.cards())[5:] == ["waits"]


async def test_a_budget_that_was_spent_by_a_clock_ahead_of_now_is_full_again() -> None:
    """When it was spent nobody knows; until then what may wait would wait, however quiet it is."""
    desk = Desk()
    await busy(desk)
    await desk.say(may_wait("waits", 0.9))
    await desk.tick(-30.0)  # two hosts' clocks may differ by so much: it is what it was
    assert "waits" not in await desk.cards()
    await desk.tick(-HOUR)
    assert "waits" in await desk.cards()


async def test_an_update_of_a_card_on_the_screen_passes_and_spends() -> None:
    desk = Desk()
    await desk.say(may_wait("a1", 0.4))
    assert await desk.left() == 3.0
    await desk.say(a_change("a1", 2, title="Later", lasts=8 * HOUR))
    assert (await desk.shown(), await desk.left()) == ([("alert", "a1"), ("update", "a1")], 2.0)


async def test_what_waits_is_shown_when_it_can_be_afforded_the_most_valuable_first() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(may_wait("little", 0.1), may_wait("much", 0.6), may_wait("some", 0.3))
    assert [e.data.alert for e in desk.told("delivered")] == (await desk.cards())[:4]
    await desk.tick(14 * MINUTE)
    assert len(await desk.cards()) == 4
    for minutes in range(15, 240, 5):
        await desk.tick(minutes * MINUTE)
    assert (await desk.cards())[4:] == ["much", "some", "little"]
    assert [e.data.alert for e in desk.told("delivered")][4:] == ["much", "some", "little"]
    assert (await desk.entry("much")).alert.revision == 2  # not the first, so it measures no latency


async def test_the_worked_example_of_docs_choice_md_holds() -> None:
    desk = Desk()
    await desk.say(a_change("comes-in"), a_change("another"))
    await desk.say(may_wait("birthday", 0.176), at=2 * MINUTE)
    assert (await desk.entry("birthday")).price == pytest.approx(0.218, abs=0.001)
    await desk.say(may_wait("cart", 0.22), at=3 * MINUTE)
    await desk.say(dropping("massage", 0.3), at=4 * MINUTE)
    assert (await desk.entry("massage")).price == pytest.approx(0.467, abs=0.001)
    await desk.tick(19.8 * MINUTE)
    assert await desk.cards() == ["comes-in", "another", "cart"]
    await desk.tick(19.9 * MINUTE)
    assert (await desk.cards())[3:] == ["birthday"]


async def test_a_newcomer_goes_behind_what_waits_and_is_worth_more() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(may_wait("much", 0.6))
    await desk.say(dropping("less", 0.59), at=16 * MINUTE)  # one is left, and costs 0.54
    assert (await desk.cards())[4:] == ["much"]
    assert (await desk.entry("less")).alert.status == "retracted"


async def test_each_person_and_the_team_have_a_budget_of_their_own() -> None:
    desk = Desk(house(8, matteo=2))
    for staff in ("camille", "matteo"):
        for n in range(2):
            await desk.say(may_wait(f"{staff}-{n}", 0.4, for_=Addressee(staff=staff)))
    await desk.say(may_wait("team", 0.4))
    assert await desk.cards() == ["camille-0", "camille-1", "matteo-0", "team"]
    assert (await desk.left("camille"), await desk.left("matteo"), await desk.left()) == (2.0, 0.0, 3.0)


async def test_what_is_dropped_is_over_and_told_back_as_seen_by_nobody() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(dropping("a1", 0.3))
    entry = await desk.entry("a1")
    assert (entry.alert.status, entry.closed, entry.alert.client.name) == ("retracted", "withheld", None)
    assert "a1" not in [e.data.alert for e in desk.told("delivered")]
    (event,) = desk.told("withheld")
    assert (event.data.alert, event.data.staff, event.source) == ("a1", TEAM, "/deliver")
    await desk.say(a_change("a1", 2, title="Later"), at=HOUR)
    assert "a1" not in {id for _, id in await desk.shown()}


async def test_what_was_dropped_is_over_where_the_inbox_lost_that_and_could_afford_it_now() -> None:
    desk = Desk()
    await busy(desk)
    before, dropped = deepcopy(desk.inboxes), dropping("a1", 0.3)
    await desk.say(dropped)
    desk.inboxes = before
    desk.restart()
    over = StatusChange(id="a1", revision=2, maison="lumiere", status="retracted", at=iso(NOW))
    await desk.say(dropped, over, at=HOUR)
    assert (await desk.entry("a1")).over
    assert (await desk.shown())[-1] == ("retract", "a1")


async def test_what_waits_is_updated_and_called_off_without_a_word_and_is_never_shown_too_late() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(may_wait("moves", 0.6), may_wait("off", 0.9), may_wait("late", 0.95, lasts=MINUTE))
    over = StatusChange(id="off", revision=2, maison="lumiere", status="done", at=iso(NOW))
    await desk.say(a_change("moves", 2, title="Later", lasts=8 * HOUR), over)
    await desk.tick(20 * MINUTE)
    assert (await desk.shown())[4:] == [("alert", "moves")]
    assert (await desk.entry("moves")).alert.title == "Later"


async def test_a_silence_keeps_what_waits_and_what_it_held_waits_when_it_ends() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(may_wait("first", 0.9))
    desk.silences = [Silence(maison="lumiere", at=NOW, by="helene", why="a drill")]
    await desk.say(may_wait("second", 0.8), at=2 * HOUR)
    await desk.tick(3 * HOUR)
    assert len(await desk.cards()) == 4
    desk.silences = []
    await desk.say(a_change("second", 2, title="Still", lasts=8 * HOUR), at=4 * HOUR)
    assert (await desk.cards())[4:] == ["first", "second"]


def test_a_silence_leaves_what_waits_as_it_is_and_whatever_happens_to_it_nothing_is_shown() -> None:
    waits = replace(an_entry(for_=Addressee(staff="camille")), withheld=True, worth=0.4, price=0.5)
    for silences in ([], [Silence(maison="lumiere", at=NOW, by="helene", why="a drill")]):
        assert settled(waits, False, silences, NOW).entry is waits
    heir, shown = handed_over(waits, "camille", Addressee(staff="matteo"), Addressee(team=TEAM), NOW)
    assert (heir.alert.for_.staff, heir.waits, shown) == ("matteo", True, None)
    everything = {client_of(waits.alert): frozenset({"one_to_one"})}
    ((gone, shown),) = taken_back([waits], everything, NOW)
    assert (gone.alert.status, gone.waits, shown) == ("retracted", False, None)


async def test_what_waits_for_somebody_who_leaves_waits_for_who_comes_after_them() -> None:
    desk = Desk(house(8, camille=2))
    camille = Addressee(staff="camille")
    await desk.say(a_change("must", for_=camille), may_wait("a1", 0.3, for_=camille))
    await desk.say(StatusChange(id="must", revision=2, maison="lumiere", status="done", at=iso(NOW)))
    assert await rerouted(desk.inboxes, desk.maison, "camille") == 1
    assert (await desk.entry("a1")).alert.for_ == Addressee(team=TEAM)
    assert await desk.shown() == [("alert", "must"), ("retract", "must")]
    await desk.tick(1.0)
    assert await desk.cards() == ["must", "a1"]


async def test_no_more_wait_than_are_bounded_and_the_least_valuable_goes() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(*(may_wait(f"a{n}", 0.3 + n / 100) for n in range(WAITING + 2)))
    assert [e.data.alert for e in desk.told("withheld")] == ["a1", "a0"]
    assert (await desk.entry("a2")).waits


async def test_why_is_told_with_what_would_have_changed_it() -> None:
    desk = Desk()
    await desk.say(*(a_change(f"must-{n}") for n in range(3)))
    await desk.say(may_wait("a1", 0.31, confidence=0.4), dropping("a2", 0.2))
    waits, spared = desk.why()
    assert [trace.candidates[0].outcome for trace in (waits, spared)] == [WAITS, SPARED]
    assert sentence(waits, "assigned", {}, {}).text == "Lapsing waits for a quieter moment."
    assert sentence(spared, "assigned", {}, {}).text == "Lapsing was not worth one more interruption."
    assert changes(waits.candidates[0], waits) == [
        "a worth of 0.56, that of an interruption then, instead of 0.31",
        "acceptance of 0.73 instead of 0.40",
        "fewer interruptions within the hour before",
    ]
    await desk.say(a_change("must-3"), may_wait("a3", 0.9))
    assert changes(desk.why()[-1].candidates[0], spared) == ["fewer interruptions within the hour before"]
    assert desk.metrics.interruptions_spared_total.labels("lumiere", "vendome")._value.get() == 3


async def test_a_slice_that_comes_twice_spends_once_and_tells_again_under_the_same_ids() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(dropping("drops", 0.5), a_change("here"), at=MINUTE)
    left = await desk.left()
    desk.restart()
    await desk.again(3 * HOUR)  # by now it could be afforded
    once, again = desk.told("withheld")
    assert (once.id, once.data) == (again.id, again.data)
    assert await desk.left() == left
    assert (await desk.entry("drops")).closed == "withheld"
    assert (await desk.cards())[4:] == ["here"]


async def test_what_was_decided_and_never_stood_is_decided_again_and_was_not_told() -> None:
    desk = Desk()
    await busy(desk)
    desk.inboxes.away = True
    with pytest.raises(StoreAway):
        await desk.say(dropping("a1", 0.5), at=MINUTE)
    desk.restart()
    desk.inboxes.away = False
    await desk.again(HOUR)
    assert ((await desk.cards())[4:], desk.told("withheld"), desk.why()) == (["a1"], [], [])


@pytest.mark.parametrize("takes", range(5))
async def test_killed_anywhere_what_was_dropped_stays_dropped_and_is_told(takes: int) -> None:
    desk = Desk()
    await desk.say(*(a_change(f"must-{n}") for n in range(3)))
    desk.takes = takes
    try:
        await desk.say(dropping("drops", 0.3), may_wait("waits", 0.2), a_change("here"), at=0.5)
    except KafkaAway:
        desk.takes = 100
        desk.restart()
        await desk.again(0.6)
    assert {e.data.alert for e in desk.told("withheld")} == {"drops"}
    assert {e.data.alert for e in desk.told("delivered")} == {"must-0", "must-1", "must-2", "here"}
    assert {t.candidates[0].outcome for t in desk.why()} == {WAITS, SPARED}
    assert (await desk.cards()) == ["must-0", "must-1", "must-2", "here"]
    assert await desk.left() == pytest.approx(0.0, abs=0.001)


async def test_what_is_released_is_told_before_it_is_shown_and_shown_once() -> None:
    desk = Desk()
    await busy(desk)
    await desk.say(may_wait("a1", 0.9))
    desk.takes = 0
    with pytest.raises(KafkaAway):
        await desk.tick(HOUR)
    assert "a1" not in await desk.cards()
    desk.takes = 10
    for _ in range(2):
        desk.restart()
        await desk.tick(HOUR)
    assert (await desk.cards()).count("a1") == 1
    assert len([e for e in desk.told("delivered") if e.data.alert == "a1"]) == 1


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 12),
    st.lists(st.tuples(st.integers(0, 1800), st.none() | st.floats(-0.1, 1.5), st.booleans()), max_size=60),
)
async def test_no_hour_has_more_than_the_budget_and_what_must_be_said(an_hour: int, coming: Any) -> None:
    desk, at, times = Desk(house(an_hour)), 0.0, dict[str, float]()
    for n, (wait, worth, drops) in enumerate(coming):
        at += wait
        await desk.tick(at)
        change = may_wait(f"{n}", worth, lasts=at + 8 * HOUR, hold_or_drop="drop" if drops else "hold")
        await desk.say(change, at=at)
        for id in await desk.cards():
            times.setdefault(id, at)
    chosen = [at for id, at in times.items() if coming[int(id)][1] is not None]
    assert len(times) - len(chosen) == sum(worth is None for _, worth, _ in coming)
    for at in chosen:
        assert sum(at <= other <= at + HOUR for other in chosen) <= an_hour


@pytest.mark.parametrize(("an_hour", "times"), [(8, 1.2), (16, 1.5), (40, 1.7)])
async def test_a_day_is_worth_more_than_first_come_first_served(an_hour: int, times: float) -> None:
    """Eight may be said in any hour; what is not said at once is dropped."""
    ours = theirs = 0.0
    for seed in range(3):
        random, desk = Random(seed), Desk()
        came = sorted((random.uniform(0, 8 * HOUR), random.betavariate(2, 5)) for _ in range(8 * an_hour))
        left, last, first = 4.0, 0.0, list[float]()
        for n, (at, worth) in enumerate(came):
            await desk.say(dropping(str(n), worth, lasts=9 * HOUR), at=at)
            left, last = min(4.0, left + (at - last) * 4.0 / HOUR), at
            if left >= 1.0:
                left -= 1.0
                first.append(worth)
        said = [came[int(id)][1] for id in await desk.cards()]
        assert len(said) <= len(first)
        ours, theirs = ours + sum(said), theirs + sum(first)
    assert ours > times * theirs


@pytest.mark.parametrize("wrong", [1, 3601, 2.5, "8"])
def test_a_budget_that_is_none_is_refused_by_field_and_reason(wrong: Any) -> None:
    table: dict[str, Any] = {
        "id": "m", "name": "M", "languages": ["fr"], "currency": "EUR", "sites": [], "staff": [],
        "teams": [{"id": "service", "name": "Service"}],
    }  # fmt: skip
    assert maison_from(table, "m.toml").interruptions_of("service") == 8
    assert maison_from(table | {"interruptions_an_hour": 2}, "m.toml").interruptions_of("anybody") == 2
    with pytest.raises(ValueError, match=r"m\.toml: interruptions_an_hour: write a whole number"):
        maison_from(table | {"interruptions_an_hour": wrong}, "m.toml")
    table["teams"] = [{"id": "service", "name": "Service", "interruptions_an_hour": wrong}]
    with pytest.raises(ValueError, match=r"m\.toml: teams\[0\]\.interruptions_an_hour: write a whole number"):
        maison_from(table, "m.toml")
