"""O1, L4, O2 and L3 end to end: the kill switch, why and why not, shadow, experiments."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.demo import PATIENCE, Demo, event
from tests.waiting import wait_blocking

VENDOME = {"site": "vendome", "method": "nfc"}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo("--port", "0", "--no-traffic", "--json") as running:
        yield running.ready()


def known(demo: Demo, **fields: Any) -> dict[str, str]:
    """Somebody whom no other test knows, once their record is there."""
    who = {"client_id": f"O-{uuid.uuid4().hex[:10]}"}
    demo.post(event("client.profile", who, fields={"name": "Aline Martel", "language": "fr"} | fields))
    demo.until_taken(who, lambda c: c["profile"].get("language"))
    return who


def silence(demo: Demo, staff: str = "helene", **asked: Any) -> tuple[int, dict[str, Any]]:
    return demo.call("POST", "/v1/silence", {"why": "a private sale"} | asked, demo.token(staff))


def test_o1_a_manager_silences_a_boutique_in_one_tap_and_undoes_it(demo: Demo) -> None:
    who = known(demo)
    came = event("store.checkin", who, **VENDOME)
    demo.post(came)
    alert = demo.alert_of(came)
    with demo.stream("camille") as heard:
        wait_blocking(lambda: [h for h in heard if h.alert["id"] == alert["id"]], PATIENCE, "the card")
        assert silence(demo, "camille", site="vendome")[0] == 403
        assert silence(demo, site="vendome")[0] == 200
        assert demo.alerts("camille") == []
        wait_blocking(lambda: heard[-1].kind == "retract", PATIENCE, "the card is off the screen")
        status, told = demo.call("GET", "/v1/silence", bearer=demo.token("camille"))
        assert (status, [(s["site"], s["by"]) for s in told["silences"]]) == (200, [("vendome", "helene")])
        other = event("store.checkin", {"client_id": uuid.uuid4().hex}, site="ginza", method="nfc")
        demo.post(event("store.checkin", known(demo), **VENDOME), other)
        demo.alert_of(other)
        assert demo.alerts("camille") == []
        assert silence(demo, site="vendome", lift=True)[0] == 200
        again = event("store.checkin", known(demo), **VENDOME)
        demo.post(again)
        back = demo.alert_of(again)
        wait_blocking(lambda: [h for h in heard if h.alert["id"] == back["id"]], PATIENCE, "cards again")
