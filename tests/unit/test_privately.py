"""Words of an alert: opened when its key has come, gone when it was destroyed, never gone for good before."""

from collections.abc import Collection

import pytest

from feature_store.store import PartKey
from schemas.alerts import Alert
from schemas.private import closed
from schemas.sealing import SALT, Key
from schemas.times import seconds
from streams import privately
from streams.keys import Opener
from streams.privately import FRESH, Privately
from tests import alerts

MASTER = bytes(32)
FIRST, SECOND = bytes(SALT), b"2" * SALT


class Ring:
    """A keyring that gives one answer after another, the last for good."""

    def __init__(self, *answers: list[bytes] | None) -> None:
        self.answers, self.asked = [*answers], 0

    async def salts(self, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return dict.fromkeys(parts, answer)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privately, "SOON", (0.0, 0.0, 0.0))


def sealed(salt: bytes = FIRST) -> Alert:
    alert = alerts.an_alert()
    return closed(alert, Key(MASTER, (alert.maison, alert.client.id), [salt]))


async def read(ring: Ring, *several: Alert, age: float = 1.0) -> list[str]:
    clock = seconds(several[0].at) + age
    return [one.title for one in await Privately(Opener(ring, MASTER), lambda: clock).opened(several)]


@pytest.mark.parametrize("before", [None, [SECOND]])
async def test_a_key_that_comes_a_moment_after_its_alert_is_waited_for(before: list[bytes] | None) -> None:
    ring = Ring(before, before, [SECOND, FIRST])
    assert await read(ring, sealed()) == [alerts.an_alert().title]
    assert ring.asked == 3


async def test_of_somebody_erased_the_words_are_gone_at_once() -> None:
    ring = Ring([])
    assert await read(ring, sealed()) == [""]
    assert ring.asked == 1


async def test_nobody_waits_for_the_key_of_an_old_alert_nor_for_ever() -> None:
    old, new = Ring(None), Ring(None)
    assert await read(old, sealed(), age=FRESH) == [""]
    assert await read(new, sealed()) == [""]
    assert (old.asked, new.asked) == (1, 4)


async def test_two_entries_of_one_alert_are_two() -> None:
    assert await read(Ring([FIRST]), sealed(), alerts.an_alert()) == [alerts.an_alert().title] * 2
