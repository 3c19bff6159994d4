"""What stands on screens of a client who turns out to be somebody else than was told."""

from typing import Any

import pytest

from tests import builders as a
from tests.builders import Line

WHO: dict[str, Any] = {"client_id": "k1"}
BEFORE = {
    "name": "Alain Martel",
    "language": "fr",
    "advisor": "camille",
    "gender": "men",
    "birth_date": "1980-11-21",
    "timezone": "Europe/Paris",
}
YES = [a.consent(a.NOON - 86_300, p, "all", **WHO) for p in ("one_to_one", "profiling", "personalisation")]
CHANGES: list[dict[str, Any]] = [
    {"name": "Aline Martel"},
    {"language": "en"},
    {"advisor": "louis"},
]


def standing(line: Line) -> dict[str, Any]:
    over = {s.id for _, s in line.statuses}
    return {c.alert.action: c.alert for _, c in line.alerts if c.alert.id not in over}


async def told(*fields: dict[str, Any], more: Any = ()) -> tuple[Any, Any, Line]:
    line = Line()
    await line.tell(a.profile(a.NOON - 86_400, BEFORE, **WHO), *YES, *more)
    await line.until(a.NOON + 30, step=10)
    before = standing(line)
    for said in fields:
        await line.tell(a.profile(a.NOON + 60, said, **WHO))
    await line.until(a.NOON + 90, step=10)
    return before, standing(line), line


@pytest.mark.parametrize("changed", CHANGES)
@pytest.mark.parametrize("action", ["birthday", "service_recovery", "worried"])
async def test_who_is_somebody_else_than_was_told_is_written_to_as_who_they_are(
    action: str, changed: dict[str, Any]
) -> None:
    happened = {"birthday": [], "service_recovery": [a.case(a.NOON - 60, **WHO)],
                "worried": [a.emotion(a.NOON - 60, **WHO)]}[action]  # fmt: skip
    before, after, line = await told(changed, more=happened)
    old, new = before[action], after[action]
    assert (old.id, "retracted") in [(s.id, s.status) for _, s in line.statuses]
    assert new.id != old.id
    assert new.client.name == changed.get("name", "Alain Martel")
    assert new.language == changed.get("language", "fr")
    assert new.for_.staff == changed.get("advisor", "camille")
    assert new.grounds.advisor == changed.get("advisor", "camille")


@pytest.mark.parametrize(
    ("action", "purpose", "channel"),
    [
        ("birthday", "one_to_one", "phone"),
        ("service_recovery", "service", "email"),
        ("worried", "service", "phone"),
    ],
)
async def test_a_channel_that_is_refused_is_told_on_what_stands_at_once(
    action: str, purpose: str, channel: str
) -> None:
    happened = {"birthday": [], "service_recovery": [a.case(a.NOON - 60, **WHO)],
                "worried": [a.emotion(a.NOON - 60, **WHO)]}[action]  # fmt: skip
    before, _, line = await told(more=happened)
    old = before[action]
    for n in (1, 2):  # as said as before, it is no news
        await line.tell(a.consent(a.NOON + 100 * n, purpose, "none", channel=channel, **WHO))
        await line.until(a.NOON + 100 * n + 30, step=10)
    new = standing(line)[action]
    assert [s.id for _, s in line.statuses if s.status == "retracted"] == [old.id]
    assert new.id != old.id
    assert new.channel != channel
    assert [caution for caution in new.avoid if caution.endswith(": refused")]


async def test_what_is_stated_again_or_for_the_first_time_takes_nothing_back() -> None:
    _, after, line = await told(BEFORE, {"sizes": {"ring": 54}}, more=[a.case(a.NOON - 60, **WHO)])
    assert line.statuses == []
    assert after["service_recovery"].revision == 1


async def test_of_who_is_not_of_age_nothing_that_asks_or_offers_stands() -> None:
    before, after, _ = await told({"birth_date": "2012-11-21"}, more=[a.case(a.NOON - 60, **WHO)])
    assert "service_recovery" in before
    assert after == {}


async def test_nobody_writes_to_who_has_died_and_who_comes_with_their_card_is_met_knowing_it() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 86_400, BEFORE, **WHO), *YES)
    await line.until(a.NOON + 30, step=10)
    [(_, birthday)] = line.alerts
    await line.tell(a.feedback(birthday.alert, "accepted", a.NOON + 40))
    [welcome] = await line.tell(a.checkin(a.NOON + 50, **WHO))
    assert welcome.alert.say
    await line.tell(a.profile(a.NOON + 60, {"deceased": True}, **WHO))
    await line.until(a.NOON + 90, step=10)
    assert (birthday.alert.id, "retracted") in [(s.id, s.status) for _, s in line.statuses]
    after = standing(line)
    assert after.keys() == {"boutique_welcome"}
    assert after["boutique_welcome"].say is None
    assert "has died" in after["boutique_welcome"].avoid[0]
    told = len(line.alerts)
    await line.until(a.NOON + 800 * 86_400, step=3_600)
    assert [c.alert.action for _, c in line.alerts[told:]] == []
