"""What becomes of a message to a telephone, and when it is tried again."""

import asyncio
from typing import Any

import pytest
from aiohttp import ThreadedResolver

from feature_store.rings import TRIES, Call
from feature_store.telephones import Telephone
from streams.push_settings import Push
from streams.pushing import LONGEST, PAUSE, Tried, became, pushing
from streams.webpush import Signer, new_key
from tests.browsers import Browser
from tests.waiting import wait_until

NOW, ENDS = 1_000.0, 5_000.0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "taken"),
        (201, "taken"),
        (202, "taken"),
        (301, "refused"),
        (307, "refused"),
        (400, "refused"),
        (401, "refused"),
        (403, "refused"),
        (404, "gone"),
        (410, "gone"),
        (413, "refused"),
        (408, "later"),
        (429, "later"),
        (500, "later"),
        (503, "later"),
        (None, "later"),
    ],
)
def test_what_is_not_taken_is_tried_again_where_that_may_help(status: int | None, outcome: str) -> None:
    tried = became(status, 0.0, 1, NOW, ENDS)
    assert tried.outcome == outcome
    assert (tried.again is None) == (outcome != "later")


def test_it_is_tried_later_and_later_and_when_the_service_says_and_not_for_ever() -> None:
    waits = [(became(503, 0.0, tried, NOW, ENDS).again or NOW) - NOW for tried in range(1, TRIES)]
    assert waits == [PAUSE * 2**n for n in range(TRIES - 1)]
    assert became(429, 30.0, 1, NOW, ENDS) == Tried("later", NOW + 30)
    assert became(429, 1e9, 1, NOW, ENDS) == Tried("later", NOW + LONGEST)
    assert became(503, 0.0, TRIES, NOW, ENDS) == Tried("given_up")


def test_nothing_is_tried_again_once_the_alert_is_over() -> None:
    assert became(503, 0.0, 1, NOW, NOW + PAUSE) == Tried("given_up")
    assert became(429, 60.0, 1, NOW, NOW + 60) == Tried("given_up")
    assert became(429, 60.0, 1, NOW, NOW + 61) == Tried("later", NOW + 60)


async def test_names_that_nobody_answers_for_leave_a_console_those_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There are four threads that look up names: Redis, asked for anew, came after all push services."""
    asked: list[str] = []

    async def hangs(_: Any, host: str, *__: Any, **___: Any) -> Any:
        asked.append(host)
        await asyncio.Event().wait()

    monkeypatch.setattr(ThreadedResolver, "resolve", hangs)
    call = Call(maison="lumiere", alert="a1", revision=1, loud=True, level=0, since=NOW, ends=ENDS)
    async with pushing(Push(Signer(new_key(), "mailto:ops@house.example"))) as way:
        for number in range(6):
            browser = Browser(f"https://web{number}.push.apple.com/abc")
            telephone = Telephone(
                id="t1", staff="camille", role="advisor", sites=(), endpoint=browser.endpoint,
                p256dh=browser.p256dh, auth=browser.auth, expires=ENDS, issued=None, since=NOW,
            )  # fmt: skip

            async def sending(telephone: Telephone = telephone) -> None:
                await way.send(call, telephone, "Maison Lumière", 1, NOW)

            way.begin("apple", sending())
        await wait_until(lambda: len(asked) >= 2, what="names that are looked up")
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(asked) == 2
