"""Everything that happens to clients, in any order, for long.

`make prove ARGS=tests/prove/test_everything.py`; `tests/unit/test_everything_at_once.py` is a slice of
it. Other lives at each run; what fails is told with the steps that lead there, as few as Hypothesis finds.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine_alerts import Desks
from tests.machine_houses import Houses

LONG = settings(
    max_examples=400, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck),
    print_blob=True,
)  # fmt: skip


@pytest.mark.prove
@pytest.mark.timeout(3_600)
def test_whatever_happens_for_long_all_is_as_a_recount_says() -> None:
    run_state_machine_as_test(Houses, settings=LONG)


@pytest.mark.prove
@pytest.mark.timeout(3_600)
def test_whatever_people_decide_for_long_every_screen_is_as_it_should_be() -> None:
    run_state_machine_as_test(Desks, settings=LONG)
