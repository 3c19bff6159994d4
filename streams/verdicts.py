"""What a person decides on an alert: settled in the inbox by compare and set, then told to the models."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, get_args

import msgspec
from aiohttp import web
from msgspec import Meta

from agents.card import place_of
from agents.deliver import feedback
from agents.verdict import Accepted, Decided, Gone, Outcome, Refused, Taken, verdict
from feature_store.inbox import Held, Inboxes, View, Write
from schemas.alerts import Alert
from schemas.codec import encode
from schemas.events.staff import Because
from schemas.maison import Maison
from streams.answers import Away, body_of, error, reply
from streams.auth import Caller, inboxes_of, may_see
from streams.spanning import deciding
from streams.spans import Spans

TRIES = 20

_GIVEN: dict[str, Decided] = {given: given for given in get_args(Decided)}

Publish = Callable[[bytes], Awaitable[None]]
"""`publish(event)` returns once Kafka has it, or raises `KafkaAway`."""

Show = Callable[[Caller, Alert, Decided], Awaitable[Alert]]
"""The alert as that person may read it, once what they saw is in the audit, or `KafkaAway`."""

Close = Callable[[str, Alert], Awaitable[str]]
"""Words about an alert's client, as its inbox keeps them."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a verdict: why it is dismissed, until when it sleeps, the words as edited."""

    reason: (
        Annotated[str, Meta(min_length=1, max_length=256, description="why it is dismissed, or never wanted")]
        | None
    ) = None
    because: (
        Annotated[
            Because,
            Meta(
                description="why it is dismissed, where it is one of these: looked_after, somebody had done "
                "it already; declined, the client was asked and wants none of it"
            ),
        ]
        | None
    ) = None
    until: (
        Annotated[datetime, Meta(tz=True, description="when a snooze ends, to come; absent: in 15 minutes")]
        | None
    ) = None
    text: (
        Annotated[str, Meta(min_length=1, max_length=10_000, description="what to say, as edited")] | None
    ) = None

    def __post_init__(self) -> None:
        try:
            _ = self.until_utc
        except OverflowError:
            raise ValueError("until: a time that no calendar holds") from None

    @property
    def until_utc(self) -> str | None:
        """`until` in ISO 8601 UTC."""
        return self.until.astimezone(UTC).isoformat().replace("+00:00", "Z") if self.until else None


async def decide(
    request: web.Request,
    caller: Caller,
    maison: Maison,
    inboxes: Inboxes,
    publish: Publish,
    show: Show,
    close: Close,
    now: Callable[[], float],
    spans: Spans | None = None,
) -> web.Response:
    """`POST /v1/alerts/{id}/{verdict}`: 200 with the alert, once the verdict is stored as an event.

    Else 400, 404, 409 with the winner's name, 410 when it is over, 503: said again by the same person the
    event has the same id, so it counts once.
    """
    given = _GIVEN.get(request.match_info["verdict"])
    if given is None:
        return error(404, f"There is no such verdict; there are {', '.join(sorted(_GIVEN))}.")
    began, body = now(), await body_of(request)
    said = msgspec.json.decode(body, type=Said) if body else Said()
    outcome = await _settle(inboxes, caller, maison, request.match_info["id"], given, said, close, now)
    if not isinstance(outcome, Accepted):
        return _refusal(outcome, maison)
    at = outcome.entry.answered if given != "seen" else None
    event = feedback(
        outcome.entry.alert,
        caller.staff,
        given,
        now() if at is None else at,  # as its inbox has it, which is told it again
        source="/console",
        reason=said.reason,
        because=said.because,
        text=said.text,
        until=outcome.entry.alert.snoozed_until if given == "snoozed" else None,
        place=place_of(maison, outcome.entry.alert.site),
    )
    with deciding(spans, request, outcome.entry.alert, given, began):
        await publish(encode(event))
    return reply(await show(caller, outcome.entry.alert, given))


async def _settle(
    inboxes: Inboxes,
    caller: Caller,
    maison: Maison,
    id: str,
    given: Decided,
    said: Said,
    close: Close,
    now: Callable[[], float],
) -> Outcome | None:
    """Again while somebody else is faster. None: no such alert that this caller may see."""
    wanted = dict.fromkeys(inboxes_of(caller, maison), (id,))
    for _ in range(TRIES):
        found = _visible(await inboxes.read(wanted), id, caller, maison)
        if found is None:
            return None
        view, held = found
        text = await close(said.text, held.entry.alert) if said.text else None
        outcome = verdict(held.entry, caller.staff, given, now(), said.until_utc, text)
        if not isinstance(outcome, Accepted) or outcome.shown is None:
            return outcome
        write = Write(
            version=view.version,
            epoch=view.epoch,
            offset=view.offset,
            entries={id: outcome.entry},
            shown=(outcome.shown,),
        )
        if not await inboxes.apply({view.inbox: write}, now()):
            return outcome
    raise Away(f"the inbox changed {TRIES} times while one verdict was written")


def _visible(views: Mapping[str, View], id: str, caller: Caller, maison: Maison) -> tuple[View, Held] | None:
    for view in views.values():
        held = view.held.get(id)
        if held is not None and not held.entry.withheld and may_see(caller, maison, held.entry.alert.for_):
            return view, held
    return None


def _refusal(outcome: Taken | Gone | Refused | None, maison: Maison) -> web.Response:
    match outcome:
        case Taken(claimed_by=winner):
            person = maison.person(winner)
            name = person.name if person else winner
            return error(409, f"{name} has already taken this.", claimed_by=name)
        case Gone(status=how):
            return error(410, f"This is over: {how}.")
        case Refused(reason=reason):
            return error(400, reason)
        case None:
            return error(404, "There is no such alert for you.")
