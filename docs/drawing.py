"""A dashboard as a picture: panels as Grafana has them, values of a Prometheus, drawn by matplotlib."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from PIL import Image

from deploy.grafana.dashboards import dashboard
from tests.brokers.prometheus import Prometheus
from tests.promql import settled

STEP = 5.0
"""Seconds between two points of a line."""
COLUMN, ROW = 0.72, 0.3
"""Inches of a dashboard's column, and of its row."""
INK, FAINT, PAPER, PANEL = "#24292e", "#6b7280", "#f4f5f5", "#ffffff"
LINES = [
    "#5794f2",
    "#73bf69",
    "#ff9830",
    "#f2495c",
    "#b877d9",
    "#37872d",
    "#fade2a",
    "#8ab8ff",
    "#a352cc",
    "#e0b400",
]
SIGNAL = {"green": "#37872d", "orange": "#e0752d", "red": "#c4162a"}
UNKNOWN = ("NaN", "+Inf", "-Inf")
LEGEND = 8
"""Names under a graph; the rest is told by a number."""


def draw(watch: Prometheus, name: str, began: float, path: Path) -> list[str]:
    """Writes the picture of a dashboard since `began`, Unix seconds; the panels that had nothing to show."""
    mpl.rcParams |= {"font.family": "DejaVu Sans", "font.size": 7, "axes.prop_cycle": mpl.cycler(color=LINES)}
    board = dashboard(name)
    high = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"])
    figure = pyplot.figure(figsize=(24 * COLUMN, (high + 2) * ROW), facecolor=PAPER)
    figure.text(0.008, 1 - 1.1 / (high + 2), board["title"], size=13, weight="bold", color=INK)
    ended, empty = time.time(), list[str]()
    for panel in board["panels"]:
        at = panel["gridPos"]
        left, wide = at["x"] / 24, at["w"] / 24
        top, tall = 1 - (at["y"] + 2) / (high + 2), at["h"] / (high + 2)
        if panel["type"] == "row":
            figure.text(left + 0.008, top - tall * 0.75, panel["title"], size=9, weight="bold", color=INK)
            continue
        box = figure.add_axes((left + 0.003, top - tall + 0.001, wide - 0.006, tall - 0.003), facecolor=PANEL)
        box.set(xticks=[], yticks=[])
        for edge in box.spines.values():
            edge.set(color="#d8d9da", linewidth=0.6)
        box.set_title(panel["title"], loc="left", y=1.0, pad=-11, x=0.02, size=8, weight="bold", color=INK)
        drawn = DRAWN[panel["type"]](watch, panel, box, began, ended)
        if not drawn:
            box.text(0.5, 0.45, "none", ha="center", va="center", color=FAINT, size=9)
            empty.append(panel["title"])
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    Image.open(path).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    return empty


def _graph(watch: Prometheus, panel: dict[str, Any], box: Axes, began: float, ended: float) -> bool:
    lines = [line for target in panel["targets"] for line in _lines(watch, target, began, ended)]
    if not lines:
        return False
    inner = box.inset_axes((0.1, 0.3, 0.87, 0.55))
    for called, times, values in lines:
        inner.plot(times, values, linewidth=1, label=called)
    defaults = panel["fieldConfig"]["defaults"]
    if "scaleDistribution" in defaults["custom"]:
        inner.set_yscale("log")
        low, top = inner.get_ylim()
        inner.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if top < 200 * low else (1,), numticks=6))
        inner.yaxis.set_minor_formatter(NullFormatter())
    else:
        low, top = min(min(v) for _, _, v in lines), max(max(v) for _, _, v in lines)
        inner.set_ylim(min(0.0, low * 1.1), top * 1.15 or 1.0)
        inner.yaxis.set_major_locator(MaxNLocator(5))
    inner.yaxis.set_major_formatter(FuncFormatter(lambda value, _: told(value, defaults["unit"])))
    inner.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    inner.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} min"))
    inner.set_xlim(0, (ended - began) / 60)
    inner.grid(color="#e8e9ea", linewidth=0.5)
    inner.tick_params(colors=FAINT, length=0)
    for edge in inner.spines.values():
        edge.set_visible(False)
    handles, names = inner.get_legend_handles_labels()
    more = [f"and {len(names) - LEGEND} more"] if len(names) > LEGEND else []
    box.legend(
        handles[:LEGEND] + handles[LEGEND : LEGEND + 1] * bool(more), names[:LEGEND] + more,
        loc="lower left", bbox_to_anchor=(0.02, 0.0), ncols=3, fontsize=6, frameon=False,
        labelcolor=INK, handlelength=1, columnspacing=1, handletextpad=0.4, borderaxespad=0.2,
    )  # fmt: skip
    return True


def _number(watch: Prometheus, panel: dict[str, Any], box: Axes, began: float, ended: float) -> bool:
    lines = list(_lines(watch, panel["targets"][0], began, ended))
    if not lines:
        return False
    _, times, values = lines[0]
    defaults = panel["fieldConfig"]["defaults"]
    steps = defaults["thresholds"]["steps"]
    colour = SIGNAL[[s["color"] for s in steps if s["value"] is None or values[-1] >= s["value"]][-1]]
    spark = box.inset_axes((0.0, 0.02, 1.0, 0.3))
    spark.fill_between(times, values, min(0.0, *values), color=colour, alpha=0.15, linewidth=0)
    spark.plot(times, values, color=colour, linewidth=0.8)
    spark.set_xlim(0, (ended - began) / 60)
    spark.axis("off")
    box.text(0.5, 0.53, told(values[-1], defaults["unit"]), ha="center", va="center", size=20, color=colour)
    return True


def _table(watch: Prometheus, panel: dict[str, Any], box: Axes, began: float, ended: float) -> bool:
    rows = [row["metric"] for row in watch.query(settled(panel["targets"][0]["expr"]))]
    columns = panel["transformations"][0]["options"]["include"]["names"]
    columns = [column for column in columns if any(column in row for row in rows)]
    for index, column in enumerate(columns):
        x = 0.02 + index / len(columns)
        box.text(x, 0.78, column, color=FAINT, va="center")
        for number, row in enumerate(rows[:8]):
            box.text(x, 0.66 - number * 0.13, row.get(column, ""), color=INK, va="center")
    return bool(rows)


DRAWN = {"timeseries": _graph, "stat": _number, "table": _table}


def _lines(
    watch: Prometheus, target: dict[str, Any], began: float, ended: float
) -> Iterator[tuple[str, list[float], list[float]]]:
    """What each series is called, minutes since `began`, values."""
    for series in watch.over(settled(target["expr"]), began, ended, STEP):
        known = [(float(at), float(value)) for at, value in series["values"] if value not in UNKNOWN]
        if known:
            times, values = [(at - began) / 60 for at, _ in known], [value for _, value in known]
            yield _called(target["legendFormat"], series["metric"]), times, values


def _called(legend: str, labels: dict[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), legend).strip() or "value"


def told(value: float, unit: str) -> str:
    """A value as Grafana tells it.

    >>> told(0.0042, "s"), told(150.0, "s"), told(0.993, "percentunit"), told(12_400.0, "short")
    ('4.2 ms', '2.5 min', '99.3 %', '12.4k')
    """
    match unit:
        case _ if value == 0:
            return "0"
        case "s":
            for bound, factor, name in (
                (0.001, 1e6, "µs"),
                (1, 1e3, "ms"),
                (120, 1, "s"),
                (7200, 1 / 60, "min"),
            ):
                if abs(value) < bound:
                    return f"{value * factor:.3g} {name}"
            return f"{value / 3600:.3g} h"
        case "percentunit":
            return f"{100 * value:.3g} %"
        case "bytes":
            return f"{value / 2**20:.3g} MiB"
        case "ops":
            return f"{value:.3g}/s"
        case _:
            return f"{value / 1000:.3g}k" if abs(value) >= 1000 else f"{value:.3g}"
