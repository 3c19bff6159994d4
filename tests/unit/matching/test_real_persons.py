"""Real persons with errors: a slice of what `make prove` does whole."""

import csv
import random
from pathlib import Path

import pytest

from agents.matching.blocks import keys_of
from agents.matching.compare import compare
from agents.matching.traits import traits_of
from agents.matching.weights import sure, unsure
from examples.splink_check import Record, read, resolved, scored

PERSONS = 120


@pytest.fixture(scope="module")
def records(data: Path) -> list[Record]:
    every = read(str(data / "splink/historical_figures_with_errors_50k.parquet"))
    clusters = sorted({str(record["cluster"]) for record in every})
    chosen = set(random.Random(4).sample(clusters, PERSONS))
    return [record for record in every if record["cluster"] in chosen]


async def test_historical_figures_are_told_apart_in_any_order(records: list[Record]) -> None:
    found = await resolved(records)
    precision, recall = scored(records, found.clients)
    assert precision >= 0.99
    assert recall >= 0.45
    assert found.held > 0
    assert await resolved(random.Random(5).sample(records, len(records))) == found


def test_no_pair_that_clerks_said_are_two_is_linked_or_asked_about(data: Path) -> None:
    with (data / "splink/fake_1000.csv").open() as file:
        traits = [
            traits_of(
                {
                    "name": f"{row['first_name']} {row['surname']}",
                    "birth_date": row["dob"],
                    "residences": [row["city"]],
                    "email": row["email"],
                },
                0.0,
            )
            for row in csv.DictReader(file)
        ]
    found = {True: [0, 0, 0], False: [0, 0, 0]}
    with (data / "splink/fake_1000_labels.csv").open() as file:
        for row in csv.DictReader(file):
            one, other = traits[int(row["unique_id_l"])], traits[int(row["unique_id_r"])]
            levels = compare(one, other) if keys_of(one) & keys_of(other) else "......."
            verdict = 0 if sure(levels) else 1 if unsure(levels) else 2
            found[float(row["clerical_match_score"]) >= 0.5][verdict] += 1
    linked, asked, _ = found[True]
    print(f"one person: {found[True]}, two: {found[False]} (linked, asked, neither)")
    assert found[False][:2] == [0, 0]
    assert linked >= 300
    assert linked + asked >= 1_100
