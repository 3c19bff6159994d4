"""`prevenance size`: what a stated load needs."""

import click

from streams.command import Number
from streams.sizing import COSTS, Load, Need, costs_in, needs

_UNITS = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"))
_MOST = 10**12
"""Of anything: more is a slip, and more than can be reckoned with in the end."""
_POSITIVE = Number(0, _MOST, min_open=True)


@click.command("size", short_help="Partitions, processes, memory and disk for a load.")
@click.option("--events", type=_POSITIVE, required=True, help="Events a second, in the busiest minute.")
@click.option("--clients", type=click.IntRange(1, _MOST), required=True, help="Clients the house knows.")
@click.option("--events-each", type=_POSITIVE, default=30.0, show_default=True, help="Events of a client.")
@click.option("--mean", type=_POSITIVE, help="Events a second over a day, for the disk; default: --events.")
@click.option(
    "--alerts", type=_POSITIVE, help="Alerts a second in that minute; default: one in 1,000 events."
)
@click.option(
    "--alone",
    type=Number(0, 1),
    default=0.1,
    show_default=True,
    help="Share of events that come one a request.",
)
@click.option("--days", type=_POSITIVE, default=30.0, show_default=True, help="How long Kafka keeps events.")
@click.option(
    "--copies", type=click.IntRange(1, _MOST), default=3, show_default=True, help="Of each partition."
)
@click.option(
    "--headroom",
    type=Number(1, _MOST),
    default=2.0,
    show_default=True,
    help="How many times the load it must carry.",
)
def size_command(**asked: object) -> None:
    """What carries a stated load, with the arithmetic; from costs measured on one machine (`make bench`)."""
    load = Load(**asked)  # type: ignore[arg-type]
    for need in needs(load, costs_in(COSTS.read_text().splitlines())):
        click.echo(line(need))


def line(need: Need) -> str:
    """
    >>> line(Need(what="Redis memory", count=2_500_000_000, unit="bytes", how="1 x 2"))
    'Redis memory                                     2.5 GB       1 x 2'
    """
    return f"{need.what:<48} {_shown(need):<12} {need.how}"


def _shown(need: Need) -> str:
    if need.unit != "bytes":
        return f"{need.count:,} {need.unit}"
    over = next((unit for unit in _UNITS if need.count >= unit[0]), _UNITS[-1])
    return f"{need.count / over[0]:,.1f} {over[1]}"
