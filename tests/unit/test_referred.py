"""What became of the people a client brought, read from their own records."""

from typing import Any

from feature_store import record as records
from feature_store.tally import PERIOD
from streams.referred import DISCREET, became
from streams.scales import Scales
from streams.worth import worth_of
from tests import builders as a
from tests.builders import Line


async def asked(line: Line, **client: str) -> dict[str, Any]:
    part = a.part_of(**client)
    others = (await line.store.links([part]))[part]
    return await became(line.store, "lumiere", await line.client(**client), [part[1], *others])


async def bringing(*friends: str) -> Line:
    line = Line()
    for friend in friends:
        await line.tell(a.referral(client_id="c1", referred={"client_id": friend}))
    return line


async def test_when_somebody_who_was_brought_buys_whoever_brought_them_is_credited_at_the_next_read() -> None:
    line = await bringing("f1", "f2", "f3")
    assert (await asked(line, client_id="c1"))["known"] == 0
    await line.tell(a.purchase(client_id="f1"), a.checkin(client_id="f2"))
    seen = await asked(line, client_id="c1")
    assert (seen["looked_at"], seen["known"], seen["bought"]) == (3, 2, 1)


async def test_the_money_of_fewer_than_three_people_is_not_told() -> None:
    line = await bringing("f1", "f2", "f3")
    await line.tell(a.purchase(client_id="f1"), a.purchase(client_id="f2"))
    assert (await asked(line, client_id="c1"))["spend"] is None
    await line.tell(a.purchase(client_id="f3"))
    assert DISCREET == 3
    assert (await asked(line, client_id="c1"))["spend"] == {"EUR": 3 * 345_000}


async def test_one_person_named_by_two_identifiers_is_one_once_they_are_linked() -> None:
    line = Line()
    await line.tell(a.referral(client_id="c1", referred={"card": "k1"}))
    await line.tell(a.referral(client_id="c1", referred={"email": "f@example.com"}))
    await line.tell(a.purchase(card="k1", email="f@example.com"))
    seen = await asked(line, client_id="c1")
    assert (seen["known"], seen["bought"]) == (1, 1)


async def test_whoever_was_brought_to_share_is_counted() -> None:
    line = await bringing("f1", "f2")
    await line.tell(a.consent(client_id="f1"), a.view(client_id="f2"))
    assert (await asked(line, client_id="c1"))["shared"] == 1


async def test_who_was_brought_and_erased_since_is_nobody() -> None:
    line = await bringing("f1", "f2")
    await line.tell(a.purchase(client_id="f1"), a.purchase(client_id="f2"))
    await line.tell(a.event("client.erase", client_id="f1"))
    seen = await asked(line, client_id="c1")
    assert (seen["known"], seen["bought"]) == (1, 1)


async def test_what_people_brought_share_is_the_fourth_measure_of_what_a_client_shares() -> None:
    line = await bringing("f1", "f2")
    await line.tell(a.consent(a.NOON - 9, "profiling", client_id="c1"), a.consent(client_id="f1"))
    client, part = await line.client(client_id="c1"), a.part_of(client_id="c1")
    moment = a.moment(client=client, part=part[1])

    class House:
        async def tallies(self, shard: int) -> dict[str, int]:
            return {f"lumiere|b|{int(a.NOON) // PERIOD}|{n}": 30 for n in (1, 2)}

    scales = Scales(House(), 1, lambda: a.NOON)  # type: ignore[arg-type]
    sharing = (await worth_of(line.store, scales, moment, [part[1]]))["sharing"]
    assert (sharing["brought"], sharing["scores"]["referral"]) == (1, 2)


async def test_a_client_who_turns_out_to_be_whom_they_brought_brought_nobody() -> None:
    line = await bringing("f1")
    await line.tell(a.link(client_id="c1", with_={"client_id": "f1"}))
    assert await asked(line, client_id="c1") == {}


async def test_of_people_with_very_many_parts_a_bounded_number_is_read() -> None:
    line, asked_for = await bringing("f1"), list[int]()
    for n in range(63):
        await line.tell(a.link(client_id="f1", with_={"client_id": f"g{n}"}))
    peek = line.store.peek

    async def counted(parts: Any) -> Any:
        asked_for.append(len(parts))
        return await peek(parts)

    line.store.peek = counted  # type: ignore[method-assign]
    await became(line.store, "lumiere", records.merge([await line.client(client_id="c1")]), [])
    assert asked_for[-1] <= 64
