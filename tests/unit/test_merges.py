"""What merges corrupt elsewhere: nothing is lost, nothing counts twice, nothing answers the wrong person."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.judge import judged
from feature_store import record as records
from tests import builders as a
from tests.builders import Line

TOGETHER: dict[str, Any] = {"guest_id": "g1", "card": "c1"}
WARM = {"name": "Aline Moreau", "preferences": {"wine": "Sancerre"}}
SIZES = {"language": "fr", "sizes": {"ring": 52}, "profession": "architect"}


def answered(verdict: str, at: float, *of: dict[str, str]) -> Any:
    one, other = sorted(a.part_of(**who)[1] for who in of)
    given: Any = {"maison": "lumiere", "staff": "helene", "reason": "met both", "compared": ""}
    return judged((one, other), verdict, now=at, **given)  # type: ignore[arg-type]


async def known(line: Line, **who: str) -> dict[str, dict[str, Any]]:
    return records.values(await line.client(**who), a.NOON + 9)


async def lasting(line: Line, **who: str) -> dict[str, dict[str, Any]]:
    """All but how long ago anything was told of the client, which a person's word is too, and the cards that
    stand, which go by who they are at the time."""
    passing = ("attention", "recency", "links")
    return {name: of for name, of in (await known(line, **who)).items() if name not in passing}


async def test_a_merge_loses_no_field_and_nobody_becomes_anonymous() -> None:
    line = Line()
    await line.tell(
        a.profile(a.NOON - 90, WARM, guest_id="g1"),
        a.profile(a.NOON - 80, SIZES, card="c1"),
        a.checkin(a.NOON - 70, **TOGETHER),
    )
    for who in ({"guest_id": "g1"}, {"card": "c1"}):
        profile = (await known(line, **who))["profile"]
        assert profile["name"] == "Aline Moreau"
        assert (profile["preferences.wine"], profile["sizes.ring"]) == ("Sancerre", 52)
        assert (profile["language"], profile["profession"]) == ("fr", "architect")


async def test_visits_are_counted_once_however_often_and_by_whatever_a_client_is_linked() -> None:
    line = Line()
    visits = [a.checkin(a.NOON - 90 + n, card="c1") for n in range(5)]
    await line.tell(*visits, a.checkin(a.NOON - 50, **TOGETHER), a.profile(a.NOON - 40, WARM, **TOGETHER))
    await line.tell(*visits, a.link(a.NOON - 30, who={"card": "c1"}, with_={"guest_id": "g1"}))
    for who in ({"guest_id": "g1"}, {"card": "c1"}):
        assert (await line.facts(**who))["visits"] == 6


async def test_history_told_before_during_and_after_a_merge_is_all_the_clients() -> None:
    line = Line()
    await line.tell(
        a.view(a.NOON - 90, who={"email": "e@x.fr"}),
        a.checkin(a.NOON - 80, card="c1"),
        a.profile(a.NOON - 70, WARM, card="c1", email="e@x.fr"),
        a.view(a.NOON - 60, who={"email": "e@x.fr"}),
    )
    facts = await line.facts(card="c1")
    assert (facts["visits"], facts["views"]) == (1, 2)
    assert await line.facts(email="e@x.fr") == facts


async def test_an_order_that_the_till_and_the_shop_report_of_one_client_by_two_names_counts_once() -> None:
    line = Line()
    card, email = {"card": "c1"}, {"email": "e@x.fr"}
    await line.tell(
        a.purchase(a.NOON - 90, "4711", "store", **card),
        a.purchase(a.NOON - 80, "4711", "web", envelope={"source": "/shop"}, **email),
        a.purchase(a.NOON - 70, "4712", "web", envelope={"source": "/shop"}, **email),
    )
    before = [await line.facts(**who) for who in (card, email)]
    assert [facts["purchases"] for facts in before] == [1, 2]
    await line.tell(answered("same", a.NOON - 60, card, email))
    for who in (card, email):
        facts = await line.facts(**who)
        assert (facts["purchases"], facts["spend"]) == (2, {"EUR": 690_000})
        assert (await known(line, **who))["frequency"]["orders"] == 2
    await line.tell(answered("different", a.NOON, card, email))
    assert [await line.facts(**who) for who in (card, email)] == before


async def test_what_is_told_in_one_slice_with_the_link_is_not_left_behind() -> None:
    line = Line()
    await line.slice(
        [a.profile(a.NOON - 9, WARM, card="c1", email="e@x.fr"), a.view(a.NOON - 8, who={"email": "e@x.fr"})]
    )
    assert (await line.facts(card="c1"))["views"] == 1


async def test_a_reply_goes_to_whoever_wrote_whatever_was_merged_since() -> None:
    line = Line()
    await line.tell(
        a.profile(a.NOON - 90, WARM, who={"client_id": "k1", "whatsapp": "+33611111111"}),
        a.link(a.NOON - 80, who={"client_id": "k1"}, with_={"client_id": "k2"}),
        a.profile(a.NOON - 70, SIZES, who={"client_id": "k2", "whatsapp": "+33622222222"}),
    )
    await line.tell(a.chat(a.NOON, text="Bonsoir", conversation="of-k2", who={"whatsapp": "+33622222222"}))
    [(_, change)] = line.alerts[-1:]
    assert change.alert.client.id == a.part_of(whatsapp="+33622222222")[1]


async def test_what_does_not_look_like_an_address_or_a_number_links_nobody_whoever_states_it() -> None:
    line = Line()
    nobody = {"email": "n/a", "phone": "0612345678"}
    await line.tell(
        a.checkin(a.NOON - 90, who={"card": "c1", **nobody}, doubtful=["email", "phone"]),
        a.profile(a.NOON - 80, WARM, who={"card": "c2", **nobody}, doubtful=["email", "phone"]),
        a.checkin(a.NOON - 70, who={**nobody, "whatsapp": "+33611111111"}, doubtful=["email", "phone"]),
        a.checkin(
            a.NOON - 60, who={"card": "c3", "email": "n/a", "phone": "+33611111111"}, doubtful=["email"]
        ),
        a.checkin(a.NOON - 50, who={"card": "c4", "email": "n/a"}, doubtful=["email", "unheard-of"]),
    )
    assert [(await line.facts(card=f"c{n}"))["visits"] for n in (1, 3, 4)] == [1, 1, 1]
    assert {frozenset(change.parts) for change in line.links if len(change.parts) > 1} == {
        frozenset({a.part_of(card="c3")[1], a.part_of(phone="+33611111111")[1]})
    }


async def test_no_weak_identifier_merges_alone_and_no_merge_crosses_maisons() -> None:
    line = Line()
    await line.tell(
        a.view(a.NOON - 90, who={"client_id": "k1", "device_id": "tablet"}),
        a.view(a.NOON - 80, who={"client_id": "k2", "device_id": "tablet"}),
        a.profile(a.NOON - 70, WARM, client_id="k1"),
        a.profile(a.NOON - 60, WARM, client_id="k2"),
    )
    assert (await line.facts(client_id="k1"))["views"] == 1
    assert {change.maison for change in line.links} <= {"lumiere"}
    assert all(part[0] == "lumiere" for change in line.links for part in [a.part_of(client_id="k1")])


@pytest.mark.parametrize("order", [("same", "different"), ("different", "same", "different")])
async def test_an_unmerge_gives_back_both_clients_to_the_last_value(order: tuple[str, ...]) -> None:
    line = Line()
    one, other = {"guest_id": "g1"}, {"card": "c1"}
    await line.tell(
        a.profile(a.NOON - 90, WARM, **one), *(a.checkin(a.NOON - 80 + n, **other) for n in range(9))
    )
    before = [await lasting(line, **who) for who in (one, other)]
    for n, verdict in enumerate(order):
        await line.tell(answered(verdict, a.NOON + n, one, other))
        assert ((await line.facts(**one))["visits"] == 9) == (verdict == "same")
    assert [await lasting(line, **who) for who in (one, other)] == before


async def test_kinds_of_identifiers_weigh_though_a_person_judged_their_opaque_ids_first() -> None:
    person, card, email = {"client_id": "k1"}, {"card": "c1"}, {"email": "e@x.fr"}
    words = [
        answered("same", a.NOON - 80, person, card),
        answered("different", a.NOON - 79, person, email),
        answered("same", a.NOON - 78, card, email),
    ]
    together = a.checkin(a.NOON - 90, who=card | email)
    first, last = Line(), Line()
    await first.tell(together, *words)
    await last.tell(*words, together)
    for who in (card, email):
        assert (await first.facts(**who))["visits"] == (await last.facts(**who))["visits"] == 1


_WHO = [{"client_id": "k1"}, {"client_id": "k2"}, {"guest_id": "g1"}, {"card": "c1"}, {"email": "e@x.fr"}]
_told = st.lists(
    st.tuples(st.sampled_from(range(4)), st.sampled_from(_WHO), st.sampled_from(_WHO)).filter(
        lambda told: told[1].keys().isdisjoint(told[2])
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(told=_told, random=st.randoms(use_true_random=False))
async def test_facts_are_those_of_a_recount_whatever_was_linked_parted_and_told_twice(
    told: list[tuple[int, dict[str, str], dict[str, str]]], random: Any
) -> None:
    said: list[Any] = []
    for n, (what, one, other) in enumerate(told):
        at = a.NOON - 90 + n
        if what == 0:
            said.append(a.checkin(at, **one))
        elif what == 1:
            said.append(a.checkin(at, who=one | other))
        else:
            said.append(answered("same" if what == 2 else "different", at, one, other))
    line, other_way = Line(), Line()
    await line.tell(*said)
    shuffled = random.sample(said + said[:4], len(said) + len(said[:4]))
    await other_way.tell(*shuffled)
    visits = {a.part_of(**who): 0 for who in _WHO}
    for event in said:
        if a.tags([event]) == ["store.checkin"]:
            visits[("lumiere", (a.raw(event).key or b"").decode())] += 1
    for who in _WHO:
        part = a.part_of(**who)
        client = {part, *(("lumiere", p) for p in (await line.store.links([part]))[part])}
        recount = sum(visits.get(p, 0) for p in client)
        assert (await line.facts(**who))["visits"] == recount
        assert (await other_way.facts(**who))["visits"] == recount
