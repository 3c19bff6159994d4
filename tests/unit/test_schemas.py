"""The documents of the stream say what is read, and what stands in Kafka."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson
import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator, Draft202012Validator

from agents.plan import Dead
from schemas.events import EVENTS
from schemas.export import DIALECT, schema_of
from schemas.personal import sealed, split
from schemas.sealing import SALT, Key, master_of
from schemas.who import oid_of
from streams import topics
from streams.asyncapi import asyncapi
from streams.carried import CARRIED
from streams.dead_letters import FATE
from streams.produce import Message
from streams.quarantine import aside
from streams.schemas_command import KINDS, schemas_command
from streams.telling import dead_letter
from tests import builders as a
from tests.builders import Raw
from tests.samples import EVENT_SAMPLES, MESSAGE_SAMPLES, told_by
from tests.unit.test_every_event import undescribed

SAMPLES = {**EVENT_SAMPLES, **MESSAGE_SAMPLES}
DOCUMENT = asyncapi()
KEY = Key(master_of(b"a secret"), ("lumiere", "qjGJ8m2C0b1xYz_A"), [bytes(SALT)])


def sample(name: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(SAMPLES[name].read_bytes())
    return said


def validator(name: str) -> Any:
    return Draft202012Validator(schema_of(KINDS[name]))


def payload(kind: type) -> Any:
    """What validates a message as it stands in Kafka."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}", "components": DOCUMENT["components"]}
    return Draft202012Validator(schema)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)


def resolves(document: Any, ref: str) -> bool:
    assert ref.startswith("#/"), ref
    for step in ref[2:].split("/"):
        if step not in document:
            return False
        document = document[step]
    return True


@pytest.mark.parametrize("name", KINDS)
def test_every_schema_is_a_schema_and_refers_to_nothing_outside(name: str) -> None:
    schema = schema_of(KINDS[name])
    assert schema["$schema"] == DIALECT
    Draft202012Validator.check_schema(schema)
    assert not [ref for ref in references(schema) if not resolves(schema, ref)]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_golden_sample_is_as_its_schema_says(name: str) -> None:
    assert not [error.message for error in validator(told_by(name)).iter_errors(sample(name))]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_without_a_required_field_or_with_one_of_another_type_is_not(name: str) -> None:
    told, kind = sample(name), validator(told_by(name))
    schema = schema_of(KINDS[told_by(name)])
    for field in schema["required"]:
        assert not kind.is_valid({n: v for n, v in told.items() if n != field}), field
    for field, value in told.items():
        assert not kind.is_valid({**told, field: 7.5 if isinstance(value, dict | str) else {"of": []}}), field
    if "data" in told:
        data = schema["$defs"][schema["properties"]["data"]["$ref"].rpartition("/")[2]]
        for field in data["required"]:
            without = {n: v for n, v in told["data"].items() if n != field}
            assert not kind.is_valid({**told, "data": without}), field
        for field, value in told["data"].items():
            wrong = 7.5 if isinstance(value, dict | str) else {"of": []}
            assert not kind.is_valid({**told, "data": {**told["data"], field: wrong}}), field


@pytest.mark.parametrize("name", [name for name in KINDS if name not in EVENTS])
def test_every_field_of_a_message_says_what_it_holds(name: str) -> None:
    refs, components = msgspec.json.schema_components([KINDS[name]], ref_template="{name}")
    silent = [f"{name}: {field}" for field in undescribed(refs[0], components)]
    assert not silent, f"no description: {'; '.join(silent)}: give it a Meta(description=...)"


def test_every_topic_says_what_it_carries() -> None:
    assert set(CARRIED) == {topic.name for topic in topics.TOPICS} == set(DOCUMENT["channels"])
    assert {kind for name in topics.INBOUND for kind in CARRIED[name].messages} == set(EVENTS.values())


def test_every_reference_of_the_document_leads_somewhere() -> None:
    assert not [ref for ref in references(DOCUMENT) if not resolves(DOCUMENT, ref)]
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


@pytest.mark.parametrize("name", EVENT_SAMPLES)
def test_an_event_stands_in_kafka_as_the_document_says(name: str) -> None:
    told = sample(name)
    parts = split(told, lambda kind, value: oid_of("lumiere", kind, value, a.PEPPER))
    kind = payload(EVENTS[told_by(name)])
    for key in (KEY, None):
        travelling = orjson.loads(sealed(parts, key))
        assert not [error.message for error in kind.iter_errors(travelling)]
    secret = set(told["data"]) - set(travelling["data"])
    shown = DOCUMENT["components"]["schemas"][EVENTS[told_by(name)].__name__]["properties"]["data"]
    assert not secret & set(shown.get("properties", ())), "sealed, and yet a field of its own"


@pytest.mark.parametrize("name", MESSAGE_SAMPLES)
def test_a_message_stands_in_kafka_as_the_document_says(name: str) -> None:
    kind = payload(KINDS[told_by(name)])
    assert not [error.message for error in kind.iter_errors(sample(name))]


def test_headers_are_those_that_are_sent() -> None:
    letter = dead_letter(
        Dead(Raw(key=b"k", value=b"{}", offset=1), "no JSON"), "personalise", "web.clicks", 3
    )
    said = {name for name, _ in letter.headers} | {FATE}
    assert said == set(CARRIED[topics.DEAD_LETTERS].headers)
    held = aside(Message(topic="web.clicks", value=b"{}"), "lumiere", {"source": "/x", "id": "1"})
    assert {name for name, _ in held.headers} == set(CARRIED[topics.QUARANTINE].headers)


def test_the_command_prints_a_schema_and_the_whole_document() -> None:
    told = CliRunner().invoke(schemas_command, ["store.checkin"])
    assert json.loads(told.output) == schema_of(EVENTS["store.checkin"])
    assert json.loads(CliRunner().invoke(schemas_command, []).output) == json.loads(json.dumps(DOCUMENT))


def test_the_command_writes_them_all_into_a_folder(tmp_path: Any) -> None:
    done = CliRunner().invoke(schemas_command, ["--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    written = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "new").iterdir()}
    assert written.pop("asyncapi")["asyncapi"] == "3.0.0"
    assert set(written) == set(KINDS)
    assert {schema["$id"] for schema in written.values()} == {f"urn:prevenance:{name}" for name in KINDS}


def test_the_command_knows_no_other_names() -> None:
    refused = CliRunner().invoke(schemas_command, ["store.dance"])
    assert refused.exit_code == 2
    assert "'store.dance' is none of store.checkin" in refused.output
