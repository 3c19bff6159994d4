"""What another house of the group told of the client, while the grant stands; each fact by its grant."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from feature_store.features.consent import in_force
from feature_store.features.grants import Grant, contacts_of, standing
from feature_store.record import slice_of

FOR_SERVICE = frozenset({"service", "personalisation"})
"""Purposes of a grant under which staff speak a language and reach for a size."""


class Granted(NamedTuple):
    """A value, the grant it crossed under, and when that runs out, Unix seconds."""

    value: Any
    grant: str
    expires: int


def granted(client: Any, field: str, now: float) -> Granted | None:
    """A field of the profile as a standing grant tells it, or None."""
    if not slice_of(client, "grants").given:
        return None
    for named, grant in _standing(client, now):
        if field in grant.facts:
            return Granted(grant.facts[field], named, grant.expires)
    return None


def granted_facts(client: Any, now: float) -> dict[str, Any]:
    """All that standing grants tell, the one given last first."""
    facts: dict[str, Any] = {}
    for _, grant in _standing(client, now):
        facts = grant.facts | facts
    return facts


def reached_by_others(client: Any, now: float) -> Iterator[tuple[int, str]]:
    """Days (since 1970) on which other houses reached out, as far as the client wants it counted; by what."""
    for _, grant in _standing(client, now):
        yield from contacts_of(grant)


def _standing(client: Any, now: float) -> Iterator[tuple[str, Grant]]:
    """None where the client has refused sharing here since it was given."""
    refused = in_force(slice_of(client, "consent"), "sharing", None, now)
    for named, grant in standing(slice_of(client, "grants"), now):
        since = refused is not None and refused.state == "none" and refused.at >= grant.at
        if grant.use in FOR_SERVICE and not since:
            yield named, grant
