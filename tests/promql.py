"""What an expression asks Prometheus for: metrics, labels, values, as PromQL's own grammar reads it."""

from typing import NamedTuple

from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, VectorSelector, parse, walk

MACROS = {"$__rate_interval": "1m", "$maison": ".*"}
"""What Grafana puts in the place of its variables."""


class Asked(NamedTuple):
    """A selector: the metric, and the values that are asked of a label or excluded."""

    name: str
    matched: dict[str, list[str]]


class Group(NamedTuple):
    """Labels an aggregation or a match keeps, and the metrics it is made of."""

    labels: frozenset[str]
    of: frozenset[str]


def settled(expr: str) -> str:
    """An expression as Prometheus is asked it, of all houses."""
    for macro, value in MACROS.items():
        expr = expr.replace(macro, value)
    return expr


def parsed(expr: str) -> Expr:
    """Raises `ValueError` where it is no PromQL."""
    return parse(settled(expr))


def _all(tree: Expr) -> list[Expr]:
    found: list[Expr] = []
    walk(tree, found.append)
    return found


def asked(expr: str | Expr) -> list[Asked]:
    """Every selector in it.

    >>> asked('sum by (topic) (rate(prevenance_lag{topic=~"alerts|web.clicks"}[$__rate_interval])) > 5')
    [Asked(name='prevenance_lag', matched={'topic': ['alerts', 'web.clicks']})]
    """
    tree = parsed(expr) if isinstance(expr, str) else expr
    selectors = [node for node in _all(tree) if isinstance(node, VectorSelector)]
    return [Asked(s.name or "", {m.name: m.value.split("|") for m in s.matchers.matchers}) for s in selectors]


def groups(expr: str) -> list[Group]:
    """Every `by`, `on` and `ignoring` in it.

    >>> groups('sum by (topic) (prevenance_lag) > 5')
    [Group(labels=frozenset({'topic'}), of=frozenset({'prevenance_lag'}))]
    """
    found = []
    for node in _all(parsed(expr)):
        labels: list[str] = []
        if isinstance(node, AggregateExpr) and node.modifier is not None:
            labels = node.modifier.labels
        elif (
            isinstance(node, BinaryExpr) and node.modifier is not None and node.modifier.matching is not None
        ):
            labels = node.modifier.matching.labels
        if labels:
            found.append(Group(frozenset(labels), frozenset(one.name for one in asked(node))))
    return found


def quantiles(expr: str) -> list[Group]:
    """What each `histogram_quantile` is made of: the labels kept, the metrics.

    >>> quantiles('histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))')
    [Group(labels=frozenset({'le'}), of=frozenset({'a_bucket'}))]
    """
    found = []
    for node in _all(parsed(expr)):
        if isinstance(node, Call) and node.func.name == "histogram_quantile":
            inner = node.args[1]
            labels = inner.modifier.labels if isinstance(inner, AggregateExpr) and inner.modifier else ["le"]
            found.append(Group(frozenset(labels), frozenset(one.name for one in asked(inner))))
    return found
