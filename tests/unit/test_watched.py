"""What watches the line: rules, dashboards, runbooks, held against the metrics and one another.

`promtool` evaluates the rules over made-up days (tests/prometheus); what needs none of it always runs.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from prometheus_client import CollectorRegistry

from agents.registry import TAUGHT
from deploy.grafana import dashboards
from schemas.events.staff import Verdict
from streams import metrics, topics
from streams.metrics import Labelled, Metrics
from streams.worker import AGENTS
from tests import promql

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
FILES = [PROMETHEUS / "slo.yml", PROMETHEUS / "alerts.yml"]
RULES: list[dict[str, Any]] = [
    rule for file in FILES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDS = [rule for rule in RULES if "record" in rule]
STORIES = sorted((ROOT / "tests/prometheus").glob("*.yml"))
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
}
RUNBOOKS = (ROOT / "docs/runbooks.md").read_text()
SCRAPED = {"job", "instance"}
"""Labels that Prometheus gives every series."""
OF_PROMETHEUS = {"up": SCRAPED, "ALERTS": {"alertname", "alertstate", "severity"} | SCRAPED}
PERSONAL = re.compile(r"client|oid|staff|email|phone|card|guest|user|session|name")
PARTS = ("**Hurts**", "**Look**", "**Mend**", "**Mended when**")


def panels() -> dict[str, dict[str, Any]]:
    return {
        f"{name}: {panel['title']}": panel
        for name, dashboard in DASHBOARDS.items()
        for panel in dashboard["panels"]
        if panel["type"] != "row"
    }


def expressions() -> dict[str, str]:
    in_rules = {
        rule.get("alert") or f"{rule['record']} {rule.get('labels', '')}": rule["expr"] for rule in RULES
    }
    in_panels = {
        f"{where} {target['refId']}": target["expr"]
        for where, panel in panels().items()
        for target in panel["targets"]
    }
    return in_rules | in_panels


def declared() -> dict[str, set[str]]:
    """Every series that a process of ours can have, as PromQL names it -> its labels."""
    registry = CollectorRegistry()
    ours = (v._metric if isinstance(v, Labelled) else v for v in vars(Metrics(registry)).values())
    labels = {m._name: set(m._labelnames) for m in ours if hasattr(m, "_labelnames")}
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
    named = {
        family.name + suffix: labels.get(family.name, set()) | ({"le"} if suffix == "_bucket" else set())
        for family in registry.collect()
        for suffix in suffixes.get(family.type, [""])
    }
    return named | {"prevenance_build_info": {"version", "python"}}


OURS = declared()
KNOWN = (
    {name: labels | SCRAPED for name, labels in OURS.items()}
    | OF_PROMETHEUS
    | {rule["record"]: {"slo"} for rule in RECORDS}
)
VALUES: dict[str, set[str]] = {
    "stage": {*get_args(metrics.AlertStage), *get_args(metrics.SliceStage), *AGENTS},
    "outcome": set(get_args(metrics.Outcome)),
    "verdict": set(get_args(Verdict)),
    "topic": {topic.name for topic in topics.TOPICS},
    "model": {model.name for model in TAUGHT},
    "slo": {rule["labels"]["slo"] for rule in RECORDS if rule["record"] == "prevenance:slo_budget"},
    "le": {str(float(bound)) for bound in metrics.LATENCY},
    "job": {"gateway", "worker", "console"},
    "alertstate": {"firing"},
}
"""The values that labels of closed sets can have, as far as expressions ask for them."""
each_expression = pytest.mark.parametrize("where", sorted(expressions()))
each_alert = pytest.mark.parametrize("name", sorted(ALERTS))


# --- expressions


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


# --- promises


def test_each_promise_says_what_is_bad_of_how_much_and_what_may_be() -> None:
    for part in ("prevenance:slo_bad:rate5m", "prevenance:slo_all:rate5m", "prevenance:slo_budget"):
        assert {r["labels"]["slo"] for r in RECORDS if r["record"] == part} == VALUES["slo"]
    assert VALUES["slo"] == {"screen", "fresh", "lag", "read"}


def test_each_promise_has_one_page_and_shares_one_ticket() -> None:
    paged = {
        slo: [name for name, rule in ALERTS.items() if f'slo_burns:fast{{slo="{slo}"}}' in rule["expr"]]
        for slo in VALUES["slo"]
    }
    assert all(len(names) == 1 for names in paged.values()), paged
    assert "slo=" not in ALERTS["BudgetGoes"]["expr"]


def test_what_is_promised_is_measured_at_a_bound() -> None:
    assert 1.0 in metrics.LATENCY
    text = (ROOT / "docs/watching.md").read_text()
    assert f"within {metrics.FRESH:g} s" in text
    for rule in RECORDS:
        if rule["record"] == "prevenance:slo_budget":
            share = 100 * (1 - float(re.findall(r"[\d.]+", rule["expr"])[0]))
            assert re.search(rf"^\| `{rule['labels']['slo']}`: .*\| {share:g} % \|", text, re.MULTILINE)


# --- alerts and runbooks


@each_alert
def test_an_alert_says_what_happens_and_where_to_read_what_to_do(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "runbook_url"}
    assert re.match(r"[A-Z{\d].*\.$", rule["annotations"]["summary"])
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"


@each_alert
def test_an_alert_speaks_of_labels_it_has_and_of_nobody(name: str) -> None:
    rule = ALERTS[name]
    has = set().union(*(KNOWN[one] for one, _ in promql.asked(rule["expr"])))
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert label in has
        assert not PERSONAL.search(label)


@each_alert
def test_an_alert_has_a_runbook_that_says_whom_it_hurts_and_when_it_is_mended(name: str) -> None:
    section = re.search(
        rf"^## {name}\n\n\*(Page|Ticket)\.\* (.*?)(?=^## |\Z)", RUNBOOKS, re.MULTILINE | re.DOTALL
    )
    assert section is not None
    assert section[1].lower() == ALERTS[name]["labels"]["severity"]
    at = [section[2].find(part) for part in PARTS]
    assert -1 not in at
    assert at == sorted(at)


def test_a_runbook_is_of_an_alert_and_sends_nobody_to_a_panel_that_is_not_there() -> None:
    assert set(re.findall(r"^## (\w+)$", RUNBOOKS, re.MULTILINE)) == set(ALERTS)
    assert set(re.findall(r"\]\(#(\w+)\)", RUNBOOKS)) <= {name.lower() for name in ALERTS}
    titles = {panel["title"] for panel in panels().values()} | {"Prévenance, the line"}
    assert set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", RUNBOOKS)) - {"Page.", "Ticket."} <= titles


def test_few_wake_anybody() -> None:
    pages = [name for name, rule in ALERTS.items() if rule["labels"]["severity"] == "page"]
    assert len(pages) <= 10


# --- promtool


def promtool(say: Callable[[str], None], *args: str | Path) -> None:
    found = shutil.which("promtool")
    if found is None:
        say(
            "RULES NOT EVALUATED: promtool is missing. It comes with Debian's package `prometheus`, or: "
            "go install github.com/prometheus/prometheus/cmd/promtool@v0.316.0"
        )
        pytest.skip("needs promtool")
    ran = subprocess.run([found, *args], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_prometheus_reads_its_rules(say: Callable[[str], None]) -> None:
    promtool(say, "check", "rules", *FILES)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
def test_the_rules_tell_a_story_as_it_happened(story: Path, say: Callable[[str], None]) -> None:
    promtool(say, "test", "rules", story)


def test_each_alert_is_seen_firing_and_silent() -> None:
    cases = [
        case
        for story in STORIES
        for told in yaml.safe_load(story.read_text())["tests"]
        for case in told.get("alert_rule_test", [])
    ]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == set(ALERTS)
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == set(ALERTS)


# --- dashboards


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
