"""Which other parts this part has announced."""

from feature_store.features.links import FEATURE, KEPT, Announced


def test_announced_parts_are_counted_and_unite() -> None:
    merged = FEATURE.merge([Announced(["p2", "p1"]), Announced(["p1"])])
    assert merged.parts == ["p1", "p2"]
    assert FEATURE.values(merged, 0.0) == {"announced": 2}


def test_a_union_stays_bounded() -> None:
    assert len(FEATURE.merge([Announced([f"p{n}" for n in range(9)]), Announced(["x"] * 9)]).parts) <= KEPT
