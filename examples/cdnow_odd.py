"""What looks wrong? Errors of a till and shared cards, put into CDNOW's orders, and found again.

    PREVENANCE_DATA=../shared/data python examples/cdnow_odd.py

Every hundredth order loses its decimal point (its amount counts a hundredfold). Orders are judged in the
order of time, each before it is learned. Beside the forecast of the line stand River's half-space trees, told
the same numbers. Then clients share cards, by twenty and by fifty.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from river import anomaly
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parent))
from cdnow import events, raw_text, rows

from agents.amiss import amiss
from agents.forecasts.amount import FAR, FORECAST, features
from feature_store import record as records
from feature_store.feature import House
from schemas.codec import decode

EVERY = 100
POINT = 100


def orders() -> list[Any]:
    """All orders, in the order of time."""
    made: list[Any] = [decode(msgspec.json.encode(said)) for said in events(rows(raw_text()))]
    return sorted(made, key=lambda order: order.time)


def judged(made: list[Any]) -> dict[str, float]:
    """Prints how many errors are found, and how many sound orders are taken for errors."""
    wrong = np.array([number % EVERY == 0 for number in range(len(made))])
    ours, trees = FORECAST.new(), anomaly.HalfSpaceTrees(seed=1, limits={"USD": (0, 20)})
    far, high = np.zeros(len(made)), np.zeros(len(made))
    for number, order in enumerate(made):
        line = order.data.lines[0]
        if wrong[number]:
            line = msgspec.structs.replace(line, amount=line.amount * POINT)
        x = features(msgspec.structs.replace(order.data, lines=[line]))
        far[number] = ours.far("USD", x["USD"]) or 0.0
        high[number] = trees.score_one(x)
        trees.learn_one(x)
        FORECAST.learn(ours, x, 0)
    found, false = (far[wrong] > FAR).mean(), (far[~wrong] > FAR).mean()
    paid = np.array([order.data.lines[0].amount > 0 for order in made])
    print(
        f"{wrong.sum():,} errors among {len(made):,} orders: {found:.3f} found; of sound orders {false:.4f}"
    )
    print(f"of sound orders that cost anything {(far[~wrong & paid] > FAR).mean():.5f}")
    aucs = {"curve": roc_auc_score(wrong, far), "half-space trees": roc_auc_score(wrong, high)}
    print(" | ".join(f"{name} AUC {auc:.4f}" for name, auc in aucs.items()))
    return {"found": float(found), "false": float(false)} | {n: float(auc) for n, auc in aucs.items()}


def carded(made: list[Any]) -> dict[str, float]:
    """Prints how many cards are taken to be shared: of one client each, and of fifty."""
    found = {}
    for name, size in (("one", 1), ("twenty", 20), ("fifty", 50)):
        cards: dict[int, Any] = {}
        for order in made:
            card = cards.setdefault(int(order.data.who.client_id) // size, records.Record())
            records.touch(card, order, order.time.timestamp(), House())
        odd = sum(amiss(card) == "shared" for card in cards.values())
        found[name] = odd / len(cards)
        print(f"{len(cards):,} cards of {name}: {odd:,} taken to be shared")
    return found


def main() -> dict[str, float]:
    made = orders()
    return judged(made) | carded(made)


if __name__ == "__main__":
    main()
