"""A number that no command can use is refused in words that name the option, before anything is started."""

from pathlib import Path

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


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--region", "France", "--region: 'France' is no country: write its two letters, such as FR"),
        ("--as-of", "never", "--as-of: is no date: write YYYY-MM-DD"),
    ],
)
def test_an_import_refuses_what_it_cannot_use_before_a_row_is_sent(
    tmp_path: Path, option: str, value: str, says: str
) -> None:
    """Of a country that is none every number was refused, as if it were no telephone number."""
    (base := tmp_path / "base.csv").write_text("client_id,phone\nc-1,06 12 34 56 78\n")
    asked = [
        "import",
        "clients",
        str(base),
        "--maison",
        "lumiere",
        "--url",
        "http://127.0.0.1:1",
        "--key",
        "k",
    ]

    told = CliRunner().invoke(main, [*asked, option, value])

    assert told.exit_code == 1
    assert f"Error: {says}" in told.output


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["import", "clients", __file__, "--maison", "lumiere", "--dry-run"], "--report"),
        (["replay", __file__], "--out"),
    ],
)
def test_what_is_to_be_written_at_the_end_is_tried_before_anything_is_done(
    tmp_path: Path, command: list[str], option: str
) -> None:
    """A base was sent, a recording replayed; and what was to be told of it was lost."""
    told = CliRunner().invoke(main, [*command, option, str(no := tmp_path / "no/report.json")])

    assert told.exit_code == 2
    assert f"Invalid value for '{option}': {no} can't be written: No such file or directory." in told.output


def test_a_file_that_is_there_is_left_as_it_is_until_it_is_written(tmp_path: Path) -> None:
    (kept := tmp_path / "report.json").write_text("of yesterday")
    for out in (kept, tmp_path / "new.json"):
        CliRunner().invoke(main, ["import", "clients", __file__, "--maison", "no", "--report", str(out)])

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.json", "of yesterday")]


def test_schemas_that_cannot_be_written_are_told_with_the_folder() -> None:
    told = CliRunner().invoke(main, ["schemas", "--out", "/proc/no"])

    assert told.exit_code == 1
    assert "Error: /proc/no can't be written: No such file or directory" in told.output


def test_a_recording_that_nothing_can_be_read_of_is_told_apart_from_one_of_another_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREVENANCE_PEPPER", "0123456789abcdef")
    (strange := tmp_path / "week.jsonl").write_text("no recording\nat all\n")

    told = CliRunner().invoke(main, ["whatif", str(strange), "--without", "repetition"])

    assert told.exit_code == 1
    assert "there is no event of lumiere in 2 lines: not JSON" in told.output


@pytest.mark.parametrize(
    "command",
    [
        ["why", "AAAAAAAAAAAAAAAA", "--maison", "lumiere"],
        ["consent", "--maison", "lumiere"],
        ["decisions", "--maison", "lumiere"],
        ["silence", "--maison", "lumiere"],
        ["explain", "AAAAAAAAAAAAAAAA"],
        ["rebuild"],
        ["rebuild", "--everything"],
        ["leave", "camille", "--maison", "lumiere"],
        ["deadletters", "--redrive", "--all"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("named", "url", "wanting"),
    [("KAFKA", "127.0.0.1:1", "REDIS"), ("REDIS", "redis://127.0.0.1:1", "KAFKA")],
)
def test_a_command_about_a_running_line_says_which_of_its_servers_is_not_named(
    monkeypatch: pytest.MonkeyPatch, command: list[str], named: str, url: str, wanting: str
) -> None:
    """Who had named Kafka alone was told that PREVENANCE_REDIS is no URL, and how to write a password."""
    monkeypatch.setenv("PREVENANCE_PEPPER", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv(f"PREVENANCE_{named}", url)
    monkeypatch.delenv(f"PREVENANCE_{wanting}", raising=False)

    told = CliRunner().invoke(main, command)

    assert told.exit_code == 1
    assert f"empty at each start: set PREVENANCE_{wanting} to" in told.output
