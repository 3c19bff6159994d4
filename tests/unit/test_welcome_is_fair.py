"""B5: the welcome is the same in every language and from every country, known or not; measured."""

import pytest

from agents.drafts import SPOKEN
from schemas.alerts import Alert
from schemas.jurisdiction import zones_of
from tests import builders as a
from tests.builders import Line

COUNTRIES = ("FR", "JP", "CN", "KR", "US", "BR", "NG", "IN", "AE", "GB")
PLACES = [site.id for site in a.LUMIERE.sites if site.kind == "boutique"]


async def welcomed(site: str, **fields: str) -> Alert:
    line = Line()
    if fields:
        await line.tell(a.profile(a.NOON - 9e5, {"name": "X"} | fields, client_id="c"))
    [change] = await line.tell(a.checkin(site=site, client_id="c", envelope={"id": "at the door"}))
    return change.alert


def seen(alert: Alert) -> tuple[object, ...]:
    """What decides how soon and how well somebody is welcomed."""
    life = (
        alert.valid_to,
        alert.urgency,
        alert.escalated,
        alert.for_.staff,
        alert.for_.team,
        alert.hold_or_drop,
    )
    return (alert.action, alert.site, *life, alert.success, len(alert.recommendations))


@pytest.mark.parametrize("site", PLACES)
async def test_a_known_client_of_any_language_and_country_is_welcomed_alike(site: str) -> None:
    told = [
        await welcomed(site, language=language, country=country)
        for language in SPOKEN
        for country in COUNTRIES
    ]
    assert len({seen(alert) for alert in told}) == 1
    print(f"{len(told)} welcomes over {len(SPOKEN)} languages and {len(COUNTRIES)} countries, 1 kind of card")
    assert all(alert.say for alert in told), "a greeting in every language"
    assert len({alert.say for alert in told}) == len(SPOKEN)


async def test_a_visitor_nobody_knows_is_welcomed_alike_everywhere_and_by_nothing_they_show() -> None:
    cards = [await welcomed(site) for site in PLACES]
    assert {alert.action for alert in cards} == {"unknown_visitor"}
    assert len({seen(alert)[2:4] for alert in cards}) == 1
    assert all(alert.client.name is None and alert.say is None for alert in cards)


@pytest.mark.parametrize("country", COUNTRIES)
async def test_where_somebody_lives_slows_no_welcome(country: str) -> None:
    """The client may come in the middle of the night at home: they stand here."""
    alert = await welcomed("vendome", timezone=zones_of(country)[0], language="en")
    assert alert.action == "boutique_welcome"
