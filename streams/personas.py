"""Who lives in the simulated house: people who do not exist, what is known of them, and their day."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple


class Step(NamedTuple):
    """One touch of the day: at which hour, of which type, from which source, with which data."""

    hour: float
    type: str
    source: str
    data: dict[str, Any]


class Past(NamedTuple):
    """One touch of long ago, in days before today."""

    days: int
    type: str
    source: str
    data: dict[str, Any]


class Persona(NamedTuple):
    """Identifiers, what the house knows, what the client allows, what was before, and the day."""

    who: dict[str, str]
    profile: dict[str, Any] | None = None
    consents: tuple[str, ...] = ()
    past: tuple[Past, ...] = ()
    day: tuple[Step, ...] = ()


def personas(run: str, day: int) -> list[Persona]:
    """Everybody who lives a day. `run` is the mark of its visits, orders and bookings.

    Each day after the first has people of its own: who came in an hour ago is not welcomed again. Who stands
    in a client book does so for days.
    """
    nth = f"-{day}" if day else ""
    told = (_marguerite, _aline, _kenji, _giulia, _sora, *(() if day else (_mathilda,)))
    return [*(persona(run, nth) for persona in told), _visitor(run)]


def _marguerite(run: str, nth: str) -> Persona:
    ring = _bought(f"o1-{run}", "ring-solstice", 540_000)
    scarf = _bought(f"o2-{run}", "scarf-brise", 46_000)
    return Persona(
        who={"client_id": f"marguerite{nth}", "card": f"card-marguerite{nth}"},
        profile={
            "name": "Marguerite Lenoir",
            "language": "fr",
            "advisor": "camille",
            "sizes": {"ring": 52, "shoe": 38},
            "preferences": {"allergies": ["lilies"]},
        },
        consents=("profiling", "one_to_one"),
        past=(
            Past(400, "store.checkin", "/door", _door("vendome")),
            Past(400, "store.purchase", "/till", ring),
            Past(23, "store.checkin", "/door", _door("vendome")),
            Past(23, "store.purchase", "/till", scarf | {"gift": True}),
            Past(2, "web.view", "/web", {"session": f"m-{run}", "sku": "clutch-nuit", "language": "fr"}),
        ),
        day=(*_visit("vendome", 8.6, 12.5), _item(9.5, "earrings-solstice", "tried")),
    )


def _aline(run: str, nth: str) -> Persona:
    chat = {"channel": "whatsapp", "conversation": f"conv-aline-{run}", "language": "fr"}
    thanks = {"message": f"m1-{run}", "direction": "in", "text": "Merci pour cet après-midi !"}
    answer = {"message": f"m2-{run}", "direction": "out", "text": "Avec grand plaisir, à très vite."}
    return Persona(
        who={"client_id": f"aline{nth}", "card": f"card-aline{nth}", "email": f"aline{nth}@example.com"},
        profile={
            "name": "Aline Dupont-Moreau",
            "language": "fr",
            "advisor": "camille",
            "preferences": {"temperature": 20, "wine": "Sancerre", "allergies": ["nuts"]},
        },
        consents=("profiling", "one_to_one", "personalisation"),
        past=(
            Past(95, "hotel.service", "/pms", _served(f"past-aline-{run}", "pillow", "goose down")),
            Past(92, "hotel.checkout", "/pms", {"site": "riviera", "booking_id": f"past-aline-{run}"}),
            Past(90, "store.checkin", "/door", _door("vendome")),
        ),
        day=(
            *_clicks(9.0, f"a-{run}", "bag-aurore", "clutch-nuit", "scarf-brise", cart="bag-aurore"),
            *_stay(f"bk-aline-{run}", 40, "taxi", "412"),
            *_visit("vendome", 16.5, 20.0),
            _item(17.0, "bag-aurore", "tried"),
            Step(17.5, "store.purchase", "/till", _bought(f"o3-{run}", "bag-aurore", 345_000)),
            Step(20.5, "chat.message", "/chat", chat | thanks),
            Step(22.5, "chat.message", "/chat", chat | answer),
        ),
    )


def _kenji(run: str, nth: str) -> Persona:
    return Persona(
        who={"client_id": f"kenji{nth}", "card": f"card-kenji{nth}"},
        profile={"name": "Kenji Tanaka 田中 健二", "language": "ja", "advisor": "haruka", "gender": "men"},
        consents=("profiling",),
        past=(
            Past(300, "store.checkin", "/door", _door("ginza")),
            Past(300, "store.purchase", "/till", _bought(f"o4-{run}", "shoes-pas", 98_000, "ginza")),
        ),
        day=(
            *_clicks(10.0, f"k-{run}", "watch-meridien", "watch-meridien-or", language="ja"),
            *_visit("vendome", 15.5, 19.5),
            _item(16.0, "watch-meridien", "shown"),
        ),
    )


def _giulia(run: str, nth: str) -> Persona:
    return Persona(
        who={"client_id": f"giulia{nth}", "guest_id": f"guest-giulia{nth}"},
        profile={
            "name": "Giulia Conti",
            "language": "it",
            "preferences": {"temperature": 22, "pillow": "goose down", "accessibility": "step-free room"},
        },
        day=tuple(_stay(f"bk-giulia-{run}", 25, "flight AZ 358", "107")),
    )


def _sora(run: str, nth: str) -> Persona:
    return Persona(
        who={"client_id": f"sora{nth}", "card": f"card-sora{nth}"},
        profile={"name": "Sora Kim", "language": "ko", "advisor": "yuna"},
        day=tuple(_visit("ginza", 8.05, 13.0)),  # the morning in Paris is the afternoon in Tokyo
    )


def _mathilda(run: str, nth: str) -> Persona:
    """Nothing happens to her today: she is in the client book of whoever served her."""
    wrote = {"channel": "whatsapp", "conversation": f"conv-mathilda-{run}", "language": "en"}
    return Persona(
        who={"client_id": f"mathilda{nth}"},
        profile={"name": "Mathilda Royce", "language": "en", "advisor": "camille"},
        consents=("one_to_one",),
        past=(
            Past(40, "chat.message", "/chat", wrote | {"message": f"m3-{run}", "direction": "in"}),
            Past(
                12,
                "store.purchase",
                "/till",
                _bought(f"o6-{run}", "clutch-nuit", 189_000) | {"staff": "camille"},
            ),
        ),
    )


def _served(booking: str, service: str, item: str) -> dict[str, Any]:
    return {"site": "riviera", "booking_id": booking, "service": service, "item": item}


def _visitor(run: str) -> Persona:
    return Persona(who={"card": f"guest-{run}"}, day=tuple(_visit("ginza", 14.5, 18.0)))


def _door(site: str) -> dict[str, Any]:
    return {"site": site, "method": "nfc"}


def _visit(site: str, came: float, left: float) -> list[Step]:
    door = _door(site)
    return [Step(came, "store.checkin", "/door", door), Step(left, "store.leave", "/door", door)]


def _item(hour: float, sku: str, action: str) -> Step:
    return Step(hour, "store.item", "/tablet", {"site": "vendome", "sku": sku, "action": action})


def _bought(order: str, sku: str, amount: int, site: str = "vendome") -> dict[str, Any]:
    line = {"sku": sku, "quantity": 1, "amount": amount, "currency": "EUR"}
    return {"site": site, "channel": "store", "order_id": order, "lines": [line]}


def _clicks(
    hour: float, session: str, *skus: str, cart: str | None = None, language: str = "fr"
) -> list[Step]:
    steps = [
        Step(hour + i * 0.15, "web.view", "/web", {"session": session, "sku": sku, "language": language})
        for i, sku in enumerate(skus)
    ]
    if cart:
        steps.append(Step(hour + 1, "web.cart", "/web", {"session": session, "sku": cart, "quantity": 1}))
    return steps


def _stay(booking: str, minutes: int, by: str, room: str) -> list[Step]:
    now = datetime.now(UTC)
    booked = {"site": "riviera", "booking_id": booking}
    departs = str(now.date() + timedelta(days=3))
    dates = {"arrival": str(now.date()), "departure": departs, "adults": 2, "children": 0}
    eta, late = now + timedelta(minutes=minutes), now + timedelta(minutes=minutes + 20)
    return [
        Step(8.0, "hotel.booking", "/pms", {**booked, **dates, "status": "booked", "room_type": "suite"}),
        Step(12.0, "hotel.arrival", "/pms", {**booked, "eta": eta.isoformat(), "by": by, "room": room}),
        Step(13.0, "hotel.arrival", "/pms", {**booked, "eta": late.isoformat(), "by": by, "room": room}),
        Step(15.0, "hotel.checkin", "/pms", {**booked, "room": room}),
        Step(21.0, "hotel.service", "/pms", _served(booking, "bar", "verbena tea")),
    ]
