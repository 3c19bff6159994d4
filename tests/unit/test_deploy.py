"""The files of `deploy/` and docker-compose.yml, read and held against the code and one another.

No container engine runs here: nothing below starts a container. What is checked is what can be read: pins,
hardening, commands, variables, paths. Rules and dashboards: test_watched.py, test_alerts.py.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.cli import main
from streams.variables import VARIABLES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
DASHBOARDS: list[dict[str, Any]] = [
    json.loads(path.read_text()) for path in sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
]
SCRAPES: dict[str, dict[str, Any]] = {
    job["job_name"]: job
    for job in yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
}

each_service = pytest.mark.parametrize("name", sorted(SERVICES))


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


def test_every_variable_we_set_is_one_that_is_read() -> None:
    known = {one.name for one in VARIABLES} | {f"{one.name}_FILE" for one in VARIABLES if one.secret}
    assert used_variables() <= known


def test_every_process_is_told_where_its_spans_go_and_how_to_log() -> None:
    for name in OURS:
        for variable in ("PREVENANCE_OTLP", "PREVENANCE_OTLP_RATIO", "PREVENANCE_LOG"):
            assert variables(name)[variable].startswith(f"${{{variable}:-"), (name, variable)


def used_commands() -> set[str]:
    told = [ROOT / "docs/runbooks.md", DEPLOY / "secrets/README.md", ROOT / "docker-compose.yml"]
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


def test_the_image_has_what_was_tested_and_can_send_spans() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    run, dev = (
        set(re.findall(r"^[\w.-]+==[^ ;]+", (ROOT / f"requirements/{name}.lock").read_text(), re.MULTILINE))
        for name in ("run", "dev")
    )
    assert set(extras["tracing"]) <= run <= dev


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


def test_each_process_is_scraped_where_it_serves_its_metrics() -> None:
    for name in OURS - {"topics"}:
        (found,) = SCRAPES[name]["dns_sd_configs"]
        assert (found["names"], found["type"]) == ([name], "A")
        assert str(found["port"]) == variables(name)["PREVENANCE_OPS_PORT"]
        assert "line" in SERVICES[name]["networks"]
        assert variables(name)["PREVENANCE_HOST"] == "0.0.0.0"
    assert set(SCRAPES) <= set(SERVICES)
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    assert config["rule_files"] == ["/etc/prometheus/slo.yml", "/etc/prometheus/alerts.yml"]
    assert "./deploy/prometheus:/etc/prometheus:ro" in SERVICES["prometheus"]["volumes"]


def test_grafana_finds_its_data_and_the_dashboards() -> None:
    provisioning = DEPLOY / "grafana/provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    for panel in (panel for dashboard in DASHBOARDS for panel in dashboard["panels"]):
        for target in panel.get("targets", []):
            assert target["datasource"] == {"type": "prometheus", "uid": source["uid"]}
    (provider,) = yaml.safe_load((provisioning / "dashboards/prevenance.yml").read_text())["providers"]
    folder = provider["options"]["path"]
    assert f"./deploy/grafana/dashboards:{folder}:ro" in SERVICES["grafana"]["volumes"]
    home = variables("grafana")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (DEPLOY / "grafana/dashboards" / Path(home).relative_to(folder)).exists()


# --- the workflow that builds the image


def test_the_workflow_builds_our_image_and_runs_it_as_it_is_deployed() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/image.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    image, chart = (workflow["jobs"][name] for name in ("image", "chart"))
    said = [step["run"] for step in image["steps"] if "run" in step]
    built = next(re.fullmatch(r"docker build --file (\S+) --tag (\S+) \.", line) for line in said)
    assert built is not None
    assert (ROOT / built[1]).is_file()
    assert all(built[2] in line for line in said[1:])
    for option in ("--read-only", "--cap-drop ALL", "--security-opt no-new-privileges"):
        assert option in image["env"]["RUN"]
    user = re.search(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert user is not None
    assert f"= {user[1]}" in said[1]
    asked = [line.split() for line in said[2:] for line in line.splitlines() if line.startswith("$RUN")]
    assert all(argv[2].startswith("-") or argv[2] in main.commands for argv in asked)
    charts = [word for step in chart["steps"] for word in step.get("run", "").split() if "helm/" in word]
    assert {ROOT / name for name in charts} == {ROOT / "deploy/helm/prevenance"}
