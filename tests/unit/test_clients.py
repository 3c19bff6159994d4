"""The client record over HTTP: what each reader sees, what is withheld, and what the audit has of it."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from agents.forecasts import repeat
from feature_store import record as records
from feature_store.features.attention import Proposed, coded, keep
from feature_store.inbox import Write
from feature_store.memory_inbox import MemoryInboxes
from feature_store.store import PartKey, StoreAway
from schemas.alerts import Addressee, ClientRef
from schemas.audit import Viewed
from streams.auth import COOKIE, PROOF, token_for
from streams.clients import Clients, client_routes
from streams.keys import Opener
from streams.produce import KafkaAway
from streams.scales import Scales
from tests import builders as a
from tests.alerts import an_entry, lumiere
from tests.described import watched
from tests.fakes import FakeKeyring

SECRET = "a secret of thirty-two bytes, for tests"
PART = a.part_of(card="card-aline")
LOOKUP = "/v1/clients/lookup"
RECORD = f"/v1/clients/{PART[1]}"
Client = TestClient[web.Request, web.Application]
ALINE = {
    "name": "Aline Moreau",
    "language": "fr",
    "advisor": "camille",
    "profession": "surgeon",
    "sizes": {"ring": 52},
    "preferences": {"wine": "Sancerre", "allergies": ["nuts"], "children": "Zoé", "Dr Weiss": "Tuesdays"},
}


class Held:
    """A store that holds one part, or is away."""

    away = False

    def __init__(self) -> None:
        self.client = a.record_of(a.profile(fields=ALINE), a.purchase())

    async def links(self, parts: Sequence[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        if self.away:
            raise StoreAway("away")
        return dict.fromkeys(parts, ())

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        return {part: records.encode(self.client) if part == PART else None for part in parts}

    async def tallies(self, shard: int) -> dict[str, int]:
        return {"lumiere|r|20777": 30, "lumiere|c:1|742|742|1": 30, "lumiere|m:EUR|742|130": 30}


class Audited:
    """What the audit has."""

    away = False

    def __init__(self) -> None:
        self.views: list[Viewed] = []

    async def note(self, viewed: Viewed) -> None:
        if self.away:
            raise KafkaAway("away")
        self.views.append(viewed)


@pytest.fixture
def store() -> Held:
    return Held()


@pytest.fixture
def audit() -> Audited:
    return Audited()


@pytest.fixture
def inboxes() -> MemoryInboxes:
    return MemoryInboxes()


@pytest.fixture
async def client(store: Held, audit: Audited, inboxes: MemoryInboxes) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=1000)
    learned = repeat.FORECAST.new()
    learned.learned = repeat.LEAST
    deps: Any = {
        "store": store,
        "scales": Scales(store, 1, lambda: a.NOON),  # type: ignore[arg-type]
        "maisons": {"lumiere": lumiere()},
        "secret": SECRET,
        "opener": Opener(FakeKeyring(), bytes(32)),
        "now": time.time,
        "estimators": lambda: {("lumiere", "repeat"): learned},
    }
    client_routes(app, Clients(pepper=a.PEPPER, note=audit.note, inboxes=inboxes, **deps))
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as running:
        yield running
    assert not undescribed, undescribed


def token(staff: str, **changes: Any) -> str:
    person = lumiere().person(staff)
    assert person is not None
    return token_for(msgspec.structs.replace(person, **changes), lumiere(), SECRET, time.time() + 60)


def bearer(staff: str = "camille", **changes: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(staff, **changes)}"}


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ({"phone": "06 12 34 56 78"}, True),
        ({"whatsapp": "0612345678"}, True),
        ({"phone": "+33 6 12 34 56 78"}, False),
        ({"whatsapp": "0033612345678"}, False),
        ({"whatsapp": "FR.13491208655302741918"}, False),
        ({"card": "0612"}, False),
    ],
)
async def test_who_looks_up_a_number_without_its_country_is_told_what_it_lacks(
    client: Client, who: dict[str, str], told: bool
) -> None:
    async with client.post(LOOKUP, json={"who": who}, headers=bearer()) as answer:
        assert answer.status == 404
        said = (await answer.json())["error"]
    assert said.startswith("No such client in this maison.")
    assert ("+33" in said) == told


async def view(
    client: Client, staff: str = "camille", at: str | None = None, **changes: Any
) -> dict[str, Any]:
    params = {} if at is None else {"at": at}
    async with client.get(RECORD, params=params, headers=bearer(staff, **changes)) as answer:
        assert answer.status == 200
        seen: dict[str, Any] = await answer.json()
    return seen


async def came_in(
    store: Held, inboxes: MemoryInboxes, place: str = "ginza", withheld: bool = False, **fields: Any
) -> None:
    """The client stands in a boutique: an open alert in its inbox, as the record knows."""
    at = int(time.time())
    entry = Proposed(coded("boutique_welcome"), place, place, at, at + 3600)
    keep(records.own(store.client, "attention"), {"a1": entry})
    fields.setdefault("for_", Addressee(team=f"{place}-team"))
    held = an_entry(now=at, site=place, client=ClientRef(id=PART[1], name=None), **fields)
    held, inbox = msgspec.structs.replace(held, withheld=withheld), f"lumiere/{place}"
    version = (await inboxes.read({inbox: ()}))[inbox].version
    refused = await inboxes.apply(
        {inbox: Write(version=version, epoch="e", offset=0, entries={"a1": held})}, at
    )
    assert not refused


async def test_the_assigned_advisor_reads_it_all(client: Client) -> None:
    async with client.post(LOOKUP, json={"who": {"card": "card-aline"}}, headers=bearer()) as answer:
        seen = await answer.json()
    assert (seen["id"], seen["circle"], seen["masked"]) == (PART[1], "assigned", [])
    assert seen["profile"]["name"] == "Aline Moreau"
    assert seen["profile"]["profession"] == "surgeon"
    assert seen["facts"]["spend"] == {"EUR": 345_000}
    assert "facts.spend" in seen["unspoken"]
    assert "name" not in seen["unspoken"]


async def test_an_advisor_elsewhere_reads_manners_and_sizes_and_an_alias(client: Client) -> None:
    seen = await view(client, "haruka")
    assert seen["circle"] == "house"
    assert seen["profile"].pop("name").startswith("Client ")
    assert seen["profile"] == {
        "language": "fr", "advisor": "camille", "sizes.ring": 52, "preferences.wine": "Sancerre",
    }  # fmt: skip
    assert {"name", "profession", "preferences.allergies", "preferences.children", "facts.spend"} < set(
        seen["masked"]
    )
    for word in ("Aline", "Moreau", "surgeon", "nuts", "Zoé", "Weiss", "Tuesdays", "345000"):
        assert word not in str(seen)


async def test_whoever_serves_reads_what_service_takes_while_it_lasts(
    client: Client, store: Held, inboxes: MemoryInboxes
) -> None:
    await came_in(store, inboxes)
    seen = await view(client, "haruka")
    assert seen["circle"] == "serving"
    assert (seen["profile"]["name"], seen["profile"]["preferences.allergies"]) == ("Aline Moreau", ["nuts"])
    assert "preferences.allergies" in seen["unspoken"]
    assert "surgeon" not in str(seen)
    assert "spend" not in seen["facts"]
    await came_in(store, inboxes, status="claimed", claimed_by="yuna")
    assert (await view(client, "haruka"))["circle"] == "team"
    assert (await view(client, "yuna"))["circle"] == "serving"
    await came_in(store, inboxes, status="done", claimed_by="yuna")
    assert (await view(client, "yuna"))["circle"] == "house"


@pytest.mark.parametrize(("at", "hears"), [("vendome", True), ("", True), ("riviera", False)])
async def test_a_hotel_reads_no_purchase_and_no_boutique_a_stay_unless_the_client_shares(
    client: Client, store: Held, audit: Audited, at: str, hears: bool
) -> None:
    stayed = a.hotel("checkout")
    store.client = a.record_of(a.profile(fields=ALINE), a.purchase(), stayed)
    seen = await view(client, at=at)
    assert ("purchases" in seen["facts"], "stays" in seen["facts"]) == (hears, not hears)
    assert ("facts.stays" if hears else "facts.purchases") in seen["masked"]
    assert audit.views[-1].masked == seen["masked"]
    assert seen["profile"]["preferences.allergies"] == ["nuts"], "what a client states is of the whole house"
    store.client = a.record_of(
        a.profile(fields=ALINE), a.purchase(), stayed, a.consent(purpose="sharing", state="all")
    )
    shared = await view(client, at=at)
    assert {"purchases", "stays"} <= shared["facts"].keys()


@pytest.mark.parametrize(("at", "hears"), [("vendome", True), ("riviera", False)])
async def test_whoever_is_looked_up_at_a_place_is_read_as_it_may_be_told_there(
    client: Client, store: Held, at: str, hears: bool
) -> None:
    store.client = a.record_of(a.profile(fields=ALINE), a.purchase(), a.hotel("checkout"))
    async with client.post(
        LOOKUP, json={"who": {"card": "card-aline"}, "at": at}, headers=bearer()
    ) as answer:
        facts = (await answer.json())["facts"]
    assert ("purchases" in facts, "stays" in facts) == (hears, not hears)


async def test_a_place_that_is_none_of_the_house_is_refused(client: Client) -> None:
    body = {"who": {"card": "card-aline"}, "at": "nowhere"}
    for asked in (
        client.get(RECORD, params={"at": "nowhere"}, headers=bearer()),
        client.post(LOOKUP, json=body, headers=bearer()),
    ):
        async with asked as answer:
            assert answer.status == 400
            assert (await answer.json())["error"] == "at: no site of this maison"


async def test_what_is_for_somebody_else_or_shown_to_nobody_makes_nobody_serve(
    client: Client, store: Held, inboxes: MemoryInboxes
) -> None:
    await came_in(store, inboxes, withheld=True)
    assert (await view(client, "haruka"))["circle"] == "house"
    await came_in(store, inboxes, for_=Addressee(staff="yuna"))
    assert (await view(client, "haruka"))["circle"] == "house"
    await came_in(store, inboxes, lasts=-1)
    assert (await view(client, "haruka"))["circle"] == "house", "an alert that expired"


async def test_a_hotel_serves_whom_it_houses_until_they_leave(client: Client, store: Held) -> None:
    for step, circle in (("checkin", "serving"), ("checkout", "house")):
        records.touch(store.client, a.hotel(step, card="card-aline", at=a.NOON + len(step)), a.NOON, a.HOUSE)
        assert (await view(client, "louis"))["circle"] == circle
        assert (await view(client, "haruka"))["circle"] == "house"


@pytest.mark.parametrize(
    ("staff", "changes", "circle"),
    [
        ("helene", {}, "manager"),
        ("helene", {"sites": ["riviera"]}, "house"),
        ("helene", {"role": "team"}, "house"),
        ("matteo", {}, "house"),
        ("camille", {"role": "privacy"}, "privacy"),
    ],
)
async def test_a_manager_reads_the_clients_of_their_own_sites(
    client: Client, staff: str, changes: dict[str, Any], circle: str
) -> None:
    assert (await view(client, staff, **changes))["circle"] == circle


async def test_of_a_client_without_an_advisor_all_who_might_take_them_read_who_it_is(
    client: Client, store: Held
) -> None:
    left = {field: value for field, value in ALINE.items() if field != "advisor"}
    store.client = a.record_of(a.profile(fields=left), a.purchase())
    for staff in ("haruka", "louis", "helene"):
        seen = await view(client, staff)
        assert (seen["circle"], seen["profile"]["name"]) == ("free", "Aline Moreau")
        assert seen["facts"]["spend"] == {"EUR": 345_000}
        assert "surgeon" not in str(seen)


async def test_the_platform_reads_facts_and_features_and_not_who_it_is(client: Client) -> None:
    blind = await view(client, "noe")
    assert blind["profile"] == {}
    assert {"name", "language", "preferences.*"} <= set(blind["masked"])
    assert (blind["facts"]["purchases"], blind["facts"]["spend"]) == (1, {"EUR": 345_000})
    assert blind["features"]["taste"]
    for word in ("Aline", "surgeon", "nuts", "Weiss"):
        assert word not in str(blind)


async def test_an_alias_is_the_same_for_those_of_one_place_and_another_elsewhere(client: Client) -> None:
    names = [
        (await view(client, staff, **changes))["profile"]["name"]
        for staff, changes in (("haruka", {}), ("haruka", {}), ("yuna", {}), ("louis", {}))
    ]
    assert names[0] == names[1] == names[2] != names[3]
    assert PART[1][:4] not in names[0]


async def test_each_view_is_in_the_audit_without_what_was_seen(
    client: Client, audit: Audited, store: Held, inboxes: MemoryInboxes
) -> None:
    await came_in(store, inboxes)
    await view(client, "haruka")
    async with client.post(LOOKUP, json={"who": {"card": "card-aline"}}, headers=bearer("noe")) as answer:
        assert answer.status == 200
    served, looked_up = audit.views
    assert (served.staff, served.role, served.circle) == ("haruka", "advisor", "serving")
    assert (served.via, served.client, served.alerts) == ("record", PART[1], ["a1"])
    assert {"name", "preferences.allergies"} <= set(served.facts)
    assert (served.tiers, looked_up.circle, looked_up.via) == ([0, 1, 2, 3], "platform", "lookup")
    assert {"profession", "preferences.children"} <= set(served.masked)
    for word in ("Aline", "surgeon", "nuts", "Weiss", "card-aline"):
        assert word not in msgspec.json.encode(audit.views).decode()


async def test_nothing_is_shown_that_the_audit_does_not_have(client: Client, audit: Audited) -> None:
    audit.away = True
    for staff in ("camille", "noe"):
        async with client.get(RECORD, headers=bearer(staff)) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            assert "Aline" not in await answer.text()


async def test_a_score_and_what_a_field_rests_on_are_as_discreet_as_the_field(
    client: Client, store: Held
) -> None:
    records.touch(
        store.client, a.profile(a.NOON - 60, {"name": "Alice", "gender": "women"}), a.NOON - 60, a.HOUSE
    )
    assert "value" not in (await view(client, "camille"))["features"], "who may not be profiled is not scored"
    agreed = a.consent(a.NOON - 30, "profiling")
    records.touch(store.client, agreed, a.NOON - 30, a.HOUSE)
    ours, theirs, blind = [await view(client, staff) for staff in ("camille", "haruka", "noe")]
    scored = {measure: ours["features"]["value"][measure] for measure in ("recency", "frequency", "monetary")}
    assert scored == {"recency": 5, "frequency": 3, "monetary": 3}
    ahead = ours["features"]["value"]["foreseen"]
    assert (ahead["buys_within_273_days"], ahead["because"].startswith("One order, ")) == (0.875, True)
    name = ours["fields"]["name"]
    assert (name["value"], name["source"], name["kind"]) == ("Aline Moreau", "/test", "unknown")
    lost = {"value": "Alice", "since": "2026-11-21T11:59:00.000Z", "because": "said earlier", "lost": []}
    assert name["lost"] == [name | lost]
    assert theirs["fields"].keys() == theirs["profile"].keys() - {"name"}
    assert "value" not in theirs["features"]
    assert "Alice" not in str(theirs)
    assert (blind["fields"], blind["features"]["value"]) == ({}, ours["features"]["value"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"who": {"card": "card-nobody"}}', 404),
        (b'{"who": {}}', 400),
        (b'{"who": "Aline"}', 400),
        (b"{", 400),
        (b" " * 2000, 413),
    ],
)
async def test_what_finds_nobody_is_told_in_a_sentence(client: Client, body: bytes, status: int) -> None:
    async with client.post(LOOKUP, data=body, headers=bearer()) as answer:
        assert (answer.status, "error" in await answer.json()) == (status, True)


async def test_nobody_reads_it_unasked_nor_from_the_page_of_another_site(client: Client) -> None:
    kept = {"Cookie": f"{COOKIE}={token('camille')}"}
    body = {"who": {"card": "card-aline"}}
    for headers, status in (({}, 401), (kept, 403), (kept | {PROOF: "1"}, 200)):
        async with client.post(LOOKUP, json=body, headers=headers) as answer:
            assert answer.status == status


async def test_a_record_of_a_newer_version_asks_to_come_again(client: Client, store: Held) -> None:
    """Workers are upgraded before consoles."""
    store.client.v = records.VERSION + 1
    async with client.get(RECORD, headers=bearer()) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


async def test_a_store_that_is_away_asks_to_come_again(client: Client, store: Held) -> None:
    store.away = True
    async with client.get(RECORD, headers=bearer()) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
