"""What a reader is to a client: their advisor, whoever serves them, or somebody else of the house. Pure."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal, Protocol

from agents.elsewhere import ACTION as ELSEWHERE
from agents.moment import Moment
from feature_store.features.stay import lodges
from feature_store.record import slice_of
from schemas.alerts import Alert, Grounds
from schemas.tiers import Circle

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Reader(Protocol):
    """Who asks; `sites` empty: all of the maison."""

    @property
    def staff(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def sites(self) -> tuple[str, ...]: ...


def circle_of(reader: Reader, moment: Moment, serves: Iterable[Alert]) -> Circle | Literal["platform"]:
    """What a reader is to a client. `serves`: the client's open alerts that are for this reader."""
    if reader.role == "platform":
        return "platform"
    if reader.role == "privacy":
        return "privacy"
    advisor = moment.advisor
    if advisor is not None and advisor.id == reader.staff:
        return "assigned"
    near = {_near(reader, alert) for alert in serves}
    if reader.role == "team":
        return "team" if near else "house"
    if advisor is None:
        return "free"
    if reader.role == "manager" and (not reader.sites or not {*advisor.sites}.isdisjoint(reader.sites)):
        return "manager"
    if "serving" in near or _houses(reader, moment):
        return "serving"
    return min(near, default="house")  # manager before team


def circle_for(reader: Reader, alert: Alert) -> Circle:
    """What the reader of an alert that is for them is to its client, as far as the alert tells.

    Of a client who is elsewhere their own advisor is told no more than whoever has them before them.
    """
    if reader.role == "team":
        return "team"
    if grounds_of(alert).advisor == reader.staff and alert.action != ELSEWHERE:
        return "assigned"
    return _near(reader, alert)


def _near(reader: Reader, alert: Alert) -> Circle:
    """The same, whoever was the client's advisor when it was told."""
    if alert.claimed_by == reader.staff:
        return "serving"
    if reader.role == "manager":
        return "manager"
    return "serving" if alert.claimed_by is None else "team"


def _houses(reader: Reader, moment: Moment) -> bool:
    """Whether the client stays, now, in a hotel of the reader's."""
    stays = slice_of(moment.client, "stay").stays.values()
    return any(lodges(stay, moment.now) and (not reader.sites or stay.site in reader.sites) for stay in stays)


def grounds_of(alert: Alert) -> Grounds:
    """What an alert's sentences rest on; of one that does not say, words."""
    return alert.grounds if isinstance(alert.grounds, Grounds) else Grounds()


def alias_of(reader: Reader, maison: str, oid: str, pepper: bytes) -> str:
    """A name that says nothing: the same for a client and those who read with the same role at one place.

    It can't be guessed from the opaque id, nor told from the alias that others read.
    """
    group = f"{reader.role}|{','.join(sorted(reader.sites))}"
    key = blake2b(pepper, digest_size=32, person=b"alias").digest()
    mark = int.from_bytes(blake2b(f"{maison}|{group}|{oid}".encode(), digest_size=8, key=key).digest())
    letters = [_LETTERS[(mark >> 5 * n) % 32] for n in range(5)]
    return f"Client {letters[0]}-{''.join(letters[1:])}"
