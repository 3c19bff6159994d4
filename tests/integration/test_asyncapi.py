"""The document of the stream against the JSON Schema that AsyncAPI itself publishes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from streams.asyncapi import asyncapi
from tests.npm import packages


@pytest.fixture(scope="module")
def official(say: Callable[[str], None]) -> Draft7Validator:
    modules = packages(Path(__file__).parents[1] / "asyncapi", say, "the AsyncAPI document was not validated")
    schema = json.loads((modules / "@asyncapi/specs/schemas/3.0.0.json").read_text())
    return Draft7Validator(schema)


def test_the_document_is_valid_asyncapi(official: Draft7Validator) -> None:
    errors = [f"{error.json_path}: {error.message[:200]}" for error in official.iter_errors(asyncapi())]
    assert not errors


def test_what_is_no_asyncapi_is_seen(official: Draft7Validator) -> None:
    document: dict[str, Any] = asyncapi()
    del document["operations"]["take_web_clicks"]["action"]
    assert not official.is_valid(document)
    assert not official.is_valid({**asyncapi(), "channels": []})
