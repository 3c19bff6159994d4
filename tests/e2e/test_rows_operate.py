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


def why(demo: Demo, oid: str, staff: str) -> tuple[int, dict[str, Any]]:
    return demo.call("GET", f"/v1/clients/{oid}/why", bearer=demo.token(staff))


def test_l4_why_and_why_not_in_a_sentence_for_staff_and_in_numbers_for_the_platform(demo: Demo) -> None:
    who = known(demo)
    came = event("store.checkin", who, **VENDOME)
    demo.post(came, event("store.checkin", who, **VENDOME))
    alert = demo.alert_of(came)
    oid = alert["client"]["id"]

    def told(staff: str) -> list[dict[str, Any]] | None:
        status, answer = why(demo, oid, staff)
        assert status == 200, answer
        found: list[dict[str, Any]] = answer["decisions"]
        return found if len(found) >= 2 else None

    wait_blocking(lambda: told("noe"), PATIENCE, "both decisions", every=0.2)
    newest, first = (told("noe") or [])[:2]
    assert first["id"] == alert["decision"]
    [said] = [c for c in first["candidates"] if c["action"] == "boutique_welcome"]
    assert said["outcome"] == "said"
    assert said["adds"]["acceptance"]["always"] > 0
    [vetoed] = [c for c in newest["candidates"] if c["action"] == "boutique_welcome"]
    assert (vetoed["guard"], vetoed["would_change"]) == (
        "repetition",
        ["the guard repetition letting it pass"],
    )
    assert "Aline" not in repr((newest, first))
    sentences = [d["sentence"] for d in told("camille") or []]
    assert sentences[1].startswith("Boutique welcome was proposed")
    assert "held back" in sentences[0]
    assert not any("acceptance" in repr(d) for d in told("camille") or [])
