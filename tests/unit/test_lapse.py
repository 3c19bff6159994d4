"""What a client allows for a time: no card outlives it, whatever becomes of the card."""

from math import inf
from typing import Any

import pytest

from agents.alert_life import incoming
from agents.verdict import REMEMBERED, Gone, in_time, verdict
from schemas.alerts import Addressee, AlertChange
from schemas.times import seconds
from tests import builders as a
from tests.alerts import NOW, an_entry
from tests.builders import Line

SOON, LATER = a.NOON + 10 * a.MINUTE, a.NOON + 20 * a.MINUTE
GUEST = {"guest_id": "g1"}


def allows(end: float | None, purpose: str = "service", ago: float = 60.0, **data: Any) -> Any:
    ends = {} if end is None else {"expires": a.iso(end)}
    return a.consent(a.NOON - ago, purpose, **ends, **({"card": "c1"} | data))


def until(*said: Any, purpose: str = "marketing", default: bool = False) -> float:
    house = a.lumiere(consent={"default": {purpose: default}})
    return a.moment(client=a.record_of(*said), maison=house).until(purpose)


@pytest.mark.parametrize(
    ("said", "default", "end"),
    [
        ([], True, inf),
        ([], False, a.NOON),
        ([(None, {})], False, inf),
        ([(SOON, {})], False, SOON),
        ([(SOON, {})], True, inf),
        ([(a.NOON, {})], False, a.NOON),
        ([(SOON, {"state": "one_to_one"})], False, SOON),
        ([(SOON, {}), (LATER, {"ago": 30.0})], False, LATER),
        ([(LATER, {}), (SOON, {"ago": 30.0})], False, SOON),
        ([(SOON, {}), (None, {"ago": 30.0, "state": "none"})], False, a.NOON),
        ([(SOON, {}), (LATER, {"channel": "email"})], False, SOON),
    ],
    ids=[
        "their law allows it", "nothing allows it", "for good", "for a time", "their law does afterwards",
        "a time that is over", "to a person, for a time", "renewed", "shortened", "refused since",
        "longer on one channel",
    ],
)  # fmt: skip
def test_how_long_a_purpose_is_allowed(said: list[Any], default: bool, end: float) -> None:
    assert until(*(allows(e, "marketing", **more) for e, more in said), default=default) == end


def house() -> Line:
    """A house of which nothing is allowed unasked."""
    return Line(a.lumiere(consent={"default": {"service": False}}))


async def welcomed(*said: Any) -> tuple[Line, Any]:
    line = house()
    await line.tell(a.profile(a.NOON - 99, {"name": "Aline"}, card="c1"), *said)
    [change] = await line.tell(a.checkin(card="c1"))
    return line, change.alert


def ends(line: Line) -> list[tuple[str, str]]:
    return [(change.id, change.status) for _, change in line.statuses if change.status != "open"]


@pytest.mark.parametrize("verdicts", [[], ["claimed"], ["accepted"], ["snoozed"]], ids=str)
async def test_a_card_ends_with_the_consent_it_rests_on_whatever_staff_made_of_it(
    verdicts: list[str],
) -> None:
    line, alert = await welcomed(allows(SOON))
    assert seconds(alert.valid_to) == seconds(alert.allowed_to) == SOON
    for given in verdicts:
        await line.tell(a.feedback(alert, given, a.NOON + 5))
    await line.until(SOON - 10)
    assert ends(line) == []
    await line.until(SOON)
    assert ends(line) == [(alert.id, "expired")]


async def test_a_card_that_ends_sooner_by_itself_does_and_one_that_rests_on_nothing_that_ends_says_so() -> (
    None
):
    _, alert = await welcomed(allows(a.NOON + 9 * a.HOUR))
    assert seconds(alert.valid_to) == a.NOON + 45 * a.MINUTE
    assert seconds(alert.allowed_to) == a.NOON + 9 * a.HOUR
    _, alert = await welcomed(allows(None))
    assert alert.allowed_to is None


async def announced(end: float | None) -> tuple[Line, AlertChange]:
    line = house()
    await line.tell(a.booking(a.NOON - 99, **GUEST), allows(end, card=None, **GUEST))
    [change] = await line.tell(a.arrival(**GUEST))
    return line, change


async def test_a_card_keeps_its_end_when_the_consent_is_renewed_and_its_next_update_has_the_new() -> None:
    line, first = await announced(SOON)
    await line.tell(a.consent(a.NOON + 1, "service", expires=a.iso(LATER), **GUEST))
    assert (ends(line), len(line.alerts)) == ([], 1)
    [moved] = await line.tell(a.arrival(a.NOON + 9, a.NOON + 2 * a.HOUR, **GUEST))
    assert (moved.alert.id, seconds(moved.alert.valid_to)) == (first.alert.id, LATER)
    await line.until(LATER - 10)
    assert ends(line) == []
    await line.until(LATER)
    assert (first.alert.id, "expired") in ends(line)


@pytest.mark.parametrize("end", [None, LATER, SOON])
async def test_a_consent_that_is_shortened_takes_back_at_once_what_would_outlive_it(
    end: float | None,
) -> None:
    line, alert = await welcomed(allows(end))
    await line.tell(a.consent(a.NOON + 5, "service", expires=a.iso(LATER), card="c1"))
    assert ends(line) == ([(alert.id, "retracted")] if end is None else [])
    await line.tell(a.consent(a.NOON + 6, "service", expires=a.iso(SOON), card="c1"))
    assert ends(line) == ([] if end == SOON else [(alert.id, "retracted")])


async def test_so_it_does_with_what_rests_on_it_besides_and_with_nothing_else() -> None:
    line = Line()
    both = [allows(None, p, card=None, client_id="k1") for p in ("one_to_one", "profiling")]
    await line.tell(a.profile(a.NOON - 99, {"advisor": "camille"}, client_id="k1"), *both)
    await line.tell(a.cart(client_id="k1"), a.purchase(a.NOON + 1, client_id="k2"))
    await line.until(a.NOON + a.HOUR)
    [(_, cart)] = [one for one in line.alerts if one[1].alert.action == "abandoned_cart"]
    sooner = a.iso(line.now + a.HOUR)
    await line.tell(a.consent(line.now, "marketing", expires=sooner, client_id="k1"))
    assert ends(line) == []
    await line.tell(a.consent(line.now, "profiling", expires=sooner, client_id="k1"))
    assert ends(line) == [(cart.alert.id, "retracted")]


@pytest.mark.parametrize(("end", "shown"), [(SOON, False), (a.NOON + a.HOUR, True), (None, True)])
async def test_a_service_outlives_profiling_and_recommends_nothing_that_would(
    end: float | None, shown: bool
) -> None:
    line = Line()
    await line.tell(
        a.profile(a.NOON - 99, {"name": "Aline"}, card="c1"),
        allows(end, "profiling"),
        a.purchase(a.NOON - 50, card="c1"),
        a.view(a.NOON - 40, who={"card": "c1"}, sku="bag-aurore"),
    )
    [welcome] = await line.tell(a.checkin(card="c1"))
    assert bool(welcome.alert.recommendations) == shown
    assert seconds(welcome.alert.valid_to) == a.NOON + 45 * a.MINUTE


async def test_what_was_drawn_from_a_licence_ends_with_it_and_goes_when_it_is_given_until_sooner() -> None:
    line = Line()
    licence: dict[str, Any] = {"client_id": "k1", "interests": ["watches"]}
    await line.tell(
        a.profile(a.NOON - 99, {"name": "Aline"}, client_id="k1"),
        a.licence(a.NOON - 98, expires=a.iso(LATER), **licence),
    )
    [welcome] = await line.tell(a.checkin(client_id="k1"))
    assert seconds(welcome.alert.valid_to) == seconds(welcome.alert.allowed_to) == LATER
    await line.tell(a.licence(a.NOON + 1, expires=a.iso(LATER), **licence))
    assert ends(line) == []
    await line.tell(a.licence(a.NOON + 2, expires=a.iso(SOON), **licence))
    assert ends(line) == [(welcome.alert.id, "retracted")]


async def test_what_crossed_under_a_grant_ends_with_it() -> None:
    line = Line()
    await line.tell(
        a.profile(a.NOON - 99, {"name": "Aline"}, card="c1"),
        a.grant(a.NOON - 98, facts={"language": "ja"}, expires=a.iso(SOON), card="c1"),
    )
    [welcome] = await line.tell(a.checkin(card="c1"))
    assert welcome.alert.grants == ["orfevre/g1"]
    assert seconds(welcome.alert.valid_to) == SOON


def test_nobody_acts_on_what_is_allowed_no_more_not_even_who_claimed_it() -> None:
    """Not even while nobody is there to say that its time is over."""
    end = a.iso(NOW + 600)
    entry = an_entry(lasts=600, allowed_to=end, status="claimed", claimed_by="camille")
    assert not isinstance(verdict(entry, "camille", "done", NOW + 599), Gone)
    assert verdict(entry, "camille", "done", NOW + 600) == Gone(status="expired")
    assert (in_time(entry.alert, NOW + 599), in_time(entry.alert, NOW + 600)) == (True, False)
    forever = an_entry(lasts=600, status="claimed", claimed_by="camille")
    assert in_time(forever.alert, NOW + 600)
    lost = NOW + 600 + REMEMBERED  # its record does not know of it any more, and will not say that it is over
    assert not in_time(forever.alert, lost)


def test_what_reaches_its_inbox_too_late_is_shown_to_nobody() -> None:
    change = AlertChange(alert=an_entry(lasts=600, allowed_to=a.iso(NOW + 600)).alert)
    entry, shown = incoming(None, change, Addressee(team="vendome-team"), NOW + 600)
    assert (entry.alert.status, shown) == ("expired", None)
