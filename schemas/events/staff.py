"""What staff do: be there, and decide."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import Data, Event, Site, Staff, Text, Utc, Words
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
]


class PresenceData(Data, frozen=True, kw_only=True):
    staff: Staff
    site: Site
    status: Literal["on", "off", "busy"]


class StaffPresence(Event, frozen=True, kw_only=True, tag="staff.presence"):
    """Somebody comes on duty, leaves, or is with a client."""

    topic = "staff.feedback"
    data: PresenceData


class FeedbackData(Data, frozen=True, kw_only=True):
    who: Annotated[Who, Meta(description="`oid` of the alert's client")]
    alert: Text
    staff: Annotated[Text, Meta(description="who decided; the team's id where nobody did")]
    verdict: Verdict
    reason: Annotated[Text, Meta(description="of a dismissal")] | None = None
    text: Annotated[Words, Meta(description="as edited")] | None = None
    until: Annotated[Utc, Meta(description="of a snooze")] | None = None


class StaffFeedback(Event, frozen=True, kw_only=True, tag="staff.feedback"):
    """A person's verdict on an alert: the label every model learns from."""

    topic = "staff.feedback"
    data: FeedbackData
