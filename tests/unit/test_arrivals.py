"""When a guest who is announced is likely to come, from how late all the others came."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from feature_store import record as records
from feature_store.arrivals import expected
from feature_store.features.stay import Stay
from feature_store.lateness import EARLIEST, LATEST, bin_of, measure_of, way_of
from feature_store.scale import LEAST, Scale, ladder_of, scales_of
from feature_store.tally import cells_of
from tests import builders as a
from tests.builders import Line

WHO = {"guest_id": "g1"}
ETA = int(a.NOON) + 7_200
MINUTE = 60


def house(**late: list[int]) -> Scale:
    """A house whose guests came that many minutes late, by means, all in the quarter of `ETA`."""
    cells: dict[str, Counter[int]] = {}
    for way, minutes in late.items():
        cells[measure_of(way, ETA)] = Counter(bin_of(m * MINUTE) for m in minutes)
    return Scale({name: ladder_of(counts) for name, counts in cells.items()})


def came(late: int, eta: int = ETA - 86_400) -> Stay:
    """An earlier stay of a guest who came so many minutes late."""
    stay = Stay("riviera", eta=eta, eta_at=eta - 3_600)
    stay.mark(0, (eta + late * MINUTE) // MINUTE << 4)
    return stay


def test_a_house_that_has_seen_few_arrivals_foretells_nothing() -> None:
    assert expected(house(taxi=[20] * (LEAST - 1)), (), "taxi", ETA) is None
    assert expected(house(taxi=[20] * LEAST), (), "taxi", ETA) is not None


def test_announced_for_four_a_taxi_that_always_takes_twenty_minutes_more_comes_at_twenty_past() -> None:
    guess = expected(house(taxi=[20] * 100), (), "taxi", ETA)
    assert guess is not None
    assert guess.late == pytest.approx(22.5 * MINUTE)  # the middle of its five minutes
    assert guess.low < guess.late < guess.high
    assert guess.seen == 100


def test_four_in_five_lie_within_and_the_middle_is_the_middle() -> None:
    guess = expected(house(taxi=[*range(100)] * 3), (), "taxi", ETA)
    assert guess is not None
    assert [round(at / MINUTE) for at in guess[:3]] == [50, 10, 90]


def test_where_half_come_at_once_and_half_much_later_the_middle_is_where_the_first_half_ends() -> None:
    guess = expected(house(taxi=[0] * 50 + [50] * 50), (), "taxi", ETA)
    assert guess is not None
    assert guess.late == 5 * MINUTE


def test_a_means_nobody_has_come_by_is_read_as_all_the_others_and_a_rare_one_nearly_so() -> None:
    scale = house(taxi=[20] * 200, train=[0] * 2)
    plane, train = (expected(scale, (), by, ETA) for by in ("AF1234", "train"))
    assert plane is not None
    assert train is not None
    assert plane.late == pytest.approx(22.5 * MINUTE, abs=MINUTE)
    assert train.low < plane.low
    assert train.late > 20 * MINUTE, "two trains on time do not make all trains so"
    common = expected(house(taxi=[20] * 200, train=[0] * 200), (), "train", ETA)
    assert common is not None
    assert common.late < 5 * MINUTE


def test_a_guest_who_is_always_an_hour_late_is_believed_little_by_little() -> None:
    scale = house(taxi=[20] * 100)
    once, often = (expected(scale, [came(62)] * n, "taxi", ETA) for n in (1, 4))
    assert once is not None
    assert often is not None
    assert [round(guess.late / MINUTE) for guess in (once, often)] == [30, 42]


def of_hours(**late: dict[int, int]) -> Scale:
    """A house to which came by each means, at so many hours from `ETA`, a hundred that many minutes late."""
    cells = {
        measure_of(way, ETA + hours * 3_600): ladder_of(Counter({bin_of(minutes * MINUTE): 100}))
        for way, told in late.items()
        for hours, minutes in told.items()
    }
    return Scale(cells)


def test_an_hour_nobody_came_at_is_read_as_other_hours_of_its_means_and_one_of_many_as_itself() -> None:
    for scale in (of_hours(taxi={6: 20}, train={0: 0}), of_hours(taxi={6: 0, 0: 20}, train={0: 0})):
        guess = expected(scale, (), "taxi", ETA)
        assert guess is not None
        assert 20 * MINUTE < guess.late < 25 * MINUTE


def test_a_guests_own_habit_moves_all_three_alike_by_an_hour_at_most() -> None:
    scale = house(taxi=[*range(0, 100, 5)])
    usual = expected(scale, (), "taxi", ETA)
    assert usual is not None
    assert [at / MINUTE for at in usual[:3]] == [50, 10, 90]
    for minutes, moved in ((9_000, 3_456), (-50, -3_456)):
        guess = expected(scale, [came(minutes)] * 96, "taxi", ETA)
        assert guess is not None
        assert [one - other for one, other in zip(guess[:3], usual[:3], strict=True)] == [moved] * 3


def test_of_a_guest_who_has_not_come_yet_nothing_is_added() -> None:
    scale = house(taxi=[20] * 100)
    here, ahead = came(62, ETA), Stay("riviera", eta=ETA - 86_400, eta_at=ETA - 90_000)
    assert expected(scale, [here, ahead], "taxi", ETA) == expected(scale, (), "taxi", ETA)


def test_one_journey_that_went_wrong_by_a_day_says_no_more_than_an_hour() -> None:
    scale = house(taxi=[20] * 100)
    wrong, hour = (expected(scale, [came(late)], "taxi", ETA) for late in (1_500, 83))
    assert wrong is not None
    assert hour is not None
    assert wrong.late == pytest.approx(hour.late, abs=MINUTE)


@pytest.mark.parametrize("by", ["AF1234", "AF 1234", "af1", "U2 8", "by plane"])
def test_a_flight_is_known_by_its_number_however_it_is_written(by: str) -> None:
    assert way_of(by) == "flight"


@pytest.mark.parametrize("by", ["", "1234", "on foot", "AF", "AFR12", "-- 12"])
def test_what_says_no_means_of_transport_is_none(by: str) -> None:
    assert way_of(by) == "other"


def test_a_day_has_four_quarters() -> None:
    midnight = int(a.NOON) - 12 * 3_600
    hours = (0, 5, 6, 12, 18, 23)
    assert [measure_of("taxi", midnight + hour * 3_600 + 3_599)[-1] for hour in hours] == [*"001233"]


def test_a_lateness_beyond_all_sense_stands_in_the_last_bin() -> None:
    assert bin_of(9 * 3600) == LATEST
    assert bin_of(-9 * 3600) == EARLIEST


def test_an_arrival_is_counted_once_and_goes_with_what_is_forgotten() -> None:
    events: list[Any] = [
        a.booking(a.NOON - 9_000, **WHO),
        a.arrival(a.NOON, ETA, by="taxi", **WHO),
        a.hotel("checkin", ETA + 20 * 60, **WHO),
    ]
    counted = f"{measure_of('taxi', ETA)}|{ETA // (28 * 86_400)}|4"
    assert [c for c in cells_of(a.record_of(*events)) if c.startswith("l:")] == [counted]
    called_off = a.record_of(*events, a.booking(ETA + 3_600, "cancelled", **WHO))
    assert not [c for c in cells_of(called_off) if c.startswith("l:")]


async def test_the_concierge_is_told_of_what_guests_make_of_an_hour() -> None:
    line = Line()
    for n in range(LEAST):
        who = {"guest_id": f"g{n}"}
        await line.tell(a.arrival(a.NOON - 86_400, ETA - 86_400, f"b{n}", by="taxi", **who))
        await line.tell(a.hotel("checkin", ETA - 86_400 + 22 * 60, f"b{n}", **who))
    tallies: Counter[str] = Counter()
    for shard in range(a.SHARDS):
        tallies.update(await line.store.tallies(shard))
    scale = scales_of(tallies.items(), a.NOON)["lumiere"]
    stays = records.slice_of(await line.client(guest_id="g0"), "stay").stays.values()
    assert expected(scale, stays, "taxi", ETA) is not None
    line.ctx = msgspec.structs.replace(line.ctx, scales={"lumiere": scale})
    [change] = await line.tell(a.arrival(a.NOON, ETA, "b-new", by="taxi", guest_id="new"))
    assert change.alert.title == "Arriving at 15:00 by taxi"
    assert "Usually 20 minutes later: four in five between 15:20 and 15:25" in change.alert.why[1]
    assert change.alert.due == "2026-11-21T14:00:00.000Z"
