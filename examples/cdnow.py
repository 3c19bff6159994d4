"""Turns CDNOW (every purchase of 23,570 clients, 1997-98; Fader & Hardie) into a recording.

    python examples/cdnow.py RECORDING.jsonl [EVERY]

Reads `$PREVENANCE_DATA/cdnow/CDNOW_master.txt.gz`, or the package `lifetimes` where it is installed. EVERY=40
keeps every 40th client. One `store.purchase` per row, at noon UTC of its day; rows of one day follow one
another by a second, so ids and times are distinct and the same at each run.
"""

import gzip
import importlib.util
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

MAISON = "lumiere"
PACKAGED = "CDNOW_master.txt"


class Row(NamedTuple):
    """One order, as the raw file has it."""

    client: str
    day: str
    discs: int
    dollars: str


def raw_text() -> str:
    """The raw file, its columns separated by blanks. Ends the program where there is none."""
    folder = os.environ.get("PREVENANCE_DATA")
    if folder and (file := Path(folder, "cdnow", "CDNOW_master.txt.gz")).is_file():
        return gzip.decompress(file.read_bytes()).decode("ascii")
    # Found, not imported: what the package itself needs is not needed for its data.
    found = importlib.util.find_spec("lifetimes")
    packaged = Path(found.origin or "").with_name("datasets") / PACKAGED if found else None
    if packaged is None or not packaged.is_file():
        sys.exit(
            "CDNOW is not here: set PREVENANCE_DATA to a folder that holds cdnow/CDNOW_master.txt.gz, "
            "or `pip install --no-deps lifetimes`"
        )
    return packaged.read_text("ascii")


def rows(text: str, every: int = 1) -> Iterator[Row]:
    """The orders of every `every`-th client, in the order of the file."""
    for line in text.splitlines():
        fields = line.replace(",", " ").split()
        if len(fields) == 4 and fields[0].isdigit() and int(fields[0]) % every == 0:
            yield Row(fields[0], fields[1], int(fields[2]), fields[3])


def cents(dollars: str) -> int:
    """Exact: `11.77` is 1177."""
    amount = Decimal(dollars) * 100
    if amount != int(amount):
        raise ValueError(f"{dollars} is not in whole cents")
    return int(amount)


def events(orders: Iterator[Row]) -> Iterator[dict[str, object]]:
    """One purchase per order, by client and day."""
    of_day: Counter[str] = Counter()
    for number, order in enumerate(orders, 1):
        noon = datetime.strptime(order.day + "12", "%Y%m%d%H").replace(tzinfo=UTC)
        at = noon + timedelta(seconds=of_day[order.day])
        of_day[order.day] += 1
        yield {
            "specversion": "1.0",
            "type": "store.purchase",
            "source": "/cdnow",
            "id": f"cdnow-{number}",
            "maison": MAISON,
            "time": at.isoformat().replace("+00:00", "Z"),
            "data": {
                "who": {"client_id": order.client},
                "channel": "web",
                "order_id": f"cdnow-{number}",
                "lines": [
                    {
                        "sku": "cd",
                        "category": "cds",
                        "quantity": order.discs,
                        "amount": cents(order.dollars),
                        "currency": "USD",
                    }
                ],
            },
        }


def main(out: str, every: str = "1") -> None:
    count = 0
    with Path(out).open("w") as lines:
        for event in sorted(events(rows(raw_text(), int(every))), key=lambda e: str(e["time"])):
            lines.write(json.dumps(event, separators=(",", ":")) + "\n")
            count += 1
    print(f"{count:,} purchases written to {out}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
