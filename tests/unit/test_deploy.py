"""The files of `deploy/` and docker-compose.yml, read and held against the code and one another.

No container engine, no promtool and no Grafana run here: nothing below starts a container or parses PromQL.
What is checked is what can be read: pins, hardening, names of metrics and labels, commands, variables, paths.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from prometheus_client import CollectorRegistry

from streams import metrics
from streams.__main__ import main
from streams.metrics import Labelled, Metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/the-line.json").read_text())
SCRAPES: dict[str, dict[str, Any]] = {
    job["job_name"]: job
    for job in yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
}

each_service = pytest.mark.parametrize("name", sorted(SERVICES))
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


# --- docker-compose.yml


@each_service
def test_every_image_is_pinned_to_a_version(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+(-alpine)?", SERVICES[name]["image"])


def test_our_image_carries_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"prevenance:{version}"}


@each_service
def test_every_service_that_stays_has_a_health_check(name: str) -> None:
    check = SERVICES[name].get("healthcheck")
    if name == "topics":
        assert check == {"disable": True}
    elif name in OURS:
        assert check is None  # the image's own, in the Dockerfile
    else:
        assert {"test", "interval", "timeout", "retries", "start_period"} <= set(check)


@each_service
def test_every_service_runs_with_as_little_power_as_it_can(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] not in ("root", "0", "0:0")
    assert not service.get("privileged", False)
    assert service["read_only"] is (name != "kafka")
    assert {"cpus", "memory", "pids"} == set(service["deploy"]["resources"]["limits"])


@each_service
def test_a_service_waits_for_what_it_needs_and_can_wait_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other == "topics" else "service_healthy"
        assert how == {"condition": wanted}
        assert other not in OURS or other == "topics"


def test_each_process_of_the_line_waits_for_topics_and_redis_and_stops_within_15_s() -> None:
    for name in OURS - {"topics"}:
        assert set(SERVICES[name]["depends_on"]) == {"topics", "kafka", "redis"}
        assert SERVICES[name]["stop_grace_period"] == "15s"
    assert SERVICES["topics"]["restart"].startswith("on-failure")


def test_only_what_people_and_tills_use_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"gateway", "console", "grafana"}
    for ports in published.values():
        assert all(port.startswith("127.0.0.1:") for port in ports)
    assert COMPOSE["networks"]["line"] == {"internal": True}
    assert {n for n, s in SERVICES.items() if "front" in s["networks"]} == set(published)


def test_the_worker_can_be_scaled() -> None:
    assert not {"container_name", "ports", "hostname"} & set(SERVICES["worker"])


def test_what_must_survive_a_restart_is_on_a_named_volume() -> None:
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount[0] for mount in mounts if not mount[0].startswith(".")}
    assert named == set(COMPOSE["volumes"])
    assert named == {"kafka-data", "redis-data", "prometheus-data", "grafana-data"}
    for source, _, *mode in (mount for mount in mounts if mount[0].startswith(".")):
        assert (ROOT / source).exists(), source
        assert mode == ["ro"], source


def test_kafka_makes_no_topic_by_accident_and_redis_forgets_nothing() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    lines = (DEPLOY / "redis/redis.conf").read_text().splitlines()
    assert {"appendonly yes", "maxmemory-policy noeviction", "dir /data"} <= set(lines)
    assert "redis-data:/data" in SERVICES["redis"]["volumes"]


# --- secrets, variables, commands


def variables(name: str) -> dict[str, str]:
    return SERVICES[name].get("environment", {})


@each_service
def test_a_secret_is_a_file_and_never_a_value(name: str) -> None:
    mounted = set(SERVICES[name].get("secrets", []))
    named = {v.removeprefix("/run/secrets/") for k, v in variables(name).items() if k.endswith("_FILE")}
    assert named == mounted
    for variable in variables(name):
        assert not re.search(r"(SECRET|PEPPER|WRITE_KEYS|PASSWORD)$", variable), variable


def test_secrets_are_in_the_ignored_folder_and_its_readme_says_how_to_make_each() -> None:
    folder = DEPLOY / "secrets"
    assert (folder / ".gitignore").read_text().split() == ["*", "!.gitignore", "!README.md"]
    readme = (folder / "README.md").read_text()
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./deploy/secrets/{name}"}
        assert f"> deploy/secrets/{name}\n" in readme
    assert set(COMPOSE["secrets"]) == {s for service in SERVICES.values() for s in service.get("secrets", [])}


def used_variables() -> set[str]:
    texts = [DOCKERFILE, (ROOT / "docker-compose.yml").read_text()]
    return {name for text in texts for name in re.findall(r"\bPREVENANCE_[A-Z_]+", text)}


def test_every_variable_we_set_is_one_that_the_settings_know() -> None:
    settings = ROOT / "streams/settings.py"
    if not settings.exists():
        return
    known = settings.read_text()
    for name in used_variables():
        base = name.removesuffix("_FILE")
        assert re.search(rf"\b({base}|{base.removeprefix('PREVENANCE_')})\b", known), name
        assert base == name or "_FILE" in known, name


def used_commands() -> set[str]:
    told = [(DEPLOY / "prometheus/alerts.yml"), (DEPLOY / "secrets/README.md"), ROOT / "docker-compose.yml"]
    in_prose = {c for path in told for c in re.findall(r"`prevenance ([a-z]+)", path.read_text())}
    return in_prose | {SERVICES[name]["command"][0] for name in OURS}


def test_every_command_we_run_or_name_exists() -> None:
    assert 'ENTRYPOINT ["prevenance"]' in DOCKERFILE
    assert {"gateway", "worker", "console", "topics"} <= used_commands()
    assert used_commands() <= set(main.commands)


# --- Dockerfile


def test_the_image_is_built_from_pinned_bases_and_hashed_requirements() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert set(bases) == {"python:3.11.13-slim-bookworm"}
    for install in re.findall(r"pip .*install[^&\n]*", DOCKERFILE):
        assert "--no-deps" in install
        assert "--require-hashes" in install or "--no-build-isolation" in install


def test_the_final_image_has_no_compiler_no_root_and_a_health_check() -> None:
    final = DOCKERFILE.split("FROM ")[-1]
    assert not re.search(r"apt-get|apk|pip install|gcc", DOCKERFILE)
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "/health" in final


def test_the_build_sees_what_it_copies_and_no_secret() -> None:
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in allowed
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in allowed, source
    assert not [line for line in allowed if line.startswith("!deploy") and line != "!deploy/maisons"]


# --- Prometheus and Grafana


@pytest.fixture(scope="module")
def samples() -> dict[str, set[str]]:
    """Sample name as PromQL sees it -> its labels."""
    registry = CollectorRegistry()
    ours = Metrics(registry)
    labels = {}
    for value in vars(ours).values():
        metric = value._metric if isinstance(value, Labelled) else value
        if hasattr(metric, "_labelnames"):
            labels[metric._name] = set(metric._labelnames)
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
    return {
        family.name + suffix: labels.get(family.name, set()) | ({"le"} if suffix == "_bucket" else set())
        for family in registry.collect()
        for suffix in suffixes.get(family.type, [""])
    }


def expressions() -> dict[str, str]:
    in_rules = {rule["alert"]: rule["expr"] for rule in RULES}
    in_panels = {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", [])
    }
    return in_rules | in_panels


each_expression = pytest.mark.parametrize("where", sorted(expressions()))
METRIC = re.compile(r"\b((?:prevenance|process)_\w+)(?:\{([^}]*)\})?")
FROM_PROMETHEUS = {"job", "instance"}


@each_expression
def test_an_expression_names_metrics_and_labels_that_exist(where: str, samples: dict[str, set[str]]) -> None:
    expr = expressions()[where]
    found = METRIC.findall(expr)
    assert found or re.search(r"\b(up|ALERTS)\{", expr)
    allowed = set(FROM_PROMETHEUS)
    for name, matchers in found:
        assert name in samples, name
        allowed |= samples[name]
        for label in re.findall(r"(\w+)\s*[=!]", matchers):
            assert label in samples[name] | FROM_PROMETHEUS, (name, label)
    for grouping in re.findall(r"\bby \(([^)]*)\)", expr):
        assert set(re.split(r",\s*", grouping)) <= allowed, grouping
    for opening, closing in ("()", "[]", "{}"):
        assert expr.count(opening) == expr.count(closing)


@each_expression
def test_an_expression_asks_for_stages_and_bounds_that_are_written(where: str) -> None:
    expr = expressions()[where]
    stages = {*get_args(metrics.AlertStage), *get_args(metrics.SliceStage)}
    assert set(re.findall(r'stage="(\w+)"', expr)) <= stages
    assert {float(bound) for bound in re.findall(r'le="([\d.]+)"', expr)} <= set(metrics.LATENCY)


@each_expression
def test_a_quantile_keeps_the_buckets_apart(where: str) -> None:
    expr = expressions()[where]
    if "histogram_quantile" in expr:
        assert re.search(r"sum by \(le\b[^)]*\) \(rate\(\w+_bucket", expr)


def test_every_metric_is_watched_somewhere(samples: dict[str, set[str]]) -> None:
    used = {name for expr in expressions().values() for name, _ in METRIC.findall(expr)}
    families: dict[str, set[str]] = {}
    for name in samples:
        if name.startswith("prevenance_"):
            families.setdefault(re.sub(r"_(bucket|sum|count)$", "", name), set()).add(name)
    assert [family for family, names in families.items() if not names & used] == []


@each_rule
def test_an_alert_says_what_happens_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "runbook"}
    for text in rule["annotations"].values():
        assert re.match(r"[A-Z{].*\.$", text), text
    grouped = {
        label for labels in re.findall(r"\bby \(([^)]*)\)", rule["expr"]) for label in labels.split(", ")
    }
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert label in grouped | FROM_PROMETHEUS, label


def test_the_names_of_alerts_differ_and_cover_what_can_go_wrong() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    assert {
        *("EventToAlertSlow", "LagGrowing", "DeadLetters", "NoProgress", "ModelOld", "TimersLate"),
        *("RedisErrors", "KafkaErrors", "MaisonSilent"),
    } <= set(names)


def test_each_process_is_scraped_where_it_serves_its_metrics() -> None:
    for name in OURS - {"topics"}:
        (found,) = SCRAPES[name]["dns_sd_configs"]
        assert (found["names"], found["type"]) == ([name], "A")
        assert str(found["port"]) == variables(name)["PREVENANCE_OPS_PORT"]
        assert "line" in SERVICES[name]["networks"]
        assert variables(name)["PREVENANCE_HOST"] == "0.0.0.0"
    assert set(SCRAPES) <= set(SERVICES)
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    assert config["rule_files"] == ["/etc/prometheus/alerts.yml"]
    assert "./deploy/prometheus:/etc/prometheus:ro" in SERVICES["prometheus"]["volumes"]


def test_grafana_finds_its_data_and_the_dashboard() -> None:
    provisioning = DEPLOY / "grafana/provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            assert target["datasource"] == {"type": "prometheus", "uid": source["uid"]}
    (provider,) = yaml.safe_load((provisioning / "dashboards/prevenance.yml").read_text())["providers"]
    folder = provider["options"]["path"]
    assert f"./deploy/grafana/dashboards:{folder}:ro" in SERVICES["grafana"]["volumes"]
    home = variables("grafana")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (DEPLOY / "grafana/dashboards" / Path(home).relative_to(folder)).exists()


def test_the_dashboard_reads_from_people_to_machines() -> None:
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert rows == ["Is anyone waiting", "Flow", "What was held back", "People", "Models", "Infrastructure"]
    assert DASHBOARD["title"] == "Prévenance, the line"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or (panel["description"].endswith(".") and panel["targets"])
