"""What a reader may see of a client: the record, masked; an alert, without what they may not know. Pure."""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, repeat
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET

from agents.circles import Reader, circle_for, grounds_of
from feature_store.record import BY_NAME
from schemas.alerts import Alert, Recommendation
from schemas.tiers import Circle, may_know, may_mention, row_of, tier_of

FACELESS = frozenset({"consent", *(f.name for f in BY_NAME.values() if f.personal)})
"""Features that the platform, which never knows who it is, does not read."""
TITLE = "A client to look after"
"""What stands for a title that a reader may not know."""
T = TypeVar("T", str, Recommendation)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A record as a reader may see it.

    masked: rows that are withheld; unspoken: fields that the reader knows and does not say to the client;
    rows, tiers: what is shown, for the audit.
    """

    facts: dict[str, Any]
    features: dict[str, dict[str, Any]]
    profile: dict[str, Any]
    masked: list[str]
    unspoken: list[str]
    rows: list[str]
    tiers: list[int]

    @property
    def stated(self) -> set[str]:
        """Fields of the profile that are shown as they were stated."""
        return self.profile.keys() - ({"name"} if "name" in self.masked else set())


def seen(
    values: Mapping[str, Mapping[str, Any]],
    circle: Circle | Literal["platform"],
    raised: Mapping[str, int],
    alias: str,
    here: Callable[[str], bool] = lambda _: True,
) -> Seen:
    """What of a record's values a circle may see; a name that is withheld reads as the alias.

    `here`: whether a fact may be told at the place where it is read.
    The platform sees facts and features, whatever their tier, and never who it is.
    """
    sight = Seen(facts={}, features={}, profile={}, masked=[], unspoken=[], rows=[], tiers=[])
    rows: set[str] = set()
    masked: set[str] = set()
    tiers: set[int] = set()
    for feature, held in values.items():
        for name, value in held.items():
            fact = name if feature == "profile" else f"{feature}.{name}"
            if not (_open(feature, fact, circle, raised) and here(fact)):
                masked.add(row_of(fact))
                continue
            _place(sight, feature)[name] = value
            rows.add(row_of(fact))
            tiers.add(tier_of(fact, raised))
            if circle != "platform" and not may_mention(fact, circle, raised):
                sight.unspoken.append(fact)
    if "name" in masked and circle != "platform":
        sight.profile["name"] = alias
    sight.masked.extend(sorted(masked))
    sight.rows.extend(sorted(rows))
    sight.tiers.extend(sorted(tiers))
    return sight


def _open(feature: str, fact: str, circle: Circle | Literal["platform"], raised: Mapping[str, int]) -> bool:
    return feature not in FACELESS if circle == "platform" else may_know(fact, circle, raised)


def _place(sight: Seen, feature: str) -> dict[str, Any]:
    if feature == "profile":
        return sight.profile
    return sight.facts if feature == "facts" else sight.features.setdefault(feature, {})


def shown_to(
    reader: Reader, alert: Alert, raised: Mapping[str, int], alias: str, fluent: bool = False
) -> Alert:
    """An alert that is for a reader without what they may not know, nor be told to say.

    `fluent`: whether they are known to speak the language of its words, so that they need not be told what
    these mean. `masked` counts what is withheld. What the sentences rest on is for nobody to read.
    """
    circle, grounds = circle_for(reader, alert), grounds_of(alert)
    named = alert.client.name is None or may_know("name", circle, raised)
    titled = _known(grounds.title, circle, raised)
    said = all(may_mention(fact, circle, raised) for fact in grounds.say)
    why = _kept(alert.why, grounds.why, circle, raised)
    avoid = _kept(alert.avoid, grounds.avoid, circle, raised)
    recommendations = _kept(alert.recommendations, grounds.recommendations, circle, raised)
    withheld = (
        (not named)
        + (not titled)
        + (alert.say is not None and not said)
        + (len(alert.why) - len(why))
        + (len(alert.avoid) - len(avoid))
        + (len(alert.recommendations) - len(recommendations))
    )
    return msgspec.structs.replace(
        alert,
        client=alert.client if named else msgspec.structs.replace(alert.client, name=alias),
        title=alert.title if titled else TITLE,
        say=alert.say if said else None,
        language=alert.language if said else None,
        meaning=alert.meaning if said and not fluent else None,
        why=why,
        avoid=avoid,
        recommendations=recommendations,
        masked=withheld,
        grounds=UNSET,
        trace_context=UNSET,
    )


def told_by(reader: Reader, alert: Alert, raised: Mapping[str, int]) -> tuple[set[str], set[str]]:
    """The facts that an alert shows to a reader, and those it withholds, for the audit."""
    circle, grounds = circle_for(reader, alert), grounds_of(alert)
    name = [("name",)] if alert.client.name is not None else []
    sentences = [*name, grounds.title, *grounds.why, *grounds.avoid, *grounds.recommendations]
    told = {fact for facts in sentences if _known(facts, circle, raised) for fact in facts}
    if alert.say is not None and all(may_mention(fact, circle, raised) for fact in grounds.say):
        told.update(grounds.say)
    return told, {fact for facts in [*sentences, grounds.say] for fact in facts} - told


def _known(facts: Iterable[str], circle: Circle, raised: Mapping[str, int]) -> bool:
    return all(may_know(fact, circle, raised) for fact in facts)


def _kept(
    told: list[T], grounds: list[tuple[str, ...]], circle: Circle, raised: Mapping[str, int]
) -> list[T]:
    rests_on = chain(grounds, repeat(("words",)))
    return [one for one, facts in zip(told, rests_on, strict=False) if _known(facts, circle, raised)]
