"""D1 end to end: what a client allows is asked at every step, told with its reason, withdrawn at once."""

import uuid
from collections.abc import Mapping
from typing import Any

from tests.e2e.demo import PATIENCE, Demo, event
from tests.waiting import wait_blocking

VENDOME = {"site": "vendome", "method": "nfc"}


def known(demo: Demo, **fields: Any) -> dict[str, str]:
    """Somebody whom no other test knows, once their record is there."""
    who = {"client_id": f"D1-{uuid.uuid4().hex[:10]}"}
    demo.post(event("client.profile", who, fields={"name": "Aline Martel", "language": "fr"} | fields))
    demo.until_taken(who, lambda c: c["profile"].get("language"))
    return who


def said(who: Mapping[str, str], purpose: str, state: str, ago: float = 0.0, **data: Any) -> dict[str, Any]:
    return event("client.consent", who, ago, purpose=purpose, state=state, **data)


def oid(demo: Demo, who: Mapping[str, str]) -> str:
    found = demo.lookup(who)
    assert found is not None
    return str(found["id"])


def consent(demo: Demo, who: Mapping[str, str], staff: str = "camille") -> dict[str, Any]:
    status, answer = demo.call("GET", f"/v1/clients/{oid(demo, who)}/consent", bearer=demo.token(staff))
    assert status == 200, answer
    return answer


def held(demo: Demo, who: Mapping[str, str]) -> dict[tuple[str, str | None], tuple[str, str]]:
    """(purpose, channel) -> what holds, and why."""
    allowed = consent(demo, who)["allows"]
    return {(a["purpose"], a["channel"]): (a["state"], a["why"]) for a in allowed}


def until(demo: Demo, who: Mapping[str, str], key: tuple[str, str | None], expected: tuple[str, str]) -> None:
    wait_blocking(lambda: held(demo, who).get(key) == expected, PATIENCE, f"{key} is {expected}")


def test_what_holds_is_told_with_its_reason_and_follows_where_a_client_lives(demo: Demo) -> None:
    who = known(demo)
    assert held(demo, who)["service", None] == ("all", "default")
    assert held(demo, who)["marketing", None] == ("none", "default")
    demo.post(event("client.profile", who, fields={"country": "US"}))
    until(demo, who, ("marketing", None), ("all", "default"))
    assert consent(demo, who)["law"] == "US"
    demo.post(
        said(who, "marketing", "none", channel="email"),
        said(who, "emotion", "all", 60, expires="2026-01-01T00:00:00Z"),
    )
    until(demo, who, ("marketing", "email"), ("none", "stated"))
    until(demo, who, ("emotion", None), ("none", "expired"))
    assert held(demo, who)["marketing", None] == ("all", "default")


def test_a_withdrawal_holds_as_soon_as_it_is_acknowledged(demo: Demo) -> None:
    who = known(demo)
    came = event("store.checkin", who, **VENDOME)
    demo.post(came)
    alert = demo.alert_of(came)
    with demo.stream("camille") as heard:
        wait_blocking(lambda: [h for h in heard if h.alert["id"] == alert["id"]], PATIENCE, "the card")
        demo.post(said(who, "service", "none"))
        assert held(demo, who)["service", None] == ("none", "stated")
        assert alert["id"] not in [a["id"] for a in demo.alerts("camille")]
        gone = wait_blocking(
            lambda: [h.alert for h in heard if (h.kind, h.alert["id"]) == ("retract", alert["id"])],
            PATIENCE,
            "the card is off the screen",
        )
    assert isinstance(gone, list)
    assert (gone[0]["status"], gone[0]["why"], gone[0]["say"]) == ("retracted", [], None)


def test_staff_cannot_override_and_no_device_measures_a_mood_unasked(demo: Demo) -> None:
    who = known(demo)
    told = said(who, "marketing", "all") | {"source": "/staff/camille"}
    status, answer = demo.call("POST", "/v1/events", told, "demo")
    assert (status, answer["field"]) == (400, "data.proof")
    mood = event("client.emotion", who, signal="joy", value=0.8, by="device")
    assert demo.call("POST", "/v1/events", mood, "demo")[0] == 403
    demo.post(said(who, "emotion", "all"))
    until(demo, who, ("emotion", None), ("all", "stated"))
    demo.post(mood)


def test_the_ledger_has_every_statement_and_is_for_privacy_alone(demo: Demo) -> None:
    who = known(demo)
    first = said(who, "marketing", "all", 60, wording="v3", proof="form 12, signed")
    second = said(who, "marketing", "none", 30)
    older = said(who, "marketing", "all", 45)
    demo.post(first, second, older, first)
    until(demo, who, ("marketing", None), ("none", "stated"))
    assert consent(demo, who)["ledger"] is None
    ledger = wait_blocking(
        lambda: told if len(told := consent(demo, who, "maud")["ledger"]) == 3 else None,
        PATIENCE,
        "three entries",
    )
    assert isinstance(ledger, list)
    assert [s["id"] for s in ledger] == [first["id"], second["id"], older["id"]]
    assert (ledger[0]["wording"], ledger[0]["proof"], ledger[0]["counts"]) == ("v3", "form 12, signed", True)
    path = f"/v1/clients/{oid(demo, who)}/consent"
    assert demo.call("GET", path, bearer=demo.token("noe"))[0] == 403
    assert demo.call("GET", path)[0] == 401
    assert demo.call("GET", f"/v1/clients/{'x' * 16}/consent", bearer=demo.token("maud"))[0] == 404
    _, seen = demo.call("GET", f"/v1/audit?client={oid(demo, who)}", bearer=demo.token("maud"))
    assert ("maud", "consent") in {(v["staff"], v["via"]) for v in seen["views"]}


def enter(demo: Demo, who: Mapping[str, str], staff: str = "maud", **said: Any) -> tuple[int, dict[str, Any]]:
    """A letter of theirs is entered."""
    path = f"/v1/clients/{oid(demo, who)}/consent"
    return demo.call("POST", path, {"purpose": "marketing", **said}, demo.token(staff))


def test_a_refusal_by_letter_is_in_force_when_it_is_entered_and_a_yes_wants_its_evidence(demo: Demo) -> None:
    who = known(demo)
    came = event("store.checkin", who, **VENDOME)
    demo.post(came)
    alert = demo.alert_of(came)
    status, told = enter(demo, who, purpose="service", state="none")
    assert (status, told["holds"]) == (202, True), told
    assert held(demo, who)["service", None] == ("none", "stated")
    assert alert["id"] not in [a["id"] for a in demo.alerts("camille")]

    assert enter(demo, who, state="all")[0] == 400
    status, refused = enter(demo, who, state="all", case="the letter of Aline Martel")
    assert (status, refused["error"].partition(":")[0], "Aline" in refused["error"]) == (400, "case", False)
    status, told = enter(demo, who, state="all", case="DPO-2026-118", wording="fr-2026-03")
    assert (status, told["holds"]) == (202, True), told
    assert held(demo, who)["marketing", None] == ("all", "stated")
    (_, ledger) = consent(demo, who, "maud")["ledger"]
    assert (ledger["id"], ledger["source"]) == (told["id"], "/staff/maud")
    assert (ledger["proof"], ledger["wording"], ledger["counts"]) == ("DPO-2026-118", "fr-2026-03", True)
    _, seen = demo.call("GET", f"/v1/audit?client={oid(demo, who)}", bearer=demo.token("maud"))
    assert [v["case"] for v in seen["views"] if v["via"] == "statement"] == ["", "DPO-2026-118"]


def test_no_letter_goes_over_what_a_client_refused_since(demo: Demo) -> None:
    who = known(demo)
    demo.post(said(who, "marketing", "none", 60))
    until(demo, who, ("marketing", None), ("none", "stated"))
    written = {"state": "all", "case": "DPO-7", "at": "2026-01-02"}
    status, refused = enter(demo, who, **written)
    assert (status, "does not undo it" in refused["error"]) == (409, True)
    assert enter(demo, who, channel="email", **written)[0] == 409
    assert held(demo, who)["marketing", None] == ("none", "stated")
    status, told = enter(demo, who, state="none", at="2026-01-02")
    assert (status, told["holds"]) == (202, False), "it is kept, and what they said since holds"
    assert enter(demo, who, state="all", case="DPO-8")[1]["holds"]
    assert held(demo, who)["marketing", None] == ("all", "stated")


def test_who_does_not_answer_for_rights_enters_nothing_and_nothing_is_entered_of_nobody(demo: Demo) -> None:
    who = known(demo)
    for staff in ("camille", "helene", "noe"):
        assert enter(demo, who, staff, state="none")[0] == 403
    path = f"/v1/clients/{'x' * 16}/consent"
    assert demo.call("POST", path, {"purpose": "service", "state": "none"}, demo.token("maud"))[0] == 404
    assert demo.call("POST", path, {"purpose": "service", "state": "none"})[0] == 401
