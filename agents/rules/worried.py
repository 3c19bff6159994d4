"""C2, C3: a client is worried, angry or grieved: a person calls them, whatever the hour of the house.

What wakes it is a message that shows it in so many words or emoji (`feature_store/cues.py`), or what
somebody perceived; it is as strong as it was then, however much later it is heard. In the client's night it
waits for their morning. A person's own "they are well" outranks what was read. The words themselves stay in
the conversation.
"""

from collections.abc import Iterable

from agents.channels import WHERE, refused
from agents.drafts import draft, speaking
from agents.hours import after_open
from agents.matters import matters
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, clock_at, gladdened, history, reasons
from agents.rule import Rule
from agents.staying import lodging, seen_to_by
from feature_store.cues import cues
from feature_store.features.attention import called_off
from feature_store.features.mood import Felt, felt
from feature_store.record import slice_of
from schemas.events.chat import ChatMessage
from schemas.events.client import ClientConsent, ClientEmotion, ClientProfile, ClientReview

ACTION = "worried"
ANEW = "mood"
"""The timer at which a card that was taken back, or waited for the morning, is told."""
LOW = {
    "worry": "Sounds worried: {} them",
    "anger": "Sounds upset: {} them",
    "sadness": "Their words speak of a loss: be there",
}
"""Signals that ask for a person, with what they are told; who refuses to be called is written to."""
SEEN_SAD = "Seems sad: be there"
"""The same of sadness that nobody read in words: of a loss nothing is known."""
STRONG = 0.5
"""How strong a signal must have been, 0 to 1."""
LASTS = 4
"""Hours in which somebody is there to call: whom nobody called in the night is called in the morning."""
DAY = 86_400.0
"""Seconds for which a card stands at least: the client's own day may begin when the house's ends."""
PERCEIVED = {
    "staff": "Seen by a colleague",
    "text": "Read in their words",
    "device": "Measured as they allow",
}
AN = {"illness": "an"}
AVOID = {
    "worry": Phrase("A long answer in writing: they should hear a voice"),
    "anger": Phrase("Explanations: listen first, then say sorry"),
    "sadness": Phrase(
        "Guessing what happened, and anything of the house: note a mourning, so that all are quiet"
    ),
}


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    event = moment.event
    shown: set[str] = set()
    if moment.anew and moment.is_to_tell_anew(ACTION, "mood"):
        yield Again(due=moment.now, name=ANEW)
    if isinstance(event, ChatMessage) and event.data.direction == "in":
        shown = set(cues(event.data.text or ""))
    elif isinstance(event, ClientEmotion):
        shown = {event.data.signal.strip().casefold()}
    elif moment.timer is not None:
        shown = {*LOW}
    shown &= LOW.keys()
    low = _low(moment, shown)
    if low is not None:
        yield _call(moment, *low)
    elif shown and isinstance(event, ClientEmotion) and event.data.by == "staff":
        yield Withdraw(action=ACTION, ref="mood", status="done")


def _low(moment: Moment, shown: set[str]) -> tuple[str, Felt] | None:
    """The strongest of the signals that were just shown, as whoever is believed most has it."""
    mood, devices = slice_of(moment.client, "mood"), moment.allows("emotion")
    found = {s: one for s in sorted(shown) if (one := felt(mood, s, moment.now, devices)) is not None}
    strong = {signal: one for signal, one in found.items() if one.was >= STRONG}
    signal = max(strong, key=lambda s: strong[s].strength, default=None)
    return (signal, strong[signal]) if signal is not None else None


def _call(moment: Moment, signal: str, low: Felt) -> Proposal:
    (site, staff), called = seen_to_by(moment), moment.allows("service", "phone")
    answers = called and isinstance(moment.event, ChatMessage)
    grieves = signal == "sadness"
    title = SEEN_SAD if grieves and low.by != "text" else LOW[signal].format("call" if called else "write to")
    silence = 1_800.0
    if moment.timer is not None:  # what somebody was told of since, and has seen to, is not told again
        again = called_off(slice_of(moment.client, "attention"), ACTION, "mood")
        silence = 0.0 if again else moment.now - low.at
    return Proposal(
        action=ACTION,
        ref="mood",
        site=site,
        staff=staff,
        purpose="service",
        also=("emotion",) if low.by == "device" else (),
        contact=True,
        channel="phone" if called else None,
        care=True,
        title=speaking(moment, title, f"mood.{signal}"),
        why=reasons(
            _perceived(moment, signal, low),
            _open(moment),
            lodging(moment),
            [] if grieves else gladdened(moment),
            history(moment),
        ),
        say=None if grieves else draft(moment, ACTION if answers else "asking_after"),
        avoid=[
            *([AVOID[signal]] if called or signal != "worry" else []),
            *refused(moment, "service"),
            Phrase("Saying that their mood was noticed", f"mood.{signal}"),
            *cautions(moment),
        ],
        success="A person has spoken with the client, and they know what happens next",
        urgency=5,
        valid_to=max(after_open(moment, site, LASTS), moment.at + DAY),
        hold_or_drop="hold",
        timer=ANEW,
        value=1.0,
        escalate=600.0,
        updates=True,
        silence=silence,
    )


def _perceived(moment: Moment, signal: str, low: Felt) -> list[Phrase]:
    event = moment.event
    if isinstance(event, ChatMessage):
        said, at = f"Read in a message {WHERE[event.data.channel]}", moment.at
    else:
        said, at = PERCEIVED[low.by], low.at
    return [Phrase(f"{said} {clock_at(moment, seen_to_by(moment)[0], at)}", f"mood.{signal}")]


def _open(moment: Moment) -> list[Phrase]:
    cases = sorted(matters(moment), key=lambda case: -case.at)
    kinds = dict.fromkeys(case.of for case in cases)
    return [Phrase(f"Open with them: {AN.get(kind, 'a')} {kind}", f"cases.{kind}") for kind in kinds]


RULE = Rule(
    name=ACTION,
    wakes=frozenset({ChatMessage, ClientConsent, ClientEmotion, ClientProfile, ClientReview}),
    timers=frozenset({ANEW}),
    propose=_propose,
)
