"""What a client allows this instant, over all parts, whichever of record and marker is ahead."""

from typing import Any

import pytest

from feature_store import record as records
from feature_store.denials import denials_of
from feature_store.memory_store import MemoryStore
from feature_store.store import Fence, Links, PartKey, StoreAway, Write
from streams.consents import Consents
from tests import builders as a
from tests.fakes import FakeDenials

CARD, EMAIL = a.part_of(card="c"), a.part_of(email="e@example.com")


class Asked:
    """A store of two linked parts and a set of markers."""

    def __init__(self) -> None:
        self.store, self.denials = MemoryStore(lambda _: 0), FakeDenials()
        self.consents = Consents(self.store, self.denials, {"lumiere": a.LUMIERE}, lambda: a.NOON)  # type: ignore[arg-type]

    async def record(self, part: PartKey, *events: Any) -> None:
        seen = (await self.store.read(0, ())).raw
        parts = {part: records.encode(a.record_of(*events))}
        assert await self.store.apply(0, Write(seen=seen, fence=Fence("log", len(seen)), parts=parts))

    async def deny(self, part: PartKey, said: Any) -> None:
        await self.denials.deny(denials_of(part, said.data, said.time.timestamp(), a.PEPPER))

    async def withdrawn(self, part: PartKey = CARD) -> frozenset[str]:
        return (await self.consents.withdrawn([part]))[part]


@pytest.fixture
async def asked() -> Asked:
    made = Asked()
    await made.store.link({CARD: Links(1, (EMAIL[1],)), EMAIL: Links(1, (CARD[1],))})
    return made


def said(ago: float, state: str, purpose: str = "service", **data: Any) -> Any:
    return a.consent(a.NOON - ago, purpose, state, card="c", **data)


async def test_nothing_is_withdrawn_of_whom_nothing_is_known(asked: Asked) -> None:
    assert await asked.withdrawn() == frozenset()


@pytest.mark.parametrize("part", [CARD, EMAIL])
async def test_a_marker_on_any_part_holds_for_the_client_before_any_record_knows(
    asked: Asked, part: PartKey
) -> None:
    await asked.record(CARD, said(90, "all"))
    await asked.deny(part, said(60, "none"))
    assert await asked.withdrawn(CARD) == await asked.withdrawn(EMAIL) == {"service"}


@pytest.mark.parametrize(("granted", "withdrawn"), [(61, True), (60, True), (59, False)])
async def test_only_what_was_granted_later_lifts_it(asked: Asked, granted: float, withdrawn: bool) -> None:
    await asked.deny(EMAIL, said(60, "none"))
    await asked.record(CARD, said(granted, "all"))
    assert await asked.withdrawn() == ({"service"} if withdrawn else frozenset())
    assert await asked.consents.allows(CARD, "service") is not withdrawn


async def test_what_was_granted_for_a_time_that_is_over_lifts_nothing(asked: Asked) -> None:
    await asked.deny(CARD, said(60, "none"))
    await asked.record(CARD, said(30, "all", expires=a.iso(a.NOON - 1)))
    assert await asked.withdrawn() == {"service"}


LIVE, OVER = {"expires": a.iso(a.NOON + 60)}, {"expires": a.iso(a.NOON - 1)}
Word = tuple[str, dict[str, Any]]
SAYS: list[Word] = [
    *(("none", {}), ("all", {}), ("all", LIVE), ("all", OVER)),
    *(("one_to_one", {}), ("one_to_one", LIVE), ("one_to_one", OVER)),
]


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("last", SAYS, ids=str)
@pytest.mark.parametrize("first", SAYS, ids=str)
async def test_what_is_refused_is_what_the_last_word_says_that_has_not_expired(
    asked: Asked, first: Word, last: Word, marked: bool
) -> None:
    """Of every two words, with the markers that the gateway sets or without; and of one besides."""
    await asked.deny(CARD, said(99, "none", "sharing"))
    words = [said(ago, state, "marketing", **more) for ago, (state, more) in ((60, first), (30, last))]
    await asked.record(CARD, *words)
    if marked:
        for word in words:
            await asked.deny(CARD, word)
    stands = [state for state, more in (first, last) if more is not OVER]
    expected = {"sharing"} | ({"marketing"} if stands and stands[-1] == "none" else set())
    assert await asked.withdrawn() == expected


async def test_what_has_expired_is_no_refusal_and_what_the_law_presumes_is_shown_again(asked: Asked) -> None:
    """In a jurisdiction that allows marketing unasked a card for it may come, whatever else was withdrawn."""
    american = a.profile(a.NOON - 99, fields={"country": "US"}, card="c")
    await asked.record(CARD, said(60, "all", "marketing", **OVER), said(50, "none", "sharing"))
    await asked.deny(CARD, said(50, "none", "sharing"))
    held = a.moment(client=a.record_of(american, said(60, "all", "marketing", **OVER)), maison=a.LUMIERE)
    assert (held.standing("marketing").why, held.allows("marketing")) == ("expired", True)
    assert await asked.withdrawn() == {"sharing"}


async def test_a_limit_to_one_person_or_a_channel_takes_nothing_from_a_person(asked: Asked) -> None:
    await asked.deny(CARD, said(60, "one_to_one"))
    await asked.deny(CARD, said(60, "none", "marketing", channel="email"))
    assert await asked.withdrawn() == frozenset()
    await asked.deny(CARD, said(50, "none"))
    await asked.deny(CARD, said(40, "one_to_one"))
    assert await asked.withdrawn() == frozenset()


async def test_a_store_that_is_away_allows_nothing(asked: Asked) -> None:
    asked.denials.away = True
    with pytest.raises(StoreAway):
        await asked.withdrawn()
