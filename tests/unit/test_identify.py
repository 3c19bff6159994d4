"""Stated links, and their withdrawal."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.identify import Nodes, identify
from agents.resolve import MOST
from schemas.messages import LinkChange


def said(*parts: str, linked: bool = True, at: float = 0.0) -> LinkChange:
    return LinkChange(
        maison="lumiere", parts=parts, linked=linked, source="/crm", id="e", evidence="ClientLink", at=at
    )


def others(nodes: Nodes, *changes: tuple[int, LinkChange]) -> dict[str, tuple[str, ...]]:
    return {part: links.parts for (_, part), links in identify(changes, nodes).links.items()}


def test_what_is_stated_together_is_one_client_seen_from_every_part() -> None:
    assert others({}, (0, said("a", "b", "c"))) == {"a": ("b", "c"), "b": ("a", "c"), "c": ("a", "b")}


def test_two_clients_that_meet_in_one_part_are_one() -> None:
    found = others({}, (0, said("a", "b")), (1, said("c", "d")), (2, said("b", "c")))
    assert found["a"] == ("b", "c", "d")
    assert found["d"] == ("a", "b", "c")


def test_a_withdrawn_link_gives_back_both_clients_exactly() -> None:
    nodes: Nodes = {}
    before = others(nodes, (0, said("a", "b")), (1, said("c", "d")))
    others(nodes, (2, said("b", "c")))
    assert others(nodes, (3, said("b", "c", linked=False))) == before


def test_a_withdrawal_of_what_was_never_stated_changes_nothing() -> None:
    nodes: Nodes = {}
    others(nodes, (0, said("a", "b")))
    assert others(nodes, (1, said("a", "z", linked=False))) == {"a": ("b",), "b": ("a",), "z": ()}


def test_links_carry_the_offset_of_the_statement_that_made_them() -> None:
    nodes: Nodes = {}
    first = identify([(5, said("a", "b"))], nodes)
    second = identify([(6, said("b", "c")), (9, said("x", "y"))], nodes)
    assert {links.version for links in first.links.values()} == {5}
    versions = {part: links.version for (_, part), links in second.links.items()}
    assert versions == {"a": 6, "b": 6, "c": 6, "x": 9, "y": 9}


def test_a_client_of_too_many_parts_takes_no_more_and_the_rest_goes_on() -> None:
    nodes: Nodes = {}
    crowd = said(*(f"p{n}" for n in range(MOST)))
    linked = identify([(0, crowd), (1, said("p0", "one-more", at=1.0)), (2, said("a", "b"))], nodes)
    assert linked.full == ["one-more", "p0"]
    assert linked.links[("lumiere", "one-more")].parts == ()
    assert len(linked.links[("lumiere", "p0")].parts) == MOST - 1
    assert linked.links[("lumiere", "a")].parts == ("b",)


_pairs = st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.booleans())


@settings(max_examples=60, deadline=None)
@given(stated=st.lists(_pairs.filter(lambda p: p[0] != p[1]), max_size=14), cut=st.integers(0, 14))
def test_one_by_one_or_all_at_once_and_again_after_a_crash_the_links_are_the_same(
    stated: list[tuple[str, str, bool]], cut: int
) -> None:
    changes = [(n, said(one, two, linked=linked)) for n, (one, two, linked) in enumerate(stated)]

    def final(*batches: list[tuple[int, LinkChange]]) -> dict[str, tuple[str, ...]]:
        nodes: Nodes = {}
        found: dict[str, tuple[str, ...]] = {}
        for batch in batches:
            found |= others(nodes, *batch)
        return found

    whole = final(changes)
    assert final(*[[change] for change in changes]) == whole
    assert final(changes[:cut], changes[cut:]) == whole
    for part, linked in whole.items():
        assert all(part in whole[other] for other in linked)
