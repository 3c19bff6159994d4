"""What if: a recorded week decided twice in memory, and the difference told without a word about a client."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from schemas.codec import encode
from schemas.maison import Maison
from streams.cli import main
from streams.recording import RecordingError
from streams.whatif import Change, Difference, WhatIfError, changed, of_recording, text_of, what_if
from tests import builders as a
from tests.alerts import LUMIERE_FILE


def week() -> list[Any]:
    """Two known clients and a stranger at two boutiques; a cart that is left; the card of one shown twice."""
    said = {"name": "Aline Moreau", "language": "fr"}
    at = [a.NOON + n * a.HOUR for n in range(8)]
    return [
        a.profile(at[0], said, card="c1"),
        a.profile(at[0], said | {"name": "Bruno"}, card="c2"),
        a.checkin(at[1], "vendome", card="c1"),
        a.checkin(at[1] + 60, "vendome", card="c1"),
        a.checkin(at[2], "ginza", card="c2"),
        a.checkin(at[3], "ginza", card="stranger"),
    ]


async def tried(
    change: Change,
    today: Maison = a.LUMIERE,
    events: Iterable[Any] | None = None,
    last: float | None = None,
) -> Difference:
    lines = b"\n".join(encode(one) for one in (week() if events is None else events))
    recording: Any = io.BufferedReader(io.BytesIO(lines + b"\nnot json\n"))
    return await what_if(of_recording(recording), today, change, a.PEPPER, lambda text: None, last)


def counts(found: Difference) -> dict[tuple[str, str | None], tuple[int, int]]:
    return {(row.action, row.site): (row.today, row.changed) for row in found.rows}


async def test_what_changes_nothing_makes_no_difference() -> None:
    found = await tried(Change())
    assert (found.events, found.refused, found.today, found.unchanged) == (6, 1, 3, 3)
    assert counts(found) == {
        ("boutique_welcome", "ginza"): (1, 1),
        ("boutique_welcome", "vendome"): (1, 1),
        ("unknown_visitor", "ginza"): (1, 1),
    }


async def test_of_the_last_days_alone_alerts_are_compared_and_what_came_before_makes_the_records() -> None:
    found = await tried(Change(), last=1.5 * a.HOUR)
    assert (found.events, found.today, found.changed) == (6, 2, 2)
    assert counts(found)["boutique_welcome", "ginza"] == (1, 1), "who they are was said before"
    assert ("boutique_welcome", "vendome") not in counts(found)


async def test_a_rule_switched_off_is_missed_where_it_spoke() -> None:
    found = await tried(Change(without=frozenset({"unknown_visitor"})))
    assert counts(found)["unknown_visitor", "ginza"] == (1, 0)
    [row] = [row for row in found.rows if row.action == "unknown_visitor"]
    assert len(row.only_today) == 1
    assert found.unchanged == 2


async def test_a_guard_switched_off_says_what_it_kept_back_and_no_word_of_the_clients() -> None:
    found = await tried(Change(without=frozenset({"repetition"})))
    assert counts(found)["boutique_welcome", "vendome"] == (1, 2)
    told = "\n".join(text_of(found))
    assert "Aline" not in told + repr(found)
    assert "by facts.visits" in told
    assert "+1" in told


async def test_a_maison_in_shadow_would_be_seen_by_nobody() -> None:
    found = await tried(Change(maison=replace(a.LUMIERE, shadow=True)))
    assert (found.today, found.changed) == (3, 0)
    one = await tried(Change(maison=replace(a.LUMIERE, shadow_actions=["unknown_visitor"])))
    assert (one.today, one.changed) == (3, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Change(without=frozenset({"no_such"})), "no rule and no guard"),
        (Change(set={"no_such.number": 1.0}), "there is no such guard"),
        (Change(set={"nothing": 1.0}), "no threshold"),
        (Change(set={"interruption": 1.5}), "no threshold"),
        (Change(maison=replace(a.LUMIERE, id="other")), "of the maison"),
    ],
)
def test_a_change_that_changes_nothing_known_is_refused(change: Change, reason: str) -> None:
    with pytest.raises(WhatIfError, match=reason):
        changed(a.LUMIERE, change)


def test_a_threshold_is_set_on_top_of_what_the_file_says() -> None:
    assert changed(a.LUMIERE, Change(set={"interruption": 0.3})).interruption == 0.3


async def test_a_recording_of_another_house_is_refused() -> None:
    with pytest.raises(RecordingError, match="no event of"):
        await tried(Change(), events=[])


def test_the_command_tells_the_difference_and_needs_no_server(tmp_path: Path) -> None:
    recording = tmp_path / "week.jsonl"
    recording.write_bytes(b"\n".join(encode(one) for one in week()))
    environ = {"PREVENANCE_PEPPER": a.PEPPER.decode(), "PREVENANCE_MAISONS": str(LUMIERE_FILE.parent)}
    asked = ["whatif", str(recording), "--without", "unknown_visitor"]
    done = CliRunner().invoke(main, asked, env=environ)
    assert done.exit_code == 0, done.output
    assert "unknown_visitor" in done.stdout
    found = msgspec.json.decode(CliRunner().invoke(main, [*asked, "--json"], env=environ).stdout)
    assert (found["today"], found["changed"]) == (3, 2)
    refused = CliRunner().invoke(main, ["whatif", str(recording)], env=environ)
    assert refused.exit_code == 2
