"""R2 and D2 end to end: who is believed, who is not heard, and what a client hands over and takes back."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

from tests.e2e.demo import PATIENCE, ROOT, Demo, event
from tests.waiting import wait_blocking

PORTABLE = {"version": 1, "interests": ["Watches"], "sizes": {"ring": 52}, "languages": ["it"]}


def new() -> dict[str, str]:
    return {"client_id": f"C-{uuid.uuid4().hex[:10]}"}


def test_a_field_is_believed_from_the_best_source_and_tells_what_it_outranked(demo: Demo) -> None:
    who = new()
    for source, ago, language in (("/pms", 90, "it"), ("/club/x", 60, "de"), ("/unheard-of", 1, "ja")):
        said = event("client.profile", who, ago=ago, fields={"name": "Aline", "language": language})
        demo.post(said | {"source": source})
    seen = demo.until_taken(who, lambda c: c.get("fields", {}).get("language", {}).get("lost"))
    language = seen["fields"]["language"]
    assert (seen["profile"]["language"], language["source"], language["rank"]) == ("it", "/pms", 1)
    (lost,) = language["lost"]
    assert (lost["value"], lost["kind"], lost["because"]) == ("de", "partner", "a less reliable source")


def test_bought_data_is_refused_and_an_unknown_source_waits(demo: Demo) -> None:
    who = new()
    bought = event("client.profile", who, fields={"name": "Bought"}) | {"source": "/broker/list"}
    status, answer = demo.call("POST", "/v1/events", bought, "demo")
    assert (status, answer["field"], "third party" in answer["error"]) == (403, "source", True)
    unknown = event("client.profile", who, fields={"name": "Unknown"})
    status, answer = demo.call("POST", "/v1/events", unknown, "strict")
    assert (status, answer) == (202, {"accepted": 1, "rejected": [], "quarantined": 1})
    declared = event("client.profile", who, fields={"language": "fr"}) | {"source": "/till/7"}
    assert demo.call("POST", "/v1/events", declared, "strict") == (202, {"accepted": 1, "rejected": []})
    seen = wait_blocking(lambda: demo.lookup(who, "chloe", "horloger"), PATIENCE, "the other record")
    assert isinstance(seen, dict)
    assert seen["profile"] == {"language": "fr"}
    assert demo.lookup(who) is None


def prevenance(*argv: str) -> str:
    environ = {**os.environ, "PREVENANCE_WRITE_KEYS": "lumiere:demo"}
    done = subprocess.run(
        [sys.executable, "-m", "streams", *argv], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_client_hands_over_is_shown_until_they_take_it_back(demo: Demo, tmp_path: Path) -> None:
    who = new()
    demo.post(event("client.profile", who, fields={"name": "Aline"}))
    (tmp_path / "mine.json").write_text(json.dumps(PORTABLE))
    common = ["--maison", "lumiere", "--client", f"client_id={who['client_id']}", "--licence", "l1"]
    common += ["--purpose", "personalisation", "--gateway", demo.url]
    given = ["--benefit", "an early look", "--expires", "2036-01-01"]
    said = prevenance("licence", "import", str(tmp_path / "mine.json"), *given, *common)
    assert said.endswith("the licence is recorded\n")
    seen = demo.until_taken(who, lambda c: c["features"].get("licences"))
    assert seen["features"]["licences"]["l1"]["benefit"] == "an early look"

    came = event("store.checkin", who, site="vendome", method="nfc")
    demo.post(came)
    card = demo.alert_of(came, "boutique_welcome")
    assert {r["why"] for r in card["recommendations"]} == {"told us of a taste for watches"}
    assert card["title"].endswith("speaks Italian")

    assert prevenance("licence", "revoke", *common) == "the licence is taken back\n"
    demo.last_of(card, "retract")
    demo.until_taken(who, lambda c: not c["features"].get("licences"))


def test_what_is_wrong_waits_for_the_advisor_until_they_repair_it(demo: Demo) -> None:
    who = new() | {"email": "aline@nowhere"}
    fields = {"name": "Aline", "advisor": "camille", "birth_date": "2031-01-01"}
    bad = event("client.profile", who, fields=fields) | {"source": "/crm"}
    demo.post(bad, bad)
    oid = demo.until_taken(who, lambda c: c["profile"].get("birth_date"))["id"]

    def wrong() -> list[dict[str, str]]:
        status, answer = demo.call("GET", "/v1/quality", bearer=demo.token("camille"))
        assert status == 200, answer
        return [one for client in answer["clients"] if client["id"] == oid for one in client["wrong"]]

    wait_blocking(wrong, PATIENCE, "the record among what wants repair")
    assert wrong() == [
        {"kind": "doubtful_identifier", "field": "email"},
        {"kind": "impossible_birth_date", "field": "birth_date"},
    ]
    body = {"fields": {"birth_date": "1981-01-01"}, "right": ["email"]}
    status, answer = demo.call("POST", f"/v1/clients/{oid}/repair", body, demo.token("camille"))
    assert status == 202, answer
    wait_blocking(lambda: not wrong(), PATIENCE, "the record repaired")
    seen = demo.until_taken(who, lambda c: c["profile"]["birth_date"] == "1981-01-01")
    birth = seen["fields"]["birth_date"]
    assert (birth["source"], birth["verified"]) == ("/staff/camille", True)
    assert seen["features"]["quality"]["validity"] == 1.0
