"""Offsets and room of slices in flight; what the app refuses to be made of."""

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.in_flight import STALLED, InFlight, Progress
from streams.transport import Feed

CHECKINS = TP("store.checkins", 0)
CLICKS = TP("web.clicks", 0)
ELSEWHERE = TP("web.clicks", 1)


def flight(per_shard: int = 2, overall: int = 4) -> InFlight:
    made = InFlight(per_shard, overall)
    made.reset([CHECKINS, CLICKS, ELSEWHERE])
    return made


def test_room_is_counted_per_shard_over_all_topics() -> None:
    out = flight()
    out.take(CHECKINS, 0, 10, "a", now=0)
    out.take(CLICKS, 0, 10, "b", now=0)
    assert out.rooms() == {1: 2}
    out.ack(CLICKS, "b")
    assert out.rooms() == {0: 1, 1: 2}


def test_nothing_is_committable_before_the_first_slice_is_acked() -> None:
    out = flight()
    out.take(CLICKS, 40, 50, "a", now=0)
    assert out.committable() == {}
    assert out.position(CLICKS) == 40
    assert out.position(CHECKINS) is None


def test_a_commit_is_not_repeated() -> None:
    out = flight()
    out.take(CLICKS, 0, 50, "a", now=0)
    out.ack(CLICKS, "a")
    out.committed(out.committable())
    assert out.committable() == {}


def test_an_ack_from_before_a_rebalance_marks_nothing() -> None:
    out = flight()
    out.take(CLICKS, 0, 50, "a", now=0)
    before = out.generation
    out.reset([CLICKS])
    out.take(CLICKS, 0, 50, "b", now=0)
    assert out.generation > before
    assert out.ack(CLICKS, "a") is False
    assert out.ack(CHECKINS, "a") is False
    assert out.committable() == {}


def test_a_second_ack_of_a_slice_is_told_apart() -> None:
    out = flight()
    out.take(CLICKS, 0, 50, "a", now=0)
    assert out.ack(CLICKS, "a") is True
    assert out.ack(CLICKS, "a") is False


def test_a_slice_that_stalls_leaves_its_place_to_other_shards() -> None:
    out = flight(overall=1)
    out.take(CLICKS, 0, 50, "a", now=10)
    assert out.spare(now=10.5) == 0
    assert out.spare(now=10 + STALLED) == 1


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.randoms())
def test_whatever_the_order_of_acks_the_commit_never_passes_an_unacked_slice(
    sizes: list[int], random: "object"
) -> None:
    out = InFlight(per_shard=len(sizes), overall=1)
    out.reset([CLICKS])
    ends: list[int] = []
    for number, size in enumerate(sizes):
        first = ends[-1] if ends else 0
        ends.append(first + size)
        out.take(CLICKS, first, ends[-1], number, now=0)
    order = list(range(len(sizes)))
    random.shuffle(order)  # type: ignore[attr-defined]
    acked: set[int] = set()
    for number in order:
        out.ack(CLICKS, number)
        acked.add(number)
        done = next((n for n in range(len(sizes)) if n not in acked), len(sizes))
        assert out.committable() == ({CLICKS: ends[done - 1]} if done else {})
    assert out.rooms() == {0: len(sizes)}


def test_lag_is_what_is_not_done_and_none_while_the_end_is_unknown() -> None:
    assert Progress(40, 100).lag == 60
    assert Progress(40, None).lag == 0


def test_topics_are_listed_by_urgency() -> None:
    assert Feed(tiers=[["store.checkins"], ["web.clicks", "hotel.bookings"]]).topics == [
        "store.checkins",
        "web.clicks",
        "hotel.bookings",
    ]
