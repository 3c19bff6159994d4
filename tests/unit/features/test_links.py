"""Which other parts this part has announced."""

from feature_store.features.links import FEATURE, KEPT, Announced, announce, announced, mark
from tests import builders as a

ONE, OTHER, *MANY = (a.part_of(card=f"c{n}")[1] for n in range(40))


def said(*oids: str) -> Announced:
    slice = Announced()
    announce(slice, oids, linked=True)
    return slice


def test_announced_parts_are_counted_and_unite() -> None:
    merged = FEATURE.merge([said(OTHER, ONE), said(ONE)])
    assert announced(merged) == sorted([mark(ONE), mark(OTHER)])
    assert repr(FEATURE.values(merged, 0.0)) == "{'announced': 2}", "a count is a whole number"


def test_a_union_stays_bounded() -> None:
    assert len(announced(FEATURE.merge([said(*MANY[:9]), said(*MANY[9:18])]))) == KEPT
    assert announced(said(*MANY)) == [mark(oid) for oid in MANY[-KEPT:]]


def test_a_withdrawn_link_is_announced_no_more() -> None:
    slice = said(ONE, OTHER)
    announce(slice, [ONE], linked=False)
    assert announced(slice) == [mark(OTHER)]
