"""`/v1/telephones`: whoever is signed in has this telephone rung while it is locked, or no more."""

import hmac
from hashlib import sha256
from typing import NamedTuple

import msgspec
from aiohttp import web

from feature_store.rings import Rings
from feature_store.telephones import Telephone, Telephones, telephone_id
from schemas.alerts import Alert
from schemas.audit import TelephoneAsked
from schemas.times import iso, seconds
from streams.answers import body_of, error, guarded, reply
from streams.auditing import NoteAsked
from streams.auth import Caller, Denied
from streams.console import Console
from streams.push_settings import Push
from streams.shapes.session import Nothing
from streams.shapes.telephones import Rung, Subscription
from streams.webpush import Unfit, service_of, subscriber

GRACE = 5.0
"""Seconds that an alert has to be seen on a page before a telephone rings for it."""


class Bells(NamedTuple):
    """What a console rings telephones with. `grace` is in seconds."""

    push: Push
    telephones: Telephones
    rings: Rings
    note: NoteAsked
    grace: float = GRACE

    async def saw(self, staff: str, alert: Alert, now: float) -> None:
        """Somebody has an alert before their eyes: of them no telephone is rung. Raises `StoreAway`."""
        await self.rings.saw(alert.maison, alert.id, staff, now, seconds(alert.valid_to))


def telephone_routes(app: web.Application, console: Console, bells: Bells | None) -> None:
    """Adds `POST /v1/telephones` and `DELETE /v1/telephones/{id}`."""

    def may(request: web.Request) -> tuple[Caller, Bells]:
        caller = console.reader(request)
        if bells is None:
            raise Denied(404, "This house rings no telephones.")
        return caller, bells

    async def add(request: web.Request) -> web.Response:
        caller, bells = may(request)
        said = msgspec.json.decode(await body_of(request), type=Subscription)
        now = console.now()
        try:
            service_of(said.endpoint, bells.push.services)
            subscriber(said.keys.p256dh, said.keys.auth)
        except Unfit as unfit:
            return error(400, str(unfit))
        id = telephone_id(said.endpoint)
        known = await bells.telephones.read(caller.maison, id)
        rung = known is not None and known.staff == caller.staff and known.expires > now
        one = Telephone(
            id=id,
            staff=caller.staff,
            role=caller.role,
            sites=caller.sites,
            endpoint=said.endpoint,
            p256dh=said.keys.p256dh,
            auth=said.keys.auth,
            expires=caller.expires,
            issued=caller.issued,
            since=known.since if known is not None and rung else seconds(iso(now)),  # as alerts tell time
        )
        if not rung:
            await bells.note(_asked(caller, one, True, now))
        sealed = msgspec.structs.replace(one, seal=seal_of(one, caller.maison, console.secret))
        await bells.telephones.keep(caller.maison, sealed, now)
        return reply(Rung(id=id, until=iso(caller.expires)))

    async def remove(request: web.Request) -> web.Response:
        caller, bells = may(request)
        one = await bells.telephones.read(caller.maison, request.match_info["id"])
        if one is None or one.staff != caller.staff:
            return error(404, "No telephone of yours has that id.")
        await bells.note(_asked(caller, one, False, console.now()))
        await bells.telephones.forget(caller.maison, one)
        return reply(Nothing())

    app.router.add_post("/v1/telephones", guarded(add))
    app.router.add_delete("/v1/telephones/{id}", guarded(remove))


def _asked(caller: Caller, one: Telephone, rings: bool, now: float) -> TelephoneAsked:
    return TelephoneAsked(
        at=iso(now),
        maison=caller.maison,
        staff=caller.staff,
        role=caller.role,
        telephone=one.id,
        rings=rings,
        until=iso(caller.expires) if rings else None,
    )


def seal_of(telephone: Telephone, maison: str, secret: str) -> str:
    """What a console puts under a telephone: it is no one's that another secret of tokens let in, or that
    somebody else wrote into Redis."""
    said = msgspec.json.encode((maison, msgspec.structs.replace(telephone, seal="")))
    return hmac.new(secret.encode(), b"telephone\0" + said, sha256).hexdigest()


def is_sealed(telephone: Telephone, maison: str, secret: str) -> bool:
    """Whether it stands as a console wrote it, under the secret there is now."""
    return hmac.compare_digest(telephone.seal.encode(), seal_of(telephone, maison, secret).encode())
