"""What `docs/field.md` shows at a glance."""

from collections.abc import Mapping
from typing import Any

from benchmarks.field.names import CROWDED, NAMES, crowd_of, crowds_in


def drawn(held: Mapping[str, float]) -> Any:
    """CPU an event by system, its process and Redis, and by the number of clients; as matplotlib's figure."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "field", "svg.fonttype": "none"}
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    shown = [(title.replace("*", ""), f"field.thin.{name}") for name, title in reversed([*NAMES.items()])]
    titles = [title for title, _ in shown]
    own, redis = ([held[f"{at}.{what}"] for _, at in shown] for what in ("cpu", "redis"))
    left.barh(titles, own, color="#7a5c3a", label="its process")
    left.barh(titles, redis, left=own, color="#c9b28f", label="Redis")
    left.set_title("CPU, µs an event, the same core functions")
    left.legend(frameon=False)
    sizes = crowds_in(held)
    for name in CROWDED:
        spent = [held[f"{crowd_of(size, name)}.cpu"] for size in sizes]
        right.plot(sizes, spent, marker="o", label=NAMES[name].replace("*", ""))
    right.set_xscale("log")
    right.set_ylim(bottom=0)
    right.set_title("CPU, µs an event, by clients")
    right.legend(frameon=False)
    return figure
