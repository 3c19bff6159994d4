"""Who is signed in, and who may sign in."""

from typing import Annotated

import msgspec
from msgspec import Meta


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a sign-in."""

    token: Annotated[str, Meta(description="a person's token, as the house issues it")]


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Whose page it is now."""

    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """An empty object."""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and the names a page shows for ids."""

    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    name: Annotated[str, Meta(description="of the person")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]
    now: Annotated[float, Meta(description="the server's clock, Unix seconds: countdowns count by it")]
    house: Annotated[str, Meta(description="id of the maison")]
    maison: Annotated[str, Meta(description="name of the house")]
    sites: Annotated[dict[str, str], Meta(description="this person's sites: id to name")]
    everywhere: Annotated[bool, Meta(description="whether those are all there are, and will be")]
    zones: Annotated[dict[str, str], Meta(description="every site: id to IANA time zone")]
    people: Annotated[dict[str, str], Meta(description="everybody of the house: id to name")]
    teams: Annotated[dict[str, str], Meta(description="every team: id to name")]
    articles: Annotated[dict[str, str], Meta(description="catalogue, menu and destinations: id to name")]
    page: Annotated[str, Meta(description="version of the page that this console serves")]
    cover_after: Annotated[
        int, Meta(description="seconds until a screen nobody touches is covered; 0: never")
    ]
    rings_by: Annotated[
        str | None,
        Meta(description="key with which a browser subscribes to be rung, base64url; null: no telephone is"),
    ] = None


class DemoPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the simulated house to sign in as."""

    name: Annotated[str, Meta(description="of the person")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]
    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    sites: Annotated[list[str], Meta(description="ids of their sites; empty: all")]
    places: Annotated[list[str], Meta(description="names of their sites")]
    token: Annotated[str, Meta(description="signs in as them for half a day")]


class DemoPeople(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody to sign in as."""

    people: Annotated[list[DemoPerson], Meta(description="of all maisons, in the order of their files")]
