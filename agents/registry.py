"""What there is: rules, guards, models, each a file of its folder; the events and timers that wake them."""

from collections.abc import Callable
from typing import Any

from agents import guards, models, rules
from agents.foresee import FORECASTS, WATCHED
from agents.guard import HELD_OUT, Guard
from agents.learn import Taught
from agents.model import Model
from agents.rates import RATES
from agents.rule import Rule
from feature_store.feature import instances
from feature_store.features.attention import CODED
from schemas.envelope import Event
from schemas.events.client import (
    ClientCase,
    ClientConsent,
    ClientErase,
    ClientProfile,
    ClientReview,
    ClientSurprise,
)
from schemas.events.hotel import HotelBooking, HotelCheckout

RULES: list[Rule] = instances(rules, "RULE")
GUARDS: list[Guard] = sorted(instances(guards, "GUARD"), key=lambda guard: guard.name == HELD_OUT)
"""The holdout last: it is to hold out only whom no other guard spares, as in the other arms."""
MODELS: list[Model] = instances(models, "MODEL")
TAUGHT: list[Taught] = [*MODELS, RATES, *FORECASTS]
"""All that learns from what becomes of decisions and of clients."""
ACTIONS = frozenset(CODED) | {rule.name for rule in RULES if not rule.calls_off}
"""What may be proposed."""
BY_MODEL: dict[str, Model] = {m.name: m for m in MODELS}
REVIEWED: frozenset[type[Event]] = frozenset({ClientProfile, HotelBooking, HotelCheckout})
"""Events after which a record is looked through for what wants repair."""

WAKES: dict[type[Event], list[Rule]] = {ClientErase: [], ClientCase: [], ClientSurprise: []}
"""No rule, but the links of whoever is erased, complains, or is bought something are read too."""
ON_TIMER: dict[str, list[Rule]] = {}
CLOCKS: dict[type[Event], list[tuple[str, Callable[[Any, Any, float], tuple[str, float] | None]]]] = {}
"""By the event that sets them: the rule, and its timer."""
for _rule in RULES:
    for _kind in _rule.wakes:
        WAKES.setdefault(_kind, []).append(_rule)
    for _name in _rule.timers:
        ON_TIMER.setdefault(_name, []).append(_rule)
    for _kind, _clock in _rule.clocks.items():
        CLOCKS.setdefault(_kind, []).append((_rule.name, _clock))
BOOKED = [rule for rule in RULES if rule.due is not None]
"""Rules that speak when nothing happens."""
_ALWAYS: frozenset[type[Event]] = frozenset({ClientConsent, ClientReview})
MOVES = _ALWAYS.union(*(rule.moves for rule in BOOKED))
for _moving in MOVES:
    WAKES.setdefault(_moving, [])  # the book of the whole client is looked at
for _reviewed in (*REVIEWED, *WATCHED):
    WAKES.setdefault(_reviewed, [])  # no rule may be asked, but the whole client is looked at
