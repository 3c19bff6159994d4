"""B1, B5: how a client is welcomed does not depend on what they are worth."""

from typing import Any

import msgspec
import pytest

from schemas.alerts import Alert
from tests import builders as a
from tests.builders import Line

BOUGHT: list[list[int]] = [[46_000], [2_450_000], [5_000_000] * 40]


async def welcome(spent: list[int]) -> Alert:
    line = Line()
    await line.tell(a.profile(a.NOON - 90 * a.HOUR, {"name": "Aline", "language": "fr"}, card="c1"))
    for n, amount in enumerate(spent):
        sold = a.line("scarf-brise", amount)
        await line.tell(a.purchase(a.NOON - 80 * a.HOUR + n, card="c1", lines=[sold]))
    [change] = await line.tell(a.checkin(card="c1", envelope={"id": "at the door"}))
    return change.alert


def seen(alert: Alert) -> dict[str, Any]:
    """All of a card but the purchases it states as facts."""
    return msgspec.structs.asdict(msgspec.structs.replace(alert, why=[]))


@pytest.mark.parametrize("spent", BOUGHT[1:])
async def test_the_card_of_who_has_spent_most_is_the_card_of_who_has_spent_least(spent: list[int]) -> None:
    assert seen(await welcome(spent)) == seen(await welcome(BOUGHT[0]))


async def test_no_amount_stands_on_the_card() -> None:
    assert (await welcome([46_000])).why == (await welcome([2_450_000])).why
