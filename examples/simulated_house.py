"""A house whose clients nobody has a model of, to see what the choice learns: value against simpler policies.

    python examples/simulated_house.py [--runs 20] [--seed 1]

Each run draws a world: how likely staff are to follow each action, how likely clients are to answer it, for
each kind of client; none of it is told to the policy. Moments come with one to three eligible actions, all of
them decided by the product's own `decide` and models. A verdict is known twenty alerts later, the client's
answer two hundred moments later. Four policies meet the same moments and the same luck:

- choice: the product, learning as it goes; a bucket of interruptions keeps it to half as many as moments
- rules: what the rules hold worth most, always said; nothing is learned
- all: every eligible action is said
- random: one of the eligible actions or silence, by lot

The value of an alert is what its rule says acceptance is worth, half of it only if the client answered, less
the price of interrupting somebody (`interruption` in the maison file). After 2,000 alerts of `choice`, 2,000
moments are measured; then the world is drawn anew, 300 alerts later 2,000 moments are measured again. Of what
`choice` said it is also shown how often staff followed, by how likely the card held that: its `confidence`.
"""

import argparse
import sys
import tomllib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import exp, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any, NamedTuple

import msgspec

from agents.choice import ACCEPTANCE, RESPONSE, scored
from agents.decide import decide
from agents.interruptions import affords
from agents.moment import Moment, Proposal
from agents.phrase import Phrase
from agents.registry import BY_MODEL
from agents.rule import Rule
from feature_store import record as records
from schemas.alerts import AlertChange
from schemas.maison import Maison, maison_from

ROOT = Path(__file__).resolve().parents[1]
WORTH = {
    "new_arrival": 0.3, "after_purchase": 0.25, "lapsing": 0.5, "birthday": 0.4, "appointment": 0.8,
    "event_invitation": 0.9,
}  # fmt: skip
"""What the rules hold acceptance of each action worth: all the `rules` policy knows."""
KINDS = {"new": 0, "once": 1, "known": 3, "regular": 9}
"""Kinds of client, by their purchases."""
VERDICT, ANSWER = 20, 200
"""Alerts until a verdict is known, moments until an answer is."""
BUCKET, REFILL = 12.0, 0.5
"""Interruptions that staff can take at once, and how many more with each moment: half as many as moments."""
LEARNING, MEASURED, ADAPTING = 2_000, 2_000, 300
NOW = 1_790_000_000.0


class World:
    """How likely each action is to be followed, and to be answered, for each kind of client."""

    def __init__(self, random: Random) -> None:
        self.follow, self.answer = self._drawn(random, -1.2, 2.5), self._drawn(random, -0.5, 1.0)

    def _drawn(self, random: Random, mean: float, spread: float) -> dict[tuple[str, str], float]:
        base = {action: random.gauss(mean, spread) for action in WORTH}
        return {
            (action, kind): 1 / (1 + exp(-(base[action] + random.gauss(0.0, 1.0))))
            for action in WORTH
            for kind in KINDS
        }


class Met(NamedTuple):
    """A moment: a client's kind, what is eligible, and the luck of each action, the same for all policies."""

    nth: int
    kind: str
    eligible: list[str]
    follows: dict[str, float]
    answers: dict[str, float]


def street(random: Random) -> Iterator[Met]:
    """Moments without end."""
    nth = 0
    while True:
        nth += 1
        yield Met(
            nth,
            random.choice([*KINDS]),
            random.sample([*WORTH], random.choice([1, 1, 2, 3])),
            {action: random.random() for action in WORTH},
            {action: random.random() for action in WORTH},
        )


class Score(NamedTuple):
    """What a policy did over some moments."""

    moments: int
    alerts: int
    accepted: int
    value: float


class Said(NamedTuple):
    """How likely a card held that it is followed, and whether it was."""

    confidence: float
    followed: bool


class Phase(NamedTuple):
    """What each policy came to over measured moments, and all that `choice` said meanwhile."""

    scores: dict[str, Score]
    said: list[Said]


class Shop:
    """The product's choice, and what comes back to it, late."""

    def __init__(self, house: Maison) -> None:
        self.house = house
        self.models = {name: BY_MODEL[name].new() for name in (ACCEPTANCE, RESPONSE)}
        self.left = BUCKET
        self.verdicts: deque[tuple[dict[str, float], int]] = deque()
        self.answers: deque[tuple[int, dict[str, float], int]] = deque()
        self.clients = {kind: _client(count) for kind, count in KINDS.items()}
        self.told: list[Said] = []

    def serve(self, met: Met, world: World) -> list[str]:
        """What is said, at most one action; teaches what has become known by now."""
        self.left = min(BUCKET, self.left + REFILL)
        estimators = {(self.house.id, name): model for name, model in self.models.items()}
        moment = Moment(
            id=str(met.nth), maison=self.house, part=met.kind, event=None, timer=None,
            client=self.clients[met.kind], at=NOW, now=NOW,
        )  # fmt: skip
        rule = Rule(name="eligible", propose=lambda moment: [_proposal(a) for a in met.eligible])
        decision = decide(moment, [rule], [], lambda m, p: scored(m, p, BY_MODEL, estimators))
        cards = [c.alert for _, c in decision.changes if isinstance(c, AlertChange) and self._afford(c)]
        seen = {model: example.x for model, example in decision.examples if hasattr(example, "x")}
        for action in (card.action for card in cards):
            followed = met.follows[action] < world.follow[action, met.kind]
            self.verdicts.append((seen[ACCEPTANCE], int(followed)))
            if followed:
                answered = met.answers[action] < world.answer[action, met.kind]
                self.answers.append((met.nth + ANSWER, seen[RESPONSE], int(answered)))
        self.told += [
            Said(card.confidence or 0.0, met.follows[card.action] < world.follow[card.action, met.kind])
            for card in cards
        ]
        self._learn(met.nth)
        return [card.action for card in cards]

    def _afford(self, change: AlertChange) -> bool:
        """Whether somebody may be interrupted for it, by the product's own price."""
        afforded = affords(self.left, BUCKET, change.worth or 0.0)
        self.left -= afforded
        return afforded

    def _learn(self, nth: int) -> None:
        while len(self.verdicts) > VERDICT:
            BY_MODEL[ACCEPTANCE].learn(self.models[ACCEPTANCE], *self.verdicts.popleft())
        while self.answers and self.answers[0][0] <= nth:
            BY_MODEL[RESPONSE].learn(self.models[RESPONSE], *self.answers.popleft()[1:])


def _client(purchases: int) -> Any:
    record = records.Record()
    records.own(record, "facts").purchases = purchases
    return record


def _proposal(action: str) -> Proposal:
    return Proposal(
        action=action, ref=action, site=None, purpose="one_to_one", contact=True,
        title=Phrase(action), why=[Phrase(action)], success="They answer.", urgency=2,
        valid_to=NOW + 86_400, value=WORTH[action],
    )  # fmt: skip


def value_of(met: Met, said: Iterable[str], world: World, price: float) -> Score:
    """What saying these was worth."""
    alerts = accepted = 0
    value = 0.0
    for action in said:
        alerts += 1
        value -= price
        if met.follows[action] < world.follow[action, met.kind]:
            accepted += 1
            answered = met.answers[action] < world.answer[action, met.kind]
            value += WORTH[action] * (1.0 if answered else 0.5)
    return Score(1, alerts, accepted, value)


def measured(shop: Shop, world: World, moments: Iterator[Met], lots: Random) -> Phase:
    """All policies over the same moments."""
    shop.told = []
    totals = {name: Score(0, 0, 0, 0.0) for name in ("choice", "rules", "all", "random", "oracle")}
    for _ in range(MEASURED):
        met = next(moments)
        best = max(met.eligible, key=lambda action: WORTH[action])
        lot = lots.choice([*met.eligible, None])
        said = {
            "choice": shop.serve(met, world),
            "rules": [best],
            "all": met.eligible,
            "random": [lot] if lot else [],
            "oracle": _known(met, world, shop.house.interruption),
        }
        for name, actions in said.items():
            came = value_of(met, actions, world, shop.house.interruption)
            totals[name] = Score(*(a + b for a, b in zip(totals[name], came, strict=True)))
    return Phase(totals, shop.told)


def _known(met: Met, world: World, price: float) -> list[str]:
    """What somebody who knew the world would say: the most that can be had."""
    worth = {
        a: WORTH[a] * world.follow[a, met.kind] * (0.5 + 0.5 * world.answer[a, met.kind])
        for a in met.eligible
    }
    best = max(worth, key=lambda a: worth[a])
    return [best] if worth[best] > price else []


def run(seed: int, house: Maison) -> tuple[Phase, Phase]:
    """One world, then another: what each policy came to after learning, and after adapting."""
    random = Random(seed)
    shop, moments = Shop(house), street(Random(f"street {seed}"))
    found = []
    for alerts in (LEARNING, ADAPTING):
        world, said = World(random), 0
        for met in islice(moments, 20 * alerts):
            said += len(shop.serve(met, world))
            if said >= alerts:
                break
        found.append(measured(shop, world, moments, random))
    return found[0], found[1]


def _interval(values: list[float]) -> str:
    half = 2.09 * stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0  # Student's t, 19 degrees
    return f"{fmean(values):7.3f} ± {half:.3f}"


def _table(title: str, runs: list[dict[str, Score]]) -> None:
    print(f"\n{title}\n{'policy':8} {'alerts/moment':>16} {'accepted':>17} {'value/moment':>17}  value/rules")
    rules = [found["rules"].value for found in runs]
    for name in runs[0]:
        mine = [found[name] for found in runs]
        ratio = sum(s.value for s in mine) / sum(rules) if sum(rules) > 0 else float("nan")
        columns = (
            _interval([s.alerts / s.moments for s in mine]),
            _interval([s.accepted / max(1, s.alerts) for s in mine]),
            _interval([s.value / s.moments for s in mine]),
        )
        print(f"{name:8} " + " ".join(columns) + f"  {ratio:6.2f}")


def error_of(said: Sequence[Said]) -> float:
    """The expected calibration error: how far what came lies from what was said, over ten bins of that."""
    bins: dict[int, list[Said]] = {}
    for one in said:
        bins.setdefault(min(9, int(one.confidence * 10)), []).append(one)
    return sum(abs(sum(one.followed - one.confidence for one in of)) for of in bins.values()) / len(said)


def _calibration(phases: Sequence[Phase]) -> None:
    said = sorted(one for phase in phases for one in phase.said)
    brier = fmean((one.followed - one.confidence) ** 2 for one in said)
    print(f"confidence of {len(said):,} cards: off by {error_of(said):.3f}, Brier {brier:.4f}; by tenths")
    tenths = [said[len(said) * n // 10 : len(said) * (n + 1) // 10] for n in range(10)]
    print("  said     " + " ".join(f"{fmean(one.confidence for one in of):.2f}" for of in tenths))
    print("  followed " + " ".join(f"{fmean(one.followed for one in of):.2f}" for of in tenths))


def main() -> None:
    """Runs the worlds and prints two tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    house = maison_from(tomllib.loads((ROOT / "deploy/maisons/lumiere.toml").read_text()), "lumiere")
    house = msgspec.structs.replace(house, segments=[])
    found = []
    for n in range(asked.runs):
        print(f"\rworld {n + 1} of {asked.runs}", end="", file=sys.stderr, flush=True)
        found.append(run(asked.seed + n, house))
    print(file=sys.stderr)
    for title, phases in zip(
        (f"After {LEARNING:,} alerts, {asked.runs} worlds", f"{ADAPTING} alerts after the world changed"),
        zip(*found, strict=True),
        strict=True,
    ):
        _table(title, [phase.scores for phase in phases])
        _calibration(phases)


if __name__ == "__main__":
    main()
