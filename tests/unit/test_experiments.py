"""Test and learn: stable arms, what they change, tests that may be looked at all the time, and roll-back."""

from collections.abc import Callable, Sequence
from itertools import count, islice
from math import log
from random import Random
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from agents.choice import wrongly_judged
from agents.decide import decide
from agents.experiments import GONE, clients_of, complained, exposed, judged, measured, part_of, uneven
from agents.guard import Guard, Wait, vetoed
from agents.learn import learn
from agents.personalise import personalise
from agents.rates import NAME, RATES, Rates, key_of, of_window
from agents.registry import BY_MODEL, GUARDS
from agents.rule import Rule
from agents.sequential import Count, interval, log_evidence, log_mismatch
from feature_store.features.recency import Recency
from feature_store.learning import LAYOUT, Head
from feature_store.store import View
from schemas.experiments import Arm, Experiment, wrongly_tried
from schemas.messages import Example, Examples, Outcome, Snapshot
from schemas.traces import Candidate, trace_of
from streams.auth import Door, token_for
from streams.metrics import Metrics
from streams.snapshots import Snapshots
from streams.trying import experiment_routes, found
from tests import builders as a
from tests.builders import Line
from tests.described import watched

ALPHA = 0.05
SECRET = "a secret of thirty-two bytes, for tests"
CONTROL, TREATED = Arm(name="today", share=0.5), Arm(name="bold", share=0.5, silence=0.0)
CART = Experiment(name="cart", action="boutique_welcome", arms=[CONTROL, TREATED], alpha=ALPHA)


def rates(**counts: tuple[float, float]) -> Rates:
    """`bold_accepted=(yes, n)` ..."""
    known = Rates()
    for name, (yes, n) in counts.items():
        arm, _, measure = name.partition("_")
        known.yes[key_of("cart", arm, measure)], known.n[key_of("cart", arm, measure)] = yes, n
    return known


def test_a_client_is_always_in_the_same_arm_and_arms_have_their_shares() -> None:
    drawn = [CART.drawn(f"client-{n}") for n in range(4_000)]
    assert drawn == [CART.drawn(f"client-{n}") for n in range(4_000)]
    assert 0.46 < sum(arm is TREATED for arm in drawn) / 4_000 < 0.54
    small = msgspec.structs.replace(CART, arms=[Arm(name="a", share=0.1), Arm(name="b", share=0.1)])
    assert 0.77 < sum(small.drawn(f"client-{n}") is None for n in range(4_000)) / 4_000 < 0.83


def test_two_experiments_are_drawn_apart() -> None:
    other = msgspec.structs.replace(CART, name="other")
    both = [(CART.drawn(f"c{n}") is TREATED, other.drawn(f"c{n}") is TREATED) for n in range(4_000)]
    assert all(0.2 < both.count(pair) / 4_000 < 0.3 for pair in set(both))


def test_an_arm_changes_what_it_names_and_nothing_else() -> None:
    arm = Arm(name="bold", share=1.0, tone="warm", silence=0.3)
    house = a.lumiere(experiments=[msgspec.structs.replace(CART, arms=[Arm(name="today", share=1e-9), arm])])
    part = part_of(house, "client", Rates())
    assert (part.maison.tone, part.maison.interruption, dict(part.arms)) == ("warm", 0.3, {"cart": "bold"})
    assert msgspec.structs.replace(part.maison, tone=house.tone, interruption=house.interruption) == house


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"arms": [CONTROL, CONTROL]}, "one name"),
        ({"arms": [CONTROL, Arm(name="x", share=0.6)]}, "more than 1"),
        ({"arms": [Arm(name="x", share=0.1, off=True), CONTROL]}, "first arm is the control"),
        ({"arms": [CONTROL, Arm(name="x", share=0.5, off=True)]}, "nothing is accepted"),
    ],
)
def test_an_experiment_that_would_tell_nothing_is_refused(changes: dict[str, Any], reason: str) -> None:
    told = wrongly_tried([msgspec.structs.replace(CART, **changes)])
    assert any(reason in one for one in told)


def test_one_name_stands_for_one_experiment() -> None:
    assert [*wrongly_tried([CART, CART])] == ["experiments.cart is declared twice"]
    assert [*wrongly_tried([CART])] == []


Draw = Callable[[Random, bool], int]


def looked_at_all_the_time(runs: int, clients: int, draw: Draw, measure: str) -> list[str]:
    """What is told of the treated arm in the end, when one looks after every client and stops at a word."""
    found = []
    for run in range(runs):
        random, known, told = Random(run), Rates(), "running"
        for _ in range(clients):
            treated = random.random() < 0.5
            key = key_of("cart", "bold" if treated else "today", measure)
            known.n[key] = known.n.get(key, 0.0) + 1
            known.yes[key] = known.yes.get(key, 0.0) + draw(random, treated)
            if (told := judged(CART, TREATED, known)) != "running":
                break
        found.append(told)
    return found


@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_where_there_is_no_difference_one_is_told_in_fewer_than_alpha_of_all_experiments(rate: float) -> None:
    told = looked_at_all_the_time(150, 200, lambda random, _: int(random.random() < rate), "accepted")
    assert sum(one != "running" for one in told) / len(told) <= ALPHA


def test_looking_all_the_time_at_what_was_made_for_one_look_would_mislead() -> None:
    """The test has teeth: a z-test at 0.05, looked at after every client, errs far more often."""
    wrong = 0
    for run in range(150):
        random, yes, n, erred = Random(run), [0, 0], [0, 0], False
        for _ in range(200):
            arm = int(random.random() < 0.5)
            n[arm] += 1
            yes[arm] += random.random() < 0.5
            if min(n) > 5:
                p = sum(yes) / sum(n)
                spread = (p * (1 - p) * (1 / n[0] + 1 / n[1])) ** 0.5
                erred |= abs(yes[1] / n[1] - yes[0] / n[0]) > 1.96 * spread > 0
        wrong += erred
    assert wrong / 150 > 3 * ALPHA


@pytest.mark.parametrize(
    ("measure", "today", "bold", "verdict"),
    [("accepted", 0.5, 0.2, "worse"), ("accepted", 0.4, 0.7, "better"), ("dismissed", 0.1, 0.4, "dismissed")],
)
def test_a_bad_arm_is_rolled_back_and_a_good_one_is_told(
    measure: str, today: float, bold: float, verdict: str
) -> None:
    def draw(random: Random, treated: bool) -> int:
        return int(random.random() < (bold if treated else today))

    assert set(looked_at_all_the_time(20, 1_500, draw, measure)) == {verdict}


def test_a_limit_says_how_much_worse_is_still_borne() -> None:
    patient = msgspec.structs.replace(CART, limits={"dismissed": 0.3})
    known = rates(bold_dismissed=(90, 300), today_dismissed=(30, 300))
    assert judged(CART, TREATED, known) == "dismissed"
    assert judged(patient, TREATED, known) == "running"


def test_what_was_rolled_back_stays_so_whatever_is_counted_later() -> None:
    house = a.lumiere(experiments=[CART])
    client = next(f"c{n}" for n in range(99) if CART.drawn(f"c{n}") is TREATED)
    bad = rates(bold_accepted=(10, 200), today_accepted=(100, 200))
    part = part_of(house, client, bad)
    assert (dict(part.arms), part.ended, part.maison) == ({}, [(CART, TREATED)], house)
    later = rates(bold_accepted=(100, 200), today_accepted=(100, 200), bold_rolled_back=(1, 1))
    assert judged(CART, TREATED, later) in GONE
    assert judged(CART, CONTROL, later) == "running"


@pytest.mark.parametrize("count", [Count(0, 10), Count(10, 10), Count(3, 7), Count(500, 1000)])
def test_an_interval_holds_its_rate_and_narrows(count: Count) -> None:
    low, high = interval(count, ALPHA)
    assert 0 <= low <= (count.rate or 0.0) <= high <= 1
    wider_low, wider_high = interval(count, ALPHA / 10)
    assert wider_low <= low
    assert wider_high >= high
    assert interval(Count(0, 0), ALPHA) == (0.0, 1.0)


def test_evidence_against_a_margin_is_that_against_none_when_the_margin_vanishes() -> None:
    one, other = Count(60, 150), Count(20, 150)
    assert log_evidence(one, other, 1e-9) == pytest.approx(log_evidence(one, other), abs=1e-4)
    assert log_evidence(one, other, 0.1) < log_evidence(one, other)
    assert log_evidence(other, one) == log_evidence(Count(0, 0), one) == 0.0
    assert log_evidence(one, other) > log(1 / ALPHA)


def lessons(line: Line) -> list[Any]:
    return line.taught.get(NAME, [])


def counted(line: Line) -> Rates:
    """What the learner makes of it."""
    told = Examples(maison="lumiere", model=NAME, items=lessons(line))
    state = learn(RATES, Head("e"), [(0, told)], {}).head.state
    return RATES.load(state) if state else Rates()


async def house_of(arm: str, **experiment: Any) -> tuple[Line, dict[str, str], Any]:
    """A line that tries something out, and a client of that arm."""
    tried = msgspec.structs.replace(CART, **experiment)
    line = Line(a.lumiere(experiments=[tried]))
    for n in range(200):
        who = {"card": f"card-{n}"}
        drawn = tried.drawn(a.part_of(**who)[1])
        if drawn is not None and drawn.name == arm:
            await line.tell(a.profile(a.NOON - 60, {"name": "Aline", "language": "fr"}, **who))
            return line, who, tried
    raise AssertionError("nobody is in that arm")


async def test_what_becomes_of_a_card_is_counted_for_the_arm_its_client_is_in() -> None:
    line, who, _ = await house_of("bold")
    [change] = await line.tell(a.checkin(**who))
    await line.tell(a.feedback(change.alert, "dismissed", a.NOON + 9))
    known = counted(line)
    assert known.of(key_of("cart", "bold", "accepted")) == (0, 1)
    assert known.of(key_of("cart", "bold", "dismissed")) == (1, 1)
    assert known.of(key_of("cart", "bold", "vetoed")) == (0, 1)
    assert not [key for key in known.n if "today" in key]


@pytest.mark.parametrize(
    ("told", "counts"),
    [(["nouvelle", "open", "awaiting the boutique"], 1), ([" Open "], 1), (["closed"], 0), ([], 0)],
)
async def test_who_complains_in_the_window_after_is_counted_once_and_who_does_not_at_its_end(
    told: list[str], counts: int
) -> None:
    line, who, _ = await house_of("bold", days=1.0)
    await line.tell(a.checkin(**who), a.case(a.NOON + 30, "complaint", "open", "today", **who))
    await line.until(tomorrow := a.NOON + 86_400, step=3600)
    await line.tell(*(a.case(tomorrow + n, "complaint", s, "k", **who) for n, s in enumerate(told)))
    assert counted(line).of(key_of("cart", "bold", "complained")) == (counts, counts)
    await line.until(a.NOON + 2 * 86_400, step=3600)
    assert counted(line).of(key_of("cart", "bold", "complained")) == (counts, 1)


async def test_of_who_was_erased_nobody_knows_whether_they_would_have_complained() -> None:
    line, who, _ = await house_of("bold", days=1.0)
    await line.tell(a.checkin(**who))
    await line.tell(a.event("client.erase", a.NOON + 60, who=who))
    await line.until(a.NOON + 3 * 86_400, step=3600)
    assert counted(line).of(key_of("cart", "bold", "complained")) == (0, 0)


async def test_what_a_killed_worker_tells_again_is_counted_once() -> None:
    line, who, _ = await house_of("bold")
    await line.tell(a.checkin(**who), a.case(a.NOON + 9, "complaint", "open", **who))
    told = Examples(maison="lumiere", model=NAME, items=lessons(line))
    once = learn(RATES, Head("e"), [(0, told)], {})
    for again in (
        learn(RATES, once.head, [(7, told)], {}),
        learn(RATES, Head("e"), [(0, told), (7, told)], {}),
    ):
        assert (again.head.state, again.head.learned) == (once.head.state, once.head.learned)


async def test_each_client_counts_once_in_a_window_however_often_they_are_told_of() -> None:
    line, who, tried = await house_of("bold", days=1.0)
    for hour in (0, 2, 4):
        await line.tell(a.checkin(a.NOON + hour * 3600, **who))
    await line.until(a.NOON + 5 * 86_400, step=3600)
    known = counted(line)
    assert known.of(key_of("cart", "bold", "complained")).n > 1
    assert clients_of(tried, known) == {"today": 0, "bold": 1}
    windows = [key for key in known.n if key.startswith("cart|bold|clients/")]
    assert len(windows) == 2, "or they would grow for as long as the experiment stands in the file"


def in_arms(window: int = 7, **clients: int) -> Rates:
    known = Rates()
    for arm, n in clients.items():
        key = of_window("cart", arm, window)
        known.n[key], known.yes[key] = float(n), 0.0
    return known


@pytest.mark.parametrize(
    ("today", "bold", "told"),
    [(0, 0, False), (9, 0, False), (40, 0, True), (600, 480, False), (450, 630, True)],
)
def test_that_something_beside_chance_picks_who_is_in_which_arm_is_told_once_it_is_sure(
    today: int, bold: int, told: bool
) -> None:
    known = in_arms(today=today, bold=bold)
    assert uneven(CART, clients_of(CART, known)) is told
    shown = found(CART, known)
    assert (shown.uneven, [arm.clients for arm in shown.arms]) == (told, [today, bold])


def test_who_complains_is_known_before_all_others_of_their_window_and_makes_nothing_uneven() -> None:
    known, key = Rates(), of_window("cart", "bold", 7)
    known.n[key] = known.yes[key] = 40.0
    assert clients_of(CART, known) == {"today": 0, "bold": 0}
    for arm, quiet in (("today", 300.0), ("bold", 260.0)):
        key = of_window("cart", arm, 7)
        known.n[key] = known.n.get(key, 0.0) + quiet
        known.yes[key] = known.yes.get(key, 0.0)
    assert clients_of(CART, known) == {"today": 300, "bold": 300}


def test_an_arm_that_was_rolled_back_makes_nothing_uneven() -> None:
    known = in_arms(today=5_000, bold=40)
    assert uneven(CART, clients_of(CART, known))
    key = key_of("cart", "bold", "rolled_back")
    known.n[key] = known.yes[key] = 1.0
    assert clients_of(CART, known) == {"today": 5_000}
    assert not uneven(CART, clients_of(CART, known))
    assert found(CART, known).arms[1].clients is None


def test_shares_that_leave_clients_out_are_told_apart_from_uneven_ones() -> None:
    arms = [Arm(name="today", share=0.1), Arm(name="a", share=0.2), Arm(name="b", share=0.2)]
    some = msgspec.structs.replace(CART, arms=arms)
    assert not uneven(some, {"today": 1_000, "a": 2_020, "b": 1_990})
    assert uneven(some, {"today": 2_000, "a": 2_020, "b": 1_990})


def test_chance_is_hardly_ever_taken_for_something_else_however_often_one_looks() -> None:
    told = 0
    for seed in range(300):
        random, counts = Random(seed), [0, 0]
        for _ in range(400):
            counts[random.random() < 0.3] += 1
            if log_mismatch(counts, [0.7, 0.3]) >= log(20):
                told += 1
                break
    assert told <= 300 * ALPHA


def test_a_worker_tells_of_an_experiment_that_is_uneven() -> None:
    registry = CollectorRegistry()
    read = Snapshots("nowhere", [RATES], "e", Metrics(registry), {"lumiere": a.lumiere(experiments=[CART])})
    labels = {"maison": "lumiere", "experiment": "cart"}
    for offset, (today, bold) in enumerate([(100, 100), (100, 300)]):
        state = RATES.dump(in_arms(today=today, bold=bold))
        told = Snapshot(
            maison="lumiere", model=NAME, epoch="e", offset=offset, learned=1, loss=0.1, at=0.0, state=state,
            layout=LAYOUT,
        )  # fmt: skip
        read.take(msgspec.msgpack.encode(told))
        assert registry.get_sample_value("prevenance_experiments_uneven", labels) == (today != bold)


RATES_JUDGE = {"acceptance": "acceptance_rates"}


def newly_said(line: Line) -> Candidate:
    """Of the last decision at which something was said, that."""
    decided = [one for trace in line.traces for one in trace_of(trace.body).candidates]
    return [one for one in decided if one.outcome == "said"][-1]


async def test_another_model_judges_for_the_clients_of_its_arm_and_learns_from_all_of_them() -> None:
    arms = [CONTROL, Arm(name="rates", share=0.5, models=RATES_JUDGE)]
    for arm, judge in (("today", "acceptance"), ("rates", "acceptance_rates")):
        line, who, _ = await house_of(arm, arms=arms)
        [change] = await line.tell(a.checkin(**who))
        assert change.alert.model == judge
        await line.tell(a.feedback(change.alert, "accepted", a.NOON + 9))
        assert counted(line).of(key_of("cart", arm, "accepted")) == (1, 1), (
            "what is tried out is known at once"
        )
        await line.until(a.NOON + a.HOUR, step=60)
        for model in ("acceptance", "acceptance_rates"):
            case, label = line.taught[model]
            assert isinstance(case, Example)
            assert isinstance(label, Outcome)
            assert (case.decision, label.decision, label.y) == (change.alert.id, change.alert.id, 1)
        assert "always" in line.taught["acceptance"][0].x  # type: ignore[union-attr]
        assert "action/boutique_welcome/new" in line.taught["acceptance_rates"][0].x  # type: ignore[union-attr]
        assert counted(line).of(key_of("cart", arm, "accepted")) == (1, 1)


async def test_what_an_arm_holds_likely_is_what_its_own_model_has_learned() -> None:
    from agents.models.acceptance_rates import MODEL

    learned = MODEL.new()
    arms = [CONTROL, Arm(name="rates", share=0.5, models=RATES_JUDGE)]
    line, who, _ = await house_of("rates", arms=arms)
    for _ in range(40):
        MODEL.learn(learned, {"action/boutique_welcome/new": 1.0}, 0)
    line.ctx = msgspec.structs.replace(line.ctx, estimators={("lumiere", MODEL.name): learned})
    [change] = await line.tell(a.checkin(**who))
    assert change.alert.confidence is not None
    assert change.alert.confidence < 0.2
    why = newly_said(line)
    assert why.adds.keys() == {MODEL.name}, "what took from it is told of the one that judged"
    assert why.adds[MODEL.name]["action/boutique_welcome/new"] < -0.5


async def test_a_model_in_shadow_learns_what_the_one_in_force_does_and_judges_nothing() -> None:
    line = Line(a.lumiere(shadow_models=["acceptance_rates"]))
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline", "language": "fr"}, card="c1"))
    [dismissed, expired] = [
        (await line.tell(a.checkin(a.NOON + n * 9_000, card="c1")))[0].alert for n in range(2)
    ]
    await line.tell(
        a.feedback(dismissed, "dismissed", a.NOON + 9_000), a.feedback(expired, "seen", a.NOON + 9_001)
    )
    await line.until(a.NOON + 20_000, step=600)
    assert dismissed.model == "acceptance"
    labels = {
        model: [(one.decision, one.y) for one in line.taught[model] if isinstance(one, Outcome)]
        for model in ("acceptance", "acceptance_rates")
    }
    assert labels["acceptance_rates"] == labels["acceptance"] == [(dismissed.id, 0), (expired.id, 0)]
    why = newly_said(line)
    assert (why.x.keys(), why.adds.keys()) == ({"acceptance", "acceptance_rates"}, {"acceptance"})
    plain = Line()
    await plain.tell(a.checkin(card="c1"))
    assert (*plain.taught,) == ("acceptance",)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"models": {"acceptance": "response"}}, "models: 'response' does not stand beside 'acceptance'"),
        ({"models": {"response": "acceptance_rates"}}, "does not stand beside 'response'"),
        ({"shadow_models": ["oracle"]}, "shadow_models: 'oracle' is none of acceptance_rates"),
        ({"shadow_models": ["acceptance"]}, "shadow_models: 'acceptance' is none of"),
        ({"models": RATES_JUDGE, "shadow_models": ["acceptance_rates"]}, None),
    ],
)
def test_a_model_that_could_not_judge_is_refused_by_name(said: dict[str, Any], reason: str | None) -> None:
    found = [*wrongly_judged(a.lumiere(**said), BY_MODEL)]
    assert not found if reason is None else reason in found[0]
    arm = Arm(name="odd", share=0.5, models=said.get("models", {}))
    house = a.lumiere(experiments=[msgspec.structs.replace(CART, arms=[CONTROL, arm])])
    assert (not [*wrongly_judged(house, BY_MODEL)]) == (reason is None or "models" not in said)


async def test_who_is_held_out_is_not_proposed_it_and_is_measured_all_the_same() -> None:
    arms = [CONTROL, Arm(name="nothing", share=0.5, off=True)]
    line, who, _ = await house_of("nothing", arms=arms, measure="came", days=1.0)
    assert await line.tell(a.checkin(**who)) == []
    assert counted(line).of(key_of("cart", "nothing", "came")) == (0, 0)
    await line.until(a.NOON + 2 * 86_400, step=3600)
    assert counted(line).of(key_of("cart", "nothing", "came")) == (0, 1)


@pytest.mark.parametrize("arm", ["today", "nothing"])
async def test_who_was_once_to_be_told_counts_in_each_window_from_then_on(arm: str) -> None:
    """Who is spoken to is not to be told again for a while: counted only when they are, those who are never
    spoken to would seem to come more often, for it is the likelier who are."""
    line, who, _ = await house_of(
        arm, arms=[CONTROL, Arm(name="nothing", share=0.5, off=True)], measure="came", days=0.7
    )
    await line.tell(a.checkin(**who))
    await line.until(a.NOON + 6 * 0.7 * 86_400, step=3600)
    assert counted(line).of(key_of("cart", arm, "came")) == (0, 5)
    assert counted(line).of(key_of("cart", arm, "complained")) == (0, 5)
    line.ctx = msgspec.structs.replace(
        line.ctx, estimators={("lumiere", NAME): rates(nothing_rolled_back=(1, 1))}
    )
    await line.until(a.NOON + 9 * 0.7 * 86_400, step=3600)
    assert counted(line).of(key_of("cart", arm, "came")) == (0, 8 if arm == "today" else 6)


def holdout(**changes: Any) -> Experiment:
    """It leaves one arm without what the control may be told."""
    arms = [CONTROL, Arm(name="nothing", share=0.5, off=True)]
    return msgspec.structs.replace(CART, **({"arms": arms, "measure": "bought"} | changes))


def measured_of(experiment: Experiment, arm: str, p: float, guards: Sequence[Guard] = GUARDS) -> list[str]:
    """The measures a moment is counted in, of a client of that arm who is held so likely to answer."""
    moment = a.moment(maison=a.lumiere(experiments=[experiment]), arms={"cart": arm})
    asked = Rule(name="given", propose=lambda _: [a.proposal(purpose="one_to_one")])
    told, _ = exposed(moment, decide(moment, [asked], guards, a.scored(p)), moment.part)
    return sorted({key.split("|")[2] for _, one in told if isinstance(one, Example) for key in one.x})


@pytest.mark.parametrize("p", [0.01, 0.9])
def test_who_is_spoken_to_is_not_compared_with_a_holdout_of_everybody(p: float) -> None:
    """The choice speaks to who is likelier to answer: counted alone they would make any action look good."""
    [own] = [guard for guard in GUARDS if guard.name == "held_out"]
    assert all("bought" in measured_of(holdout(), arm, p, [own]) for arm in ("today", "nothing"))


def test_who_is_held_back_anyhow_is_not_held_out() -> None:
    """Nor are they counted in the control: without consent nobody is written to."""
    assert GUARDS[-1].name == "held_out"
    assert [measured_of(holdout(), arm, 0.9) for arm in ("today", "nothing")] == [["vetoed"], ["vetoed"]]


def test_who_is_to_wait_is_held_out_no_sooner_than_they_would_be_told() -> None:
    """Else a holdout counts whom the other arms ask again later, or never."""
    wait = Guard(name="cadence", version=1, says="Later", check=lambda *_: Wait("later", a.NOON + 60))
    [own] = [guard for guard in GUARDS if guard.name == "held_out"]
    moment = a.moment(maison=a.lumiere(experiments=[holdout()]), arms={"cart": "nothing"})
    said = [vetoed(moment, a.proposal(), guards) for guards in ([wait, own], [own])]
    assert [veto and (veto.guard, veto.until) for veto in said] == [
        ("cadence", a.NOON + 60),
        ("held_out", None),
    ]


def test_where_a_guard_is_tried_out_those_it_holds_back_are_counted_as_those_it_lets_pass() -> None:
    arms = [CONTROL, Arm(name="strict", share=0.5, guards={"cadence": {"week": 1}})]
    strict = Guard(name="cadence", version=1, says="Not again", check=lambda moment, proposal: "not again")
    tried = holdout(arms=arms)
    assert all("bought" in measured_of(tried, "strict", 0.9, guards) for guards in ([], [strict]))
    assert "bought" not in measured_of(holdout(), "today", 0.9, [strict])


def all_that_is_counted(experiment: Experiment, arm: str) -> dict[str, Count]:
    """Of twenty clients of an arm, of whom a guard holds back eight; every second one complains."""
    house, told, drawn = a.lumiere(experiments=[experiment]), list[Any](), map("client-{}".format, count())
    asked = Rule(name="given", propose=lambda _: [a.proposal(purpose="one_to_one")])
    [own] = [guard for guard in GUARDS if guard.name == "held_out"]
    theirs = (client for client in drawn if (its := experiment.drawn(client)) and its.name == arm)
    for n, client in enumerate(islice(theirs, 20)):
        no = Guard(name="cadence", version=1, says="No", check=lambda *_, n=n: "no" if n < 8 else None)
        part = part_of(house, client, Rates())
        moment = a.moment(maison=part.maison, arms=part.arms, part=client)
        moment = msgspec.structs.replace(moment, id=f"lumiere|{client}")
        lessons, timers = exposed(moment, decide(moment, [asked], [no, own], a.scored(0.9)), client)
        told += lessons
        if n % 2:
            told += complained(part, moment.now + experiment.days * 86_400)
        for name, due in timers:
            told += measured(part, name, client, Recency(), due, due)[0]
    items = Examples(maison="lumiere", model=NAME, items=[item for _, item in told])
    known = RATES.load(learn(RATES, Head("e"), [(0, items)], {}).head.state)
    return {measure: known.of(key_of("cart", arm, measure)) for measure in ("vetoed", "complained", "bought")}


@pytest.mark.parametrize("arm", [Arm(name="x", share=0.5, off=True), Arm(name="x", share=0.5, silence=1.0)])
def test_who_speaks_less_seems_no_worse_by_that(arm: Arm) -> None:
    """Held back and complaining are counted of the same clients in each arm, whatever is said to them."""
    tried = holdout(arms=[CONTROL, arm])
    told, held = (all_that_is_counted(tried, name) for name in ("today", "x"))
    assert held == told == {"vetoed": (8, 20), "complained": (6, 12), "bought": (0, 12)}


async def test_clients_of_one_part_are_in_arms_as_their_ids_are_drawn() -> None:
    line = Line(a.lumiere(experiments=[CART]))
    for n in range(40):
        await line.tell(a.profile(a.NOON - 60, card=f"card-{n}"), a.checkin(card=f"card-{n}"))
    told = [one for one in lessons(line) if isinstance(one, Example) and one.decision.endswith("accepted")]
    bold = sum(key == key_of("cart", "bold", "accepted") for one in told for key in one.x)
    assert bold == sum(CART.drawn(a.part_of(card=f"card-{n}")[1]) is TREATED for n in range(40))
    assert 10 < bold < 30


async def test_linked_parts_of_a_client_are_in_one_arm_though_alone_they_would_not_be() -> None:
    line = Line(a.lumiere(experiments=[CART]))
    ids = [{"card": "c1"}, {"client_id": next(f"id{n}" for n in range(99) if _apart("c1", f"id{n}"))}]
    named = ids[0] | ids[1]
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline", "language": "fr"}, **named))
    drawn = CART.drawn(min(a.part_of(**who)[1] for who in ids))
    assert drawn is not None
    await line.tell(a.checkin(a.NOON, **ids[0]), a.checkin(a.NOON + 9_000, **ids[1]))
    told = [one for one in lessons(line) if isinstance(one, Example)]
    assert {key.split("|")[1] for one in told for key in one.x} == {drawn.name}
    assert len({one.decision.split("/")[0] for one in told if one.decision.endswith("accepted")}) == 2


def _apart(card: str, client_id: str) -> bool:
    """Whether the two alone would be in two arms."""
    parts = [a.part_of(card=card)[1], a.part_of(client_id=client_id)[1]]
    return len({arm.name for part in parts if (arm := CART.drawn(part)) is not None}) == 2


def test_a_decision_without_the_action_tells_an_experiment_nothing() -> None:
    moment = a.moment(maison=a.lumiere(experiments=[CART]), arms={"cart": "bold"})
    nothing: Any = None
    assert exposed(moment, decide(moment, [], [], nothing), moment.part) == ([], [])


async def test_that_an_arm_is_rolled_back_is_written_down_until_it_is_known_and_then_no_more() -> None:
    line, who, _ = await house_of("bold")
    bad = rates(bold_accepted=(10, 200), today_accepted=(100, 200))
    for known, told in ((bad, 2), (rates(bold_rolled_back=(1, 1)), 0)):
        line.taught.clear()
        line.ctx = msgspec.structs.replace(line.ctx, estimators={("lumiere", NAME): known})
        await line.tell(a.checkin(line.now + 9_000, **who))
        assert len(lessons(line)) == told


async def test_what_was_called_off_is_waited_for_no_more() -> None:
    line, who, _ = await house_of("bold")
    [change] = await line.tell(a.checkin(**who))
    await line.tell(a.event("store.leave", a.NOON + 600, site="vendome", method="nfc", who=who))
    ended = {one.decision: one.y for one in lessons(line) if isinstance(one, Outcome)}
    assert [line.statuses[-1][1].id, line.statuses[-1][1].status] == [change.alert.id, "done"]
    for measure in ("accepted", "dismissed"):
        assert ended[f"{change.alert.id}/cart/{measure}"] is None


async def test_a_client_of_several_parts_is_measured_once_in_a_window() -> None:
    everybody = [Arm(name="today", share=0.999999), Arm(name="bold", share=1e-6)]
    tried = msgspec.structs.replace(CART, arms=everybody, measure="came", days=1.0)
    line = Line(a.lumiere(experiments=[tried]))
    ids = [{"card": "c1"}, {"client_id": "k1"}]
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline", "language": "fr"}, **ids[0], **ids[1]))
    await line.tell(a.checkin(a.NOON, **ids[0]), a.checkin(a.NOON + 9_000, **ids[1]))
    await line.until(a.NOON + 2 * 86_400, step=3600)
    assert counted(line).of(key_of("cart", "today", "came")) == (0, 1)


async def test_of_whom_nothing_is_kept_any_more_nothing_is_measured_and_no_timer_is_set() -> None:
    """A record ends a year after its client was last heard of; a timer has no end of its own."""
    line, who, _ = await house_of("bold", measure="came", days=1.0)
    await line.tell(a.checkin(**who))
    [timer] = [one for one in line.last.timers.values() if one.name.startswith("measure:")]
    gone = View(b"", {a.part_of(**who): None}, {})
    done = personalise((), [timer], gone, {}, timer.due, line.ctx)
    assert not done.timers
    [told] = done.examples.values()
    assert [one.y for one in told if isinstance(one, Outcome)] == [None, None]


async def test_of_an_experiment_that_was_taken_out_nothing_waits_under_the_id_of_a_client() -> None:
    line, who, _ = await house_of("bold", measure="came", days=1.0)
    await line.tell(a.checkin(**who))
    line.ctx = msgspec.structs.replace(line.ctx, maisons={"lumiere": a.lumiere()})
    await line.until(a.NOON + 3 * 86_400, step=3600)
    asked = [
        one.decision for one in lessons(line) if isinstance(one, Example) and "/measure:" in one.decision
    ]
    assert asked
    assert [(one.decision, one.y) for one in lessons(line)[-1:]] == [(asked[0], None)]  # type: ignore[union-attr]
    assert counted(line).of(key_of("cart", "bold", "came")) == (0, 0)


async def test_what_came_after_its_window_is_no_yes_of_it() -> None:
    """A worker that was down looks late: who came since may have come before as well."""
    line, who, _ = await house_of("bold", measure="came", days=1.0)
    await line.tell(a.checkin(**who))
    await line.tell(a.checkin(a.NOON + 4 * 86_400, **who))  # no timer was served meanwhile
    await line.until(a.NOON + 4 * 86_400 + 60)
    assert counted(line).of(key_of("cart", "bold", "came")) == (0, 0)


def test_what_was_found_is_told_with_intervals_and_a_verdict_an_arm() -> None:
    known = rates(bold_accepted=(20, 200), today_accepted=(100, 200), bold_dismissed=(4, 200))
    told = found(CART, known)
    assert [(arm.name, arm.verdict) for arm in told.arms] == [("today", "control"), ("bold", "worse")]
    own = told.arms[1].rates["accepted"]
    assert (own.n, own.yes, own.rate) == (200, 20, 0.1)
    assert own.low < 0.1 < own.high
    assert told.arms[0].rates["complained"].rate is None


@pytest.mark.parametrize(
    ("staff", "status"), [("helene", 200), ("noe", 200), ("camille", 403), ("maud", 403)]
)
async def test_managers_and_the_platform_team_see_what_is_tried_out(staff: str, status: int) -> None:
    house = a.lumiere(experiments=[CART])
    person = house.person(staff)
    assert person is not None

    async def counted(maison: str) -> Rates:
        return rates(bold_accepted=(20, 200), today_accepted=(100, 200))

    app = web.Application()
    experiment_routes(app, counted, Door(maisons={"lumiere": house}, secret=SECRET, now=lambda: a.NOON))
    undescribed = watched(app)
    token = token_for(person, house, SECRET, a.NOON + 60, issued=a.NOON)
    async with TestClient(TestServer(app)) as http:
        answer = await http.get("/v1/experiments", headers={"Authorization": f"Bearer {token}"})
        assert answer.status == status
        if status == 200:
            [told] = (await answer.json())["experiments"]
            assert [arm["verdict"] for arm in told["arms"]] == ["control", "worse"]
    assert undescribed == []
