"""What staff do: be there, and decide."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import PERSONAL, Data, Event, Site, Staff, Text, Utc, Words
from schemas.who import Who

Verdict = Literal[
    "delivered",
    "seen",
    "claimed",
    "accepted",
    "edited",
    "dismissed",
    "snoozed",
    "done",
    "never",
    "expired",
    "withheld",
    "again",
]
Because = Literal["looked_after", "not_now", "not_for_them", "declined"]
"""Why something is dismissed, as far as it teaches something; anything else is said in words."""


class PresenceData(Data, frozen=True, kw_only=True):
    staff: Staff
    site: Site
    status: Annotated[
        Literal["on", "off", "busy"], Meta(description="on duty, gone, or on duty and with a client")
    ]


class StaffPresence(Event, frozen=True, kw_only=True, tag="staff.presence"):
    """Somebody comes on duty, leaves, or is with a client."""

    topic = "staff.feedback"
    data: PresenceData


class FeedbackData(Data, frozen=True, kw_only=True):
    who: Annotated[Who, Meta(description="the alert's client by its `oid`, as the alert gave it")]
    alert: Annotated[Text, Meta(description="id of the alert; with `again`, the action")]
    staff: Annotated[Text, Meta(description="who decided; the team's id where nobody did")]
    verdict: Annotated[
        Verdict,
        Meta(
            description="delivered: it reached the inbox; claimed: whoever says it takes it; done: the "
            "client was served; never: not for this client again; expired: nobody answered in time; "
            "withheld: nobody was shown it, for they had been interrupted enough; again: a `never` is lifted"
        ),
    ]
    reason: (
        Annotated[Text, Meta(description="why it was dismissed, in a person's words", extra=PERSONAL)] | None
    ) = None
    because: (
        Annotated[
            Because,
            Meta(
                description="why it was dismissed, where it is one of these; looked_after: somebody had done "
                "it already; declined: the client was asked, and wants none of it"
            ),
        ]
        | None
    ) = None
    text: (
        Annotated[Words, Meta(description="what to say, as the person edited it", extra=PERSONAL)] | None
    ) = None
    until: (
        Annotated[Utc, Meta(description="when a snoozed alert comes back; 15 minutes where absent")] | None
    ) = None
    place: (
        Annotated[
            Text, Meta(description="the site or team in whose inbox it was answered, as the console says")
        ]
        | None
    ) = None


class StaffFeedback(Event, frozen=True, kw_only=True, tag="staff.feedback"):
    """A person's verdict on an alert: the label every model learns from."""

    topic = "staff.feedback"
    data: FeedbackData
