"""What a client, or a system of record, declares: profile, consent, links, relations, appointments."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from schemas.envelope import PERSONAL, Channel, Data, Event, Language, Site, Sku, Staff, Text, Utc, Words
from schemas.who import Who, Whom

Purpose = Annotated[
    Literal["service", "personalisation", "profiling", "marketing", "one_to_one", "sharing", "emotion"],
    Meta(description="what the client's data may be used for; consent is asked and kept for each alone"),
]
PURPOSES: tuple[str, ...] = get_args(get_args(Purpose)[0])  # annotated: the literal comes first
"""Stored by position: new ones go last."""

GROUPS = ("preferences", "sizes")
"""Fields of the profile that hold others, each by its own name."""


class Fields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stated profile; a field that is absent is unknown, not empty."""

    name: Annotated[str, Meta(max_length=256, description="as staff should say it")] | None = None
    language: Annotated[Language, Meta(description="to speak with the client, a BCP 47 tag")] | None = None
    gender: Annotated[Text, Meta(description="as declared, in the client's words")] | None = None
    birth_date: Annotated[date, Meta(description="YYYY-MM-DD")] | None = None
    residences: (
        Annotated[list[Text], Meta(max_length=20, description="cities or quarters the client lives in")]
        | None
    ) = None
    timezone: Annotated[Text, Meta(description="the client's own, by its IANA name")] | None = None
    country: (
        Annotated[
            str, Meta(pattern="^[A-Z]{2}$", description="of residence, ISO 3166: whose law consent is under")
        ]
        | None
    ) = None
    profession: Annotated[Text, Meta(description="in the client's words")] | None = None
    sizes: (
        Annotated[
            dict[str, Any],
            Meta(max_length=50, description="by kind: ring, shoe, wrist ...; as the house counts"),
        ]
        | None
    ) = None
    preferences: (
        Annotated[
            dict[str, Any],
            Meta(
                max_length=50,
                description="temperature (degrees Celsius), wine, pillow, floor, room, accessibility, "
                "allergies, diet, avoid, or any other word: a text, a number or a list",
            ),
        ]
        | None
    ) = None
    advisor: Annotated[Staff, Meta(description="the assigned advisor's id in the maison file")] | None = None
    deceased: (
        Annotated[bool, Meta(description="whether they have died; false where it was said in error")] | None
    ) = None


def may_be(field: str, value: Any) -> bool:
    """Whether a field of the profile, or one of a group of it, may have such a value.

    >>> may_be("language", "fr"), may_be("language", 5), may_be("sizes.ring", 52)
    (True, False, True)
    """
    group, _, name = field.partition(".")
    try:
        msgspec.convert({group: {name: value} if name else value}, Fields)
    except msgspec.ValidationError:
        return False
    return True


class ProfileData(Data, frozen=True, kw_only=True):
    who: Whom
    fields: Annotated[
        Fields,
        Meta(
            description="what is stated; of each field the most reliable source wins, then what was "
            "verified, then the latest"
        ),
    ]
    verified: (
        Annotated[
            list[str], Meta(max_length=50, description="names of fields that were checked, as on a passport")
        ]
        | None
    ) = None


class ClientProfile(Event, frozen=True, kw_only=True, tag="client.profile"):
    """What a source states of a client; the identifiers in `who` belong together."""

    topic = "client.declarations"
    data: ProfileData


class ConsentData(Data, frozen=True, kw_only=True):
    who: Whom
    purpose: Purpose
    state: Annotated[
        Literal["all", "one_to_one", "none"],
        Meta(description="all: allowed; one_to_one: by a person only; none: refused or withdrawn"),
    ]
    channel: Annotated[Channel, Meta(description="for this channel only; absent: for all")] | None = None
    wording: Annotated[Text, Meta(description="version of the text that was shown")] | None = None
    proof: (
        Annotated[
            Text,
            Meta(
                description="where the evidence is: a signature, a recording; what staff say a client allows "
                "is refused without it"
            ),
        ]
        | None
    ) = None
    expires: (
        Annotated[
            Utc, Meta(description="from then on it says nothing; absent: never; a refusal does not expire")
        ]
        | None
    ) = None


class ClientConsent(Event, frozen=True, kw_only=True, tag="client.consent"):
    """Consent for a purpose is given, limited or withdrawn."""

    topic = "client.declarations"
    data: ConsentData


class LinkData(Data, frozen=True, kw_only=True, rename={"with_": "with"}):
    who: Whom
    with_: Annotated[Who, Meta(description="the other side: identifiers of, or not of, the same person")]
    evidence: Annotated[Text, Meta(description="why they are, or are not, one person")]
    compared: (
        Annotated[
            str,
            Meta(
                pattern=r"^[=~x.-]{7}$",
                description="how their fields compared when a person judged them, one letter each",
            ),
        ]
        | None
    ) = None


class ClientLink(Event, frozen=True, kw_only=True, tag="client.link"):
    """Two identifiers are one person."""

    topic = "client.declarations"
    data: LinkData


class ClientUnlink(Event, frozen=True, kw_only=True, tag="client.unlink"):
    """Two identifiers are not one person after all."""

    topic = "client.declarations"
    data: LinkData


class RelationData(Data, frozen=True, kw_only=True, rename={"with_": "with"}):
    who: Whom
    kind: Annotated[
        Literal["partner", "child", "assistant", "companion", "friend"],
        Meta(description="what the other is to the client"),
    ]
    with_: Annotated[
        Who | None, Meta(description="the other, where the house knows them by an identifier")
    ] = None
    discreet: Annotated[bool, Meta(description="never to be mentioned")] | None = None


class ClientRelation(Event, frozen=True, kw_only=True, tag="client.relation"):
    """Someone who matters to the client."""

    topic = "client.declarations"
    data: RelationData


class ReferralData(Data, frozen=True, kw_only=True):
    who: Whom
    referred: Annotated[Who | None, Meta(description="whom the client brought")] = None
    influencer: Annotated[Text, Meta(description="name or handle of whom the client follows")] | None = None
    own: Annotated[bool, Meta(description="true: the client is that influencer")] | None = None


class ClientReferral(Event, frozen=True, kw_only=True, tag="client.referral"):
    """A client brought somebody, or follows somebody."""

    topic = "client.declarations"
    data: ReferralData


class LicenceData(Data, frozen=True, kw_only=True):
    who: Whom
    licence: Annotated[Text, Meta(description="id of the licence; the same when it is taken back")]
    purpose: Purpose
    benefit: Annotated[Text, Meta(description="what the client gets in return")] | None = None
    expires: (
        Annotated[Utc, Meta(description="until when the data may be used; absent: until taken back")] | None
    ) = None
    data: (
        Annotated[
            dict[str, Any],
            Meta(
                description="what the client hands over: with a version, in the form of docs/licences.md; "
                "else as its platform shapes it, kept and not read"
            ),
        ]
        | None
    ) = None
    revoked: Annotated[bool, Meta(description="true: the licence is taken back")] | None = None


class ClientLicence(Event, frozen=True, kw_only=True, tag="client.licence"):
    """The client licenses data of their own, or takes the licence back."""

    topic = "client.declarations"
    data: LicenceData


class GrantData(Data, frozen=True, kw_only=True, rename={"with_": "with", "from_": "from"}):
    who: Whom
    grant: Annotated[Text, Meta(description="id of the grant; the same when it is taken back")]
    to: Annotated[Text, Meta(description="id of the house that may be told")] | None = None
    from_: Annotated[Text, Meta(description="id of the house that told; the gateway writes it")] | None = None
    with_: Annotated[Who | None, Meta(description="who the client is there; kept by that house alone")] = None
    purpose: Purpose
    facts: Annotated[
        dict[str, Any],
        Meta(
            max_length=20,
            description="what is told: language, sizes.ring, preferences.wine ...; of tiers 0 and 1",
        ),
    ] = msgspec.field(default_factory=dict)
    attention: (
        Annotated[
            bool,
            Meta(
                description="true: what this house says of its contacts under the grant counts there as well"
            ),
        ]
        | None
    ) = None
    expires: Annotated[Utc, Meta(description="until when it stands; required but to take it back")] | None = (
        None
    )
    proof: Annotated[Text, Meta(description="where the evidence is; required but to take it back")] | None = (
        None
    )
    revoked: Annotated[bool, Meta(description="true: the grant is taken back")] | None = None


class ClientGrant(Event, frozen=True, kw_only=True, tag="client.grant"):
    """The client lets another house of the group know something, or takes that back."""

    topic = "client.declarations"
    data: GrantData


class EmotionData(Data, frozen=True, kw_only=True):
    who: Whom
    signal: Annotated[Text, Meta(description="what was perceived, such as valence or worry")]
    value: Annotated[float, Meta(description="how strong it was, on the scale of whoever perceived it")]
    by: Annotated[
        Literal["staff", "text", "device"],
        Meta(description="perceived by a person, read from words, or measured by a device"),
    ]


class ClientEmotion(Event, frozen=True, kw_only=True, tag="client.emotion"):
    """A mood was perceived."""

    topic = "client.declarations"
    data: EmotionData


class CaseData(Data, frozen=True, kw_only=True):
    who: Whom
    case: Annotated[Text, Meta(description="id of the case; the same at every step of it")]
    kind: Annotated[
        Literal["complaint", "repair", "delivery", "dispute", "mourning", "illness"],
        Meta(description="what it is about; mourning and illness are the client's own"),
    ]
    status: Annotated[Text, Meta(description="how far it is, in the words of whoever handles it")]
    due: Annotated[Utc, Meta(description="when the client was promised the next step")] | None = None
    sku: Annotated[Sku, Meta(description="the article it is about")] | None = None


class ClientCase(Event, frozen=True, kw_only=True, tag="client.case"):
    """Something is open between the client and the house."""

    topic = "client.declarations"
    data: CaseData


class AppointmentData(Data, frozen=True, kw_only=True):
    who: Whom
    appointment: Annotated[Text, Meta(description="id of the appointment; the same from proposal to end")]
    kind: Annotated[
        Literal["visit", "event"], Meta(description="with one person, or an invitation among others")
    ]
    site: Site
    at: Annotated[Utc, Meta(description="when it begins")]
    status: Annotated[
        Literal["proposed", "accepted", "declined", "attended", "missed", "cancelled"],
        Meta(description="what became of it so far; cancelled: by either side, after it was accepted"),
    ]
    staff: Annotated[Staff, Meta(description="id of the person who receives the client")] | None = None


class ClientAppointment(Event, frozen=True, kw_only=True, tag="client.appointment"):
    """A visit or an invitation is proposed, answered, kept."""

    topic = "client.declarations"
    data: AppointmentData


class ContactedData(Data, frozen=True, kw_only=True, rename={"with_": "with", "from_": "from"}):
    who: Whom
    channel: Annotated[Channel, Meta(description="what it was sent on")]
    grant: Annotated[Text, Meta(description="id of the grant under which another house counts it")] | None = (
        None
    )
    to: Annotated[Text, Meta(description="id of that house")] | None = None
    from_: Annotated[Text, Meta(description="id of the house that told; the gateway writes it")] | None = None
    with_: Annotated[Who | None, Meta(description="who the client is there; kept by that house alone")] = None
    campaign: Annotated[Text, Meta(description="the sender's name of the campaign")] | None = None
    by: Annotated[Text, Meta(description="the system or the person that wrote")] | None = None


class ClientContacted(Event, frozen=True, kw_only=True, tag="client.contacted"):
    """Another system or a person has written to the client."""

    topic = "client.declarations"
    data: ContactedData


class RatingData(Data, frozen=True, kw_only=True):
    who: Whom
    useful: Annotated[bool, Meta(description="whether what the house said or did was of use to the client")]
    channel: Annotated[Channel, Meta(description="what it was said on, where it was said")] | None = None
    campaign: (
        Annotated[Text, Meta(description="the sender's name of the campaign, where it was one")] | None
    ) = None


class ClientRating(Event, frozen=True, kw_only=True, tag="client.rating"):
    """The client was asked whether a contact was of use to them, and says so."""

    topic = "client.declarations"
    data: RatingData


class NoteData(Data, frozen=True, kw_only=True):
    who: Whom
    text: Annotated[Words, Meta(description="the note, in the advisor's words")]
    by: Annotated[Staff, Meta(description="id of who noted it, in the maison file")]
    tier: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=3,
                description="how intimate: 0 public manners, 1 service preference, 2 relationship, "
                "3 intimate",
            ),
        ]
        | None
    ) = None


class ClientNote(Event, frozen=True, kw_only=True, tag="client.note"):
    """What an advisor noted."""

    topic = "client.declarations"
    data: NoteData


class ReviewData(Data, frozen=True, kw_only=True):
    who: Annotated[Who, Meta(description="the part, by its `oid`")]
    parted: Annotated[bool, Meta(description="whether the client has lost a part")] = False
    joined: Annotated[Sequence[str], Meta(description="parts that are theirs from now on, by id")] = ()


class ClientReview(Event, frozen=True, kw_only=True, tag="record.review"):
    """Another part of this client has changed, or is theirs no more: what is concluded of the whole is looked
    at again.

    Sent by the agents to one another; it is remembered nowhere and counts as no touch.
    """

    topic = "client.declarations"
    data: ReviewData


KEPT_SECRET = 16
"""Articles of a gift that are told to whom it is for, and as many as a record keeps."""


class SurpriseData(Data, frozen=True, kw_only=True):
    who: Annotated[Who, Meta(description="the part, by its `oid`, of whom a gift is for")]
    skus: Annotated[
        list[Sku], Meta(max_length=KEPT_SECRET, description="articles that somebody bought for them")
    ]


class ClientSurprise(Event, frozen=True, kw_only=True, tag="record.surprise"):
    """Somebody bought a gift for this client, which nothing they are told may give away.

    Sent by the agents to one another; it counts as no touch. Of somebody nobody has heard of it is kept for
    when they are, and they are nobody until then.
    """

    topic = "client.declarations"
    data: SurpriseData


class EraseData(Data, frozen=True, kw_only=True):
    who: Whom
    reason: Annotated[Text, Meta(description="how or why it was asked", extra=PERSONAL)] | None = None


class ClientErase(Event, frozen=True, kw_only=True, tag="client.erase"):
    """The client asks to be forgotten."""

    topic = "client.declarations"
    data: EraseData
