"""Persons told apart or linked by what is said of them, statement by statement."""

import random
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from agents.identify import STAFF
from agents.matching.blocks import CAP
from agents.matching.secret import seal
from feature_store.graph import GraphHead, Held
from feature_store.memory_graph import MemoryGraph
from feature_store.store import PartKey
from schemas.messages import LinkChange
from schemas.sealing import SALT, Key
from streams.acquaint import Reading
from streams.identifying import take


class Ring:
    """A key for every part of every maison, but for those that were destroyed."""

    def __init__(self) -> None:
        self.destroyed: set[str] = set()

    def key(self, part: str, maison: str = "lumiere") -> Key:
        return Key(bytes(32), (maison, part), [bytes(SALT)])

    async def of(self, parts: Collection[PartKey]) -> dict[PartKey, Key]:
        return {(m, p): self.key(p, m) for m, p in parts if p not in self.destroyed}


KINDS = {"k": "client_id", "g": "guest_id", "c": "card", "e": "email"}
ALINE = {"name": "Aline Moreau", "birth_date": "1980-02-03", "residences": ["Paris", "75016"]}


def profile(part: str, at: float = 0.0, **fields: Any) -> LinkChange:
    return LinkChange(
        maison="lumiere", parts=(part,), linked=True, source="/crm", id="e", evidence="ClientProfile", at=at,
        kinds=(KINDS[part[0]],), told=seal(fields, Ring().key(part)),
    )  # fmt: skip


def stated(
    *parts: str, linked: bool = True, source: str = "/crm", at: float = 5.0, compared: str = ""
) -> LinkChange:
    return LinkChange(
        maison="lumiere", parts=parts, linked=linked, source=source, id="e", evidence="ClientProfile", at=at,
        kinds=tuple(KINDS[p[0]] for p in parts), compared=compared, declared=source == STAFF,
    )  # fmt: skip


class Told:
    """Who is whom after statements, each slice of them taken as the lane does."""

    def __init__(self) -> None:
        self.graph, self.ring = MemoryGraph(), Ring()
        self.clients: dict[str, frozenset[str]] = {}
        self._offset = 0

    async def take(self, changes: Sequence[LinkChange], at_once: int = 1) -> "Told":
        for start in range(0, len(changes), at_once):
            batch = list(enumerate(changes[start : start + at_once], self._offset))
            seen, _ = await self.graph.head("lumiere", "log")
            linked = await take(Reading(self.graph, self.ring, "lumiere", b"a pepper"), batch)
            self._offset += len(batch)
            head = GraphHead("log", self._offset)
            assert await self.graph.apply("lumiere", seen, head, linked.change)
            self.clients |= {p: frozenset((p, *links.parts)) for (_, p), links in linked.links.items()}
        return self

    @property
    def sets(self) -> set[frozenset[str]]:
        return set(self.clients.values())

    async def held(self) -> Held:
        return await self.graph.held("lumiere")


def clients(*of: str) -> set[frozenset[str]]:
    return {frozenset(names.split()) for names in of}


async def told(*changes: LinkChange, at_once: int = 1) -> Told:
    return await Told().take(changes, at_once)


async def test_one_person_under_two_identifiers_is_linked_and_what_is_unsure_is_asked() -> None:
    found = await told(
        profile("g1", **ALINE),
        profile("c1", **ALINE | {"name": "MOREAU Aline", "birth_date": "1980-03-02"}),
        profile("e1", name="Aline Moreau", birth_date="1981-03-02"),
        profile("e2", name="Paul Durand", birth_date="1980-02-03"),
    )
    assert found.sets == clients("g1 c1", "e1", "e2")
    assert (await found.held()).asked == {("c1", "e1"): "=~....."}


async def test_two_client_numbers_are_never_linked_by_likeness_but_shown() -> None:
    found = await told(profile("k1", **ALINE), profile("k2", **ALINE))
    assert found.sets == clients("k1", "k2")
    [(pair, hold)] = (await found.held()).holds.items()
    assert (pair, hold.shared, hold.levels) == (("k1", "k2"), (), "====...")


async def test_alike_with_two_who_may_not_be_one_is_linked_with_neither() -> None:
    found = await told(profile("k1", **ALINE), profile("k2", **ALINE), profile("c1", **ALINE))
    assert found.sets == clients("k1", "k2", "c1")
    assert (await found.held()).holds.keys() == {("k1", "k2"), ("c1", "k1"), ("c1", "k2")}


async def test_every_rule_that_speaks_for_a_pair_is_kept() -> None:
    found = await told(profile("k1", **ALINE), profile("k2", **ALINE), stated("k1", "e1"), stated("k2", "e1"))
    hold = (await found.held()).holds[("k1", "k2")]
    assert (hold.shared, hold.numbers, hold.levels) == (("email",), ("client_id",), "====...")


async def test_a_verdict_settles_a_pair_for_good() -> None:
    people = [profile("k1", **ALINE), profile("c1", **ALINE)]
    different = stated("c1", "k1", linked=False, source=STAFF, compared="====...")
    found = await told(*people, different)
    assert found.sets == clients("k1", "c1")
    await found.take([profile("c1", at=9.0, **ALINE | {"profession": "architect"})])
    assert found.sets == clients("k1", "c1")
    held = await found.held()
    assert (held.holds, held.verdicts) == ({}, {("c1", "k1"): (5.0, "====...", False)})
    same = stated("c1", "k1", source=STAFF, at=7.0, compared="====...")
    await found.take([same])
    assert found.sets == clients("k1 c1")
    assert (await found.held()).verdicts == {("c1", "k1"): (7.0, "====...", True)}


async def test_a_corrected_name_takes_back_what_the_wrong_one_had_joined() -> None:
    found = await told(profile("g1", **ALINE), profile("c1", **ALINE))
    assert found.sets == clients("g1 c1")
    await found.take([profile("c1", at=1.0, name="Paul Durand", birth_date="1955-12-17")])
    assert found.sets == clients("g1", "c1")


async def test_what_is_told_with_a_key_that_is_gone_is_nothing() -> None:
    foreign = seal(ALINE, Ring().key("c1", "autre"))
    found = await told(profile("k1", **ALINE), replace(profile("c1"), told=foreign))
    assert found.sets == clients("k1", "c1")
    gone = Told()
    await gone.take([profile("g1", **ALINE)])
    gone.ring.destroyed.add("g1")
    await gone.take([profile("c1", **ALINE)])
    assert gone.sets == clients("g1", "c1")
    assert (await gone.held()).asked == {}


async def test_nothing_readable_lies_in_the_store() -> None:
    found = await told(profile("k1", **ALINE), profile("c1", **ALINE))
    kept = repr(vars(found.graph))
    assert not any(word in kept.casefold() for word in ("aline", "moreau", "1980", "paris", "75016"))


def crowd(random_: random.Random) -> list[LinkChange]:
    """Persons with errors, more of one birth date than a key may have, some with numbers and links."""
    said: list[LinkChange] = []
    for n in range(CAP + 12):
        part = f"{'kgce'[n % 4]}{n}"
        name = (
            f"{random_.choice(['Anna', 'Anne', 'Anouk'])} {random_.choice(['Martin', 'Martinez', 'Marten'])}"
        )
        born = random_.choice(["1980-02-03", "1980-03-02", "1980-02-03", "1981-02-03"])
        said.append(profile(part, name=name, birth_date=born, residences=[random_.choice(["Lyon", "Paris"])]))
        if n % 5 == 0:
            said.append(profile(part, at=2.0, name=name, profession="architect"))
        if n % 7 == 0:
            said.append(stated(part, f"e{random_.randrange(4)}"))
        if n % 11 == 0 and n:
            said.append(stated(part, "k0", linked=False, source=STAFF))
    return said


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_in_any_pieces_and_twice_makes_the_same_clients_and_questions(seed: int) -> None:
    random_ = random.Random(seed)
    said = crowd(random_)
    at_once = await told(*said, at_once=len(said))
    shuffled = random_.sample([*said, *said[:20]], len(said) + 20)
    found = await told(*shuffled, at_once=random_.choice([1, 3, 10]))
    assert found.sets == at_once.sets
    assert await found.held() == await at_once.held()
    assert any(len(client) > 1 for client in found.sets)
