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
    assert learned["choice"].alerts <= 0.55 * learned["rules"].alerts
    assert learned["choice"].value > 1.2 * learned["rules"].value
    assert learned["choice"].value < learned["oracle"].value
