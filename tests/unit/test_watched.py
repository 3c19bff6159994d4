"""Rules and dashboards ask for what is there: every expression, held against the metrics of the code.

A running line is held against them in tests/integration/test_watched.py.
"""

import json
import re
from typing import get_args

import pytest

from agents.registry import TAUGHT
from deploy.grafana import dashboards
from schemas.events.staff import Verdict
from streams import metrics, topics
from streams.worker import AGENTS
from tests import promql
from tests.watched import DASHBOARDS, KNOWN, OURS, PROMISES, RECORDS, expressions

VALUES: dict[str, set[str]] = {
    "stage": {*get_args(metrics.AlertStage), *get_args(metrics.SliceStage), *AGENTS},
    "outcome": set(get_args(metrics.Outcome)),
    "verdict": set(get_args(Verdict)),
    "topic": {topic.name for topic in topics.TOPICS},
    "model": {model.name for model in TAUGHT},
    "slo": PROMISES,
    "le": {str(float(bound)) for bound in metrics.LATENCY},
    "job": {"gateway", "worker", "console"},
    "alertstate": {"firing"},
}
"""The values that labels of closed sets can have, as far as expressions ask for them."""
each_expression = pytest.mark.parametrize("where", sorted(expressions()))


@each_expression
def test_an_expression_asks_for_what_is_there(where: str) -> None:
    for name, matched in promql.asked(expressions()[where]):
        assert name in KNOWN, name
        assert set(matched) <= KNOWN[name], name
        for label, values in matched.items():
            if label in VALUES:
                assert set(values) <= VALUES[label], (name, label)


@each_expression
def test_an_expression_groups_by_labels_that_are_there(where: str) -> None:
    for labels, of in promql.groups(expressions()[where]):
        assert labels <= set().union(*(KNOWN[name] for name in of))


@each_expression
def test_a_quantile_keeps_the_buckets_apart(where: str) -> None:
    for labels, of in promql.quantiles(expressions()[where]):
        assert "le" in labels
        assert all(name.endswith("_bucket") for name in of)


def test_every_metric_is_watched_somewhere() -> None:
    used = {name for expr in expressions().values() for name, _ in promql.asked(expr)}
    families: dict[str, set[str]] = {}
    for name in OURS:
        if name.startswith("prevenance_"):
            families.setdefault(re.sub(r"_(bucket|sum|count)$", "", name), set()).add(name)
    assert [family for family, names in families.items() if not names & used] == []


def test_a_record_is_of_use() -> None:
    used = {name for expr in expressions().values() for name, _ in promql.asked(expr)}
    assert {rule["record"] for rule in RECORDS} <= used


@pytest.mark.parametrize("name", dashboards.NAMES)
def test_a_dashboard_is_what_its_file_says(name: str) -> None:
    assert set(DASHBOARDS) == set(dashboards.NAMES)
    assert json.loads(dashboards.as_file(name)) == DASHBOARDS[name], "run deploy/grafana/dashboards.py"


@pytest.mark.parametrize("name", sorted(DASHBOARDS))
def test_a_dashboard_says_what_each_panel_shows_and_no_panel_covers_another(name: str) -> None:
    dashboard = DASHBOARDS[name]
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or (panel["description"].endswith(".") and panel["targets"])
