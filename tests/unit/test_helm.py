"""deploy/helm: what the chart makes is what Kubernetes takes, hardened, and what the processes read.

What can be read is checked always. `helm` renders the rest where it is there; no cluster runs here.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from streams.variables import VARIABLES
from streams.worker import AGENTS
from tests.unit.test_deploy import COMPOSE, ROOT

CHART = ROOT / "deploy/helm/prevenance"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
TEMPLATES = {path.name: path.read_text() for path in sorted((CHART / "templates").iterdir())}
HELM = shutil.which("helm") or shutil.which(str(ROOT / ".cache/bin/helm"))
HOW = "GOBIN=$PWD/.cache/bin go install helm.sh/helm/v3/cmd/helm@v3.19.5"
OLDEST, NEWEST = "1.27", "1.34"
ALL_OF_IT = {
    "maisons": "houses",
    "ca": {"kafka": "kafka-ca", "redis": "redis-ca"},
    "gateway": {"webhooks": True},
    "console": {"push": {"contact": "mailto:ops@house.example", "services": "push.house.example"}},
    "keda": {"enabled": True},
    "imagePullSecrets": [{"name": "registry"}],
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "line", "operator": "Exists"}],
    "log": "json",
    "tracing": {"collector": "http://collector:4318", "ratio": 0.01},
    "networkPolicy": {
        "kafka": {"peers": [{"ipBlock": {"cidr": "10.0.1.0/24"}}]},
        "redis": {"peers": [{"podSelector": {"matchLabels": {"app": "redis"}}}]},
        "collector": {"peers": [{"podSelector": {"matchLabels": {"app": "collector"}}}]},
        "push": {"peers": [{"ipBlock": {"cidr": "10.0.2.0/24"}}]},
        "http": {"peers": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}]},
        "metrics": {"peers": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]},
    },
}
BY_CERTIFICATE = {**ALL_OF_IT, "kafka": {"mechanism": ""}}
WAYS = {"as it comes": {}, "all of it": ALL_OF_IT, "by certificate": BY_CERTIFICATE}

each_way = pytest.mark.parametrize("way", WAYS)


# --- without helm


def test_the_values_that_come_with_it_keep_to_their_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(VALUES, SCHEMA)


def test_every_agent_runs_in_exactly_one_deployment() -> None:
    running = [agent for worker in VALUES["workers"].values() for agent in worker["agents"]]
    assert sorted(running) == sorted(AGENTS)
    worker = SCHEMA["properties"]["workers"]["additionalProperties"]["properties"]
    assert tuple(worker["agents"]["items"]["enum"]) == AGENTS


def test_the_chart_carries_the_version_of_the_image() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert COMPOSE["services"]["worker"]["image"] == f"{VALUES['image']['repository']}:{chart['appVersion']}"


def test_every_value_that_a_template_names_is_there() -> None:
    for name, text in TEMPLATES.items():
        for path in re.findall(r"\.Values\.([\w.]+)", text):
            at: Any = VALUES
            for step in path.split("."):
                assert step in at, f"{name}: .Values.{path}"
                at = at[step]


def test_every_value_is_used() -> None:
    text = "".join(TEMPLATES.values())
    names = [name for kind in ("image", "kafka", "worker", "topics", "keda") for name in VALUES[kind]]
    assert not [name for name in (*VALUES, *names) if not re.search(rf"\b{name}\b", text)]


def test_the_environment_of_a_process_is_what_it_reads() -> None:
    known = {variable.name for variable in VARIABLES}
    known |= {f"{variable.name}_FILE" for variable in VARIABLES if variable.secret}
    for name, text in TEMPLATES.items():
        told = set(re.findall(r"PREVENANCE_\w+", text)) - {"PREVENANCE_"}
        assert told <= known, name
    assert {f"PREVENANCE_{key}" for key in ("WRITE_KEYS", "JWT_SECRET")} <= known


def test_no_secret_is_made_by_the_chart() -> None:
    for name, text in TEMPLATES.items():
        assert "kind: Secret" not in text, name
        assert "stringData" not in text, name


# --- with helm

OTHERWISE: dict[str, Any] = {
    "image.digest": f"sha256:{'0' * 64}",
    "image.pullPolicy": "Always",
    "kafka.bootstrap": "elsewhere:9093",
    "kafka.tls": "passwords-in-clear",
    "kafka.mechanism": "PLAIN",
    "topics.replication": 5,
    "console.push.contact": "https://house.example/contact",
    "log": "text",
    "tracing.collector": "",
    "tracing.ratio": 1,
    "podAnnotations": {"more": "of them"},
    "nodeSelector": {"more": "of them"},
    **{f"workers.{name}.agents": [*AGENTS] for name in VALUES["workers"]},
}
"""What may not be just any other value of its type."""


def leaves(values: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each value that can be set, by its path; a table that people fill themselves is one."""
    for name, value in values.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and value and path not in OTHERWISE:
            yield from leaves(value, f"{path}.")
        else:
            yield path, value


def merged(values: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """As helm does it."""
    there = {k: merged(values.get(k, {}), v) if isinstance(v, dict) else v for k, v in given.items()}
    return values | there


SET = dict(leaves(merged(VALUES, ALL_OF_IT)))
ANY = {path: f"any-{n}" for n, (path, value) in enumerate(SET.items()) if isinstance(value, str)}
ANY |= {path: str(500 + n) for n, (path, value) in enumerate(SET.items()) if type(value) is int}
ANY = {path: value for path, value in ANY.items() if path not in OTHERWISE}
"""A value of its own for each that may be just any text, or number."""


@pytest.fixture(scope="module")
def helm(say: Callable[[str], None]) -> str:
    if HELM is None:
        say(f"THE CHART WAS NOT RENDERED: helm is not here. {HOW}")
        pytest.skip("needs helm")
    return HELM


@cache
def rendered(helm: str, way: str) -> list[dict[str, Any]]:
    argv = [helm, "template", "line", str(CHART), "--namespace", "houses", "--values", "-"]
    done = subprocess.run(argv, input=yaml.safe_dump(WAYS[way]), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def changed(helm: str, *values: str) -> str:
    """What is made where these are otherwise than in "all of it"."""
    argv = [helm, "template", "line", str(CHART), "--namespace", "houses", "--values", "-"]
    argv += [word for value in values for word in ("--set-json", value)]
    done = subprocess.run(argv, input=yaml.safe_dump(ALL_OF_IT), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def of_kind(helm: str, way: str, *kinds: str) -> list[dict[str, Any]]:
    return [one for one in rendered(helm, way) if one["kind"] in kinds]


def pods(helm: str, way: str) -> dict[str, dict[str, Any]]:
    return {
        one["metadata"]["name"]: one["spec"]["template"] for one in of_kind(helm, way, "Deployment", "Job")
    }


def environ(pod: dict[str, Any]) -> dict[str, Any]:
    (container,) = pod["spec"]["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def test_each_text_and_number_stands_in_what_is_made(helm: str) -> None:
    made = changed(
        helm, *(f"{path}={value if value.isdigit() else json.dumps(value)}" for path, value in ANY.items())
    )
    assert len(ANY) > 40
    assert not [path for path, value in ANY.items() if not re.search(rf"\b{value}\b", made)]


@pytest.mark.parametrize("path", sorted(SET.keys() - ANY.keys()))
def test_every_other_value_changes_what_is_made(helm: str, path: str) -> None:
    value = SET[path]
    instead = OTHERWISE.get(path, not value if isinstance(value, bool) else [])
    assert [*yaml.safe_load_all(changed(helm, f"{path}={json.dumps(instead)}"))] != rendered(
        helm, "all of it"
    )


@each_way
def test_helm_finds_nothing_amiss(helm: str, way: str) -> None:
    argv = [helm, "lint", "--strict", str(CHART), "--values", "-"]
    done = subprocess.run(argv, input=yaml.safe_dump(WAYS[way]), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@each_way
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_every_object(helm: str, way: str, version: str) -> None:
    named = [(one["kind"], one["metadata"]["name"]) for one in rendered(helm, way)]
    assert len(named) == len(set(named))
    for one in rendered(helm, way):
        if not one["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(one, version, strict=True)


def test_two_workers_are_two_however_long_their_names_and_that_of_the_release(helm: str) -> None:
    names = [f"personalise-of-the-houses-in-the-{where}" for where in ("east", "west")]
    odd = {"workers": dict.fromkeys(names, VALUES["workers"]["personalise"]), "keda": {"enabled": True}}
    argv = [
        helm,
        "template",
        "a-release-whose-name-is-as-long-as-helm-lets-it-be-ok",
        str(CHART),
        "--values",
        "-",
    ]
    done = subprocess.run(argv, input=json.dumps(odd), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one]
    named = [(one["kind"], one["metadata"]["name"]) for one in made]
    assert len(named) == len(set(named))
    assert max(len(name) for _, name in named) <= 63
    aimed = {one["spec"]["scaleTargetRef"]["name"] for one in made if one["kind"] == "ScaledObject"}
    assert aimed <= {one["metadata"]["name"] for one in made if one["kind"] == "Deployment"}
    assert len(aimed) == len(VALUES["workers"]) + 2


def test_a_worker_whose_name_no_label_takes_is_refused() -> None:
    workers = {**VALUES["workers"], "a" * 56: VALUES["workers"]["deliver"]}
    jsonschema.validate({**VALUES, "workers": workers}, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**VALUES, "workers": {"a" * 57: VALUES["workers"]["deliver"]}}, SCHEMA)


def test_kubernetes_takes_names_that_yaml_would_read_as_numbers(helm: str) -> None:
    odd: dict[str, Any] = {
        "secret": "12345",
        "maisons": "2024",
        "ca": {"kafka": "1e5", "redis": "true"},
        "gateway": {"secret": "null"},
        "worker": {"secret": "77", "sessionTimeout": 1800, "checkpointSeconds": 86_400},
        "topics": {"secret": "0x1f"},
        "nodeSelector": {"spot": "no"},
        "topologySpread": ["1"],
        "keda": {"enabled": True, "lag": 5_000_000, "cooldownPeriod": 2_000_000},
        "workers": {"2": {**VALUES["workers"]["deliver"], "replicas": 1_000_000, "most": 2_000_000}},
    }
    argv = [helm, "template", "2026", str(CHART), "--namespace", "1", "--values", "-"]
    done = subprocess.run(argv, input=json.dumps(odd), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one]
    for one in made:
        if one["apiVersion"].startswith("keda.sh/"):
            assert one["metadata"].get("labels", {}).get("app.kubernetes.io/instance", "2026") == "2026"
        else:
            kubernetes_validate.validate(one, NEWEST, strict=True)
    scaled = {one["metadata"]["name"]: one["spec"] for one in made if one["kind"] == "ScaledObject"}
    assert type(scaled["2026-worker-2"]["maxReplicaCount"]) is int
    assert type(scaled["2026-worker-2"]["cooldownPeriod"]) is int
    assert scaled["2026-worker-2"]["triggers"][0]["metadata"]["lagThreshold"] == "5000000"
    (signs_in,) = [one for one in made if one["kind"] == "TriggerAuthentication"]
    assert {one["name"] for one in signs_in["spec"]["secretTargetRef"]} == {"77", "1e5"}


@each_way
def test_every_pod_has_as_little_power_as_it_can(helm: str, way: str) -> None:
    for name, pod in pods(helm, way).items():
        spec = pod["spec"]
        (container,) = spec["containers"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
        assert "memory" in container["resources"]["limits"], name
        assert not container["image"].endswith(":latest")


@each_way
def test_every_process_is_probed_spread_and_spared(helm: str, way: str) -> None:
    spared = {one["metadata"]["name"]: one["spec"] for one in of_kind(helm, way, "PodDisruptionBudget")}
    deployments = {one["metadata"]["name"]: one["spec"] for one in of_kind(helm, way, "Deployment")}
    workers = {f"line-worker-{name}" for name in VALUES["workers"]}
    assert set(deployments) == set(spared) == {"line-gateway", "line-console"} | workers
    for name, spec in deployments.items():
        (container,) = spec["template"]["spec"]["containers"]
        assert container["livenessProbe"]["httpGet"] == {"path": "/health", "port": "ops"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "ops"}
        serves = "http" in {port["name"] for port in container["ports"]}
        assert serves == (container.get("lifecycle") == {"preStop": {"exec": {"command": ["sleep", "5"]}}})
        ours = spec["selector"]["matchLabels"]
        assert spared[name] == {"maxUnavailable": 1, "selector": {"matchLabels": ours}}
        assert ours.items() <= spec["template"]["metadata"]["labels"].items()
        spread = spec["template"]["spec"]["topologySpreadConstraints"]
        assert [one["topologyKey"] for one in spread] == VALUES["topologySpread"]
        assert all(one["labelSelector"]["matchLabels"] == ours for one in spread)


@each_way
def test_what_is_secret_is_mounted_from_a_secret_that_is_named(helm: str, way: str) -> None:
    for name, pod in pods(helm, way).items():
        mounts = {one["mountPath"]: one["name"] for one in pod["spec"]["containers"][0]["volumeMounts"]}
        volumes = {one["name"]: one for one in pod["spec"]["volumes"]}
        assert set(mounts.values()) == set(volumes), name
        for variable, value in environ(pod).items():
            if isinstance(value, str) and value.startswith(("/run/secrets/", "/etc/prevenance/")):
                volume = volumes[mounts[value.rpartition("/")[0]]]
                assert "secret" in volume, variable
        assert not any("PASSWORD" in v and not v.endswith("_FILE") for v in environ(pod)), name


def test_each_process_is_told_who_it_is(helm: str) -> None:
    for name, secret in (("gateway", "prevenance-gateway"), ("worker-learn", "prevenance-worker")):
        told = environ(pods(helm, "all of it")[f"line-{name}"])
        assert told["PREVENANCE_KAFKA_USER"] == {"secretKeyRef": {"name": secret, "key": "kafka_user"}}
        assert told["PREVENANCE_KAFKA_CA"] == "/etc/prevenance/kafka/ca.crt"
        assert told["PREVENANCE_REDIS_CA"] == "/etc/prevenance/redis/ca.crt"
        told = environ(pods(helm, "by certificate")[f"line-{name}"])
        assert "PREVENANCE_KAFKA_USER" not in told
        assert told["PREVENANCE_KAFKA_CERT"] == "/run/secrets/process/tls.crt"
    assert "PREVENANCE_WRITE_KEYS_FILE" in environ(pods(helm, "as it comes")["line-gateway"])
    assert "PREVENANCE_JWT_SECRET_FILE" in environ(pods(helm, "as it comes")["line-console"])
    assert "PREVENANCE_WEBHOOKS_FILE" not in environ(pods(helm, "as it comes")["line-gateway"])
    called = environ(pods(helm, "all of it")["line-gateway"])["PREVENANCE_WEBHOOKS_FILE"]
    assert called == "/run/secrets/process/webhooks"


def test_a_console_alone_rings_telephones_and_alone_reaches_push_services(helm: str) -> None:
    told = environ(pods(helm, "all of it")["line-console"])
    assert told["PREVENANCE_PUSH_KEY_FILE"] == "/run/secrets/process/push_key"
    assert told["PREVENANCE_PUSH_CONTACT"] == "mailto:ops@house.example"
    assert told["PREVENANCE_PUSH_SERVICES"] == "push.house.example"
    ringing = [name for name, pod in pods(helm, "all of it").items() if "PUSH" in " ".join(environ(pod))]
    assert ringing == ["line-console"]
    assert not any("PUSH" in " ".join(environ(pod)) for pod in pods(helm, "as it comes").values())
    policies = {
        way: {one["metadata"]["name"]: one["spec"] for one in of_kind(helm, way, "NetworkPolicy")}
        for way in WAYS
    }
    assert "line-push" not in policies["as it comes"]
    spec = policies["all of it"]["line-push"]
    assert spec["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "console"
    assert [port["port"] for rule in spec["egress"] for port in rule["ports"]] == [443]
    assert spec["egress"][0]["to"] == [{"ipBlock": {"cidr": "10.0.2.0/24"}}]


def test_each_process_is_told_where_its_spans_go(helm: str) -> None:
    for name, pod in pods(helm, "all of it").items():
        told = {one: value for one, value in environ(pod).items() if "OTLP" in one or one.endswith("LOG")}
        spans = {"PREVENANCE_OTLP": "http://collector:4318", "PREVENANCE_OTLP_RATIO": "0.01"}
        assert told == ({} if name == "line-topics" else {"PREVENANCE_LOG": "json", **spans}), name
    assert not any("PREVENANCE_OTLP" in environ(pod) for pod in pods(helm, "as it comes").values())


@each_way
def test_nothing_comes_in_or_goes_out_but_what_is_named(helm: str, way: str) -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind(helm, way, "NetworkPolicy")}
    deny = policies["line-deny"]
    assert set(deny) == {"podSelector", "policyTypes"}
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    for pod in pods(helm, way).values():
        assert deny["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    ports = {port["port"] for rule in policies["line-line"]["egress"] for port in rule["ports"]}
    assert ports == {53, 9093, 6380} | (set() if way == "as it comes" else {4318})
    open_to_all = [
        name for name, spec in policies.items() for rule in spec.get("ingress", ()) if not rule.get("from")
    ]
    assert not open_to_all
    assert ("line-http" in policies) is (way != "as it comes")


def test_keda_scales_each_worker_by_the_lag_of_its_groups(helm: str) -> None:
    assert not of_kind(helm, "as it comes", "ScaledObject", "TriggerAuthentication")
    scaled = of_kind(helm, "all of it", "ScaledObject")
    deployments = {one["metadata"]["name"]: one["spec"] for one in of_kind(helm, "all of it", "Deployment")}
    groups = []
    for one in scaled:
        spec = one["spec"]
        assert "replicas" not in deployments[spec["scaleTargetRef"]["name"]], "two would fight over it"
        assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] <= VALUES["topics"]["partitions"]
        for trigger in spec["triggers"]:
            assert trigger["type"] == "kafka"
            assert trigger["metadata"]["sasl"] == "scram_sha512"
            assert trigger["metadata"]["tls"] == "enable"
            assert trigger["authenticationRef"]["name"] == "line-kafka"
            groups.append(trigger["metadata"]["consumerGroup"])
    assert sorted(groups) == sorted(AGENTS)
    (signs_in,) = of_kind(helm, "all of it", "TriggerAuthentication")
    assert {one["parameter"] for one in signs_in["spec"]["secretTargetRef"]} == {"username", "password", "ca"}


def test_topics_are_made_before_anything_runs(helm: str) -> None:
    (job,) = of_kind(helm, "as it comes", "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["topics", "--partitions", "32", "--replication", "3"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("gateway.replicas=0", "replicas"),
        ("image.tag=latest", "tag"),
        ("workers.learn.agents[0]=lern", "agents"),
        ("kafka.tls=off", "tls"),
        ("kafka.password=hunter2", "password"),
        ("workers.learn.resources.limits.memory=null", "memory"),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm: str, value: str, why: str) -> None:
    done = subprocess.run(
        [helm, "template", "line", str(CHART), "--set", value], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert why in done.stderr
