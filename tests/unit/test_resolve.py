"""Who is whom when identifiers are shared: what is certain is linked, what is not is held."""

from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.identify import STAFF, Linked, Nodes, identify
from agents.resolve import MOST, resolve
from feature_store.graph import CROWD, KEPT, TOGETHER, Change, Edge, Hold, Node, Pair, crowded, level_of
from schemas.messages import LinkChange

KINDS = {"k": "client_id", "l": "loyalty_id", "g": "guest_id", "c": "card", "e": "email", "p": "phone",
         "w": "whatsapp", "s": "session"}  # fmt: skip


def said(*parts: str, linked: bool = True, at: float = 0.0, source: str = "/crm", **more: bool) -> LinkChange:
    """A statement; the first letter of a part tells what it is the id of."""
    return LinkChange(
        maison="lumiere", parts=parts, linked=linked, source=source, id="e", evidence="ClientProfile", at=at,
        kinds=tuple(KINDS[p[0]] for p in parts), **more,
    )  # fmt: skip


def judged(one: str, other: str, same: bool, at: float = 9.0) -> LinkChange:
    return said(one, other, linked=same, at=at, source=STAFF, declared=True)


class Book:
    """A store of links: each batch sees, as the real one does, only what is reached from the parts named."""

    def __init__(self) -> None:
        self.nodes: Nodes = {}
        self.links: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.holds: dict[Pair, Hold] = {}
        self._offset = 0

    def tell(self, *changes: LinkChange) -> Linked:
        numbered = [(self._offset + n, change) for n, change in enumerate(changes)]
        linked = identify(numbered, self._region({p for c in changes for p in c.parts}))
        self.write(linked)
        self._offset += len(changes)
        return linked

    def write(self, linked: Linked) -> None:
        for (_, part), new in linked.links.items():
            if new.version > self.links.get(part, (-1, ()))[0]:
                self.links[part] = (new.version, new.parts)
        self.nodes |= linked.change.nodes
        for pair, hold in linked.change.holds.items():
            self.holds.pop(pair, None)
            if hold is not None:
                self.holds[pair] = hold

    def _region(self, ahead: set[str]) -> Nodes:
        found: Nodes = {}
        while ahead:
            for part in ahead:
                known = self.nodes.get(part, Node())
                found[part] = Node(known.kind, dict(known.edges))
            ahead = {o for p in ahead if not crowded(found[p]) for o in found[p].edges} - found.keys()
        return found

    @property
    def clients(self) -> set[frozenset[str]]:
        return {frozenset((part, *others)) for part, (_, others) in self.links.items()}


def told(*changes: LinkChange) -> Book:
    book = Book()
    for change in changes:
        book.tell(change)
    return book


def clients(*of: str) -> set[frozenset[str]]:
    """`"k1 e1"` is a client of two parts."""
    return {frozenset(names.split()) for names in of}


def test_what_a_trusted_source_states_together_is_one_client() -> None:
    assert told(said("k1", "c1", "e1")).clients == clients("k1 c1 e1")


FAMILY = [said("k1", "e1"), said("k2", "e1"), said("k1", "c1"), said("k2", "c2"), said("c1", "e1")]


def test_a_family_on_one_email_stays_two_clients_each_with_its_card_whoever_came_first() -> None:
    for order in permutations(FAMILY):
        book = told(*order)
        assert book.clients == clients("k1 c1", "k2 c2", "e1")
        assert book.holds == {("k1", "k2"): Hold(("email",), ("client_id",))}


def test_an_assistant_who_books_for_a_client_becomes_nobody_else() -> None:
    own = said("g7", "p7", "e7")
    books = [said("g1", "p7"), said("g2", "p7", "e2")]
    book = told(own, *books)
    assert book.clients == clients("g7 e7", "g1", "g2 e2", "p7")
    assert book.holds.keys() == {("g1", "g2"), ("g1", "g7"), ("g2", "g7")}


def test_a_phone_number_given_to_somebody_else_leads_to_neither_until_a_person_says_whose_it_is() -> None:
    book = told(said("k1", "p1", at=1.0), said("p1", "w1", at=2.0), said("k2", "p1", at=900.0))
    assert book.clients == clients("k1", "k2", "p1 w1")
    book.tell(judged("k1", "p1", same=False))
    assert book.clients == clients("k1", "k2 p1 w1")
    assert book.holds == {}


def test_two_programmes_of_one_client_are_no_conflict_and_two_clients_of_one_programme_are() -> None:
    assert told(said("k1", "l1"), said("k1", "l2")).clients == clients("k1 l1 l2")
    book = told(said("k1", "l1"), said("k2", "l1"))
    assert book.clients == clients("k1", "k2", "l1")
    assert book.holds.keys() == {("k1", "k2")}


def test_two_numbers_that_a_system_declares_one_are_one() -> None:
    book = told(said("k1", "e1"), said("k2", "e1"), said("k1", "k2", declared=True))
    assert book.clients == clients("k1 k2 e1")
    assert book.holds == {}


def test_who_is_judged_one_is_one_and_who_is_judged_two_is_never_asked_about_again() -> None:
    same, different = told(*FAMILY), told(*FAMILY)
    same.tell(judged("k1", "k2", same=True))
    assert same.clients == clients("k1 k2 c1 c2 e1")
    different.tell(judged("k1", "k2", same=False))
    assert different.clients == clients("k1 c1", "k2 c2", "e1")
    different.tell(said("k1", "p9"), said("k2", "p9"))
    assert (same.holds, different.holds) == ({}, {})


def test_a_persons_word_stands_against_a_later_one_of_a_system() -> None:
    book = told(judged("k1", "e1", same=False, at=1.0), said("k1", "e1", at=5.0, declared=True))
    assert book.clients == clients("k1", "e1")
    book.tell(judged("k1", "e1", same=True, at=6.0))
    assert book.clients == clients("k1 e1")


def test_parts_said_to_be_two_are_not_one_by_way_of_a_third() -> None:
    book = told(said("g1", "e1"), said("k2", "e1"), said("g1", "k2", linked=False))
    assert book.clients == clients("g1", "k2", "e1")
    assert book.holds == {}


def test_of_two_withdrawn_that_share_a_client_the_weaker_leaves() -> None:
    book = told(said("k1", "c1", "e1"), said("c1", "e1", linked=False))
    assert book.clients == clients("k1 c1", "e1")


def test_what_was_told_of_an_app_is_not_lost_with_a_shared_email() -> None:
    book = told(said("e1", "w1"), said("k1", "w1"), said("e1", "w2"), said("k2", "w2"))
    assert book.clients == clients("k1 w1", "k2 w2", "e1")


def test_a_mailbox_of_a_crowd_leads_to_nobody_whoever_came_last() -> None:
    crowd = [said(f"c{n}", "e1", at=float(n)) for n in range(CROWD + 1)]
    first, last = told(*crowd), told(*reversed(crowd))
    assert first.clients == last.clients
    assert frozenset({"e1"}) in first.clients
    assert len(first.clients) == CROWD + 2
    assert len(told(*crowd[:-2]).clients) == 1


def test_a_crowd_is_of_stronger_identifiers_and_no_number_of_the_house_has_one() -> None:
    def edges(kind: str, count: int) -> dict[str, Edge]:
        return {f"{kind}-{n}": Edge(TOGETHER, 0.0, False, level_of(kind)) for n in range(count)}

    cards, emails = edges("card", CROWD + 1), edges("email", CROWD + 1)
    assert crowded(Node("email", cards))
    assert not crowded(Node("email", edges("card", CROWD) | emails))
    assert not crowded(Node("card", emails))
    assert not crowded(Node("guest_id", edges("client_id", CROWD + 1)))


def test_a_client_of_many_visits_is_bounded_and_keeps_what_is_strong() -> None:
    visits = [said("k1", f"s{n}", at=float(n)) for n in range(KEPT + 9)]
    book = told(*visits, said("k1", "c1", "e1"))
    [client] = [c for c in book.clients if "k1" in c]
    assert len(client) == MOST
    assert {"c1", "e1"} <= client
    assert len(book.nodes["k1"].edges) == KEPT


def test_killed_between_links_and_graph_the_same_statements_end_the_same() -> None:
    whole = told(*FAMILY)
    broken = Book()
    lost = identify(list(enumerate(FAMILY[:4])), {})
    broken.write(Linked(change=Change(), links=lost.links, full=[], parted=frozenset(), joined={}))
    for change in FAMILY:
        broken.tell(change)
    assert (broken.clients, broken.holds) == (whole.clients, whole.holds)


_parts = st.sampled_from(["k1", "k2", "k3", "l1", "l2", "g1", "g2", "c1", "c2", "e1", "e2", "p1", "s1", "s2"])
_statements = st.lists(
    st.builds(
        lambda parts, linked, at, source, declared: said(
            *parts, linked=linked, at=float(at), source=source, declared=declared or source == STAFF
        ),
        st.lists(_parts, min_size=2, max_size=3, unique_by=lambda part: part[0]),
        st.sampled_from([True, True, True, False]),
        st.integers(0, 3),
        st.sampled_from(["/crm", "/crm", STAFF]),
        st.booleans(),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(statements=_statements, random=st.randoms(use_true_random=False))
def test_links_are_what_all_statements_at_once_say_in_any_order_in_any_pieces_and_twice(
    statements: list[LinkChange], random: object
) -> None:
    at_once = Book()
    at_once.tell(*statements)
    naive = resolve(at_once.nodes)
    assert at_once.clients == set(naive.clients.values())
    again = statements + statements[:3]
    random.shuffle(again)  # type: ignore[attr-defined]
    book = Book()
    while again:
        size = random.randint(1, 4)  # type: ignore[attr-defined]
        book.tell(*again[:size])
        again = again[size:]
    assert (book.clients, book.holds) == (at_once.clients, naive.holds)


@settings(max_examples=150, deadline=None)
@given(statements=_statements)
def test_nobody_is_in_two_clients_nor_with_whom_a_person_parted_them(statements: list[LinkChange]) -> None:
    book = Book()
    book.tell(*statements)
    found = [part for client in book.clients for part in client]
    assert len(found) == len(set(found))
    declared = {p for c in statements if c.source == STAFF or c.declared for p in c.parts}
    for client in book.clients:
        for one, other in combinations(sorted(client), 2):
            edge = book.nodes[one].edges.get(other)
            assert edge is None or not edge.parted
            if one[0] == other[0] == "k":
                assert {one, other} <= declared


@settings(max_examples=100, deadline=None)
@given(statements=_statements, parted=st.tuples(_parts, _parts).filter(lambda p: p[0] != p[1]))
def test_a_merge_that_is_taken_back_leaves_no_trace(
    statements: list[LinkChange], parted: tuple[str, str]
) -> None:
    """Judged one, then judged two: as if only the second had been said."""
    merged, never = told(*statements), told(*statements)
    merged.tell(judged(*parted, same=True, at=20.0))
    merged.tell(judged(*parted, same=False, at=21.0))
    never.tell(judged(*parted, same=False, at=21.0))
    assert (merged.clients, merged.holds) == (never.clients, never.holds)
