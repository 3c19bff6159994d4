"""Forecasts on the line: cases are opened as clients live and closed when it is known what came of them."""

import itertools
from math import log1p
from random import Random
from typing import Any

from agents.amiss import amiss
from agents.forecasts import cancellation, repeat, second
from agents.forecasts.amount import FAR
from agents.forecasts.amount import FORECAST as AMOUNT
from agents.foresee import is_due
from agents.learn import learn
from feature_store.learning import Head
from schemas.messages import Example, Examples, Outcome
from tests import builders as a
from tests.builders import Line

DAY = 86_400.0
PROFILED = {"purpose": "profiling"}


async def bought(*days: float, agreed: bool = True, estimators: Any = None, **order: Any) -> Line:
    """A client who orders at noon of these days after the first."""
    line = Line(estimators=estimators)
    if agreed:
        await line.tell(a.consent(a.NOON - 60, client_id="c1", **PROFILED))
    for day in days:
        at = a.NOON + day * DAY
        await line.until(at, step=DAY)
        await line.tell(a.purchase(at, client_id="c1", **order))
    return line


def opened(line: Line, forecast: str) -> list[Example]:
    return [item for item in line.taught.get(forecast, []) if isinstance(item, Example)]


def closed(line: Line, forecast: str) -> list[int | None]:
    """What became of cases that had been opened, as the learner hears it."""
    waiting: set[str] = set()
    found: list[int | None] = []
    for item in line.taught.get(forecast, []):
        if isinstance(item, Example):
            waiting.add(item.decision)
        elif item.decision in waiting:
            waiting.remove(item.decision)
            found.append(item.y)
    return found


async def test_a_look_is_the_label_of_the_one_before() -> None:
    line = await bought(0, 100)
    await line.until(a.NOON + 400 * DAY, step=DAY)
    looks = opened(line, "repeat")
    assert len(looks) == 4
    assert closed(line, "repeat") == [int(0 < a.NOON + 100 * DAY - look.at < 91 * DAY) for look in looks[:3]]
    assert 1 in closed(line, "repeat")
    assert [look.x["once"] for look in looks][-1] == 0.0


async def test_looks_lie_91_days_apart_whoever_asks_and_however_often() -> None:
    once, often = await bought(0), await bought(0, 1, 2, 3)
    for line in (once, often):
        await line.until(a.NOON + 300 * DAY, step=DAY)
    first, second = ([look.at for look in opened(line, "repeat")] for line in (once, often))
    assert first == second
    assert all(89 * DAY < late - early < 93 * DAY for early, late in itertools.pairwise(first))


async def test_a_look_that_comes_late_is_left_out_where_it_would_see_its_own_label() -> None:
    for days, looks in (((0,), 1), ((0, 80), 0)):
        line = await bought(0)
        [timer] = [t for t in await line.waiting() if t.name == "foresee:repeat:"]
        for day in days[1:]:
            at = timer.due + day * a.MINUTE
            await line.tell(a.purchase(at, client_id="c1"))
        await line.until(timer.due + 2 * DAY, step=timer.due + 2 * DAY - line.now)
        assert len(opened(line, "repeat")) == looks


async def test_a_first_order_waits_ninety_days_for_a_second() -> None:
    for days, came in (((0, 30), 1), ((0, 95), 0)):
        line = await bought(*days)
        await line.until(a.NOON + 96 * DAY, step=DAY)
        assert closed(line, "second") == [came]
        assert len(opened(line, "second")) == 1


async def test_an_order_after_those_ninety_days_is_too_late_however_late_one_looks() -> None:
    for days, came in (((95,), 0), ((30, 95), None), ((30, 60), 1)):
        line = await bought(0)
        for day in days:
            await line.tell(a.purchase(a.NOON + day * DAY, client_id="c1"))
        await line.until(a.NOON + 96 * DAY, step=96 * DAY)
        assert closed(line, "second") == [came]


async def test_an_older_order_that_is_told_of_later_was_the_first() -> None:
    line = await bought(0)
    await line.tell(a.purchase(a.NOON - 300 * DAY, client_id="c1"))
    await line.until(a.NOON + 96 * DAY, step=DAY)
    assert closed(line, "second") == [None]


async def test_of_what_a_house_brings_along_from_years_ago_no_case_is_opened_that_is_over() -> None:
    for days in ((700,), (700, 200), (200, 700)):
        line = await bought()
        for day in days:
            await line.tell(a.purchase(a.NOON - day * DAY, client_id="c1"), now=a.NOON)
            await line.until(line.now + 60)
        assert (opened(line, "second"), opened(line, "repeat")) == ([], [])
        await line.until(a.NOON + 300 * DAY, step=DAY)
        looks = opened(line, "repeat")
        assert (len(looks), closed(line, "repeat")) == (3, [0, 0])


async def test_a_stay_is_known_to_be_had_or_called_off_or_never_known() -> None:
    stay = {"guest_id": "g1", "arrival": "2026-12-01", "departure": "2026-12-03"}
    come = a.hotel("checkin", a.NOON + 10 * DAY, guest_id="g1")
    off = a.booking(a.NOON + 5 * DAY, status="cancelled", **stay)
    for event, y in ((come, 0), (off, 1), (None, None)):
        line = Line()
        await line.tell(a.consent(a.NOON - 60, guest_id="g1", **PROFILED), a.booking(a.NOON, **stay))
        if event is not None:
            await line.until(event.time.timestamp(), step=DAY)
            await line.tell(event)
        await line.until(a.NOON + 15 * DAY, step=DAY)
        assert closed(line, "cancellation") == [y]
        assert [t for t in await line.waiting() if "cancellation" in t.name] == []


async def test_of_who_may_not_be_profiled_nothing_is_learned_and_nothing_said() -> None:
    line = await bought(0, 30, agreed=False)
    await line.until(a.NOON + 200 * DAY, step=DAY)
    assert (line.taught, await line.waiting()) == ({}, [])
    client = a.record_of(a.purchase(client_id="c1"))
    estimators = {("lumiere", "repeat"): learned_repeat()}
    assert a.moment(client=client, estimators=estimators).priors == {}


async def test_who_takes_their_consent_back_ends_the_case_without_a_label() -> None:
    line = await bought(0)
    await line.until(a.NOON + 92 * DAY, step=DAY)
    await line.tell(a.consent(a.NOON + 92 * DAY, client_id="c1", state="none", **PROFILED))
    await line.until(a.NOON + 300 * DAY, step=DAY)
    assert set(closed(line, "repeat")) == {None}
    assert await line.waiting() == []


async def test_a_replay_teaches_nothing() -> None:
    line = Line()
    await line.slice([a.consent(client_id="c1", **PROFILED), a.purchase(client_id="c1")], silent=True)
    assert line.taught == {}
    assert not any(is_due(timer) for timer in await line.waiting())


async def test_an_amount_out_of_all_proportion_teaches_only_that_such_come() -> None:
    curves = AMOUNT.new()
    for amount in range(200):
        AMOUNT.learn(curves, {"EUR": 12.0 + amount % 7 / 4}, 0)
    line = await bought(0, estimators={("lumiere", "amount"): curves})
    assert line.oddities == []
    line = await bought(0, estimators={("lumiere", "amount"): curves}, lines=[a.line(amount=9_000_000_000)])
    assert (line.oddities, [*line.taught]) == (["amount"], ["amount"])


def test_a_house_whose_first_orders_were_alike_is_not_silenced_by_others_for_good() -> None:
    """Nothing else is learned of what is odd: nobody would ever hear that it no longer is."""
    curves, usual, dear = AMOUNT.new(), {"EUR": log1p(9_500)}, {"EUR": log1p(95_000)}
    for _ in range(100):
        AMOUNT.learn(curves, usual, 0)
    assert curves.far("EUR", dear["EUR"]) > FAR
    for n in range(400):
        AMOUNT.learn(curves, dear if n % 2 else usual, 0)
    assert curves.far("EUR", dear["EUR"]) < FAR


def test_what_is_odd_now_and_then_stays_odd() -> None:
    curves, random = AMOUNT.new(), Random(1)
    for n in range(5_000):
        AMOUNT.learn(curves, {"EUR": random.gauss(9.0 if n % 100 else 13.6, 0.5)}, 0)
    assert curves.far("EUR", 13.6) > FAR


async def test_a_card_that_many_carry_teaches_nothing_any_more() -> None:
    line = await bought(*(n / 10 for n in range(25)))
    assert line.oddities == ["shared"] * 6
    await line.until(a.NOON + 200 * DAY, step=DAY)
    assert opened(line, "repeat") == []
    assert amiss(a.record_of(*(a.purchase(a.NOON + n * 9 * DAY, card="c1") for n in range(25)))) is None


async def test_who_brings_nearly_all_of_it_back_teaches_nothing_any_more() -> None:
    line = await bought(0, 1, 2, 3)
    for day in (4, 5, 6, 7):
        await line.tell(a.returned(a.NOON + day * DAY, client_id="c1"))
    taught = len(opened(line, "next_category"))
    await line.tell(a.purchase(a.NOON + 8 * DAY, client_id="c1"))
    assert line.oddities[-1] == "refunds"
    assert len(opened(line, "next_category")) == taught
    await line.until(a.NOON + 200 * DAY, step=DAY)
    assert opened(line, "repeat") == []


def test_refunds_are_told_from_somebody_who_keeps_something_and_from_one_who_bought_elsewhere() -> None:
    for bought_, back, wrong in ((5, 3, None), (5, 4, "refunds"), (0, 3, None), (0, 4, "refunds")):
        life = [a.purchase(a.NOON + n, card="c1") for n in range(bought_)]
        life += [a.returned(a.NOON + 60 + n, card="c1") for n in range(back)]
        assert amiss(a.record_of(*life)) == wrong, (bought_, back)


def learned_repeat() -> Any:
    estimator = repeat.FORECAST.new()
    buyer, gone = (a.record_of(a.purchase(a.NOON - days * DAY, client_id="c1")) for days in (20, 700))
    for _ in range(repeat.LEAST):
        estimator.learn(repeat.features(buyer, a.NOON), 1)
        estimator.learn(repeat.features(gone, a.NOON), 0)
    return estimator


def test_who_has_bought_lately_is_likelier_to_buy_and_the_likelier_the_longer_the_time() -> None:
    priors = {"repeat": learned_repeat()}
    buyer, gone = (a.record_of(a.purchase(a.NOON - days * DAY, client_id="c1")) for days in (20, 700))
    soon, later, lost = (
        repeat.buys_within(client, a.NOON, days, priors)
        for client, days in ((buyer, 91), (buyer, 273), (gone, 91))
    )
    assert soon is not None
    assert later is not None
    assert lost is not None
    assert lost < 0.3 < 0.6 < soon < later <= 1.0


def test_what_is_not_known_is_none() -> None:
    buyer, looker = a.record_of(a.purchase(client_id="c1")), a.record_of(a.view())
    assert repeat.buys_within(buyer, a.NOON, 91, {}) is None
    assert repeat.buys_within(buyer, a.NOON, 91, {"repeat": repeat.FORECAST.new()}) is None
    assert repeat.buys_within(looker, a.NOON, 91, {"repeat": learned_repeat()}) is None
    assert second.follows(buyer, a.NOON, {}) is None
    assert second.follows(buyer, a.NOON, {"second": second.FORECAST.new()}) is None
    booking = a.booking(guest_id="g1").data
    assert cancellation.cancels(booking, a.record_of(), a.NOON, {}) is None


def test_a_first_order_alike_those_that_came_back_is_likelier_to() -> None:
    estimator = second.FORECAST.new()
    small, large = (a.record_of(a.purchase(lines=[a.line(amount=n)], card="c")) for n in (9_000, 900_000))
    for _ in range(second.LEAST):
        second.FORECAST.learn(estimator, second.features(large) or {}, 1)
        second.FORECAST.learn(estimator, second.features(small) or {}, 0)
    priors = {"second": estimator}
    least, most = (second.follows(client, a.NOON, priors) for client in (small, large))
    assert least is not None
    assert most is not None
    assert least < 0.2 < 0.8 < most
    assert second.follows(large, a.NOON + 91 * DAY, priors) is None
    twice = a.record_of(a.purchase(card="c"), a.purchase(card="c"))
    assert second.follows(twice, a.NOON, priors) is None


def test_errors_that_grow_unsettle_the_forecast_once_however_the_log_is_cut() -> None:
    """A group that always came stops coming: ADWIN sees it, half of what was known goes."""
    x = {"lead/riviera/3/2": 1.0}
    items: list[Example | Outcome] = []
    for number in range(900):
        items += [
            Example(decision=f"d{number}", x=x, at=1.0),
            Outcome(decision=f"d{number}", y=int(number < 600), at=2.0),
        ]

    def told(size: int) -> Head:
        head = Head("e")
        for offset, at in enumerate(range(0, len(items), size)):
            message = Examples(maison="lumiere", model="cancellation", items=items[at : at + size])
            head = learn(cancellation.FORECAST, head, [(offset, message)], {}).head
        return head

    whole, cut = told(1800), told(14)
    assert whole.drifts >= 1
    assert (whole.state, whole.recent, whole.drifts) == (cut.state, cut.recent, cut.drifts)
    kept = cancellation.FORECAST.load(whole.state)
    assert cancellation.FORECAST.predict(kept, x) < 0.5


def test_a_world_that_stays_as_it_is_unsettles_nothing() -> None:
    items: list[Example | Outcome] = []
    for number in range(3_000):
        x = {f"lead/riviera/{number % 5}/2": 1.0}
        y = int(number * 2654435761 % 1000 < 300)
        items += [Example(decision=f"d{number}", x=x, at=1.0), Outcome(decision=f"d{number}", y=y, at=2.0)]
    message = Examples(maison="lumiere", model="cancellation", items=items)
    assert learn(cancellation.FORECAST, Head("e"), [(0, message)], {}).head.drifts == 0
