"""What the client allows."""

import itertools

import pytest

from feature_store import record as records
from tests import builders as a


def given(*said: object) -> dict[str, str]:
    return dict(records.values(a.record_of(*said), a.NOON).get("consent", {}))


def test_the_latest_statement_wins_in_whichever_order_they_arrive() -> None:
    march = a.consent(a.NOON - 90 * 86_400, purpose="marketing", state="all", card="c1")
    june = a.consent(a.NOON - 86_400, purpose="marketing", state="none", card="c1")
    assert given(march, june) == given(june, march) == {"marketing": "none"}


@pytest.mark.parametrize("order", list(itertools.permutations(["all", "one_to_one", "none"])))
def test_of_two_statements_of_one_instant_the_stricter_holds(order: tuple[str, ...]) -> None:
    assert given(*(a.consent(a.NOON, state=state, card="c1") for state in order)) == {"one_to_one": "none"}


def test_a_consent_ends_when_it_expires() -> None:
    said = a.consent(a.NOON - 10, expires=a.iso(a.NOON + 60), card="c1")
    record = a.record_of(said)
    assert records.values(record, a.NOON)["consent"] == {"one_to_one": "all"}
    assert records.values(record, a.NOON + 61)["consent"] == {}


def test_a_channel_is_a_statement_of_its_own() -> None:
    assert given(a.consent(purpose="marketing", channel="email", state="all", card="c1")) == {
        "marketing/email": "all"
    }
