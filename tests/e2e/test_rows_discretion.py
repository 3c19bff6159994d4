"""Rows D3, D6, B1 and B4: who is told what of a client, and that every look is written down."""

import json
import uuid
from datetime import UTC, datetime, timedelta

from tests.e2e.demo import Demo, event
from tests.waiting import wait_blocking

INTIMATE = ("surgeon", "Zoé", "345000", "345_000")


def known(demo: Demo, **fields: object) -> dict[str, str]:
    """A client of Camille's with something intimate on file."""
    word = uuid.uuid4().hex[:10]
    who = {"client_id": f"C-{word}", "card": f"LUM-{word}"}
    stated = {"name": "Aline Moreau", "language": "fr", "advisor": "camille", "profession": "surgeon"}
    wishes = {"children": "Zoé", "allergies": ["nuts"], "wine": "Sancerre"}
    demo.post(event("client.profile", who, fields=stated | {"preferences": wishes} | fields))
    demo.until_taken({"card": who["card"]}, lambda c: c["profile"].get("profession"))
    return who


def test_an_advisor_elsewhere_reads_an_alias_until_the_client_stands_before_them(demo: Demo) -> None:
    who = known(demo)
    theirs = demo.lookup(who, "haruka")
    assert theirs is not None
    assert theirs["profile"]["name"].startswith("Client ")
    assert theirs["profile"]["preferences.wine"] == "Sancerre"
    for word in ("Aline", "nuts", *INTIMATE):
        assert word not in json.dumps(theirs, ensure_ascii=False)
    came = event("store.checkin", {"card": who["card"]}, site="ginza", method="nfc")
    demo.post(came)
    alert = demo.alert_of(came, "boutique_welcome")
    served = demo.until_taken(who, lambda c: c["circle"] == "serving", "haruka")
    assert served["profile"]["name"] == "Aline Moreau"
    assert served["profile"]["preferences.allergies"] == ["nuts"]
    for word in INTIMATE:
        assert word not in json.dumps(served, ensure_ascii=False)
    [card] = [one for one in demo.alerts("haruka") if one["id"] == alert["id"]]
    assert card["client"]["name"] == "Aline Moreau"
    assert "grounds" not in card
    assert demo.decide("yuna", alert["id"], "claimed")[0] == 200
    after = demo.until_taken(who, lambda c: c["circle"] == "team", "haruka")
    assert "notes" not in after["features"]


def test_what_an_advisor_notes_in_store_reaches_the_concierge_and_nobody_else(demo: Demo) -> None:
    who = known(demo)
    ours = demo.lookup(who)
    assert ours is not None
    path = f"/v1/clients/{ours['id']}/notes"
    said = {"text": "Left-handed. Glove 7"}
    assert demo.call("POST", path, said, demo.token("camille")) == (202, {"fields": ["sizes.glove"]})
    assert demo.call("POST", path, said, demo.token("haruka"))[0] == 403
    seen = demo.until_taken(who, lambda c: c["features"].get("notes") and c["profile"].get("sizes.glove"))
    assert seen["features"]["notes"]["2"][0]["text"] == said["text"]
    booking = f"b-{uuid.uuid4().hex[:8]}"
    eta = datetime.now(UTC) + timedelta(hours=2)
    stay = {"site": "riviera", "booking_id": booking}
    day, later = f"{eta:%Y-%m-%d}", f"{eta + timedelta(days=2):%Y-%m-%d}"
    demo.post(
        event(
            "hotel.booking", who, **stay, status="booked", arrival=day, departure=later, adults=2, children=0
        )
    )
    coming = event("hotel.arrival", who, **stay, eta=eta.isoformat())
    demo.post(coming)
    alert = demo.alert_of(coming, "hotel_arrival")
    [card] = [one for one in demo.alerts("louis") if one["id"] == alert["id"]]
    assert "Noted: Left-handed. Glove 7" in card["why"]
    assert "Left-handed" not in json.dumps(demo.lookup(who, "haruka"))


def test_every_look_at_a_client_is_there_for_privacy_to_read(demo: Demo) -> None:
    who = known(demo)
    theirs = demo.lookup(who, "haruka")
    assert theirs is not None
    demo.call("GET", f"/v1/clients/{theirs['id']}", bearer=demo.token("matteo"))
    path = f"/v1/audit?client={theirs['id']}"

    def views() -> object:
        status, found = demo.call("GET", path, bearer=demo.token("maud"))
        assert status == 200, found
        return {(v["staff"], v["via"]) for v in found["views"]} >= {
            ("haruka", "lookup"), ("matteo", "record"), ("camille", "lookup"),
        }  # fmt: skip

    wait_blocking(views, 15.0, "the views")
    _, found = demo.call("GET", path, bearer=demo.token("maud"))
    for word in ("Aline", "nuts", "Sancerre", *INTIMATE):
        assert word not in json.dumps(found, ensure_ascii=False)
    assert demo.call("GET", path, bearer=demo.token("helene"))[0] == 403
