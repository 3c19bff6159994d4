"""What watches the line: the rules, the panels, and the metrics that they may ask for."""

import json
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry

from streams.metrics import Labelled, Metrics

ROOT = Path(__file__).parents[1]
PROMETHEUS = ROOT / "deploy/prometheus"
RULES: list[dict[str, Any]] = [
    rule
    for name in ("slo.yml", "alerts.yml")
    for group in yaml.safe_load((PROMETHEUS / name).read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDS = [rule for rule in RULES if "record" in rule]
PROMISES = {rule["labels"]["slo"] for rule in RECORDS if rule["record"] == "prevenance:slo_budget"}
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
}
SCRAPED = {"job", "instance"}
"""Labels that Prometheus gives every series."""
OF_PROMETHEUS = {"up": SCRAPED, "ALERTS": {"alertname", "alertstate", "severity"} | SCRAPED}


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
