"""What the choice learns in a world nobody told it of; `examples/simulated_house.py` runs twenty of them."""

import pytest

from examples import simulated_house as house
from tests import builders as a


def test_it_learns_to_speak_half_as_often_for_more_than_the_rules_alone_are_worth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LEARNING", "MEASURED"):
        monkeypatch.setattr(house, name, 400)
    monkeypatch.setattr(house, "ADAPTING", 1)
    learned, _ = house.run(3, a.lumiere(segments=[]))
    scores = learned.scores
    assert scores["choice"].alerts <= 0.55 * scores["rules"].alerts
    assert scores["choice"].value > 1.2 * scores["rules"].value
    assert scores["choice"].value < scores["oracle"].value
