"""`python -m benchmarks [--quick] [--only NAME] [--keep]`: JSON lines, then a table, on stdout."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from benchmarks import deciding, disk, gateway, latency, memory, rights, throughput, unmerge, withdrawal
from benchmarks.field import against, page
from benchmarks.figure import Figure, say
from streams.sizing import COSTS, USED

BENCHMARKS: Mapping[str, Callable[[bool], Iterator[Figure]]] = {
    "throughput": throughput.run,
    "deciding": deciding.run,
    "latency": latency.run,
    "gateway": gateway.run,
    "memory": memory.run,
    "disk": disk.run,
    "withdrawal": withdrawal.run,
    "unmerge": unmerge.run,
    "rights": rights.run,
    "field": against.run,
}
GLANCES: Mapping[str, Callable[[], Iterator[Figure]]] = {
    "throughput": throughput.glance,
    "latency": latency.glance,
    "memory": memory.glance,
}
"""A minute: what the line does before anything is warm."""


def main() -> None:
    """Takes the figures asked for."""
    asked = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    asked.add_argument(
        "--quick", action="store_true", help="a glance of a minute; with --only, its short form"
    )
    asked.add_argument("--only", choices=BENCHMARKS, help="one benchmark")
    asked.add_argument(
        "--keep", action="store_true", help="let `prevenance size` and the docs say these figures"
    )
    options = asked.parse_args()
    whole = {name: partial(run, options.quick) for name, run in BENCHMARKS.items()}
    glance = options.quick and options.only is None
    taken: list[Figure] = []
    for name, take in (GLANCES if glance else whole).items():
        if options.only not in (None, name):
            continue
        began = time.monotonic()
        say(f"{name} ...")
        for figure in take():
            taken.append(figure)
            say(f"{figure.name} {figure.value:,g} {figure.unit}")
        say(f"{name} took {time.monotonic() - began:.0f} s")
    if options.keep:
        COSTS.write_text(kept(COSTS.read_text().splitlines(), taken))
        field = [figure for figure in taken if figure.name.startswith(("field.", "machine."))]
        if any(figure.name.startswith("field.") for figure in field):
            page.keep(field, options.quick)
    for figure in taken:
        print(msgspec.json.encode(figure).decode())
    print(table(taken))
    sys.stdout.flush()


def kept(lines: Iterable[str], taken: Iterable[Figure]) -> str:
    """The figures that sizes are reckoned from, one a line: those taken now, and the others as they were."""
    known = {line["name"]: line for line in map(msgspec.json.decode, lines)}
    known |= {figure.name: msgspec.to_builtins(figure) for figure in taken}
    return "".join(f"{msgspec.json.encode(known[name]).decode()}\n" for name in USED if name in known)


def table(figures: list[Figure]) -> str:
    """The figures as a person reads them.

    >>> print(table([Figure(name="a.b", value=1234.5, unit="ms", load=0.5)]))
    <BLANKLINE>
    figure         value unit          load
    a.b          1,234.5 ms             0.5
    """
    width = max([len(f.name) for f in figures], default=6)
    width = max(width, 6)
    lines = ["", f"{'figure':{width}} {'value':>12} {'unit':12} {'load':>5}"]
    lines += [f"{f.name:{width}} {f.value:>12,.10g} {f.unit:12} {f.load:>5}" for f in figures]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
