"""What the acceptance model looks at."""

from heapq import heappop, heappush
from itertools import product
from random import Random
from statistics import fmean

import pytest

from agents.attention import entry_of, on_feedback, on_timer
from agents.models.acceptance import MODEL
from feature_store import record as records
from feature_store.features.attention import OVER, Proposed, keep
from feature_store.store import Timer
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


@pytest.mark.parametrize(
    ("verdict", "because", "counted"),
    [
        ("dismissed", None, 1),
        ("dismissed", "not_now", 1),
        ("dismissed", "declined", 1),
        ("dismissed", "looked_after", 0),
        ("never", "looked_after", 1),
    ],
)
def test_what_was_done_already_was_right_and_is_remembered_as_no_refusal(
    verdict: str, because: str | None, counted: int
) -> None:
    client = a.record_of()
    entry = Proposed("lapsing", "r", "vendome", int(a.NOON), int(a.NOON + STANDS), step=2)
    keep(records.own(client, "attention"), {"alert": entry})
    said = {"alert": "alert", "staff": "camille", "verdict": verdict, "because": because}
    event = a.event("staff.feedback", a.NOON + 60, card="c", **said)
    records.touch(client, event, a.NOON + 60, a.HOUSE)
    known = records.values(client, a.NOON + 90)["attention"]
    assert (known["open"], known["accepted"], known["dismissed"]) == (0, 0, counted)


def test_the_action_is_a_feature_of_its_own() -> None:
    assert MODEL.x(a.moment(), a.proposal(action="hotel_arrival"))["action=hotel_arrival"] == 1.0


FOLLOWED = {"lapsing": 0.7, "birthday": 0.4, "new_arrival": 0.2}
"""How often staff follow, which nobody has told the model: of the others half are never answered."""
STANDS = 3 * 86_400.0


def labels_of(alert: str, said: str, morning: float, at: float) -> list[tuple[float, int]]:
    """When the model hears what became of a card, and what."""
    record = a.record_of()
    entry = Proposed("lapsing", "r", "vendome", int(morning), int(morning + STANDS), step=2, purpose=1)
    keep(records.own(record, "attention"), {alert: entry})
    follows, timers = [], [Timer("lumiere", "part", f"expire:{alert}", morning + STANDS)]
    if said:
        event = a.event("staff.feedback", at, card="c", alert=alert, staff="camille", verdict=said)
        before = entry_of(record, alert)
        records.touch(record, event, at, a.HOUSE)
        follows.append(on_feedback(record, event, "part", before, at, at))
        timers = [timer for timer in follows[0].timers if timer.due < morning + 2 * STANDS]
    follows += [on_timer(record, record, timer, timer.due) for timer in timers]
    told = [one for follow in follows for model, one in follow.outcomes if model == "acceptance"]
    return [(one.at, one.y) for one in told if one.y is not None]


def test_of_cards_that_stand_for_days_as_many_are_held_likely_as_are_followed() -> None:
    """Two hundred cards a morning, each followed or refused within the day, or not answered in three days."""
    random, model = Random(1), MODEL.new()
    waiting: list[tuple[float, int, dict[str, float], int]] = []
    held: dict[str, list[float]] = {action: [] for action in FOLLOWED}
    for day, nth in product(range(15), range(200)):
        morning, action = a.NOON + day * 86_400 + nth, random.choice([*FOLLOWED])
        while waiting and waiting[0][0] <= morning:
            _, _, x, y = heappop(waiting)
            MODEL.learn(model, x, y)
        x = MODEL.x(a.moment(), a.proposal(action=action))
        if day >= 5:
            held[action].append(MODEL.predict(model, x))
        luck, follows = random.random(), FOLLOWED[action]
        said = "accepted" if luck < follows else "dismissed" if luck < (1 + follows) / 2 else ""
        for at, y in labels_of(f"{day}/{nth}", said, morning, morning + random.random() * 30_000):
            heappush(waiting, (at, day * 200 + nth, x, y))
    assert {action: fmean(ps) for action, ps in held.items()} == pytest.approx(FOLLOWED, abs=0.08)
