"""What the client allows."""

import itertools

import msgspec
import pytest

from feature_store import record as records
from feature_store.features.consent import STATES, Consent, in_force
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
    assert records.values(record, a.NOON + 60)["consent"] == {}
    assert in_force(records.slice_of(record, "consent"), "one_to_one", None, a.NOON + 60) is None


def test_of_one_statement_with_two_ends_the_earlier_counts() -> None:
    ends = [a.consent(a.NOON, expires=a.iso(a.NOON + n), card="c1") for n in (60, 120)]
    for order in itertools.permutations(ends):
        record = a.record_of(*order)
        assert records.values(record, a.NOON + 59)["consent"] == {"one_to_one": "all"}
        assert records.values(record, a.NOON + 60)["consent"] == {}


HOUR = 3600
ENDS = (None, -HOUR, HOUR)
WORDS = [*itertools.product(("all", "one_to_one", "none"), ENDS)]


def naively(said: list[tuple[str, int | None]], now: float) -> str | None:
    """The last of several words; where it has run out, the last without an end, if it is stricter."""
    state, ends = said[-1]
    if ends is None or state == "none" or a.NOON + ends > now:
        return state
    lasting = [one for one, ends in said if ends is None or one == "none"][-1]
    return lasting if STATES.index(lasting) > STATES.index(state) else None


@pytest.mark.parametrize("said", [*itertools.product(WORDS, repeat=2)], ids=str)
def test_a_refusal_that_a_yes_with_an_end_was_said_over_holds_again_and_a_yes_that_was_shortened_does_not(
    said: tuple[tuple[str, int | None], ...],
) -> None:
    """In whichever order two words and a refusal before them come, doubled, or on parts that are linked."""
    words = [("none", None), *said]
    events = [
        a.consent(a.NOON - (8 - n) * HOUR, "marketing", state, card="c1", **until(ends))
        for n, (state, ends) in enumerate(words)
    ]
    for now in (a.NOON, a.NOON + 2 * HOUR):
        expected = {"marketing": state} if (state := naively(words, now)) else {}
        for order in itertools.permutations(events):
            record = a.record_of(*order, order[0])
            assert records.values(record, now)["consent"] == expected
            held = in_force(records.slice_of(record, "consent"), "marketing", None, now)
            assert (held and held.state) == state
            assert held is None or held.expires == 0 or held.expires > now
            apart = records.merge([a.record_of(order[0]), a.record_of(*order[1:])])
            assert records.values(apart, now)["consent"] == expected


def until(ends: int | None) -> dict[str, str]:
    return {} if ends is None else {"expires": a.iso(a.NOON + ends)}


def test_a_record_of_before_there_was_anything_beneath_is_read() -> None:
    slice = msgspec.msgpack.decode(msgspec.msgpack.encode([{9: 7}, {}]), type=Consent)
    assert (slice.given, slice.beneath) == ({9: 7}, {})


def test_a_channel_is_a_statement_of_its_own() -> None:
    assert given(a.consent(purpose="marketing", channel="email", state="all", card="c1")) == {
        "marketing/email": "all"
    }
