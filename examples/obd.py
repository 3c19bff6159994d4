"""Turns the Open Bandit Dataset (Saito et al., 2021) into a decision log for `prevenance evaluate`.

    PREVENANCE_DATA=../shared/data python examples/obd.py random|bts LOG.jsonl

A fashion shop showed ten thousand articles, each at one of three positions, by a policy that draws evenly
(`random`) or by Thompson sampling (`bts`); the reward is a click. Two policies are evaluated on each log:
`even`, one in eighty, and `as_bts`, which shows each article as often as Thompson sampling did at that
position. The model behind `q` is the click rate of an article in that log, drawn to the mean as by a hundred
more impressions.
"""

import csv
import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ITEMS = [str(item) for item in range(80)]
DRAWN = 100.0


class Shown(NamedTuple):
    """One article at one position."""

    item: str
    position: int
    click: float
    propensity: float


def shown(policy: str) -> list[Shown]:
    """The rows of a policy's log. Ends the program where there is none."""
    file = Path(os.environ.get("PREVENANCE_DATA", "../shared/data"), "obd", policy, "all", "all.csv.gz")
    if not file.is_file():
        sys.exit(f"{file} is not there: set PREVENANCE_DATA to a folder that holds obd/")
    with gzip.open(file, "rt") as text:
        return [
            Shown(r["item_id"], int(r["position"]), float(r["click"]), float(r["propensity_score"]))
            for r in csv.DictReader(text)
        ]


def as_bts() -> dict[int, list[float]]:
    """Position -> how often Thompson sampling showed each article there."""
    rows = shown("bts")
    counts = Counter((row.position, row.item) for row in rows)
    at = Counter(row.position for row in rows)
    return {position: [counts[position, item] / at[position] for item in ITEMS] for position in at}


def rates(rows: list[Shown]) -> list[float]:
    """The click rate of each article, drawn to the mean."""
    seen, clicks = Counter[str](), Counter[str]()
    for row in rows:
        seen[row.item] += 1
        clicks[row.item] += int(row.click)
    mean = clicks.total() / len(rows)
    return [(clicks[item] + DRAWN * mean) / (seen[item] + DRAWN) for item in ITEMS]


def decisions(policy: str) -> Iterator[dict[str, Any]]:
    """The lines of the log."""
    rows, like_bts, even = shown(policy), as_bts(), [1 / len(ITEMS)] * len(ITEMS)
    q = rates(rows)
    for number, row in enumerate(rows):
        yield {
            "context": f"obd-{policy}-{number}",
            "actions": ITEMS,
            "action": row.item,
            "propensity": row.propensity,
            "reward": row.click,
            "policies": {"even": even, "as_bts": like_bts[row.position]},
            "q": q,
        }


def main(policy: str, log: str) -> None:
    count = 0
    with Path(log).open("w") as lines:
        for line in decisions(policy):
            lines.write(json.dumps(line, separators=(",", ":")) + "\n")
            count += 1
    print(f"{count:,} decisions written to {log}")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("random", "bts"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
