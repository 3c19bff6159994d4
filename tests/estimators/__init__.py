"""All that is estimated of clients, each as what holds of every estimator asks it: `test_every_estimator.py`.

Models and forecasts learn on the line, by the learner; arrivals and what goes together are counts in the
tallies, which move with each record. Each is set in a world of its own, of which only the tests know the
truth: cases are drawn from it, asked before they are told.
"""

from collections.abc import Sequence

from agents.foresee import FORECASTS
from agents.registry import MODELS
from tests.estimators.contract import Estimator
from tests.estimators.counted import ARRIVALS, ITEMS
from tests.estimators.taught import of_forecast, of_model

ESTIMATORS: Sequence[Estimator] = [
    *map(of_model, MODELS), *map(of_forecast, FORECASTS), ARRIVALS, ITEMS,
]  # fmt: skip
"""The two of counts have no folder in which they could be found: a further one is added here."""
