"""A log and its partition count are one thing: what was made of another one is refused in words."""

import pytest

from streams.epochs import UnknownEpoch, another, epoch, resized, within


def test_a_partition_that_came_since_the_start_has_no_lane() -> None:
    lane = within(epoch("3f1c", 4), lambda partition: f"lane {partition}")
    assert [lane(partition) for partition in range(4)] == [f"lane {n}" for n in range(4)]
    with pytest.raises(UnknownEpoch, match="had 4 partitions a topic, and it has 5 or more now"):
        lane(4)


@pytest.mark.parametrize(
    ("stored", "is_resized"),
    [("3f1c:4", True), ("3f1c:8", False), ("beef:4", False), ("being-restored", False), ("3f1c", False)],
)
def test_a_log_that_was_resized_is_told_from_another_log(stored: str, is_resized: bool) -> None:
    assert resized(stored, "3f1c:8") is is_resized
    said = another("shard 0 of the store", stored, "3f1c:8")
    assert ("docs/restarting.md" if is_resized else "rebuild --everything") in said
