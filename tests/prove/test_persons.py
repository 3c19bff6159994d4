"""The matching over all of splink's historical figures, in eleven orders."""

import random
import time
from pathlib import Path

import pytest

from examples.splink_check import read, resolved, scored

SHUFFLES = 10


@pytest.mark.prove
@pytest.mark.timeout(3_600)
async def test_fifty_thousand_records_make_the_same_clients_in_any_order(data: Path) -> None:
    records = read(str(data / "splink/historical_figures_with_errors_50k.parquet"))
    began = time.perf_counter()
    found = await resolved(records)
    precision, recall = scored(records, found.clients)
    print(f"precision {precision:.4f}, recall {recall:.4f}, {found.held:,} pairs held")
    print(f"{time.perf_counter() - began:.0f} s for {len(records):,} records")
    assert precision >= 0.99
    assert recall >= 0.5
    for seed in range(SHUFFLES):
        assert await resolved(random.Random(seed).sample(records, len(records))) == found, seed
