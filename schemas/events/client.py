"""What a client, or a system of record, declares: profile, consent, links, relations, appointments."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from schemas.envelope import Channel, Data, Event, Language, Site, Staff, Text, Utc, Words
from schemas.who import Who

Purpose = Literal["service", "personalisation", "profiling", "marketing", "one_to_one", "sharing", "emotion"]


class Fields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stated profile; a field that is absent is unknown, not empty."""

    name: Annotated[str, Meta(max_length=256)] | None = None
    language: Language | None = None
    gender: Annotated[Text, Meta(description="as declared, in the client's words")] | None = None
    birth_date: date | None = None
    residences: Annotated[list[Text], Meta(max_length=20)] | None = None
    timezone: Annotated[Text, Meta(description="IANA name")] | None = None
    profession: Text | None = None
    sizes: Annotated[dict[str, Any], Meta(max_length=50)] | None = None
    preferences: (
        Annotated[dict[str, Any], Meta(max_length=50, description="temperature, wine, pillow, allergies ...")]
        | None
    ) = None
    advisor: Annotated[Staff, Meta(description="the assigned advisor")] | None = None


class ProfileData(Data, frozen=True, kw_only=True):
    who: Who
    fields: Fields
    verified: Annotated[list[str], Meta(max_length=50)] | None = None


class ClientProfile(Event, frozen=True, kw_only=True, tag="client.profile"):
    """What a source states of a client; the identifiers in `who` belong together."""

    topic = "client.declarations"
    data: ProfileData


class ConsentData(Data, frozen=True, kw_only=True):
    who: Who
    purpose: Purpose
    state: Annotated[Literal["all", "one_to_one", "none"], Meta(description="how far consent goes")]
    channel: Channel | None = None
    wording: Annotated[Text, Meta(description="version of the text that was shown")] | None = None
    proof: Text | None = None
    expires: Utc | None = None


class ClientConsent(Event, frozen=True, kw_only=True, tag="client.consent"):
    """Consent for a purpose is given, limited or withdrawn."""

    topic = "client.declarations"
    data: ConsentData


class LinkData(Data, frozen=True, kw_only=True, rename={"with_": "with"}):
    who: Who
    with_: Annotated[Who, Meta(description="the other side")]
    evidence: Annotated[Text, Meta(description="why they are, or are not, one person")]


class ClientLink(Event, frozen=True, kw_only=True, tag="client.link"):
    """Two identifiers are one person."""

    topic = "client.declarations"
    data: LinkData


class ClientUnlink(Event, frozen=True, kw_only=True, tag="client.unlink"):
    """Two identifiers are not one person after all."""

    topic = "client.declarations"
    data: LinkData


class RelationData(Data, frozen=True, kw_only=True, rename={"with_": "with"}):
    who: Who
    kind: Literal["partner", "child", "assistant", "companion", "friend"]
    with_: Who | None = None
    discreet: Annotated[bool, Meta(description="never to be mentioned")] | None = None


class ClientRelation(Event, frozen=True, kw_only=True, tag="client.relation"):
    """Someone who matters to the client."""

    topic = "client.declarations"
    data: RelationData


class ReferralData(Data, frozen=True, kw_only=True):
    who: Who
    referred: Annotated[Who, Meta(description="whom the client brought")] | None = None
    influencer: Annotated[Text, Meta(description="whom the client follows")] | None = None


class ClientReferral(Event, frozen=True, kw_only=True, tag="client.referral"):
    """A client brought somebody, or follows somebody."""

    topic = "client.declarations"
    data: ReferralData


class LicenceData(Data, frozen=True, kw_only=True):
    who: Who
    licence: Text
    purpose: Purpose
    benefit: Annotated[Text, Meta(description="what the client gets in return")] | None = None
    expires: Utc | None = None
    data: dict[str, Any] | None = None
    revoked: bool | None = None


class ClientLicence(Event, frozen=True, kw_only=True, tag="client.licence"):
    """The client licenses data of their own, or takes the licence back."""

    topic = "client.declarations"
    data: LicenceData


class EmotionData(Data, frozen=True, kw_only=True):
    who: Who
    signal: Text
    value: float
    by: Literal["staff", "text", "device"]


class ClientEmotion(Event, frozen=True, kw_only=True, tag="client.emotion"):
    """A mood was perceived."""

    topic = "client.declarations"
    data: EmotionData


class CaseData(Data, frozen=True, kw_only=True):
    who: Who
    case: Text
    kind: Literal["complaint", "repair", "delivery", "dispute", "mourning", "illness"]
    status: Text
    due: Utc | None = None


class ClientCase(Event, frozen=True, kw_only=True, tag="client.case"):
    """Something is open between the client and the house."""

    topic = "client.declarations"
    data: CaseData


class AppointmentData(Data, frozen=True, kw_only=True):
    who: Who
    appointment: Text
    kind: Literal["visit", "event"]
    site: Site
    at: Utc
    status: Literal["proposed", "accepted", "declined", "attended", "missed", "cancelled"]
    staff: Staff | None = None


class ClientAppointment(Event, frozen=True, kw_only=True, tag="client.appointment"):
    """A visit or an invitation is proposed, answered, kept."""

    topic = "client.declarations"
    data: AppointmentData


class ContactedData(Data, frozen=True, kw_only=True):
    who: Who
    channel: Channel
    campaign: Text | None = None
    by: Text | None = None


class ClientContacted(Event, frozen=True, kw_only=True, tag="client.contacted"):
    """Another system or a person has written to the client."""

    topic = "client.declarations"
    data: ContactedData


class NoteData(Data, frozen=True, kw_only=True):
    who: Who
    text: Words
    by: Staff
    tier: Annotated[int, Meta(ge=0, le=3, description="how intimate it is")] | None = None


class ClientNote(Event, frozen=True, kw_only=True, tag="client.note"):
    """What an advisor noted."""

    topic = "client.declarations"
    data: NoteData


class EraseData(Data, frozen=True, kw_only=True):
    who: Who
    reason: Text | None = None


class ClientErase(Event, frozen=True, kw_only=True, tag="client.erase"):
    """The client asks to be forgotten."""

    topic = "client.declarations"
    data: EraseData
