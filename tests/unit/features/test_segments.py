"""Which segments a client is in, as a part of theirs is counted for them."""

from feature_store import record as records
from feature_store.features.segments import FEATURE, Segments
from tests import builders as a
from tests.builders import Line


async def test_a_part_holds_what_its_client_is_in_and_counts_every_time_one_was_entered_or_left() -> None:
    rich = {"field": "facts.spend.EUR", "op": ">", "value": 500_000}
    buyers = {"field": "facts.purchases", "op": ">=", "value": 2}
    house = a.lumiere(
        segments=[
            {"id": id, "name": id, "purpose": "service", "team": "client-service", "when": when}
            for id, when in (("rich", rich), ("buyers", buyers))
        ]
    )
    line, part = Line(house), a.part_of(client_id="c1")
    bought = [a.line(amount=600_000)]
    for at, says in enumerate((a.purchase, a.returned, a.purchase)):
        await line.tell(says(a.NOON + at, client_id="c1", lines=bought))
    stored = (await line.store.peek([part]))[part]
    assert stored is not None
    slice = records.slice_of(records.decode(stored), "segments")
    assert FEATURE.values(slice, line.now) == {"in": ["buyers", "rich"]}
    assert (slice.changes, len({change.id for change in line.changes})) == (4, 4)


def test_of_a_client_whose_parts_were_counted_apart_each_segment_is_told_once_in_order() -> None:
    merged = FEATURE.merge([Segments(["rich", "silent"], 2), Segments(["buyers", "rich"], 3)])
    assert FEATURE.values(merged, a.NOON) == {"in": ["buyers", "rich", "silent"]}


def test_who_reads_the_segments_of_a_client_changes_none() -> None:
    slice = Segments(["rich"])
    FEATURE.values(slice, a.NOON)["in"].append("silent")
    assert slice.held == ["rich"]
