"""What a client allows now, and why: what they said of it, else what the law they are under presumes."""

from collections.abc import Mapping
from math import inf
from typing import Literal, NamedTuple

import msgspec

from feature_store.features.consent import STATES, Consent, Given, given, in_force
from feature_store.features.profile import Profile, stated
from schemas.jurisdiction import country_of, jurisdictions_of
from schemas.maison import Maison, Site

UNASKED = frozenset({"service"})
"""Purposes that need no consent where the maison's row says nothing else."""
DEFAULT, STRICTEST = "default", "strictest"
"""The row of those of whom no place is known; and all rows at once, for a place that has none of its own."""


class Law(NamedTuple):
    """A row of the maison's consent table: what is allowed unasked, by purpose."""

    row: str
    presumes: Mapping[str, bool]

    def allows(self, purpose: str) -> bool:
        """Whether a purpose is allowed of a client who has said nothing of it."""
        return self.presumes.get(purpose, purpose in UNASKED)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a purpose. `at` and `expires` in Unix seconds, of the statement that decides it."""

    state: str
    why: Literal["stated", "expired", "default"]
    at: float | None = None
    expires: float | None = None

    @property
    def allowed(self) -> bool:
        """Whether a person may act on it: `one_to_one` is enough for that."""
        return self.state != "none"


_PRESUMED = {True: Standing(state="all", why="default"), False: Standing(state="none", why="default")}
"""What holds of a client who has said nothing: whether the law they are under allows it unasked."""


def law_of(maison: Maison, profile: Profile, site: Site | None) -> Law:
    """The row that holds for a client: of the country they state, else of their time zone, else of the site.

    What a page alone states moves nobody under another law.
    """
    country = _stated(profile, "country")
    if country is None:
        zone = _stated(profile, "timezone") or (site.timezone if site else None)
        if zone is None:
            return Law(DEFAULT, maison.consent.get(DEFAULT, {}))
        country = country_of(zone)
    for row in jurisdictions_of(country) if country else ():
        if row in maison.consent:
            return Law(row, maison.consent[row])
    return strictest_of(maison)


def strictest_of(maison: Maison) -> Law:
    """What every row allows: the law of a place the maison has no row for, or that can't be read."""
    return Law(STRICTEST, _strictest(maison.consent))


def _stated(profile: Profile, field: str) -> str | None:
    if not profile.said:
        return None
    said = stated(profile, field)
    return None if said is None or said.page else str(said.value)


def _strictest(table: Mapping[str, Mapping[str, bool]]) -> dict[str, bool]:
    named = {purpose for row in table.values() for purpose in row}
    return {p: all(Law(name, row).allows(p) for name, row in table.items()) for p in named}


def standing(slice: Consent, law: Law, purpose: str, channel: str | None, now: float) -> Standing:
    """What holds for a purpose (on a channel) at `now`, Unix seconds.

    What was said of the channel outranks, unless the whole purpose was limited or refused since; of what
    counts the strictest holds. What has expired says nothing; what was stricter beneath it holds again.
    """
    if not slice.given:
        return _PRESUMED[law.allows(purpose)]
    about = [channel, None] if channel else [None]
    live = [s for one in about if (s := in_force(slice, purpose, one, now)) is not None]
    if not live:
        presumed, spoken = _PRESUMED[law.allows(purpose)], any(given(slice, purpose, one) for one in about)
        return Standing(state=presumed.state, why="expired") if spoken else presumed
    return _of(max((s for s in live if s.at >= live[0].at), key=lambda s: STATES.index(s.state)))


def outranks(slice: Consent, purpose: str, channel: str | None, state: str, at: float) -> Given | None:
    """What was said that a statement of `at` (Unix seconds) does not change; the strictest of several.

    Of the same purpose and channel: later, or at that instant stricter. Of a channel also what limited or
    refused the whole purpose since.
    """
    mine, found = int(at * 1000), list[Given]()
    same, whole = given(slice, purpose, channel), given(slice, purpose) if channel else None
    if same is not None and (same.at, STATES.index(same.state)) > (mine, STATES.index(state)):
        found.append(same)
    if whole is not None and whole.at >= mine and _stricter(whole.state, state):
        found.append(whole)
    return max(found, key=lambda s: STATES.index(s.state), default=None)


def overrides(state: str, outranking: Given | None) -> bool:
    """Whether to enter that a client allows something would go over what they refused or limited since."""
    return outranking is not None and _stricter(outranking.state, state)


def _stricter(one: str, other: str) -> bool:
    return STATES.index(one) > STATES.index(other)


def allowed_until(slice: Consent, law: Law, purpose: str, channel: str | None, now: float) -> float:
    """When a purpose (on a channel) is allowed no more, Unix seconds: `now` where it is not, infinity where
    that has no end.

    What holds once a statement has run out is looked at again: another one may, or the law.
    """
    while (held := standing(slice, law, purpose, channel, now)).allowed:
        if held.expires is None:
            return inf
        now = held.expires
    return now


def _of(said: Given) -> Standing:
    return Standing(state=said.state, why="stated", at=said.at / 1000, expires=said.expires or None)
