"""JSON patches for events that could not be read: what fits is applied, and no error repeats a value."""

from typing import Any

import orjson
import pytest

from streams.patch import MOST, Patch, PatchError

EVENT: dict[str, Any] = {"maison": "lumiere", "data": {"shop": "vendome", "who": {"card": "c-1"}, "n": "2"}}
SECRET = "QZX!Aline"


def patch(*steps: dict[str, Any]) -> Patch:
    return Patch(orjson.dumps(steps))


def test_it_is_applied_in_order_and_told_without_values() -> None:
    mending = patch(
        {"op": "test", "path": "/data/shop", "value": "vendome"},
        {"op": "move", "from": "/data/shop", "path": "/data/site"},
        {"op": "replace", "path": "/data/n", "value": 2},
        {"op": "add", "path": "/data/method", "value": SECRET},
        {"op": "remove", "path": "/data/method"},
    )
    mended = orjson.loads(mending.applied(orjson.dumps(EVENT)))
    assert mended == {"maison": "lumiere", "data": {"who": {"card": "c-1"}, "site": "vendome", "n": 2}}
    assert mending.said == [
        *("test /data/shop", "move /data/shop to /data/site", "replace /data/n", "add /data/method"),
        "remove /data/method",
    ]
    assert SECRET not in "".join(mending.said)


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"no json", b"{}", b"[]", b"[1]", b"[null]", b'["replace"]', b'[{"op": "replace"}]'),
        *(b'[{"op": "burn", "path": "/data"}]', b'[{"op": "add", "path": "data", "value": 1}]'),
        *(b'[{"op": "add", "path": 1, "value": 1}]', b'[{"path": "/data"}]'),
        b"[" + b'{"op": "remove", "path": "/a"},' * MOST + b'{"op": "remove", "path": "/a"}]',
    ],
)
def test_what_is_no_patch_is_refused(text: bytes) -> None:
    with pytest.raises(PatchError, match="RFC 6902"):
        Patch(text)


@pytest.mark.parametrize(
    "step",
    [
        {"op": "replace", "path": "/data/absent", "value": SECRET},
        {"op": "remove", "path": "/data/who/email"},
        {"op": "test", "path": "/data/shop", "value": SECRET},
        {"op": "add", "path": "/data/shop/0", "value": SECRET},
        {"op": "add", "path": "/data"},
        {"op": "move", "path": "/data/site"},
        {"op": "move", "from": 7, "path": "/data/site"},
        {"op": "copy", "from": "/data/absent", "path": "/data/site"},
        {"op": "replace", "path": "/maison/0/x", "value": SECRET},
    ],
)
def test_what_does_not_fit_is_refused_and_names_the_step_but_no_value(step: dict[str, Any]) -> None:
    with pytest.raises(PatchError, match=f"`{step['op']} .*` does not (fit|hold)") as told:
        patch(step).applied(orjson.dumps(EVENT))
    assert SECRET not in str(told.value)
    assert "vendome" not in str(told.value)


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"{"])
def test_what_is_not_json_is_not_mended(value: bytes | None) -> None:
    with pytest.raises(PatchError, match="not JSON"):
        patch({"op": "add", "path": "", "value": {}}).applied(value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *(("/data/sealed", "x"), ("/data/who", {"card": "c-2"}), ("/data/who/email", "a@b.fr")),
        *(("/maison", "orfevre"), ("/data/with", {"card": "c-3"}), ("", {"data": {}})),
    ],
)
def test_what_is_sealed_and_whose_it_is_stays_as_it_is(path: str, value: Any) -> None:
    event = EVENT | {"data": EVENT["data"] | {"sealed": "c2VhbGVk"}}
    with pytest.raises(PatchError, match="sealed"):
        patch({"op": "add", "path": path, "value": value}).applied(orjson.dumps(event))
    mended = patch({"op": "add", "path": "/data/site", "value": "ginza"}).applied(orjson.dumps(event))
    assert orjson.loads(mended)["data"]["site"] == "ginza"
