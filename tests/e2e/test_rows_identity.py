"""R1 end to end: one client from many identifiers, families apart, a person's word, and the way back."""

import uuid
from typing import Any

from tests.e2e.demo import PATIENCE, Demo, event
from tests.waiting import wait_blocking

HELD = "/v1/identity/held"


def new(kind: str) -> dict[str, str]:
    mark = uuid.uuid4().hex[:10]
    return {kind: f"{mark}@example.com" if kind == "email" else f"{kind}-{mark}"}


def facts(demo: Demo, who: dict[str, str]) -> dict[str, Any]:
    found = demo.lookup(who, "helene")
    return found["facts"] if found else {}


def parts(demo: Demo, who: dict[str, str]) -> int:
    found = demo.lookup(who, "helene")
    return len(found["parts"]) if found else 0


def until(demo: Demo, who: dict[str, str], count: int) -> None:
    wait_blocking(lambda: parts(demo, who) == count, PATIENCE, f"a client of {count} parts")


def pairs(demo: Demo, *of: dict[str, str]) -> list[dict[str, Any]]:
    """The pairs that helene, a manager, is asked about of these clients."""
    ids = {found["id"] for who in of if (found := demo.lookup(who, "helene"))}
    status, answer = demo.call("GET", HELD, bearer=demo.token("helene"))
    assert status == 200, answer
    return [pair for pair in answer["held"] if {one["id"] for one in pair["clients"]} <= ids]


def judge(demo: Demo, pair: str, verdict: str) -> None:
    body = {"verdict": verdict, "reason": "met them"}
    status, answer = demo.call("POST", f"{HELD}/{pair}", body, demo.token("helene"))
    assert (status, answer["verdict"]) == (200, verdict)


def test_a_family_on_one_email_is_held_for_a_person_and_their_word_is_kept(demo: Demo) -> None:
    mother, daughter, home = new("client_id"), new("client_id"), new("email")
    demo.post(
        event("client.profile", mother | home, fields={"name": "Aline Moreau", "birth_date": "1951-02-03"}),
        event("client.profile", daughter | home, fields={"name": "Zoé Moreau", "birth_date": "1985-07-09"}),
        event("store.checkin", mother, site="vendome", method="nfc"),
        event("web.view", home, session="s", sku="bag-aurore"),
    )
    wait_blocking(lambda: len(pairs(demo, mother, daughter)) == 1, PATIENCE, "the pair")
    assert (parts(demo, mother), parts(demo, daughter)) == (1, 1)
    assert facts(demo, daughter)["visits"] == 0
    [pair] = pairs(demo, mother, daughter)
    assert (pair["shared"], pair["numbers"]) == (["email"], ["client_id"])
    assert "Moreau" not in str(pair)
    judge(demo, pair["pair"], "same")
    until(demo, daughter, 3)
    assert (facts(demo, daughter)["visits"], facts(demo, daughter)["views"]) == (1, 1)
    judge(demo, pair["pair"], "different")
    until(demo, daughter, 1)
    assert (facts(demo, mother)["visits"], facts(demo, daughter)["visits"]) == (1, 0)
    assert pairs(demo, mother, daughter) == []


def test_one_person_under_two_numbers_is_recognised_by_what_is_known_of_them(demo: Demo) -> None:
    guest, card = new("guest_id"), new("card")
    home = {"residences": ["Lyon", "69002"], "birth_date": "1974-11-23"}
    demo.post(
        event("client.profile", guest, fields={"name": "Élodie Béranger", **home}),
        event("client.profile", card, fields={"name": "BERANGER Elodie", **home}),
        event("store.checkin", card, site="vendome", method="nfc"),
    )
    until(demo, guest, 2)
    assert facts(demo, guest)["visits"] == 1
    both = demo.lookup(guest, "helene")
    assert both is not None
    judge(demo, ".".join(sorted(both["parts"])), "different")
    until(demo, guest, 1)
    assert facts(demo, guest)["visits"] == 0


def test_an_advisor_of_neither_judges_nothing(demo: Demo) -> None:
    one, other, home = new("client_id"), new("client_id"), new("email")
    demo.post(*(event("client.profile", who | home, fields={"language": "fr"}) for who in (one, other)))
    wait_blocking(lambda: len(pairs(demo, one, other)) == 1, PATIENCE, "the pair")
    [held] = pairs(demo, one, other)
    status, answer = demo.call("GET", HELD, bearer=demo.token("camille"))
    assert status == 200
    assert held["pair"] not in {pair["pair"] for pair in answer["held"]}
    for pair in (held["pair"], f"{'A' * 16}.{'B' * 16}"):
        word = {"verdict": "same", "reason": "x"}
        assert demo.call("POST", f"{HELD}/{pair}", word, demo.token("camille"))[0] in (403, 404)
