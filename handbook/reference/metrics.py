"""Every metric that a process shows at `/metrics`."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry

from handbook.page import Page, page, table
from streams.metrics import Metrics


def _text() -> str:
    return page(
        "Metrics",
        "Every process shows all of them at `/metrics` of its ops port; those that are another process's "
        "business have no samples there. The last words say who writes one. No label ever holds a client, a "
        "member of staff or an event id.",
        table(["metric", "kind", "labels", "what"], sorted(_rows())),
    )


def _rows() -> Iterator[tuple[str, ...]]:
    registry = CollectorRegistry()
    Metrics(registry)
    for collector in [*registry._collector_to_names]:
        named = getattr(collector, "_labelnames", None)
        for family in collector.describe() if hasattr(collector, "describe") else ():
            if family.name.startswith("prevenance_"):
                name = f"{family.name}_total" if family.type == "counter" else family.name
                labels = ", ".join(f"`{label}`" for label in named or ())
                yield f"`{name}`", family.type, labels, family.documentation


PAGE = Page(name="metrics", text=_text)
