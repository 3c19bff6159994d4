"""Whose telephone rings for an alert, and for which."""

from typing import Any

import pytest
from msgspec.structs import replace

from agents.deliver import LONGEST_DUTY
from agents.ringing import is_there, matters, rings
from feature_store.inbox import Presence
from schemas.alerts import Addressee
from schemas.maison import Shift
from schemas.times import iso
from tests.alerts import NOW, an_alert, lumiere

LUMIERE = lumiere()
ON, BUSY, OFF = (Presence(status=status, at=NOW - 60) for status in ("on", "busy", "off"))


@pytest.mark.parametrize(
    ("fields", "does"),
    [
        ({}, True),
        ({"urgency": 5}, True),
        ({"urgency": 3}, False),
        ({"urgency": 3, "escalated": 1}, True),
        ({"claimed_by": "matteo", "status": "claimed"}, False),
        ({"claimed_by": "matteo", "status": "snoozed"}, False),
        ({"status": "retracted"}, False),
        ({"lasts": 0}, False),
        ({"allowed_to": iso(NOW)}, False),
        ({"allowed_to": iso(NOW + 1)}, True),
    ],
)
def test_what_is_urgent_and_nobodys_rings_while_it_is_worth_it(fields: dict[str, Any], does: bool) -> None:
    alert = an_alert(**fields)
    assert rings(alert, NOW) == does
    assert not rings(alert, NOW + 3600)
    assert matters(alert) or not does


def there(
    staff: str = "camille",
    role: str = "advisor",
    place: str = "vendome",
    rota: dict[str, list[Shift]] | None = None,
    said: dict[str, dict[str, Presence]] | None = None,
    **fields: Any,
) -> bool:
    maison = replace(LUMIERE, rota=rota or {})
    return is_there(staff, role, an_alert(**fields), place, maison, said or {}, NOW)


def test_nobody_is_rung_who_is_with_a_client_or_off_duty() -> None:
    assert there(said={"vendome": {"camille": ON}})
    assert not there(said={"vendome": {"camille": BUSY}})
    assert not there(said={"vendome": {"camille": OFF}})
    gone = Presence(status="on", at=NOW - LONGEST_DUTY)
    assert not there(said={"vendome": {"camille": gone}}), "who never signed off has gone home"
    assert not there(said={"vendome": {"matteo": ON}}), "that is somebody else"
    assert not there(), "nor who has not said that they came"


def test_the_rota_says_who_is_there_until_they_say_otherwise() -> None:
    shift = Shift(site="vendome", begins=NOW - 600, ends=NOW + 600)
    over = Shift(site="vendome", begins=NOW - 1200, ends=NOW - 600)
    assert there(rota={"camille": [shift]})
    assert not there(rota={"camille": [over]})
    assert not there(rota={"camille": [shift]}, said={"vendome": {"camille": BUSY}})


def test_who_is_at_one_site_is_rung_for_no_other() -> None:
    said = {"vendome": {"camille": ON}}
    assert not there(place="riviera", said=said)
    assert there(place=team_without_a_site(), said=said), "what is of no site is for whoever is anywhere"
    assert not there(place=team_without_a_site(), said={"vendome": {"camille": OFF}})


def test_a_manager_is_rung_for_what_is_theirs_or_nobody_has_answered() -> None:
    here = {"vendome": {"helene": ON}}
    assert not there("helene", "manager", said=here)
    assert there("helene", "manager", said=here, escalated=1)
    assert there("helene", "manager", said=here, for_=Addressee(staff="helene"))
    assert not there("helene", "manager", escalated=1, said={"vendome": {"helene": OFF}})


def test_a_telephone_that_several_people_share_is_on_duty_while_it_is_signed_in() -> None:
    assert there("vendome-team", "team", rota={"vendome-team": []})


def team_without_a_site() -> str:
    return next(team.id for team in LUMIERE.teams if team.site is None)
