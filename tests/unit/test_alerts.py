"""Promises, alerts and runbooks, held against one another; and the rules, as promtool evaluates them.

What needs no promtool always runs. The stories are in tests/prometheus.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from streams import metrics
from tests import promql
from tests.watched import ALERTS, KNOWN, PROMETHEUS, PROMISES, RECORDS, ROOT, panels

RUNBOOKS = (ROOT / "docs/runbooks.md").read_text()
STORIES = sorted((ROOT / "tests/prometheus").glob("*.yml"))
PERSONAL = re.compile(r"client|oid|staff|email|phone|card|guest|user|session|name")
PARTS = ("**Hurts**", "**Look**", "**Mend**", "**Mended when**")
SAYS = ("streams", "agents", "feature_store")
"""Where what processes say is written."""
each_alert = pytest.mark.parametrize("name", sorted(ALERTS))


# --- promises


def test_each_promise_says_what_is_bad_of_how_much_and_what_may_be() -> None:
    for part in ("prevenance:slo_bad:rate5m", "prevenance:slo_all:rate5m", "prevenance:slo_budget"):
        assert {r["labels"]["slo"] for r in RECORDS if r["record"] == part} == PROMISES
    assert {"screen", "fresh", "lag", "read"} == PROMISES


def test_each_promise_has_one_page_and_shares_one_ticket() -> None:
    paged = {
        slo: [name for name, rule in ALERTS.items() if f'slo_burns:fast{{slo="{slo}"}}' in rule["expr"]]
        for slo in PROMISES
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


def test_what_a_runbook_quotes_is_what_a_process_says() -> None:
    """In a log, from `/ready`, or as the reason of a letter."""
    quoted = set(re.findall(r"(?<!\*)\*([a-z][^*]+)\*(?!\*)", RUNBOOKS.partition("## ")[2]))
    code = "".join(file.read_text() for name in SAYS for file in sorted((ROOT / name).rglob("*.py")))
    assert len(quoted) > 5
    assert [words for words in sorted(quoted) if " ".join(words.split()) not in code] == []


def test_an_alert_that_a_page_names_is_there() -> None:
    told = {
        name
        for page in (ROOT / "docs").glob("*.md")
        for name in re.findall(r"alert\s`(\w+)`", page.read_text())
    }
    assert len(told) > 2
    assert told <= set(ALERTS)


def test_few_wake_anybody() -> None:
    pages = [name for name, rule in ALERTS.items() if rule["labels"]["severity"] == "page"]
    assert len(pages) <= 10


# --- promtool


@pytest.fixture(scope="module")
def promtool(say: Callable[[str], None]) -> Callable[..., None]:
    """Runs promtool; AssertionError with what it says where it finds something wrong."""
    found = shutil.which("promtool")
    if found is None:
        say(
            "RULES NOT EVALUATED: promtool is missing. It comes with Debian's package `prometheus`, or: "
            "go install github.com/prometheus/prometheus/cmd/promtool@v0.316.0"
        )
        pytest.skip("needs promtool")

    def run(*args: str | Path) -> None:
        seldom = os.environ | {"GOGC": "800"}  # collecting what it will not need is a quarter of its work
        ran = subprocess.run([found, *args], env=seldom, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    return run


def test_prometheus_reads_its_configuration_and_its_rules(
    tmp_path: Path, promtool: Callable[..., None]
) -> None:
    config = (PROMETHEUS / "prometheus.yml").read_text().replace("/etc/prometheus/", f"{PROMETHEUS}/")
    (tmp_path / "prometheus.yml").write_text(config)
    promtool("check", "config", tmp_path / "prometheus.yml")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.stem)
def test_the_rules_tell_a_story_as_it_happened(story: Path, promtool: Callable[..., None]) -> None:
    promtool("test", "rules", story)


def test_each_alert_is_seen_firing_and_silent() -> None:
    cases = [
        case
        for story in STORIES
        for told in yaml.safe_load(story.read_text())["tests"]
        for case in told.get("alert_rule_test", [])
    ]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == set(ALERTS)
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == set(ALERTS)
