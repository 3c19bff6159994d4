"""What a client is worth as people read it: scores among others, what the next year is likely to bring, and
what became of whom they brought."""

from collections.abc import Sequence
from typing import Any

from agents.foreseen import foreseen
from agents.moment import Moment
from feature_store.lifetime import expected
from feature_store.record import slice_of
from feature_store.store import Store
from feature_store.value import sharing_scores, value_of
from streams.referred import became
from streams.scales import Scales

Worth = dict[str, dict[str, Any]]
"""Feature -> values that stand beside those its own slice gives."""


async def worth_of(store: Store, scales: Scales, moment: Moment, parts: Sequence[str]) -> Worth:
    """Of the client of a moment and the ids of their parts. Who may not be profiled is not scored.

    Raises `StoreAway`.
    """
    client, maison = moment.client, moment.maison.id
    became_of = await became(store, maison, client, parts)
    shared = became_of.get("shared", 0)
    found: Worth = {"referral": became_of, "sharing": {"brought": shared} if shared else {}}
    if moment.allows("profiling"):
        scale = await scales.of(maison)
        likely = expected(client, await scales.lifetime(maison), moment.now)
        found["value"] = value_of(client, scale) | ({"expected": likely} if likely else {})
        alike = scale.gap_of(slice_of(client, "orders").first)
        if ahead := foreseen(client, moment.now, moment.priors, alike):
            found["value"]["foreseen"] = ahead
        if scores := sharing_scores(client, scale, shared):
            found["sharing"]["scores"] = scores
    return {feature: values for feature, values in found.items() if values}
