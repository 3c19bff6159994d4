"""What was measured, kept with the machine it was measured on, and how `docs/field.md` shows it.

`python -m benchmarks.field.page` draws and writes it again from `benchmarks/results/field.json`.
"""

import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.field import picture
from benchmarks.field.names import (
    CROWD,
    CROWDED,
    LOADS,
    MANY,
    NAMES,
    PACED,
    PAIR,
    STAGES,
    crowd_of,
    crowds_in,
    held_of,
)
from benchmarks.figure import Figure
from tests.brokers.kafka import VERSION

RESULTS = Path("benchmarks/results/field.json")
PAGE, PICTURE = Path("docs/field.md"), Path("docs/field.svg")


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run: when, on what, and its figures."""

    taken: str
    quick: bool
    machine: Mapping[str, str]
    figures: Sequence[Figure]

    @property
    def values(self) -> dict[str, float]:
        """The figures by name."""
        return {figure.name: figure.value for figure in self.figures}


def keep(figures: Sequence[Figure], quick: bool) -> None:
    """Writes the results, the picture and the page."""
    results = Results(
        taken=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        quick=quick,
        machine=machine(),
        figures=figures,
    )
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    show(results)


def machine() -> dict[str, str]:
    """What must be known of a machine to read figures that were taken on it."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": f"{os.cpu_count()} x {model[1] if model else platform.machine()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "kafka": VERSION,
    }


def show(results: Results) -> None:
    """Draws the picture and writes the tables where the page has its marks."""
    picture.drawn(results.values).savefig(PICTURE, metadata={"Date": None})
    text = PAGE.read_text()
    for name, table in TABLES.items():
        marks = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(marks[0])
        text = f"{before}{marks[0]}\n{table(results)}\n\n{marks[1]}{rest.partition(marks[1])[2]}"
    PAGE.write_text(text)


def taken(results: Results) -> str:
    """When and on what, in a sentence."""
    loads = [figure.load for figure in results.figures]
    return (
        f"Taken {results.taken} in the {'short' if results.quick else 'long'} form on "
        f"{', '.join(f'{what} {found}' for what, found in results.machine.items())}; a turn of a loop took "
        f"{results.values['machine.python_loop']:.0f} ns. Load average while it ran: {min(loads):.1f} to "
        f"{max(loads):.1f}, of which the run itself makes up to 2."
    )


def systems(brain: str) -> Callable[[Results], str]:
    """A line a system: rate, CPU of its process, of Redis and of Kafka, and this worker beside it."""

    def table(results: Results) -> str:
        held = results.values
        lines = [
            "| | events/s | CPU µs an event | Redis | Kafka | our rate to its | its CPU to ours | wrong |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for name, shown in NAMES.items():
            at = f"field.{brain}.{name}"
            beside = (span(held, f"{at}.{ratio}", ".2f") for ratio in ("rate_ratio", "cpu_ratio"))
            rate, spent = ("", "") if name == "prevenance" else beside
            lines.append(
                f"| {shown} | {span(held, f'{at}.rate', ',.0f')} | {span(held, f'{at}.cpu', '.1f')} "
                f"| {held[f'{at}.redis']:.1f} | {held[f'{at}.kafka']:.1f} "
                f"| {rate} | {spent} | {held[f'{at}.wrong']:.0f} |"
            )
        return "\n".join(lines)

    return table


def span(held: Mapping[str, float], name: str, form: str) -> str:
    """A median, with its ends where it was taken more than once.

    >>> span({"a": 2.0, "a.min": 1.0, "a.max": 3.5}, "a", ".1f"), span({"a": 2.0}, "a", ".0f")
    ('2.0 (1.0 to 3.5)', '2')
    """
    shown = f"{held[name]:{form}}"
    if f"{name}.min" not in held:
        return shown
    return f"{shown} ({held[f'{name}.min']:{form}} to {held[f'{name}.max']:{form}})"


def crowds(results: Results) -> str:
    """CPU an event of the process and of Redis by the number of clients."""
    held = results.values
    sizes = crowds_in(held)
    lines = [f"| clients | {' | '.join(f'{size:,}' for size in sizes)} |", f"| --- |{' --- |' * len(sizes)}"]
    for name in CROWDED:
        cells = [
            f"{held[f'{at}.cpu']:.1f} + {held[f'{at}.redis']:.1f}"
            for at in (crowd_of(n, name) for n in sizes)
        ]
        lines.append(f"| {NAMES[name]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def populated(results: Results) -> str:
    """CPU an event of this worker and of Redis where every client has a full record, by their number."""
    held = results.values
    lines = ["| clients | this worker | Redis | many to few | wrong |", "| --- | --- | --- | --- | --- |"]
    for size in (CROWD, MANY):
        at, ratio = held_of(size), span(held, f"{held_of(MANY)}.cpu_ratio", ".2f")
        lines.append(
            f"| {size:,} | {span(held, f'{at}.cpu', '.1f')} µs | {held[f'{at}.redis']:.1f} µs "
            f"| {ratio if size == MANY else ''} | {held[f'{at}.wrong']:.0f} |"
        )
    return "\n".join(lines)


def two(results: Results) -> str:
    """CPU an event of one worker and of two, and the throughput that leaves, normalised by CPU."""
    held, lines = results.values, ["| | one worker | two | two to one, by CPU |", "| --- | --- | --- | --- |"]
    for name in ("loop", "prevenance", "quix"):
        one, both = held[f"field.one.{name}.cpu"], held[f"field.two.{name}.cpu"]
        ratio = span(held, f"field.two.{name}.cpu_ratio", ".2f")
        lines.append(f"| {NAMES[name]} | {one:.1f} µs | {both:.1f} µs | {ratio} x |")
    return "\n".join(lines)


def latency(results: Results) -> str:
    """Milliseconds from a check-in to its alert, under shares of each system's own maximum."""
    held = results.values
    lines = [
        f"| p50 / p95 / p99, ms | {' | '.join(f'{load} %' for load in LOADS)} | missing |",
        f"| --- |{' --- |' * (len(LOADS) + 1)}",
    ]
    for name in PACED:
        at = [f"field.latency.{name}.{load}" for load in LOADS]
        cells = [" / ".join(f"{held[f'{one}.{p}']:.0f}" for p in ("p50", "p95", "p99")) for one in at]
        cells = [f"{cell} at {held[f'{one}.rate']:,.0f}/s" for cell, one in zip(cells, at, strict=True)]
        lines.append(
            f"| {NAMES[name]} | {' | '.join(cells)} | {sum(held[f'{one}.missing'] for one in at):.0f} |"
        )
    return "\n".join(lines)


def killed(results: Results) -> str:
    """Seconds to the first event, from nothing and after a SIGKILL."""
    held = results.values
    lines = [
        "| | first start | after `kill -9` | events wrong | alerts too many |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in ("loop", "prevenance", "bytewax_recovery", "quix"):
        at = f"field.killed.{name}"
        lines.append(
            f"| {NAMES[name]} | {held[f'field.thin.{name}.start']:.1f} s | {held[f'{at}.back']:.1f} s "
            f"| {held[f'{at}.wrong']:.0f} | {held[f'{at}.alerts_off']:.0f} |"
        )
    return "\n".join(lines)


def stages(results: Results) -> str:
    """CPU by stage, of this worker and of the ceiling."""
    held = results.values
    lines = ["| | this worker | bare loop |", "| --- | --- | --- |"]
    spent = {n: {stage: held.get(f"field.stage.{n}.{stage}", 0.0) for stage in STAGES} for n in PAIR}
    ours, loop = spent.values()
    lines += [f"| {what} | {ours[stage]:.1f} | {loop[stage]:.1f} |" for stage, what in STAGES.items()]
    lines.append(f"| together | {sum(ours.values()):.1f} | {sum(loop.values()):.1f} |")
    core = held["field.stage.core"]
    return "\n".join(
        [*lines, "", f"The core functions alone, called in a plain loop: {core:.1f} µs an event."]
    )


TABLES: Mapping[str, Callable[[Results], str]] = {
    "taken": taken,
    "thin": systems("thin"),
    "whole": systems("whole"),
    "crowds": crowds,
    "populated": populated,
    "two": two,
    "latency": latency,
    "killed": killed,
    "stages": stages,
}


if __name__ == "__main__":
    show(msgspec.json.decode(RESULTS.read_bytes(), type=Results))
