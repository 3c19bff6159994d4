"""What the acceptance model looks at."""

import pytest

from agents.models.acceptance import MODEL
from feature_store import record as records
from feature_store.features.attention import OVER, Proposed, keep
from tests import builders as a


def test_a_client_bought_yesterday_is_warm_and_one_of_years_ago_is_not() -> None:
    client = a.record_of(a.purchase(a.NOON - 86_400, card="c1"))
    assert MODEL.x(a.moment(client=client), a.proposal())["warm"] == pytest.approx(0.989, abs=1e-3)
    assert MODEL.x(a.moment(client=client, now=a.NOON + 9e7), a.proposal())["warm"] < 0.001
    assert MODEL.x(a.moment(), a.proposal())["warm"] == 0.0


def test_what_staff_made_of_earlier_proposals_is_seen() -> None:
    client = a.record_of()
    verdicts = {"x": ("done", True), "y": ("dismissed", False), "z": ("never", False)}
    keep(
        records.own(client, "attention"),
        {
            id: Proposed("welcome", "r", "i", 1, 2, step=OVER, verdict=verdict, accepted=accepted)
            for id, (verdict, accepted) in verdicts.items()
        },
    )
    x = MODEL.x(a.moment(client=client), a.proposal())
    assert (x["accepted"], x["dismissed"]) == (1 / 6, 2 / 6)


def test_the_action_is_a_feature_of_its_own() -> None:
    assert MODEL.x(a.moment(), a.proposal(action="hotel_arrival"))["action=hotel_arrival"] == 1.0
