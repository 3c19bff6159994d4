"""The table of tiers: complete, and never looser than its words."""

from typing import Any

import pytest

from feature_store import record as records
from schemas.events.client import Fields
from schemas.tiers import (
    FACTS,
    KNOWS,
    MENTIONS,
    TIERS,
    may_know,
    may_mention,
    row_of,
    tier_of,
    wrongly_raised,
)
from tests import builders as a

GROUPS = {"sizes", "preferences"}


@pytest.mark.parametrize("feature", [f.name for f in records.FEATURES if f.name != "profile"])
def test_every_feature_has_its_tier_in_the_table(feature: str) -> None:
    rows = [row for row in FACTS if row.partition(".")[0] == feature]
    assert rows, (
        f"say in schemas/tiers.py how intimate {feature}.* is: until then nobody but its advisor sees it"
    )


def test_every_field_of_the_profile_has_its_tier_in_the_table() -> None:
    fields = set(Fields.__struct_fields__) - GROUPS
    assert {field for field in fields if row_of(field) == "*"} == set()
    assert {row_of(f"{group}.anything") for group in GROUPS} == {"sizes.*", "preferences.*"}


def test_what_no_row_names_is_intimate() -> None:
    assert tier_of("aura.blue", {}) == 3
    assert not may_know("aura.blue", "serving", {})


@pytest.mark.parametrize(
    "fact",
    ["profession", "facts.spend", "monetary.net", "notes.3"]
    + [f"preferences.{word}" for word in ("children", "partner", "gifts", "health", "religion", "wealth")],
)
def test_the_intimate_is_for_the_assigned_advisor(fact: str) -> None:
    assert tier_of(fact, {}) == 3
    assert may_know(fact, "assigned", {})
    assert not any(may_know(fact, circle, {}) for circle in ("serving", "team", "house"))


def test_who_serves_knows_of_an_allergy_and_does_not_speak_of_it() -> None:
    for fact in ("preferences.allergies", "preferences.accessibility", "preferences.diet"):
        assert may_know(fact, "serving", {})
        assert may_know(fact, "team", {})
        assert not may_mention(fact, "serving", {})
        assert may_mention(fact, "assigned", {})
        assert not may_know(fact, "house", {})


def test_nobody_says_what_they_do_not_know_nor_what_is_never_said() -> None:
    for fact, row in FACTS.items():
        for circle in KNOWS:
            assert may_know(fact, circle, {}) or not may_mention(fact, circle, {})
            assert MENTIONS[circle] <= KNOWS[circle]
        assert not row.unsaid or not may_mention(fact, "assigned", {})


def test_a_maison_raises_a_fact_and_lowers_none() -> None:
    raised = {"sizes.ring": 3, "name": 3, "preferences.truffles": 3, "taste.*": 2}
    assert [*wrongly_raised(raised)] == []
    assert not may_know("sizes.ring", "serving", raised)
    assert may_know("sizes.shoe", "serving", raised)
    assert not may_know("preferences.truffles", "serving", raised)
    assert not may_know("taste.bags", "house", raised)
    assert may_know("name", "team", {})
    assert not may_know("name", "team", raised), "a raised fact is known by its tier alone"


@pytest.mark.parametrize(
    ("tiers", "says"),
    [
        ({"name": 1}, "tiers: 'name' is of tier 2 and may only be raised, to 3"),
        ({"sizes.ring": 4}, "tiers: 'sizes.ring' is of tier 1 and may only be raised, to 3"),
        ({"shoe_size": 2}, "tiers: 'shoe_size' is no fact"),
        ({"name": "high"}, "tiers.name: write a whole number"),
    ],
)
def test_a_maison_file_that_lowers_or_misnames_a_fact_is_refused(tiers: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        a.lumiere(tiers=tiers)


def test_each_tier_is_used_and_named() -> None:
    assert {row.tier for row in FACTS.values()} == set(range(len(TIERS)))
