"""What a note states in an obvious form, and what stays words."""

from typing import Any

import pytest

from agents.capture import typed

SAID: dict[str, dict[str, Any]] = {
    "Ring 52": {"sizes": {"ring": 52}},
    "size ring: 52": {"sizes": {"ring": 52}},
    "bague 52": {"sizes": {"ring": 52}},
    "Shoe size 38,5": {"sizes": {"shoe": 38.5}},
    "ring 52; glove 7.5": {"sizes": {"ring": 52, "glove": 7.5}},
    "Anniversary on 12 June": {"preferences": {"anniversary": "06-12"}},
    "wedding anniversary: 1 sept": {"preferences": {"anniversary": "09-01"}},
    "Likes gardenias. Loves Sancerre": {"preferences": {"likes": ["gardenias", "Sancerre"]}},
    "dislikes lilies": {"preferences": {"dislikes": ["lilies"]}},
    "Left-handed, ring 52": {"sizes": {"ring": 52}},
}
WORDS = (
    "Her sister wears a ring 52",
    "ring 5200",
    "Her daughter's birthday is 3 May",
    "anniversary 45 June",
    "likes " + "x" * 80,
    "likes",
    "",
    "52",
    "ring " * 2_000,
)


@pytest.mark.parametrize("text", SAID)
def test_a_clause_that_plainly_states_a_fact_is_typed(text: str) -> None:
    assert typed(text) == SAID[text]


@pytest.mark.parametrize("text", WORDS)
def test_everything_else_stays_words(text: str) -> None:
    assert typed(text) == {}
