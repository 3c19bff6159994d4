"""Somebody leaves: who has their clients, and what becomes of what they were asked to do."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from agents.alert_life import handed_over
from agents.deliver import route
from agents.elsewhere import word_to_advisor
from agents.registry import RULES
from feature_store.inbox import Presence
from schemas.alerts import Addressee
from schemas.maison import Maison
from schemas.standing import Standing
from streams.leaving import Leaving, LeavingError, standing_of
from streams.staff import Roll
from tests.alerts import NOW, a_change, an_entry, lumiere
from tests.builders import checkin, moment, profile, record_of

TEAM = Addressee(team="vendome-team")
HANDED = msgspec.structs.replace(lumiere(), handed_over={"camille": "matteo"})
LEFT = msgspec.structs.replace(lumiere(), handed_over={"camille": ""})


def her_client(*more: Any) -> Any:
    return record_of(profile(card="c", fields={"name": "Aline", "advisor": "camille"}), *more)


def roll_of(maison: Maison, *said: Standing) -> Roll:
    roll = Roll("nowhere:1", {"lumiere": maison})
    for one in said:
        roll.take(one)
    return roll


def left(staff: str, to: str | None = None, at: float = NOW) -> Standing:
    return Standing(maison="lumiere", staff=staff, at=at, left=True, to=to)


def test_a_client_of_somebody_who_left_reads_as_the_successors_without_any_record_changed() -> None:
    client = her_client()
    advisor = moment(checkin(card="c"), client=client, maison=HANDED).advisor
    assert advisor is not None
    assert advisor.id == "matteo"
    assert moment(checkin(card="c"), client=client, maison=LEFT).advisor is None
    assert moment(checkin(card="c"), client=client).profile("advisor") == "camille"


def test_a_book_may_pass_through_many_hands_and_never_in_a_circle() -> None:
    house = msgspec.structs.replace(lumiere(), handed_over={"camille": "matteo", "matteo": "haruka"})
    assert house.heir("camille") == house.heir("matteo") == house.heir("haruka") == "haruka"
    circle = msgspec.structs.replace(lumiere(), handed_over={"camille": "matteo", "matteo": "camille"})
    assert circle.heir("camille") is None
    assert circle.heir(None) is None


def test_what_was_decided_before_and_arrives_after_goes_to_the_successor() -> None:
    on = {"matteo": Presence(status="on", at=NOW - 60)}
    assigned, named = a_change(assigned="camille"), a_change(for_=Addressee(staff="camille"))
    assert route(assigned, HANDED, "vendome", on, NOW) == Addressee(staff="matteo")
    assert route(assigned, HANDED, "vendome", {}, NOW) == Addressee(team="vendome-team")
    assert route(named, HANDED, "vendome", {}, NOW) == Addressee(staff="matteo")
    assert route(named, LEFT, "vendome", {}, NOW) == Addressee(team="vendome-team")
    elsewhere = msgspec.structs.replace(lumiere(), handed_over={"camille": "haruka"})
    assert route(named, elsewhere, "vendome", {}, NOW) == Addressee(team="vendome-team")


def test_the_word_that_a_client_is_elsewhere_goes_to_the_successor_at_their_own_site() -> None:
    house = msgspec.structs.replace(lumiere(), handed_over={"camille": "haruka"})
    said = moment(checkin(card="c", site="vendome"), client=her_client(), maison=house)
    [proposal] = [p for rule in RULES if rule.name == "boutique_welcome" for p in rule.propose(said)]
    told = word_to_advisor(said, proposal)  # type: ignore[arg-type]
    assert told is not None
    assert (told.staff, told.site, told.ref) == ("haruka", "ginza", "vendome")
    assert word_to_advisor(moment(checkin(card="c"), client=her_client()), proposal) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "whose", "claimed"),
    [
        ({"for_": Addressee(staff="camille")}, Addressee(staff="matteo"), None),
        (
            {"for_": Addressee(staff="camille"), "claimed_by": "camille", "status": "claimed", "urgency": 3},
            Addressee(staff="matteo"),
            None,
        ),
        (
            {"claimed_by": "camille", "status": "snoozed", "snoozed_until": "2026-12-01T00:00:00Z"},
            Addressee(team="vendome-team"),
            None,
        ),
        (
            {"for_": Addressee(staff="camille"), "claimed_by": "helene", "status": "claimed"},
            Addressee(staff="matteo"),
            "helene",
        ),
    ],
)
def test_an_open_alert_of_theirs_is_somebody_elses_and_free(
    before: dict[str, Any], whose: Addressee, claimed: str | None
) -> None:
    entry, shown = handed_over(an_entry(**before), "camille", Addressee(staff="matteo"), TEAM, NOW)
    assert shown is not None
    assert (entry.alert.for_, entry.alert.claimed_by, entry.alert.revision) == (whose, claimed, 2)
    assert entry.alert.status == ("claimed" if claimed else "open")
    assert handed_over(entry, "camille", Addressee(staff="matteo"), TEAM, NOW)[1] is None


def test_what_they_had_taken_and_is_urgent_is_the_teams_for_who_has_their_book_may_be_at_home() -> None:
    entry = an_entry(for_=Addressee(staff="camille"), claimed_by="camille", status="claimed", urgency=4)
    entry, _ = handed_over(entry, "camille", Addressee(staff="matteo"), TEAM, NOW)
    assert (entry.alert.for_, entry.alert.escalated, entry.alert.status) == (TEAM, 1, "open")


def test_what_is_over_or_another_persons_is_left_alone() -> None:
    for entry in (an_entry(for_=Addressee(staff="camille"), status="done"), an_entry()):
        assert handed_over(entry, "camille", Addressee(staff="matteo"), TEAM, NOW) == (entry, None)


def test_the_roll_adds_to_the_house_who_has_whose_book_and_forgets_it_when_they_come_back() -> None:
    maisons = {"lumiere": lumiere()}
    roll = Roll("nowhere:1", maisons)
    roll.take(left("camille", "matteo"))
    assert maisons["lumiere"].heir("camille") == "matteo"
    roll.take(Standing(maison="lumiere", staff="camille", at=NOW + 1))
    assert maisons["lumiere"].heir("camille") == "camille"
    roll.take(left("somebody", "x"))
    roll.take(Standing(maison="elsewhere", staff="camille", at=NOW, left=True))
    assert maisons["lumiere"].heir("camille") == "camille"


def refused() -> Iterable[tuple[Leaving, list[Standing], str]]:
    def asked(staff: str, to: str | None = None, maison: str = "lumiere") -> Leaving:
        return Leaving(maison=maison, staff=staff, to=to, stays=False, by="")

    yield asked("camille", maison="autre"), [], "no maison file"
    yield asked("nobody"), [], "knows no 'nobody'"
    yield asked("camille", "nobody"), [], "knows no 'nobody'"
    yield asked("camille", "matteo"), [left("matteo")], "matteo has left"
    yield asked("camille", "camille"), [], "circle"
    gave = Standing(maison="lumiere", staff="matteo", at=NOW, to="camille")
    yield asked("camille", "matteo"), [gave], "circle"


@pytest.mark.parametrize(("asked", "said", "why"), list(refused()))
def test_what_makes_no_sense_is_refused_in_a_sentence(asked: Leaving, said: list[Standing], why: str) -> None:
    maisons = {"lumiere": lumiere()}
    roll = Roll("nowhere:1", maisons)
    for one in said:
        roll.take(one)
    with pytest.raises(LeavingError, match=why):
        standing_of(asked, maisons.get(asked.maison), roll, NOW)


def test_what_is_said_last_holds_though_the_clock_of_whoever_says_it_is_slow() -> None:
    asked = Leaving(maison="lumiere", staff="camille", to=None, stays=True, by="helene")
    said = standing_of(asked, lumiere(), roll_of(lumiere(), left("camille", at=NOW + 500)), NOW)
    assert said.at > NOW + 500
    assert (said.left, said.by) == (False, "helene")
