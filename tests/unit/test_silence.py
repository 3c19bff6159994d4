"""The kill switch: what is withheld, held or dropped, what comes back, and who may turn it."""

from typing import Any

import pytest
from msgspec import convert
from msgspec.structs import replace

from agents.deliver import deliver, unpack
from agents.withholding import Settled, settled, withheld
from feature_store.inbox import START, Held, View
from schemas.alerts import InboxMessage, StatusChange, to_json
from schemas.maison import Maison
from schemas.silence import Silence, silenced
from schemas.times import iso
from streams.kill_switch import KillSwitch
from streams.shapes.silences import Switch
from streams.silencing import NoSuchScope, silence_of
from tests.alerts import NOW, a_change, an_entry, lumiere
from tests.builders import Raw

MAISONS = {"lumiere": lumiere()}
VENDOME = "lumiere/vendome"
HOLD: dict[str, Any] = {"hold_or_drop": "hold"}


def silence(**changes: Any) -> Silence:
    given: dict[str, Any] = {"maison": "lumiere", "at": NOW - 60, "by": "helene", "why": "a fire drill"}
    return Silence(**(given | changes))


def delivered(
    *messages: InboxMessage, silences: Any = (), now: float = NOW, first: int = 10, **view: Any
) -> tuple[Any, list[Settled]]:
    """The inbox's write and the feedback, as the worker has them; what was withheld."""
    raws = [Raw(key=VENDOME.encode(), offset=n, value=to_json(m)) for n, m in enumerate(messages, first)]
    views = {VENDOME: View(inbox=VENDOME, **view)}
    decided = deliver(unpack(raws, MAISONS), views, MAISONS, now, "log-1")
    left, changed = withheld(decided, views, {"lumiere": silences}, now)
    return left, changed[VENDOME]


def shown(delivery: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.alert.id) for one in delivery.writes[VENDOME].shown]


def test_a_shadow_comes_before_a_silence_that_would_keep_something() -> None:
    shadow = silence(shadow=True)
    assert silenced([silence(), shadow, silence()], "vendome", "x", NOW) is shadow
    assert silenced([], "vendome", "x", NOW) is None


@pytest.mark.parametrize(
    ("fields", "active", "how", "status", "kept"),
    [
        (HOLD, silence(), "held", "open", True),
        ({}, silence(), "dropped", "retracted", False),
        (HOLD, silence(shadow=True), "shadow", "retracted", False),
        ({}, silence(site="vendome", action="boutique.welcome"), "dropped", "retracted", False),
    ],
)
def test_nobody_is_shown_what_is_silenced_nor_is_it_told_as_delivered(
    fields: dict[str, Any], active: Silence, how: str, status: str, kept: bool
) -> None:
    left, changed = delivered(a_change("a1", **fields), silences=[active])
    entry = left.writes[VENDOME].entries["a1"]
    assert (shown(left), left.feedback) == ([], [])
    assert ([one.how for one in changed], entry.alert.status, entry.withheld) == ([how], status, kept)


def test_what_is_not_covered_goes_its_way() -> None:
    left, changed = delivered(a_change("a1"), silences=[silence(site="ginza"), silence(until=NOW - 1)])
    assert (shown(left), changed) == ([("alert", "a1")], [])
    assert [event.data.verdict for event in left.feedback] == ["delivered"]


def test_an_update_of_a_card_on_the_screens_takes_it_off_them() -> None:
    held = {"a1": Held(entry=an_entry("a1", **HOLD), position="5-0")}
    left, _ = delivered(a_change("a1", 2, title="Later", **HOLD), silences=[silence()], held=held)
    (one,) = left.writes[VENDOME].shown
    assert (one.kind, one.alert.client.name, one.alert.why) == ("retract", None, [])
    assert left.writes[VENDOME].entries["a1"].alert.title == "Later"


def test_what_is_held_is_updated_and_called_off_without_a_word() -> None:
    held = {"a1": Held(entry=replace(an_entry("a1", **HOLD), withheld=True), position=START)}
    left, _ = delivered(a_change("a1", 2, title="Later", **HOLD), silences=[silence()], held=held)
    assert (shown(left), left.feedback) == ([], [])
    over = StatusChange(id="a1", revision=3, maison="lumiere", status="expired", at=iso(NOW))
    for active in ([silence()], []):
        left, _ = delivered(over, silences=active, held=held)
        assert shown(left) == []
        assert left.writes[VENDOME].entries["a1"].alert.status == "expired"


def test_what_was_held_is_shown_with_the_first_that_comes_after_the_silence() -> None:
    held = {"a1": Held(entry=replace(an_entry("a1", **HOLD), withheld=True), position=START)}
    left, _ = delivered(a_change("a1", 2, title="Later", **HOLD), silences=[], held=held)
    assert shown(left) == [("alert", "a1")]
    assert [event.data.verdict for event in left.feedback] == ["delivered"]
    assert not left.writes[VENDOME].entries["a1"].withheld


@pytest.mark.parametrize("given", ["claimed", "snoozed"])
def test_what_somebody_has_claimed_comes_back_to_them_whatever_its_rule_asks(given: Any) -> None:
    entry = an_entry("a1", status=given, claimed_by="camille", lasts=-60)
    quiet = settled(entry, True, [silence()], NOW)
    assert (quiet.how, quiet.entry.alert.status) == ("held", given)
    back = settled(quiet.entry, False, [], NOW)
    assert back.shown is not None
    assert (back.shown.kind, back.shown.alert.claimed_by) == ("alert", "camille")
    assert back.shown.alert.revision > quiet.entry.alert.revision > entry.alert.revision


def test_settling_twice_is_settling_once_and_what_is_past_its_time_stays_away() -> None:
    quiet = settled(an_entry("a1", **HOLD), True, [silence()], NOW)
    assert settled(quiet.entry, False, [silence()], NOW) == Settled(quiet.entry)
    assert settled(quiet.entry, False, [], NOW + 7200) == Settled(quiet.entry)
    back = settled(quiet.entry, False, [], NOW)
    assert settled(back.entry, True, [], NOW) == Settled(back.entry)


def test_the_last_word_on_a_scope_holds_and_scopes_do_not_mix() -> None:
    switch = KillSwitch("nowhere:1", None, MAISONS)
    site, action = silence(site="vendome"), silence(action="hotel_arrival")
    for one in (site, action, silence(site="vendome", at=NOW - 120, lifted=True)):
        switch.take(one)
    assert set(switch.said["lumiere"]) == {site, action}
    switch.take(silence(site="vendome", at=NOW, lifted=True))
    assert switch.said["lumiere"] == (action,)
    assert len(switch.turns["lumiere"]) == 4


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"site": "nowhere"}, "site: "),
        ({"action": "no_such_rule"}, "action: "),
        ({"action": "parted"}, "action: "),
        ({"until": iso(NOW - 1)}, "until: "),
    ],
)
def test_a_switch_that_would_silence_nothing_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(NoSuchScope, match=reason):
        silence_of(convert({"why": "drill"} | asked, Switch), MAISONS["lumiere"], "helene", NOW, None)


def test_a_clock_that_is_behind_still_has_the_last_word() -> None:
    last = silence(at=NOW + 30)
    lifted = silence_of(Switch(why="over", lift=True), MAISONS["lumiere"], "helene", NOW, last)
    assert lifted.at > last.at
    assert not lifted.holds(NOW)


def test_a_maison_in_shadow_is_a_silence_without_end() -> None:
    house: Maison = replace(MAISONS["lumiere"], shadow=True)
    assert [(one.action, one.shadow, one.holds(9e12)) for one in house.shadows] == [(None, True, True)]
    one = replace(MAISONS["lumiere"], shadow_actions=["abandoned_cart"])
    assert [shadow.action for shadow in one.shadows] == ["abandoned_cart"]
