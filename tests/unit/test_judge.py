"""Which pairs are asked about, in what order, and what the answers teach."""

import msgspec

from agents.judge import Question, evidence, judged, open_questions, questions
from feature_store.graph import JUDGED, Edge, Held, Hold, Node, Pair
from schemas.events.client import ClientLink, ClientUnlink

ALIKE, HOUSEHOLD, TWINS = "=~.....", "-.==..=", "-===..."


def held(
    holds: dict[Pair, Hold] | None = None,
    asked: dict[Pair, str] | None = None,
    verdicts: dict[Pair, tuple[float, str, bool]] | None = None,
) -> Held:
    return Held(holds=holds or {}, asked=asked or {}, verdicts=verdicts or {})


def test_what_is_shared_comes_first_then_what_is_most_alike() -> None:
    shared = Hold(("email",), ("client_id",))
    asked = questions(held({("k1", "k2"): shared}, {("a", "b"): ALIKE, ("c", "d"): HOUSEHOLD}))
    assert [one.pair for one in asked] == [("k1", "k2"), ("c", "d"), ("a", "b")]


def test_a_pair_that_shares_and_is_alike_is_one_question() -> None:
    [one] = questions(held({("a", "b"): Hold(("email",), (), ALIKE)}, {("a", "b"): HOUSEHOLD}))
    assert (one.hold.shared, one.hold.levels) == (("email",), ALIKE)


def test_what_people_keep_calling_two_is_asked_later_and_then_no_more() -> None:
    asked = {("a", "b"): "-===.==", ("c", "d"): "=~....."}
    assert [one.pair for one in questions(held(asked=asked))] == [("a", "b"), ("c", "d")]
    verdicts = {(f"x{n}", f"y{n}"): (0.0, "-===.==", False) for n in range(400)}
    assert [one.pair for one in questions(held(asked=asked, verdicts=verdicts))] == [("c", "d")]


def question(one: str, other: str, hold: Hold = Hold(levels=ALIKE)) -> Question:  # noqa: B008
    return Question(pair=(one, other), hold=hold, bits=17.0)


def test_two_clients_are_asked_about_once_with_all_that_was_found() -> None:
    clients = {p: frozenset({"k1", "c1"}) for p in ("k1", "c1")} | {"k2": frozenset({"k2"})}
    asked = [question("k1", "k2", Hold(("email",), ("client_id",))), question("c1", "k2")]
    [found] = open_questions(asked, clients, {}).values()
    assert found.pair == ("k1", "k2")
    assert found.hold == Hold(("email",), ("client_id",), ALIKE)


def test_who_is_one_already_or_was_parted_by_any_part_is_not_asked_about() -> None:
    both = frozenset({"k1", "c1"})
    assert open_questions([question("c1", "k1")], {"k1": both, "c1": both}, {}) == {}
    parted = {"c1": Node("card", {"k2": Edge(JUDGED, 0.0, True, 0)})}
    clients = {"k1": both, "k2": frozenset({"k2"})}
    assert open_questions([question("k1", "k2")], clients, parted) == {}


def test_an_answer_is_an_event_that_says_who_says_so_and_holds_no_field() -> None:
    given = {"maison": "lumiere", "staff": "hugo", "reason": "met both", "compared": ALIKE, "now": 5.0}
    pair = ("qjGJ8m2C0b1xYz_A", "rjGJ8m2C0b1xYz_A")
    same, different = judged(pair, "same", **given), judged(pair, "different", **given)  # type: ignore[arg-type]
    assert (type(same), type(different)) == (ClientLink, ClientUnlink)
    assert same.id != different.id
    assert (same.source, same.data.compared, same.data.evidence) == ("/staff/hugo", ALIKE, "met both")
    assert (same.data.who.oid, same.data.with_.oid) == pair
    assert judged(pair, "same", **given) == same  # type: ignore[arg-type]
    assert msgspec.json.decode(msgspec.json.encode(same), type=ClientLink) == same


def test_how_fields_compare_is_told_in_words() -> None:
    assert evidence(ALIKE) == {
        "name": "equal", "born": "close", "place": "absent", "code": "absent", "work": "absent",
        "email": "absent", "phone": "absent",
    }  # fmt: skip
    assert evidence("") == {}
