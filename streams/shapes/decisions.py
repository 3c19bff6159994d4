"""What was decided about a client, and why."""

from typing import Annotated

import msgspec
from msgspec import Meta


class WhyCandidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was proposed at a decision, and what became of it. Numbers are for the platform team."""

    action: Annotated[str, Meta(description="named as its rule")]
    outcome: Annotated[
        str,
        Meta(description="said, updated, outranked, silence was worth more, too late, done, retracted, "
             "vetoed (for staff: held back)"),
    ]  # fmt: skip
    guard: Annotated[str | None, Meta(description="that vetoed it")] = None
    guard_says: Annotated[str | None, Meta(description="what that guard keeps from happening")] = None
    probability: Annotated[float | None, Meta(description="of acceptance, as the model saw it")] = None
    worth: Annotated[float | None, Meta(description="what it was held to be worth, 0 to 1")] = None
    silence: Annotated[float | None, Meta(description="what saying nothing was worth; absent: no choice")] = (
        None
    )
    chance: Annotated[float | None, Meta(description="with which it was said")] = None
    intimacy: Annotated[float, Meta(description="what the intimacy of its facts cost of its worth")] = 0.0
    attention: Annotated[
        float, Meta(description="what it cost that the client was reached lately, of its worth")
    ] = 0.0
    facts: Annotated[list[str], Meta(description="the facts its reasons rest on, by name")] = []
    x: Annotated[dict[str, dict[str, float]], Meta(description="what each model saw")] = {}
    adds: Annotated[
        dict[str, dict[str, float]],
        Meta(description="what each of it added to the model's log-odds of a yes"),
    ] = {}
    would_change: Annotated[list[str], Meta(description="what would have made it otherwise")] = []


class WhyDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision about a client."""

    id: Annotated[str, Meta(description="an alert's `decision`")]
    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    woke: Annotated[
        str,
        Meta(
            description="the type of event, or the kind of timer, at which it was made; `withheld`: it tells "
            "what this reader may not know"
        ),
    ]
    sentence: Annotated[str | None, Meta(description="for staff, with what they may know; null for platform")]
    candidates: Annotated[
        list[WhyCandidate], Meta(description="all that was considered and may be told to this reader")
    ]
    arms: Annotated[dict[str, str], Meta(description="experiment to the arm the client was in")] = {}


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about a client, and why."""

    id: Annotated[str, Meta(description="opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    decisions: Annotated[list[WhyDecision], Meta(description="newest first")]
    complete: Annotated[
        bool, Meta(description="false: older ones were not looked for; decisions are kept 30 days")
    ]
