"""B3: a first buyer whose first purchase promises more is nurtured toward the second.

Twenty-five to eighty days after the first order, where `agents/potential.py` finds enough evidence; the
second order ends it.
"""

from collections.abc import Iterable

from agents.book import BOOK, DAY, Window, habits, known_to, reaching
from agents.drafts import draft, speaking
from agents.forecasts.next_category import next_categories
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import noted, on_day, reasons
from agents.potential import HIGH, Potential, potential
from agents.rule import Rule
from feature_store.record import slice_of
from schemas.events.client import ClientReview
from schemas.events.store import StorePurchase, StoreReturn

AFTER, UNTIL = 25 * DAY, 80 * DAY


def _window(moment: Moment) -> tuple[Window, Potential] | None:
    promise = potential(moment)
    if promise is None or promise.score < HIGH:
        return None
    first = slice_of(moment.client, "orders").first
    return Window(first.at + AFTER, first.at + UNTIL, every=9 * DAY), promise


def _due(moment: Moment) -> float | None:
    found = _window(moment)
    return found[0].next(moment) if found else None


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if isinstance(moment.event, StorePurchase):
        if slice_of(moment.client, "frequency").orders > 1:
            yield Withdraw(action="second_purchase", ref="first", status="done")
        return
    found = _window(moment)
    if moment.timer is None:
        if found is None:
            yield Withdraw(action="second_purchase", ref="first", status="retracted")
    elif found is not None and found[0].open(moment.now):
        yield _nurture(moment, *found)


def _nurture(moment: Moment, window: Window, promise: Potential) -> Proposal:
    first = slice_of(moment.client, "orders").first
    since = Phrase(
        f"First purchase {on_day(moment, first.at)}, none since", "orders.first", "facts.purchases"
    )
    return reaching(
        moment,
        window,
        action="second_purchase",
        ref="first",
        also=("profiling",),
        title=speaking(moment, "A first client to see again", "orders.first"),
        why=reasons(
            [since],
            promise.because[:1],
            [promise.likely] if promise.likely else [],
            _next(moment),
            noted(moment),
            known_to(moment),
            habits(moment),
        ),
        say=draft(moment, "second_purchase"),
        avoid=[Phrase("Asking for a sale: invite, show what is behind the piece, leave it open")],
        success="The client comes back, or buys a second time within ninety days",
        value=0.5,
    )


def _next(moment: Moment) -> list[Phrase]:
    """What they are likeliest to choose next, with what that rests on, in one phrase."""
    for likely in next_categories(moment.client, moment.now, moment.house, moment.priors)[:1]:
        own = "like their first" if likely.own else "unlike their first"
        here = f"of {likely.of} articles chosen here {likely.here} are"
        return [Phrase(f"Likeliest to choose {likely.category} next: {own}, and {here}", "handled.bought")]
    return []


RULE = Rule(
    name="second_purchase",
    wakes=frozenset({ClientReview, StorePurchase, StoreReturn}),
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({StorePurchase, StoreReturn}),
)
