"""Off-policy evaluation: what another policy would have earned, from a log of decisions."""

import json
import runpy
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from agents.evaluate import Evaluated, Evaluation
from schemas.decisions import Logged, logged
from streams.cli import main

ROOT = Path(__file__).resolve().parents[2]
TWO = {"context": "d1", "actions": ["card", "silence"], "action": "card", "propensity": 0.5, "reward": 1.0}
Evaluate = Callable[..., tuple[int, str, str]]


def evaluation(*lines: dict[str, Any]) -> Evaluation:
    made = Evaluation()
    for number, line in enumerate(lines):
        made.add(logged(json.dumps(TWO | {"context": f"d{number}"} | line).encode()))
    return made


def drawn(count: int, seed: int = 1, unknown: float = 0.0) -> Evaluation:
    """Decisions of a policy that shows a card three times in ten; cards are worth 0.6, silence 0.2. Of an
    `unknown` share of cards, and of no silence, nobody knows what came.
    """
    random, lines = Random(seed), []
    for _ in range(count):
        card = random.random() < 0.3
        reward: float | None = float(random.random() < (0.6 if card else 0.2))
        if card and random.random() < unknown:
            reward = None
        lines.append(
            {
                "action": "card" if card else "silence",
                "propensity": 0.3 if card else 0.7,
                "reward": reward,
                "policies": {"cards": [1, 0], "mostly": [0.8, 0.2]},
                "q": [0.5, 0.3],
            }
        )
    return evaluation(*lines)


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    def evaluate(lines: list[str], *options: str) -> tuple[int, str, str]:
        log = tmp_path / "log"
        log.write_text("".join(line + "\n" for line in lines))
        ran = CliRunner().invoke(main, ["evaluate", str(log), *options])
        return ran.exit_code, ran.stdout, ran.stderr

    return evaluate


def test_four_decisions_by_hand() -> None:
    made = evaluation(
        {"policies": {"p": [0.8, 0.2]}, "q": [0.5, 0.1]},
        {"action": "silence", "reward": 0, "policies": {"p": [0.8, 0.2]}, "q": [0.5, 0.1]},
    ).policies["p"]
    assert made.ips.value == pytest.approx((1.6 * 1 + 0.4 * 0) / 2)
    assert made.snips is not None
    assert made.snips.value == pytest.approx(1.6 / 2.0)
    assert made.dr is not None
    assert made.dr.value == pytest.approx(0.42 + (1.6 * 0.5 + 0.4 * -0.1) / 2)
    assert (made.heaviest, made.effective) == (pytest.approx(1.6), pytest.approx(4 / (1.6**2 + 0.4**2)))


def test_every_estimate_finds_what_a_policy_is_worth_that_was_never_in_force() -> None:
    found = drawn(20_000).policies
    for policy, worth in (("cards", 0.6), ("mostly", 0.52)):
        for estimate in (found[policy].ips, found[policy].snips, found[policy].dr):
            assert estimate is not None
            assert estimate.low < worth < estimate.high
            assert estimate.high - estimate.low < 0.04


@pytest.mark.parametrize(("policy", "worth"), [("cards", 0.6), ("mostly", 0.52)])
@pytest.mark.parametrize("unknown", [0.0, 0.5])
def test_intervals_hold_the_truth_nineteen_times_in_twenty(policy: str, worth: float, unknown: float) -> None:
    """Also where more is unknown of what was said than of silence: a card that nobody saw earned neither."""
    held = {"ips": 0, "snips": 0, "dr": 0}
    for seed in range(100):
        of: Evaluated = drawn(300, seed, unknown).policies[policy]
        for name in held:
            estimate = getattr(of, name)
            held[name] += estimate.low < worth < estimate.high
    assert all(0.95 * 100 - 4 * sqrt(0.95 * 0.05 * 100) < count for count in held.values()), held


def test_a_decision_told_twice_counts_once_and_one_without_its_reward_waits() -> None:
    made = evaluation(
        {}, {"context": "d0", "reward": 0}, {"reward": None}, {"context": "d2"}, {"reward": None}
    )
    assert (made.decisions, made.twins, made.waiting) == (2, 1, 1)
    assert made.logged is not None
    assert made.logged.value == 1.0


def test_what_is_known_of_an_action_stands_for_what_is_not_until_that_is_known_itself() -> None:
    silent = {"action": "silence", "propensity": 0.5, "reward": 0.0, "policies": {"p": [1, 0]}}
    card = silent | {"action": "card"}
    lines = [silent, silent, card | {"reward": 1.0}, card | {"reward": None}]
    assert evaluation(*lines).policies["p"].ips.value == pytest.approx(2 * (1.0 + 1.0) / 4)
    made = evaluation(*lines, card | {"reward": None, "context": "d3"}, card | {"context": "d3"})
    assert (made.waiting, made.twins, made.decisions) == (0, 1, 4)
    assert made.policies["p"].ips.value == pytest.approx(2 * (1.0 + 0.0) / 4)
    assert made.logged is not None
    assert made.logged.value == pytest.approx(1 / 4)


def test_without_a_model_on_every_line_nothing_is_doubly_robust() -> None:
    made = evaluation({"policies": {"p": [1, 0]}, "q": [0.5, 0.1]}, {"policies": {"p": [1, 0]}})
    assert made.policies["p"].dr is None


def test_a_policy_that_never_does_what_was_done_is_worth_nothing_here() -> None:
    made = evaluation({"policies": {"p": [0, 1]}}).policies["p"]
    assert (made.snips, made.effective) == (None, 0.0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"propensity": 0}, "$.propensity"),
        ({"propensity": 1.5}, "$.propensity"),
        ({"action": "call"}, "$.action"),
        ({"actions": ["card", "card"]}, "$.actions"),
        ({"actions": []}, "$.actions"),
        ({"reward": 1e300}, "$.reward"),
        ({"reward": "Aline Dupont"}, "$.reward"),
        ({"policies": {"p": [0.5, 0.4]}}, "$.policies"),
        ({"policies": {"p": [1.0]}}, "$.policies"),
        ({"policies": {"p": [-1, 2]}}, "$.policies"),
        ({"q": [1.0]}, "$.q"),
    ],
)
def test_a_bad_line_is_told_by_number_and_field_and_the_rest_is_evaluated(
    evaluate: Evaluate, change: dict[str, Any], field: str
) -> None:
    good, bad = json.dumps(TWO | {"context": "d0"}), json.dumps(TWO | change)
    code, told, said = evaluate([good, bad, "no json"], "--json")
    assert code == 0
    assert {k: json.loads(told)[k] for k in ("decisions", "refused")} == {"decisions": 1, "refused": 2}
    assert f"line 2: {field}" in said or ("line 2: " in said and f"at `{field}" in said)
    assert "line 3: not JSON" in said
    assert "Aline" not in said + told
    assert evaluate([good, bad], "--strict")[0] == 1


def test_a_log_without_a_decision_is_an_error(evaluate: Evaluate) -> None:
    code, _, said = evaluate(["{}", "x" * 300_000])
    assert code == 1
    assert "is a decision whose reward is known" in said
    assert "line 2: too large" in said


def test_a_long_log_says_how_far_it_is(evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.evaluate_command.TELL", 100)
    code, told, said = evaluate([json.dumps(TWO | {"context": f"d{i}"}) for i in range(250)])
    assert (code, "250 lines" in said) == (0, True)
    assert told.startswith("250 decisions, 0 waiting, 0 twins, 0 refused")


@pytest.mark.parametrize("log", ["random", "bts"])
def test_estimates_equal_those_of_the_obp_package(
    data: Path, monkeypatch: pytest.MonkeyPatch, log: str
) -> None:
    """The golden file holds what obp 0.5.5 gives for the log of `examples/obd.py`."""
    monkeypatch.setenv("PREVENANCE_DATA", str(data))
    decisions = runpy.run_path(str(ROOT / "examples/obd.py"))["decisions"]
    made = Evaluation()
    for line in decisions(log):
        made.add(msgspec.convert(line, Logged))
    theirs = json.loads((ROOT / "tests/golden/obd_obp.json").read_text())
    assert {f"{log}/{policy}" for policy in made.policies} == {
        of for of in theirs if of.startswith(f"{log}/")
    }
    for policy, of in made.policies.items():
        assert of.snips is not None
        assert of.dr is not None
        ours = {"ips": of.ips.value, "snips": of.snips.value, "dr": of.dr.value}
        assert ours == pytest.approx(theirs[f"{log}/{policy}"], rel=0, abs=1e-12)
