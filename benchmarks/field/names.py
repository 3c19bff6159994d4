"""What the systems and the figures of the field are called, for people."""

from collections.abc import Iterable, Mapping

CROWD = 20_000
"""Clients, unless other numbers are compared."""
MANY = 1_000_000
"""Clients of a large house."""
CROWDED = ("prevenance", "bytewax", "quix")
"""Systems that are compared by their number of clients."""
NAMES: Mapping[str, str] = {
    "loop": "bare loop, the ceiling",
    "prevenance": "**this worker**",
    "bytewax": "Bytewax, in memory only",
    "bytewax_recovery": "Bytewax, recovery on",
    "quix": "Quix Streams",
    "stock_faust": "stock Faust",
}
PACED = ("loop", "prevenance", "bytewax_recovery", "quix", "stock_faust")
"""Systems whose alerts are timed, each under `LOADS` percent of its own maximum."""
LOADS = (25, 50, 75)
PAIR = ("prevenance", "loop")
STAGES: Mapping[str, str] = {
    "compute": "the core functions",
    "plan": "grouping by client",
    "read": "reading records from Redis",
    "apply": "writing them, with the fence",
    "produce": "producing alerts",
    "consumer": "fetching and unpacking",
    "loop": "the loop itself: Faust, lanes, metrics, freeing",
    "other": "librdkafka's threads, the meter's",
}


def crowd_of(size: int, name: str) -> str:
    """The figures of a system over so many clients."""
    return f"field.thin.{name}" if size == CROWD else f"field.crowd.{size}.{name}"


def held_of(size: int) -> str:
    """The figures of this worker over so many clients, each of whom has a full record."""
    return f"field.held.{size}"


def crowds_in(figures: Iterable[str]) -> list[int]:
    """The numbers of clients that were tried."""
    return sorted({int(name.split(".")[2]) for name in figures if name.startswith("field.crowd.")} | {CROWD})
