"""The life of a client of whom a record holds all it can: on it the bytes of any age are measured."""

from collections.abc import Iterator
from random import Random

import msgspec

from benchmarks.mix import Sent, event, mixed, now_iso

DAY = 86_400.0
PROFILE = {
    "name": "Aline de Montclar", "language": "fr", "gender": "female", "birth_date": "1981-04-12",
    "timezone": "Europe/Paris", "advisor": "camille", "residences": ["Paris", "Megève"],
    "preferences": {"temperature": 21, "wine": "Meursault", "pillow": "feather"},
    "sizes": {"ring": "52", "shoe": "38"},
}  # fmt: skip
SERVED = (
    *(("temperature", "19.5 °C"), ("pillow", "goose down"), ("floor", "high"), ("wine", "Meursault")),
    *(("wine", "Chablis"), ("pillow", "buckwheat"), ("breakfast", "verbena tea"), ("bar", "Negroni")),
    *(("room service", "club sandwich"), ("minibar", "sparkling water"), ("laundry", "two shirts")),
    *(("spa", "massage"), ("dinner", "sea bass"), ("tea", "Darjeeling")),
)
"""Service and item of each stay that is over: what a guest is used to, and what was served."""


def touched(client: int, now: float) -> Iterator[tuple[float, Sent]]:
    """A thousand touches over seven years of a client of whom nobody states anything; each with its time."""
    yield from _touches(client, now - 2557 * DAY, Random(client), count=1_000, days=2_556)


def known(client: int, now: float) -> Iterator[tuple[float, Sent]]:
    """300 touches over two years of a client who is described and allows everything; each with its time."""
    random, began = Random(client), now - 730 * DAY
    yield from _touches(client, began, random)
    yield began, event("client.profile", client, began, random, fields=PROFILE)
    yield from _consents(client, began, random)


def life(client: int, now: float) -> Iterator[tuple[float, Sent]]:
    """300 touches over two years, and more of everything than a record keeps; each with its time."""
    random, began = Random(client), now - 730 * DAY
    yield from _touches(client, began, random)
    yield began, event("client.profile", client, began, random, fields=PROFILE)
    moved = {"language": "en", "timezone": "Asia/Tokyo", "residences": ["Tokyo"], "sizes": {"shoe": "38.5"}}
    yield began + DAY, event("client.profile", client, began + DAY, random, fields=moved, verified=["sizes"])
    held = {"version": 1, "interests": ["watches", "opera"], "places": ["Kyoto"]}
    licence = {"licence": "lic-0031", "purpose": "personalisation", "benefit": "an early look", "data": held}
    yield began, event("client.licence", client, began, random, **licence)
    for n, text in enumerate(("Left-handed: hand her the pen so", "Comes for the anniversary each June")):
        yield began + n, event("client.note", client, began + n, random, text=text, by="camille")
    yield from _consents(client, began, random)
    for n in range(3):
        friend = {"client_id": f"friend-{client}-{n}"}
        yield began + n, event("client.referral", client, began + n, random, referred=friend)
    yield began, event("client.referral", client, began, random, influencer="@camille.in.paris")
    for n in range(6):
        at = now - (5 - n) * 60 * DAY - DAY - 0.9 * DAY * random.random()  # not everybody at one instant
        yield from _stay(client, n, at, at > now - 2 * DAY, random)
        yield at + 2, event("store.checkin", client, at + 2, random, site="vendome", method="nfc")
    yield from _book(client, now, random)
    yield from _care(client, began, random)


def _book(client: int, now: float, random: Random) -> Iterator[tuple[float, Sent]]:
    """What a client book rests on: who met them, what was promised, what was written, what was given."""
    for n in range(8):
        at, by = now - (10 + 9 * n) * DAY - n, ("camille", "matteo")[n % 2]
        come = {"site": "vendome", "method": "nfc", "staff": by}
        yield at, event("store.checkin", client, at, random, **come)
        talk = {"channel": ("whatsapp", "email")[n % 2], "conversation": "conv", "message": f"m{n}"}
        for way in ("in", "out"):
            yield at + 9, event("chat.message", client, at + 9, random, direction=way, language="fr", **talk)
        mail = {"channel": "email", "campaign": "autumn"}
        yield at + 4 * DAY, event("client.contacted", client, at + 4 * DAY, random, **mail)
    for n in range(3):
        at = now - (30 + 40 * n) * DAY
        meet = {"appointment": f"visit-{n}", "kind": "visit", "site": "vendome", "at": now_iso(at + DAY)}
        meet |= {"status": "attended", "staff": "camille"}
        yield at, event("client.appointment", client, at, random, **meet)
    for n in range(4):
        at = now - (100 + 180 * n) * DAY
        line = {"sku": "scarf-brise", "quantity": 1, "amount": 46_000, "currency": "EUR"}
        gave = {"channel": "store", "site": "vendome", "order_id": f"gift-{client}-{n}", "lines": [line]}
        yield at, event("store.purchase", client, at, random, **gave, gift=True, staff="camille")


def _care(client: int, began: float, random: Random) -> Iterator[tuple[float, Sent]]:
    """Who matters to a client, what weighed on them and is over, what they let another house know."""
    for n, kind in enumerate(("partner", "child", "assistant", "companion", "friend")):
        known = {"with": {"client_id": f"{kind}-{client}"}} if kind in ("partner", "companion") else {}
        at, discreet = began + n, kind == "companion"
        yield at, event("client.relation", client, at, random, kind=kind, discreet=discreet, **known)
    for n, kind in enumerate(("complaint", "repair", "delivery", "mourning")):
        for at, status in ((began + n * DAY, "waiting for the workshop"), (began + 9 * DAY + n, "closed")):
            case = {"case": f"case-{client}-{n}", "kind": kind, "status": status}
            yield at, event("client.case", client, at, random, **case)
    for n, signal in enumerate(("valence", "worry", "joy")):
        for by in ("staff", "text"):
            at = began + n * DAY
            yield at, event("client.emotion", client, at, random, signal=signal, value=0.5, by=by)
    for n, facts in enumerate(({"language": "fr", "sizes.ring": "52"}, {"preferences.wine": "Meursault"})):
        grant = {"grant": f"grant-{n}", "from": "orfevre", "purpose": "profiling", "proof": "signed"}
        till = now_iso(began + 800 * DAY)
        yield began, event("client.grant", client, began, random, facts=facts, expires=till, **grant)


def _stay(client: int, n: int, at: float, ahead: bool, random: Random) -> Iterator[tuple[float, Sent]]:
    """A stay booked at `at` for two days later; one that is not ahead has been and gone."""
    stay = {"site": "riviera", "booking_id": f"booking-{client}-{n}"}
    days = {"arrival": now_iso(at + 2 * DAY)[:10], "departure": now_iso(at + 5 * DAY)[:10]}
    asked = {"requests": ["a quiet room"]} if ahead else {}
    heads = {"adults": 2, "children": 1, "status": "booked"}
    yield at, event("hotel.booking", client, at, random, **stay, **days, **heads, **asked)
    eta = now_iso(at + 2 * DAY)
    yield at + 1, event("hotel.arrival", client, at + 1, random, **stay, eta=eta, by="taxi")
    if not ahead:
        ids = Random(n)
        for minute, (service, item) in enumerate(SERVED):
            when = at + 4 * DAY + 60 * minute
            yield when, event("hotel.service", client, when, ids, **stay, service=service, item=item)
        for kind, when in (("checkin", at + 2 * DAY), ("checkout", at + 5 * DAY)):
            yield when, event(f"hotel.{kind}", client, when, random, **stay, room="214")


def _touches(
    client: int, began: float, random: Random, count: int = 300, days: int = 700
) -> Iterator[tuple[float, Sent]]:
    for n, sent in enumerate(mixed(count, 1, began + 730 * DAY, seed=client)):
        at = began + days * DAY * n / count
        yield at, _of(client, at, sent, random)


def _consents(client: int, began: float, random: Random) -> Iterator[tuple[float, Sent]]:
    for n, purpose in enumerate(("profiling", "marketing", "one_to_one")):
        at = began + n
        yield at, event("client.consent", client, at, random, purpose=purpose, state="all")


def _of(client: int, at: float, sent: Sent, random: Random) -> Sent:
    """The same touch by another client at another time."""
    told = msgspec.json.decode(sent.value)
    data = {name: value for name, value in told["data"].items() if name not in ("who", "session")}
    return event(told["type"], client, at, random, **data)
