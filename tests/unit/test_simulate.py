"""The simulated house: a day that makes sense, of which a gateway takes every word."""

import asyncio
from datetime import UTC, datetime
from itertools import groupby

import pytest

from streams import topics
from streams.ending import end
from streams.inbound import check
from streams.plausible import Plausible
from streams.simulate import CLOSES, DAY, MAISON, ON_DUTY, OPENS, script, simulate
from streams.write_keys import WriteKey
from tests.builders import LUMIERE, PEPPER
from tests.doors import deps, door
from tests.fakes import FakeLog
from tests.waiting import wait_until

NOW = datetime.now(UTC)
KEY = WriteKey(maison=MAISON)


def test_a_client_clicks_in_the_morning_rides_at_noon_stays_shops_and_writes_at_night() -> None:
    day = [
        (event["type"], hour)
        for at, _, event in script("r", 0)
        if "aline" in event["id"] and (hour := OPENS + (at - 1.0) / DAY * (CLOSES - OPENS)) >= OPENS
    ]
    assert [type_ for type_, _ in groupby(type_ for type_, _ in day)] == [
        *("hotel.booking", "web.view", "web.cart", "hotel.arrival", "hotel.checkin", "store.checkin"),
        *("store.item", "store.purchase", "store.leave", "chat.message", "hotel.service", "chat.message"),
    ]
    hours = {type_: [hour for one, hour in day if one == type_] for type_, _ in day}
    assert max(hours["web.view"] + hours["web.cart"]) < 12 <= hours["hotel.arrival"][0] < 13
    assert min(hours["store.checkin"] + hours["store.purchase"]) > 13
    assert min(hours["chat.message"]) > 20


async def test_a_gateway_that_asks_to_come_again_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.intake.AWAY_FOR", 0)
    log = FakeLog()
    log.away = True
    async with door(deps(log.publish, clock=lambda: datetime.now(UTC))) as client:
        living = asyncio.create_task(simulate(str(client.make_url("")).rstrip("/"), "server-key"))
        await wait_until(lambda: log.asked > 1, what="that it asks again")
        log.away = False
        await wait_until(lambda: len(log.messages) >= len(ON_DUTY), what="that the day goes on")
        await end([living])
    assert log.messages[0].topic == topics.FEEDBACK


@pytest.mark.parametrize("day", [0, 1])
def test_a_gateway_takes_every_event_and_the_house_knows_what_it_names(day: int) -> None:
    plausible = Plausible({MAISON: LUMIERE})
    told = [event for _, _, event in script("r", day)]
    for event in told:
        check(event, KEY, NOW, PEPPER)
        plausible.check(event, MAISON, NOW)
    assert len({event["id"] for event in told}) == len(told)
    data = [event["data"] for event in told]
    skus = {one["sku"] for d in data for one in (d, *d.get("lines", ())) if "sku" in one}
    assert skus <= {article.sku for article in LUMIERE.catalogue}
    advisors = {d["fields"]["advisor"] for d in data if "advisor" in d.get("fields", {})}
    assert [who for who in advisors | {staff for staff, _ in ON_DUTY} if LUMIERE.person(who) is None] == []


def test_who_was_welcomed_today_is_not_who_comes_tomorrow() -> None:
    told = [[event["data"].get("who", {}) for _, _, event in script("r", day)] for day in (0, 1)]
    today, tomorrow = ({who["client_id"] for who in day if "client_id" in who} for day in told)
    assert today
    assert tomorrow
    assert not today & tomorrow
