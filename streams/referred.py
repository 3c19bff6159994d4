"""What became of the people a client brought: read from their own records, whenever somebody asks.

Nothing of theirs is copied into the client's record: who is erased, or un-merged, is counted no more at the
next read. At most sixteen people are looked at, and of each at most as many parts as `MOST` allows in all.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from feature_store import record as records
from feature_store.features.referral import people
from feature_store.store import PartKey, Store

MOST = 64
"""Parts read for one answer."""
DISCREET = 3
"""Buyers below which their money is not told: it would be one person's."""


async def became(store: Store, maison: str, client: Any, parts: Sequence[str]) -> dict[str, Any]:
    """Of the people looked at: how many the house knows, have bought, have shared; and what they kept.

    `parts`: the client's own, who brought nobody by bringing themself. Raises `StoreAway`.
    """
    named = [(maison, oid) for oid in people(records.slice_of(client, "referral")) if oid not in parts]
    if not named:
        return {}
    known: list[Any] = []
    seen: set[PartKey] = set()
    links = await store.links(named)
    groups = [list(dict.fromkeys([part, *((maison, o) for o in links[part])])) for part in named]
    found = await store.peek(list(dict.fromkeys(p for group in groups for p in group))[:MOST])
    for group in groups:
        fresh = [p for p in group if p not in seen]
        if len(fresh) == len(group):
            held = [records.decode(value) for p in group if (value := found.get(p)) is not None]
            held = [record for record in held if record.x <= 0]  # who was erased is nobody
            if any(map(records.heard_of, held)):
                known.append(records.merge(held))
        seen.update(group)
    return _told(len(named), known)


def _told(asked: int, known: Sequence[Any]) -> dict[str, Any]:
    facts = [records.slice_of(one, "facts") for one in known]
    buyers = [of for of in facts if of.purchases]
    spend: Counter[str] = Counter()
    for of in buyers:
        spend.update(of.spend)
    return {
        "looked_at": asked,
        "known": len(known),
        "bought": len(buyers),
        "shared": sum(bool(records.slice_of(one, "sharing").times) for one in known),
        "spend": dict(spend) if len(buyers) >= DISCREET else None,
    }
