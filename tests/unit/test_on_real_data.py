"""Forecasts on real data: a slice here, all of it by the examples themselves."""

import runpy
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feature_store.lifetime import fit_rhythm

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def example(data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[..., dict[str, float]]]:
    monkeypatch.setenv("PREVENANCE_DATA", str(data))
    return lambda name: runpy.run_path(str(EXAMPLES / name))["main"]


def test_who_buys_again_is_foretold_better_than_by_recency_alone(example: Any) -> None:
    found = example("cdnow_repeat.py")("20", of=1)
    ours = found["the line: SGD 0.02, every 91 days"]
    assert ours > 0.76
    assert ours > max(found["recency"], found["bgnbd"])
    assert 0.5 < found["second"] < 0.65  # one order tells little, and no more is claimed


def test_parameters_of_all_of_cdnows_clients_are_those_that_the_paper_found_for_a_tenth(example: Any) -> None:
    """Fader, Hardie and Lee: 0.243, 4.414 weeks, 0.793, 2.426; whatever the hour at which one looks."""
    cdnow = runpy.run_path(str(EXAMPLES / "cdnow.py"))
    days: dict[str, set[int]] = {}
    for row in cdnow["rows"](cdnow["raw_text"]()):
        if row.day <= "19970930":
            days.setdefault(row.client, set()).add(datetime.strptime(row.day, "%Y%m%d").toordinal())
    looked = datetime(1997, 9, 30).toordinal()
    alike = Counter((len(of) - 1.0, max(of) - min(of), looked - min(of)) for of in days.values())
    for hours in (0, 12, 24):
        rows = [(repeats, between, age + hours / 24, n) for (repeats, between, age), n in alike.items()]
        found = fit_rhythm(np.array(rows))
        assert (found.r, found.alpha) == (pytest.approx(0.243, rel=0.15), pytest.approx(4.414 * 7, rel=0.15))
        assert (found.a, found.b) == (pytest.approx(0.793, rel=0.15), pytest.approx(2.426, rel=0.15))


def test_a_rhythm_is_drawn_better_to_that_of_who_began_alike_than_to_the_house(example: Any) -> None:
    found = example("cdnow_rhythm.py")("2")
    assert all(
        ours < house for ours, house in zip(found["as many articles"], found["the house"], strict=True)
    )


def test_cancellations_are_foretold_before_they_happen(example: Any) -> None:
    found = example("hotel_cancellation.py")("15", of=1, batch=False)
    assert found["pooled rates, on the line"] > 0.74


def test_what_guests_alike_chose_says_more_than_what_most_guests_chose(example: Any) -> None:
    found = example("which_next.py")("40", river=False)
    assert found["Room: hotel, party (the line)"] < found["Room: hotel"] < found["Room: all guests"]
    assert found["Board: hotel, party (the line)"] < found["Board: all guests"]


def test_who_is_left_in_peace_comes_back_more_often_than_who_is_written_to(example: Any) -> None:
    found = example("cdnow_lapsing.py")("2")
    assert found["left"] < found["mean"] < found["written"]
