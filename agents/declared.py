"""What the client says of themselves by licence: it outranks what was concluded from their steps.

Read at the moment it is used, so a licence that is taken back or has run out leaves nothing behind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from feature_store.feature import stem
from feature_store.features.consent import in_force
from feature_store.features.licences import holding
from feature_store.record import slice_of

FOR_SERVICE = frozenset({"service", "personalisation"})
"""Purposes of a licence under which staff speak a language and reach for a size."""
FOR_TASTE = frozenset({"personalisation", "profiling", "one_to_one"})
"""Purposes under which something may be shown because the client likes such things."""


def licensed(client: Any, now: float) -> list[dict[str, Any]]:
    """What the client's licences say for staff to serve by, the one given last first."""
    return [*_data(client, FOR_SERVICE, now)] if slice_of(client, "licences").given else []


def declared(licensed: Sequence[Mapping[str, Any]], field: str) -> Any:
    """A field of the profile as the client's licences say it, or None."""
    group, _, kind = field.partition(".")
    for data in licensed:
        if field == "language" and data.get("languages"):
            return data["languages"][0]
        if group == "sizes" and kind in data.get("sizes", {}):
            return data["sizes"][kind]
    return None


def interests(client: Any, now: float) -> list[str]:
    """What the client says they are drawn to, most important first, each once."""
    said = [interest for data in _data(client, FOR_TASTE, now) for interest in data.get("interests", ())]
    return list(dict.fromkeys(said))


def names(interest: str, category: str) -> bool:
    """Whether an interest, in the client's words, is one in a category of the house.

    >>> names("Luxury watches", "watches"), names("watch", "watches"), names("bird watching", "watches")
    (True, True, False)
    """
    return stem(category) in stems((interest,))


def stems(interests: Iterable[str]) -> frozenset[str]:
    """What interests name: each as a whole and its words, without their plurals."""
    return frozenset(stem(word) for interest in interests for word in (interest, *interest.split()))


def _data(client: Any, purposes: frozenset[str], now: float) -> Iterator[dict[str, Any]]:
    """What licences hold, but for a purpose that the client has refused since."""
    consent = slice_of(client, "consent")
    for licence in holding(slice_of(client, "licences"), now, purposes):
        said = in_force(consent, licence.use, None, now)
        if said is None or said.state != "none" or said.at < licence.at:
            yield licence.data
