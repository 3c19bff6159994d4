"""A number that no command can use is refused in words that name the option, before anything is started."""

import pytest
from click.testing import CliRunner

from streams.cli import main


@pytest.mark.parametrize("number", ["nan", "inf", "0", "-1"])
@pytest.mark.parametrize(
    ("command", "option"), [(["demo"], "--seconds"), (["replay", "day.jsonl"], "--speed")]
)
def test_a_number_that_is_none_is_refused(command: list[str], option: str, number: str) -> None:
    told = CliRunner().invoke(main, [*command, option, number])

    assert told.exit_code == 2
    assert f"Invalid value for {option}" in told.output
    assert "above 0" in told.output


LOAD = ["size", "--events", "1000", "--clients", "1000000"]
OPTIONS = [
    *((LOAD, f"--{name}") for name in ("mean", "alerts", "alone", "days", "events-each", "headroom")),
    (["size", "--clients", "1000000"], "--events"),
    (["silence", "--maison", "lumiere", "--why", "a drill"], "--minutes"),
    (["token", "camille", "--maison", "lumiere"], "--hours"),
    (["whatif", "day.jsonl", "--without", "repetition"], "--days"),
]


@pytest.mark.parametrize("number", ["nan", "inf", "1e300"])
@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=lambda given: str(given[:2]))
def test_a_number_without_bounds_is_refused_where_one_is_reckoned_with(
    command: list[str], option: str, number: str
) -> None:
    """Not a number is within any bounds: no comparison says that it is not."""
    told = CliRunner().invoke(main, [*command, option, number])

    assert told.exit_code == 2
    assert f"Invalid value for '{option}'" in told.output


def test_a_house_of_more_clients_than_there_are_people_is_refused() -> None:
    told = CliRunner().invoke(main, ["size", "--events", "1", "--clients", "9" * 400])

    assert told.exit_code == 2
    assert "Invalid value for '--clients'" in told.output


def test_a_silence_without_a_reason_is_refused() -> None:
    """Such as that of a variable which is not set."""
    told = CliRunner().invoke(main, ["silence", "--maison", "lumiere", "--why", " "])

    assert told.exit_code == 2
    assert "say --why" in told.output
