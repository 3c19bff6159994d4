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
