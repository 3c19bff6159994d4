"""A sharing grant at the gateway: the only bridge between two houses, and closed unless both opened it.

The client's grant is told to the house it is given in. What it tells is told to the other house as an event
of its own, keyed and sealed as that house's, in the same breath: neither is acknowledged without the other.
A contact that is to count there crosses the same way, as its day and its channel alone.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from agents.card import digest
from schemas.events.client import may_be
from schemas.maison import GRANT, Maison
from schemas.personal import ENVELOPE
from schemas.tiers import tier_of
from streams.inbound import Refused
from streams.write_keys import WriteKey

GRANTED, CONTACTED = "client.grant", "client.contacted"
TOLD = {
    GRANTED: ("grant", "purpose", "facts", "attention", "expires", "proof", "revoked"),
    CONTACTED: ("grant", "channel"),
}
"""All of the data that another house is told: what else is said of a grant or of a contact is not for it."""
MOST = 1
"""The highest tier of a fact that may cross: public manners and service preferences."""
NEVER = frozenset({"advisor", "country"})
"""Facts that mean another thing in another house, or decide its law."""
FACTS = 20
LONGEST = 64


class Bridge(NamedTuple):
    """What the granting house keeps, what the other is told, and the key it is told by.

    The one does not keep who the client is at the other.
    """

    kept: dict[str, Any]
    told: dict[str, Any]
    key: WriteKey


def bridged(event: Any, key: WriteKey, maisons: Mapping[str, Maison]) -> Bridge | None:
    """Both sides of a grant, or of a contact that counts under one; None for any other event.

    To take one back needs no bridge, and no fact crosses with it.

    Raises `Refused`.
    """
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        return None
    data, type_ = event["data"], event.get("type")
    if type_ not in (GRANTED, CONTACTED):
        return None
    if "from" in data:
        raise Refused(400, "data.from", "is written by the gateway: send it from the house that tells")
    if type_ == CONTACTED and not {"grant", "to", "with"} & data.keys():
        return None
    here, there = maisons.get(key.maison), maisons.get(str(data.get("to")))
    if here is None or there is None or here is there:
        raise Refused(400, "data.to", "is no other house of this line")
    over = type_ == GRANTED and data.get("revoked") is True  # whatever the houses have closed since
    if not over and (there.id not in here.tells or here.id not in there.hears):
        raise Refused(403, "data.to", "is not open: both houses declare it, `tells` here and `hears` there")
    if not isinstance(data.get("with"), dict):
        raise Refused(400, "data.with", "is required: who the client is there")
    if type_ == CONTACTED and not data.get("grant"):
        raise Refused(400, "data.grant", "is required: under which it counts there")
    if type_ == GRANTED and not over:
        _check(data, here)
    mine = {name: value for name, value in data.items() if name != "with"}
    told = {name: data[name] for name in TOLD[type_] if name in data and not (over and name == "facts")}
    theirs = {
        **{name: value for name, value in event.items() if name in ENVELOPE and name != "maison"},
        "source": GRANT + here.id,
        "id": digest(str(event.get("source")), str(event.get("id"))),  # two senders may give one id
        "data": {**told, "who": data["with"], "from": here.id},
    }
    return Bridge({**event, "data": mine}, theirs, WriteKey(maison=there.id))


def _check(data: Mapping[str, Any], here: Maison) -> None:
    for field in ("proof", "expires"):
        if not data.get(field):
            raise Refused(400, f"data.{field}", "is required: a grant is proven and ends")
    facts = data.get("facts", {} if data.get("attention") is True else None)
    if not isinstance(facts, dict) or not (facts or data.get("attention") is True) or len(facts) > FACTS:
        raise Refused(400, "data.facts", f"is required: 1 to {FACTS} facts to tell")
    for fact, value in facts.items():
        if fact in NEVER or tier_of(fact, here.tiers) > MOST:
            raise Refused(
                403, "data.facts", "names a fact that is too intimate to cross, or means nothing there"
            )
        if not (isinstance(value, int | float) or (isinstance(value, str) and 0 < len(value) <= LONGEST)):
            raise Refused(400, "data.facts", f"holds something that is no number and no text of {LONGEST}")
        if not may_be(fact, value):
            raise Refused(400, "data.facts", "holds something that its field of the profile can't be")
