"""Which of several statements of a field survives, what is kept of the others, and why."""

from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feature_store import record as records
from feature_store.feature import house_of
from feature_store.features.profile import FEATURE, LOST, claims
from feature_store.statement import Claim
from tests import builders as a
from tests.random_events import lives

HOUSE = house_of(
    a.lumiere(
        sources=[
            {"source": "/pms", "rank": 1},
            {"source": "/till/*", "rank": 2},
            {"source": "/till/ginza*", "rank": 3},
            {"source": "/club", "rank": 2, "kind": "partner"},
        ]
    ),
    a.PEPPER,
)


def said(source: str, at: float, verified: list[str] | None = None, **fields: Any) -> Any:
    return a.profile(at, fields, client_id="c1", envelope={"source": source}, verified=verified)


def believed(*told: Any) -> dict[str, list[Claim]]:
    record = records.decode(records.encode(a.record_of(*told, house=HOUSE)))
    return claims(records.slice_of(record, "profile"))


def values(*told: Any) -> dict[str, list[Any]]:
    return {field: [claim.value for claim in several] for field, several in believed(*told).items()}


def test_the_more_reliable_source_wins_though_another_spoke_later_and_verified() -> None:
    hotel, till = (
        said("/pms", a.NOON - 9e6, language="it"),
        said("/till/2", a.NOON, ["language"], language="fr"),
    )
    club, unheard = said("/club", a.NOON + 1, language="de"), said("/unheard-of", a.NOON + 2, language="ja")
    for told in permutations((hotel, till, club, unheard)):
        assert values(*told) == {"language": ["it", "fr"]}


def test_of_two_equally_reliable_what_was_verified_wins_then_what_was_said_later() -> None:
    passport = said(
        "/till/1", a.NOON - 9, ["birth_date", "sizes"], birth_date="1980-04-02", sizes={"ring": 52}
    )
    form = said("/till/2", a.NOON, birth_date="1980-02-04", sizes={"ring": 53}, name="Aline")
    later = said("/till/3", a.NOON + 9, name="Alice")
    for told in permutations((passport, form, later)):
        assert values(*told) == {
            "birth_date": ["1980-04-02", "1980-02-04"],
            "sizes.ring": [52, 53],
            "name": ["Alice", "Aline"],
        }


def test_the_longest_pattern_ranks_a_source_and_a_partner_comes_after_the_house_at_the_same_rank() -> None:
    club, ginza, paris = (said(s, a.NOON, name=s) for s in ("/club", "/till/ginza-1", "/till/vendome-1"))
    assert values(club, ginza, paris) == {"name": ["/till/vendome-1", "/club"]}


def test_each_field_says_who_stated_it_and_why_the_other_lost() -> None:
    told = believed(
        said("/pms", a.NOON - 9, ["gender"], language="it", gender="women"),
        said("/club", a.NOON, language="fr"),
        said("/pms", a.NOON + 9, gender="men"),
        said("/unheard-of", a.NOON, name="Aline"),
        said("/till/1", a.NOON - 9, profession="notary", sizes={"ring": 52}),
        said("/till/2", a.NOON, profession="glassblower"),
        said("/till/2", a.NOON - 9, sizes={"ring": 53}),
    )
    reasons = {field: [c.outranked_by(several[0]) for c in several[1:]] for field, several in told.items()}
    assert reasons == {
        "language": ["a less reliable source"],
        "gender": ["not verified"],
        "name": [],
        "profession": ["said earlier"],
        "sizes.ring": ["said at the same time"],
    }
    best, other = told["language"]
    assert (best.source, best.kind, best.rank, best.verified) == ("/pms", "first_party", 1, False)
    assert (other.source, other.kind, other.rank, other.at) == ("/club", "partner", 2, int(a.NOON * 1000))
    assert (told["name"][0].kind, told["gender"][0].verified) == ("unknown", True)


def test_people_of_the_house_outrank_its_systems_unless_the_file_says_otherwise() -> None:
    for source in ("/staff", "/staff/camille", "/console"):
        assert values(said("/pms", a.NOON, ["name"], name="A."), said(source, a.NOON - 9, name="Aline")) == {
            "name": ["Aline", "A."]
        }
    sources = [{"source": "/staff*", "rank": 7}, {"source": "/pms", "rank": 1}]
    humble = house_of(a.lumiere(sources=sources), a.PEPPER)
    told = a.record_of(said("/pms", a.NOON - 9, name="A."), said("/staff/x", a.NOON, name="B."), house=humble)
    assert records.values(told, a.NOON)["profile"] == {"name": "A."}


def test_what_a_page_verifies_is_not_verified_and_loses_to_a_source_nobody_declared() -> None:
    page = a.profile(
        a.NOON,
        {"name": "Mickey"},
        session="s",
        envelope={"scope": "web", "source": "/pms"},
        verified=["name"],
    )
    told = believed(page, said("/unheard-of", a.NOON - 9, name="Aline"))["name"]
    assert [(claim.value, claim.kind, claim.verified) for claim in told] == [
        ("Aline", "unknown", False),
        ("Mickey", "page", False),
    ]


@pytest.mark.parametrize(("believed", "other"), [("fr", "FR"), ("FR", "fr")])
def test_two_systems_that_spell_one_value_differently_do_not_contradict(believed: str, other: str) -> None:
    told = said("/pms", a.NOON, language=believed), said("/club", a.NOON, language=other)
    assert values(*told) == values(*told[::-1]) == {"language": [believed]}


def test_of_two_words_of_one_instant_the_same_is_believed_in_whichever_order_they_come() -> None:
    told = said("/pms", a.NOON, language="fr"), said("/pms", a.NOON, language="it")
    assert values(*told) == values(*told[::-1]) == {"language": ["it", "fr"]}


def test_a_merge_of_a_known_client_with_an_empty_or_poorer_part_loses_no_field() -> None:
    """A known complaint of other systems: a merge lost properties, and the profile became anonymous."""
    whole = {"name": "Aline", "language": "fr", "sizes": {"ring": 52}, "preferences": {"wine": "Chablis"}}
    known = a.record_of(said("/pms", a.NOON - 9e6, **whole), house=HOUSE)
    poorer = a.record_of(said("/till/1", a.NOON, name="A.", profession="notary"), house=HOUSE)
    page = a.record_of(a.profile(fields={}, session="s"), a.view(), house=HOUSE)
    for parts in permutations((known, poorer, page)):
        merged = records.values(records.merge(parts), a.NOON)["profile"]
        assert merged == {
            "name": "Aline", "language": "fr", "profession": "notary",
            "sizes.ring": 52, "preferences.wine": "Chablis",
        }  # fmt: skip


def test_what_lost_is_kept_of_a_few_fields_and_never_at_the_cost_of_one_that_won() -> None:
    many = {f"p{n}": n for n in range(20)}
    first = said("/pms", a.NOON, preferences=many)
    others = [said(f"/s{n}", a.NOON + n, preferences={f"p{n}": "other"}) for n in range(20)]
    one, other = (
        records.slice_of(a.record_of(*t), "profile") for t in ((first, *others), (*others[::-1], first))
    )
    assert (
        FEATURE.values(one, a.NOON) == {f"preferences.p{n}": n for n in range(20)} == FEATURE.values(other, 0)
    )
    assert {f for f, several in claims(one).items() if several[1:]} == {
        f"preferences.p{n}" for n in range(20 - LOST, 20)
    }
    assert claims(one) == claims(other)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives(), random=st.randoms(use_true_random=False))
def test_what_is_believed_and_what_lost_do_not_depend_on_order_twins_or_parts(
    life: list[Any], random: Random
) -> None:
    whole = claims(records.slice_of(a.record_of(*life), "profile"))
    shuffled = random.sample(life, len(life))
    assert claims(records.slice_of(a.record_of(*shuffled, *life), "profile")) == whole
    left = [event for event in life if random.random() < 0.5]
    right = [event for event in life if event not in left or random.random() < 0.2]
    parts = [records.slice_of(a.record_of(*events), "profile") for events in (left, right)]
    assert claims(FEATURE.merge(parts)) == claims(FEATURE.merge(parts[::-1])) == whole
