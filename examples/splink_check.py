"""How well persons are told apart by name, birth date, place, postal code and occupation alone.

    python examples/splink_check.py historical_figures_with_errors_50k.parquet [--rows N] [--shuffles K]

Takes splink's "historical figures with errors" through the matching as the line does, statement by
statement and sealed, and prints pairwise precision and recall of the clients that come out, how many pairs
of clients are held for a person, and seconds. `--shuffles` takes the records again in K other orders, which
must make the same clients. `--rows` takes the first N rows only.
"""

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from agents.matching.secret import seal
from feature_store.graph import GraphHead
from feature_store.memory_graph import MemoryGraph
from schemas.messages import LinkChange
from schemas.sealing import SALT, Key
from streams.acquaint import Reading
from streams.identifying import take

MAISON, EPOCH = "check", "log"
AT_ONCE = 100
"""Statements taken together, as of one poll."""

Record = Mapping[str, Any]


class Found(NamedTuple):
    """The clients that came out, record to client, and the pairs of clients that are held."""

    clients: dict[str, frozenset[str]]
    held: int


class Scored(NamedTuple):
    """Pairs of records: of those put in one client how many belong there, of those that belong how many."""

    precision: float
    recall: float


class Drawn:
    """A key for every part."""

    def of_part(self, part: str) -> Key:
        """The key of a part of the check."""
        return Key(bytes(32), (MAISON, part), [bytes(SALT)])

    async def of(self, parts: Collection[tuple[str, str]]) -> dict[tuple[str, str], Key]:
        """See `streams.keys.Opener`."""
        return {part: self.of_part(part[1]) for part in parts}


async def resolved(records: Sequence[Record]) -> Found:
    """Takes records in, each a profile of a part of its own."""
    graph, keys = MemoryGraph(), Drawn()
    clients: dict[str, frozenset[str]] = {}
    said = [
        LinkChange(
            maison=MAISON, parts=(record["unique_id"],), linked=True, source="/check", id=record["unique_id"],
            evidence="ClientProfile", at=0.0, told=seal(stated(record), keys.of_part(record["unique_id"])),
        )
        for record in records
    ]  # fmt: skip
    for start in range(0, len(said), AT_ONCE):
        batch = list(enumerate(said[start : start + AT_ONCE], start))
        seen, _ = await graph.head(MAISON, EPOCH)
        linked = await take(Reading(graph, keys, MAISON, b"a pepper"), batch)
        await graph.apply(MAISON, seen, GraphHead(EPOCH, batch[-1][0]), linked.change)
        clients |= {part: frozenset((part, *links.parts)) for (_, part), links in linked.links.items()}
    held = await graph.held(MAISON)
    pairs = {frozenset((clients[one], clients[other])) for one, other in {*held.holds, *held.asked}}
    return Found(clients, sum(len(pair) == 2 for pair in pairs))


def stated(record: Record) -> dict[str, Any]:
    """What a profile would say of a record."""
    return {
        "name": record["first_and_surname"] or "",
        "birth_date": record["dob"],
        "residences": [place for place in (record["birth_place"], record["postcode_fake"]) if place],
        "profession": record["occupation"],
    }


def scored(records: Iterable[Record], clients: Mapping[str, frozenset[str]]) -> Scored:
    """Pairwise precision and recall against the `cluster` of each record."""
    truth = {record["unique_id"]: record["cluster"] for record in records}
    made = sum(_pairs(len(client)) for client in set(clients.values()))
    right = sum(_pairs(n) for c in set(clients.values()) for n in Counter(truth[part] for part in c).values())
    return Scored(right / made, right / sum(_pairs(n) for n in Counter(truth.values()).values()))


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def read(path: str, rows: int | None = None) -> list[Record]:
    """The records of the file."""
    import pyarrow.parquet as pq

    records: list[Record] = pq.read_table(path).slice(0, rows).to_pylist()
    return records


def main() -> None:
    """Prints what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--shuffles", type=int, default=0)
    asked = parser.parse_args()
    records = read(asked.file, asked.rows)
    began = time.perf_counter()
    found = asyncio.run(resolved(records))
    seconds = time.perf_counter() - began
    precision, recall = scored(records, found.clients)
    print(f"{len(records):,} records, {len(set(found.clients.values())):,} clients")
    print(f"precision {precision:.4f}, recall {recall:.4f}, {found.held:,} pairs held, {seconds:.0f} s")
    for seed in range(asked.shuffles):
        shuffled = random.Random(seed).sample(records, len(records))
        same = asyncio.run(resolved(shuffled)) == found
        print(f"shuffle {seed + 1}: {'the same clients' if same else 'OTHER CLIENTS'}")


if __name__ == "__main__":
    main()
