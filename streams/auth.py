"""Who is asking: signed tokens for people, as Bearer or in the page's cookie, never in a URL."""

from collections.abc import Callable, Mapping
from math import isfinite
from urllib.parse import quote, unquote, urlsplit

import jwt
import msgspec
from aiohttp import web

from schemas.alerts import Addressee, inbox_of
from schemas.maison import Maison, Person
from schemas.sources import STAFF
from streams.wire import MILLISECONDS

COOKIE = "prevenance"
PROOF = "X-Prevenance"
"""A header that a form of another site cannot send: asked of whoever writes by cookie."""
SHOWN = "X-Prevenance-Shown"
"""Whom a page shows as signed in, percent-encoded: windows share a cookie, and one may not have heard yet."""
HOUSE = "X-Prevenance-House"
"""Of which maison they are, percent-encoded: two may name their people alike."""

ROLES = ("advisor", "concierge", "manager", "team", "platform", "privacy")
UNTOLD = (UnicodeEncodeError, RecursionError, OverflowError, TypeError)
"""What PyJWT lets through of a token of strange bytes, nested deeply, or with a time that is none."""
_READS_ALERTS = frozenset({"advisor", "concierge", "manager", "team"})


class Denied(Exception):
    """Refused, with an HTTP status (401 or 403, 400 where what was asked can't be) and a sentence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A person (or a team's shared tablet) with a valid token. `expires` and `issued` are in Unix seconds."""

    staff: str
    role: str
    maison: str
    sites: tuple[str, ...]
    expires: float
    issued: float | None = None

    @property
    def reads_alerts(self) -> bool:
        """Platform and privacy people see no client's alerts."""
        return self.role in _READS_ALERTS

    @property
    def source(self) -> str:
        """As which what they say travels."""
        return f"{STAFF.source}/{self.staff}"


def token_for(
    person: Person, maison: Maison, secret: str, expires: float, issued: float | None = None
) -> str:
    """A signed token of a person of the maison file, valid until `expires` (Unix seconds).

    One that does not say when it was issued is void as soon as the person's role or sites change.
    """
    claims = {"sub": person.id, "role": person.role, "maison": maison.id, "sites": person.sites}
    dated = {} if issued is None else {"iat": issued}
    return jwt.encode({**claims, **dated, "exp": int(expires)}, secret, algorithm="HS256")


def caller_of(token: str, secret: str, maisons: Mapping[str, Maison], now: float) -> Caller:
    """The caller a token names. Raises `Denied` (401) with the reason."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"require": ["sub", "role", "maison", "exp"], "verify_exp": False, "verify_iat": False},
        )
        given = {"sites": [], **claims, "staff": claims["sub"], "expires": claims["exp"]}
        given["issued"] = claims.get("iat")
        caller = msgspec.convert(given, Caller)
        caller.staff.encode()
    except (jwt.InvalidTokenError, msgspec.ValidationError, *UNTOLD):
        raise Denied(401, "The token is not valid: sign in again.") from None
    if not (caller.staff and caller.expires < MILLISECONDS and isfinite(caller.issued or 0.0)):
        raise Denied(401, "The token is not valid: sign in again.")
    if "sites" not in claims and caller.reads_alerts:
        raise Denied(401, "The token does not say at which sites: sign in again.")
    if caller.expires <= now:
        raise Denied(401, "The token has expired: sign in again.")
    if caller.maison not in maisons or caller.role not in ROLES:
        raise Denied(401, "The token names a maison or a role that is not known here.")
    if (caller.issued or 0.0) > now:  # it would be newer than any change of their role or sites to come
        return msgspec.structs.replace(caller, issued=None)
    return caller


def shown_token(request: web.Request) -> str | None:
    """What the request shows of whoever asks, Bearer before cookie; not looked at yet."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer.strip() if scheme.casefold() == "bearer" else request.cookies.get(COOKIE)


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """What a route asks of whoever calls it. `now` gives Unix seconds."""

    maisons: Mapping[str, Maison]
    secret: str
    now: Callable[[], float]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    def caller(self, request: web.Request) -> Caller:
        """Who asks. Raises `Denied`: 401 without a valid token, or from a page that shows somebody else; 403
        for a forged write.
        """
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            if scheme.casefold() != "bearer":
                raise Denied(401, "Send the token as Authorization: Bearer.")
            return caller_of(bearer.strip(), self.secret, self.maisons, self.now())
        cookie = request.cookies.get(COOKIE)
        if not cookie:
            raise Denied(401, "Sign in first.")
        if request.method not in ("GET", "HEAD"):
            refuse_forgery(request)
        caller = caller_of(cookie, self.secret, self.maisons, self.now())
        for header, theirs in ((SHOWN, caller.staff), (HOUSE, caller.maison)):
            if unquote(request.headers.get(header, quote(theirs))) != theirs:
                raise Denied(401, "Somebody else has signed in here: sign in again.")
        return caller


def refuse_forgery(request: web.Request) -> None:
    """Raises `Denied` (403) for a write that another site's page may have made in this person's browser."""
    origin = request.headers.get("Origin")
    if PROOF not in request.headers or (origin is not None and _host(origin) != request.host):
        raise Denied(403, "This request did not come from the console's own page.")


def _host(origin: str) -> str | None:
    """Of whose page; None where it is no address at all."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def keep_cookie(request: web.Request, response: web.StreamResponse, token: str, lasts: float) -> None:
    """Gives the page its token, out of reach of any script, for `lasts` seconds."""
    secure = scheme_of(request) == "https"
    response.set_cookie(
        COOKIE, token, max_age=int(lasts), path="/", httponly=True, samesite="Strict", secure=secure
    )


def scheme_of(request: web.Request) -> str:
    """How the page spoke, https or http: TLS often ends at a proxy; of several the first is whom it met."""
    said = request.headers.get("X-Forwarded-Proto", request.scheme)
    return "https" if said.partition(",")[0].strip().lower() == "https" else "http"


def forget_cookie(response: web.StreamResponse) -> None:
    """Takes the page's token back."""
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")


def sites_of(caller: Caller, maison: Maison) -> dict[str, str]:
    """Their sites, id -> name; where none are named all of the maison."""
    return {site.id: site.name for site in maison.sites if not caller.sites or site.id in caller.sites}


def inboxes_of(caller: Caller, maison: Maison) -> tuple[str, ...]:
    """Their sites, then their teams without a site; in a fixed order."""
    teams = [t.id for t in maison.teams if t.site is None and caller.staff in (t.id, *t.members)]
    return tuple(inbox_of(maison.id, place) for place in sorted(sites_of(caller, maison)) + sorted(teams))


def may_see(caller: Caller, maison: Maison, addressee: Addressee) -> bool:
    """Within their inboxes: what is for them, or for a team of theirs; a manager, everything."""
    if caller.role == "manager" or addressee.staff == caller.staff:
        return True
    if addressee.team is None:
        return False
    if caller.role == "team" or addressee.team == caller.staff:
        return True
    return any(t.id == addressee.team and caller.staff in t.members for t in maison.teams)
