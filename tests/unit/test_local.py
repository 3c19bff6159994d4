"""What time it is where a client is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agents.local import Local
from tests import builders as a

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    "name", ["Asia/Tokyo", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Etc/GMT+12"]
)
def test_a_morning_is_half_past_nine_there(name: str) -> None:
    local = Local(name, a.NOON)
    due = local.exact(local.morning(a.NOON))
    there = datetime.fromtimestamp(due, ZoneInfo(name))
    assert f"{there:%H:%M}" == "09:30"
    assert 0 <= due - a.NOON < 86_400
    assert local.morning(due) == due


def test_a_morning_beyond_a_change_of_clocks_is_half_past_nine_all_the_same() -> None:
    local = Local("Europe/Paris", a.NOON)
    summer = datetime(2027, 4, 2, 3, tzinfo=PARIS).timestamp()
    assert datetime.fromtimestamp(local.exact(local.morning(summer)), PARIS) == datetime(
        2027, 4, 2, 9, 30, tzinfo=PARIS
    )


def test_a_day_begins_at_midnight_there() -> None:
    local = Local("Asia/Tokyo", a.NOON)
    assert local.day(a.NOON + 3 * a.HOUR).isoformat() == "2026-11-22"
    assert local.midnight(local.day(a.NOON)) == datetime(2026, 11, 20, 15, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("name", ["../../etc/passwd", "Mars/Olympus", "", None, 7, "\0"])
def test_what_names_no_zone_is_read_as_utc(name: object) -> None:
    assert Local(name, a.NOON).east == 0
