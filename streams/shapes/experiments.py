"""What is being tried out, and what was found."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """How often a measure said yes, as far as it is known."""

    n: Annotated[int, Meta(description="how many were counted")]
    yes: Annotated[int, Meta(description="how many of them said yes")]
    rate: Annotated[float | None, Meta(description="yes of n; null while n is 0")]
    low: Annotated[float, Meta(description="the least it may be, at all looks at once, but for alpha")]
    high: Annotated[float, Meta(description="the most it may be, likewise")]


class ArmFound(msgspec.Struct, frozen=True, kw_only=True):
    """An arm and what was found of it."""

    name: Annotated[str, Meta(description="of the arm")]
    share: Annotated[float, Meta(description="of the clients that are in it")]
    verdict: Annotated[
        Literal["control", "running", "better", "worse", "dismissed", "complained", "vetoed", "rolled_back"],
        Meta(description="against the control; those after better: rolled back, and why"),
    ]
    clients: Annotated[
        int | None,
        Meta(description="that it has in the newest whole window of `days`; null where it was rolled back"),
    ] = None
    rates: Annotated[dict[str, Rate], Meta(description="by measure: its own, and the three harms")]


class ExperimentFound(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment of the maison file, and what it has found so far."""

    name: Annotated[str, Meta(description="of the experiment")]
    action: Annotated[str, Meta(description="the action it is about")]
    measure: Annotated[str, Meta(description="accepted, bought or came")]
    days: Annotated[float, Meta(description="within which a client bought, came or complained")]
    alpha: Annotated[float, Meta(description="share of experiments in which a difference is told wrongly")]
    uneven: Annotated[
        bool,
        Meta(
            description="whether its arms have other clients than chance gives them: then nothing found holds"
        ),
    ] = False
    arms: Annotated[list[ArmFound], Meta(description="the first is the control")]


class Experiments(msgspec.Struct, frozen=True, kw_only=True):
    """All that is being tried out."""

    experiments: Annotated[list[ExperimentFound], Meta(description="in the order of the maison file")]
