"""Compares what the line made of CDNOW with a recomputation by pandas, exactly, client by client.

    export PREVENANCE_PEPPER="any secret, the same for both commands"
    prevenance replay RECORDING.jsonl --out RECORDS.jsonl --json > SUMMARY.json
    python examples/cdnow_check.py RECORDS.jsonl [SUMMARY.json] [EVERY]

The pepper is what turns a client's number into the opaque id of its record. Exit code 1 on any difference.
"""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
from cdnow import MAISON, cents, raw_text

from schemas.who import oid_of

COLUMNS = ["recency", "frequency", "monetary"]


def recomputed(every: int) -> pd.DataFrame:
    """By pandas, from the raw file: day of the last purchase, orders, sum of cents."""
    table = pd.read_csv(
        io.StringIO(raw_text().replace(",", " ")),
        sep=r"\s+",
        header=0,
        names=["client", "day", "discs", "dollars"],
        dtype=str,
    )
    table = table[table["client"].astype(int) % every == 0]
    table["cents"] = table["dollars"].map(cents)
    table["date"] = pd.to_datetime(table["day"], format="%Y%m%d").dt.strftime("%Y-%m-%d")
    by = table.groupby("client")
    return pd.DataFrame({"recency": by["date"].max(), "frequency": by.size(), "monetary": by["cents"].sum()})


def recorded(file: str, clients: "pd.Index[Any]", pepper: bytes) -> tuple[pd.DataFrame, int]:
    """From the records of the line, and how many records belong to none of the clients."""
    by_oid = {oid_of(MAISON, "client_id", client, pepper): client for client in clients}
    found: dict[str, tuple[str, int, int]] = {}
    strangers = 0
    with Path(file).open() as lines:
        for record in map(json.loads, lines):
            client = by_oid.get(record["id"])
            if client is None:
                strangers += 1
                continue
            last = pd.Timestamp(record["features"]["recency"]["last_purchase"], unit="s")
            orders = record["features"]["frequency"]["orders"]
            assert orders == record["facts"]["purchases"], "the facts and the features differ"
            found[client] = (last.strftime("%Y-%m-%d"), orders, record["facts"]["spend"]["USD"])
    return pd.DataFrame.from_dict(found, orient="index", columns=COLUMNS), strangers


def main(records: str, summary: str = "", every: str = "1") -> int:
    pepper = os.environ.get("PREVENANCE_PEPPER")
    if not pepper:
        sys.exit("PREVENANCE_PEPPER is not set: set it to what `prevenance replay` had")
    expected = recomputed(int(every))
    found, strangers = recorded(records, expected.index, pepper.encode())
    held = found.reindex(expected.index)
    print(f"{'':<12}{'clients':>10}{'equal':>10}{'different':>11}")
    wrong = strangers
    for column in COLUMNS:
        equal = int((held[column] == expected[column]).sum())
        wrong += len(expected) - equal
        print(f"{column:<12}{len(expected):>10,}{equal:>10,}{len(expected) - equal:>11,}")
    print(f"records of nobody in the file: {strangers:,}")
    print(f"orders {expected['frequency'].sum():,}, spent {expected['monetary'].sum() / 100:,.2f} USD")
    if summary:
        told = json.loads(Path(summary).read_text())
        print(
            f"{told['events']:,} events in {told['applied_seconds']:.1f} s, from the first sent to the last "
            f"applied: {told['applied_per_second']:,} events/s"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
