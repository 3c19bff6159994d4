"""What a house tries out: arms, what is measured, and limits at which an arm is rolled back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Measure = Literal["accepted", "bought", "came"]
Harm = Literal["dismissed", "complained", "vetoed"]
Limit = Annotated[float, Meta(ge=0, lt=1)]
NO_WORSE: Mapping[Harm, float] = {"dismissed": 0.0, "complained": 0.0, "vetoed": 0.0}
"""Limits where none are said: an arm that is surely worse than today goes."""
SHARES = 1.000001
"""What shares may sum up to, as they are written."""


class Arm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of doing it. What it does not name is as the maison file says.

    name: as its counts are named. share: of the clients, from 0 to 1.
    off: the action is not proposed at all: a holdout. tone: the register of drafts. silence: what saying
    nothing is worth. models: model -> the one that judges in its place. guards: guard -> threshold -> number.
    """

    name: Name
    share: Annotated[float, Meta(gt=0, le=1)]
    off: bool = False
    tone: str | None = None
    silence: Annotated[float, Meta(ge=0, le=1)] | None = None
    models: dict[str, str] = {}
    guards: dict[str, dict[str, float]] = {}


class Experiment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[experiments]]` of a maison file. The first arm is the control, as things are today.

    name: by which clients are drawn; another name draws anew. arms: two to eight ways of doing it. days: the
    window of `bought`, `came` and of complaints. action: what it is about, named as its rule. measure:
    accepted by staff, or the client bought or came in a window of `days`. alpha: how often, at most, a
    difference is told that there is none. limits: by how much of a rate (dismissed, complained, vetoed) an
    arm may be worse than the control before it is rolled back.
    """

    name: Name
    action: str
    arms: Annotated[list[Arm], Meta(min_length=2, max_length=8)]
    measure: Measure = "accepted"
    days: Annotated[float, Meta(gt=0, le=365)] = 14.0
    alpha: Annotated[float, Meta(gt=0, lt=1)] = 0.05
    limits: dict[Harm, Limit] = msgspec.field(default_factory=lambda: {**NO_WORSE})

    @property
    def control(self) -> Arm:
        """As things are today."""
        return self.arms[0]

    def arm(self, name: str) -> Arm | None:
        """The arm of that name."""
        return next((arm for arm in self.arms if arm.name == name), None)

    def drawn(self, client: str) -> Arm | None:
        """The arm of a client, always the same; None for who takes no part.

        >>> halves = [Arm(name="today", share=0.5), Arm(name="later", share=0.5)]
        >>> Experiment(name="cart", action="abandoned_cart", arms=halves).drawn("qjGJ8m2C0b1xYz_A").name
        'today'
        """
        at = int.from_bytes(blake2b(f"{self.name}|{client}".encode(), digest_size=8).digest()) / 2**64
        for arm in self.arms:
            at -= arm.share
            if at < 0:
                return arm
        return None


def wrongly_tried(experiments: Sequence[Experiment]) -> Iterator[str]:
    """All that is wrong with experiments, in sentences."""
    names = [one.name for one in experiments]
    for index, one in enumerate(experiments):
        where = f"experiments.{one.name}"
        arms = [arm.name for arm in one.arms]
        if one.name in names[:index]:
            yield f"{where} is declared twice"
        if len(set(arms)) < len(arms):
            yield f"{where}: two arms have one name"
        if sum(arm.share for arm in one.arms) > SHARES:
            yield f"{where}: the shares of its arms are more than 1"
        if changed := _changes(one.control):
            yield f"{where}: its first arm is the control and changes nothing, but it says {min(changed)}"
        if one.measure == "accepted" and any(arm.off for arm in one.arms):
            yield f"{where}: of what is not proposed nothing is accepted: measure bought or came"


def _changes(arm: Arm) -> Collection[str]:
    said = {
        "off": arm.off,
        "tone": arm.tone,
        "silence": arm.silence,
        "models": arm.models,
        "guards": arm.guards,
    }
    return [name for name, value in said.items() if value not in (None, False, {})]
