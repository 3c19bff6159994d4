"""What a client is worth as people read it: scores among others, and what became of whom they brought."""

from collections.abc import Sequence
from typing import Any

from feature_store.store import Store
from feature_store.value import sharing_scores, value_of
from streams.referred import became
from streams.scales import Scales

Worth = dict[str, dict[str, Any]]
"""Feature -> values that stand beside those its own slice gives."""


async def worth_of(
    store: Store, scales: Scales, maison: str, client: Any, parts: Sequence[str], now: float
) -> Worth:
    """Of a merged record and the ids of its parts. Raises `StoreAway`."""
    scale = await scales.of(maison)
    scores = sharing_scores(client, scale)
    found = {
        "value": value_of(client, scale, now),
        "referral": await became(store, maison, client, parts),
        "sharing": {"scores": scores} if scores else {},
    }
    return {feature: values for feature, values in found.items() if values}
