"""C4: a visit is proposed with the person the client knows, when one is natural.

Around the day on which a client with a rhythm of their own is to be expected, and a day after a visit they
missed. Not while another is promised or waits for an answer: the guard `promised` sees to it. Any answer ends
it.
"""

from collections.abc import Iterable, Iterator

from agents.book import BOOK, DAY, Window, earliest, habits, keeper_of, known_to, reaching
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import noted, on_day, reasons
from agents.rule import Rule
from feature_store.features.appointments import MISSED, Appointment, Appointments
from feature_store.record import slice_of
from feature_store.tempo import Tempo, tempo_of
from schemas.events.client import ClientAppointment
from schemas.events.store import StorePurchase

ORDERS, OWN = 3, 0.5
"""Orders from which on, and how much of a rhythm must be the client's own, for a day to be expected."""
BEFORE, UNTIL = 10 * DAY, 10 * DAY
MISS = 6 * DAY


def _windows(moment: Moment) -> Iterator[tuple[Window, Appointment | Tempo]]:
    """When a visit is natural: after one that was missed, or when a client's own rhythm says so."""
    appointments: Appointments = slice_of(moment.client, "appointments")
    for one in appointments.kept.values():
        if one.step == MISSED and not one.event:
            yield Window(one.said + DAY, one.said + MISS), one
    rhythm, facts = slice_of(moment.client, "frequency"), slice_of(moment.client, "facts")
    tempo = tempo_of(rhythm, moment.scale.gap_of(slice_of(moment.client, "orders").first))
    if tempo is not None and rhythm.orders >= ORDERS and tempo.own >= OWN and facts.visits:
        yield Window(tempo.next - BEFORE, tempo.next + UNTIL, every=5 * DAY), tempo


def _why(moment: Moment, natural: Appointment | Tempo) -> Phrase:
    if isinstance(natural, Appointment):
        return Phrase(f"A visit was missed {on_day(moment, natural.at)}", "appointments.known")
    last = on_day(moment, slice_of(moment.client, "frequency").last)
    fact = f"Comes about every {round(natural.gap)} days; the last purchase {last}"
    return Phrase(fact, "frequency.days_between", "recency.purchase")


def _due(moment: Moment) -> float | None:
    return earliest(moment, (window for window, _ in _windows(moment)))


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if isinstance(moment.event, ClientAppointment):
        if moment.event.data.kind == "visit":
            yield Withdraw(action="appointment", ref="visit", status="done")
    elif moment.timer is not None:
        for window, natural in _windows(moment):
            if window.open(moment.now):
                yield _visit(moment, window, _why(moment, natural))
                return


def _visit(moment: Moment, window: Window, why: Phrase) -> Proposal:
    keeper = keeper_of(moment)
    shift = [Phrase(f"With {keeper.name}, who knows them", "advisor")] if keeper else []
    return reaching(
        moment,
        window,
        action="appointment",
        ref="visit",
        title=speaking(moment, "Propose a visit", "appointments.known"),
        why=reasons([why], known_to(moment) or shift, noted(moment), habits(moment)),
        say=draft(moment, "appointment"),
        avoid=[Phrase("More than two dates to choose from, or a reminder of one that was missed")],
        success="A visit is agreed on, and kept",
        value=0.5,
    )


RULE = Rule(
    name="appointment",
    wakes=frozenset({ClientAppointment}),
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({ClientAppointment, StorePurchase}),
)
