"""Bodies of HTTP that are no event and no alert: what people's pages and machines ask and are answered."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from feature_store.features.notes import LONGEST
from schemas.alerts import Alert
from schemas.audit import Handled, Viewed
from schemas.events.client import Fields
from schemas.ledger import Statement
from schemas.who import Who
from streams.provenance import Told


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Base of them all."""


class Rejected(Shape, frozen=True, kw_only=True):
    """One event of a request that was not taken; the others were."""

    index: Annotated[int, Meta(description="its place among those sent, from 0")]
    id: Annotated[str | None, Meta(description="as it was sent; null where there is none worth repeating")]
    reason: Annotated[str, Meta(description="the field and what is wrong with it; repeats nothing personal")]


class Taken(Shape, frozen=True, kw_only=True):
    """What became of the events of one request."""

    accepted: Annotated[int, Meta(description="how many Kafka has")]
    quarantined: Annotated[
        int, Meta(description="how many of them wait until the maison declares their source; absent: none")
    ] = 0
    rejected: Annotated[list[Rejected], Meta(description="the others: mend them before sending them again")]


class Refusal(Shape, frozen=True, kw_only=True):
    """Why a whole request was not taken by HTTP in."""

    error: Annotated[str, Meta(description="a sentence that repeats nothing personal")]
    field: Annotated[str | None, Meta(description="where in the event, such as data.lines[0].amount")]


class Failure(Shape, frozen=True, kw_only=True):
    """Why a person's request was not answered."""

    error: Annotated[str, Meta(description="a sentence for the person who asked")]


class TakenBySomebody(Shape, frozen=True, kw_only=True):
    """The answer to the loser of a claim."""

    error: Annotated[str, Meta(description="a sentence for the person who asked")]
    claimed_by: Annotated[str, Meta(description="name of whoever was first")]


class SignIn(Shape, frozen=True, kw_only=True):
    """Body of a sign-in."""

    token: Annotated[str, Meta(description="a person's token, as the house issues it")]


class SignedIn(Shape, frozen=True, kw_only=True):
    """Whose page it is now."""

    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]


class Nothing(Shape, frozen=True, kw_only=True):
    """An empty object."""


class Me(Shape, frozen=True, kw_only=True):
    """Who is signed in, and the names a page shows for ids."""

    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    name: Annotated[str, Meta(description="of the person")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]
    now: Annotated[float, Meta(description="the server's clock, Unix seconds: countdowns count by it")]
    maison: Annotated[str, Meta(description="name of the house")]
    sites: Annotated[dict[str, str], Meta(description="this person's sites: id to name")]
    zones: Annotated[dict[str, str], Meta(description="every site: id to IANA time zone")]
    people: Annotated[dict[str, str], Meta(description="everybody of the house: id to name")]
    teams: Annotated[dict[str, str], Meta(description="every team: id to name")]
    articles: Annotated[dict[str, str], Meta(description="catalogue, menu and destinations: id to name")]


class Alerts(Shape, frozen=True, kw_only=True):
    """What is open for a person."""

    alerts: Annotated[list[Alert], Meta(description="most urgent first, then what ends or happens soonest")]
    waiting: Annotated[
        int, Meta(description="further ones that can wait: shown when this person has been left in peace")
    ]


class Lookup(Shape, frozen=True, kw_only=True):
    """Body of a lookup: identifiers stand here and never in a URL."""

    who: Annotated[Who, Meta(description="one or more identifiers of one person; the strongest is looked up")]


class Source(Shape, frozen=True, kw_only=True):
    """A system that sends events, and whether it still does."""

    source: Annotated[str, Meta(description="as it names itself; `web`: all pages; `other`: beyond 200")]
    site: Annotated[str | None, Meta(description="the site it last spoke of, where it spoke of any")]
    last: Annotated[str, Meta(description="when it was last heard, ISO 8601 UTC")]
    silent: Annotated[bool, Meta(description="so many events are missing that it is no accident")]
    missed: Annotated[float, Meta(description="events it would have sent since, as it usually does")]
    usual: Annotated[float, Meta(description="events an hour at this hour of the week; 0: not known yet")]


class Sources(Shape, frozen=True, kw_only=True):
    """Who speaks to the house."""

    sources: Annotated[list[Source], Meta(description="those that fell silent first")]


class Client(Shape, frozen=True, kw_only=True):
    """The record of a client, all linked parts as one, as far as the reader may know it."""

    id: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    parts: Annotated[list[str], Meta(description="opaque ids of all linked parts, this one among them")]
    facts: Annotated[
        dict[str, Any],
        Meta(
            description="exact counts of all time: visits, views, purchases, returns, bookings, stays, "
            "messages; spend: currency to purchases less returns, in minor units"
        ),
    ]
    features: Annotated[
        dict[str, Any], Meta(description="feature to its values now; platform: without profile and consent")
    ]
    profile: Annotated[
        dict[str, Any],
        Meta(description="what the client stated; an alias where the name is withheld; platform: empty"),
    ]
    masked: Annotated[
        list[str],
        Meta(description="what is withheld from this reader, by rows of the table of tiers: facts.spend"),
    ]
    fields: Annotated[
        dict[str, Told],
        Meta(description="of each field of the profile, who said it, and what lost and why; masked alike"),
    ]
    circle: Annotated[
        str,
        Meta(
            description="what this reader is to the client: assigned, serving, free (nobody is assigned), "
            "manager, team, house, privacy, platform"
        ),
    ]
    unspoken: Annotated[list[str], Meta(description="what this reader knows and does not say to the client")]


class Note(Shape, frozen=True, kw_only=True):
    """Body of a note."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST, description="in the advisor's own words")]
    tier: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=3,
                description="how intimate it is; absent: 2, relationship, but for what it plainly states",
            ),
        ]
        | None
    ) = None


class Noted(Shape, frozen=True, kw_only=True):
    """A note that Kafka has."""

    fields: Annotated[
        list[str], Meta(description="fields of the profile that it plainly states: sizes.ring ...")
    ]


class Named(Shape, frozen=True, kw_only=True):
    """An identifier by which the house knows a client."""

    kind: Annotated[str, Meta(description="email, card, client_id ...")]
    value: Annotated[str, Meta(description="as it was first told")]


class Purpose(Shape, frozen=True, kw_only=True):
    """What a part of an export serves."""

    of: Annotated[str, Meta(description="the part")]
    serves: Annotated[str, Meta(description="its purpose, in words")]


class Recipient(Shape, frozen=True, kw_only=True):
    """Somebody of the house who has looked."""

    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]
    saw: Annotated[list[str], Meta(description="rows of the table of tiers")]


class Proposed(Shape, frozen=True, kw_only=True):
    """An alert about the client, in one of its revisions."""

    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    action: Annotated[str, Meta(description="the next action that was proposed")]
    title: Annotated[str, Meta(description="in one line")]
    why: Annotated[list[str], Meta(description="its reasons")]
    say: Annotated[str | None, Meta(description="the words that were drafted")]


class Export(Shape, frozen=True, kw_only=True):
    """All that the house holds of a client; logs as far back as they are kept."""

    client: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="name of the house")]
    made_at: Annotated[str, Meta(description="ISO 8601 UTC")]
    parts: Annotated[list[str], Meta(description="opaque ids of all linked parts")]
    identifiers: Annotated[list[Named], Meta(description="by which the client is known")]
    profile: Annotated[
        dict[str, Told], Meta(description="of each field what holds, who said it, and what lost and why")
    ]
    features: Annotated[dict[str, Any], Meta(description="feature to its values now, facts among them")]
    consents: Annotated[list[Statement], Meta(description="every statement, as the ledger has it")]
    purposes: Annotated[list[Purpose], Meta(description="what each part serves")]
    recipients: Annotated[list[Recipient], Meta(description="who has looked, the newest thousand")]
    alerts: Annotated[list[Proposed], Meta(description="what was proposed about the client, and why")]
    events: Annotated[
        list[dict[str, Any]], Meta(description="as they were sent, identifiers as opaque ids; oldest first")
    ]


class Place(Shape, frozen=True, kw_only=True):
    """Where an erasure reached."""

    where: Annotated[str, Meta(description="the topic, or what of Redis")]
    what: Annotated[str, Meta(description="what became of what stood there")]


class Erasure(Shape, frozen=True, kw_only=True):
    """A client is forgotten."""

    client: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    parts: Annotated[list[str], Meta(description="opaque ids of all that was linked")]
    asked_by: Annotated[str, Meta(description="id of the person who asked for it")]
    asked_at: Annotated[str, Meta(description="ISO 8601 UTC")]
    done_at: Annotated[str, Meta(description="when every place below had been reached, ISO 8601 UTC")]
    erased: Annotated[list[Place], Meta(description="what was erased where")]
    receipt: Annotated[
        str, Meta(description="all of the above as a JWT signed by the house (EdDSA): see /v1/receipts/key")
    ]


class SigningKey(Shape, frozen=True, kw_only=True):
    """The public key of the house's receipts, as a JWK."""

    x: Annotated[str, Meta(description="the key, base64url")]
    kty: Annotated[str, Meta(description="OKP")] = "OKP"
    crv: Annotated[str, Meta(description="Ed25519")] = "Ed25519"


class Audit(Shape, frozen=True, kw_only=True):
    """Who looked at whom, and who did what with dead letters."""

    views: Annotated[list[Viewed], Meta(description="the newest, oldest first")]
    letters: Annotated[
        list[Handled], Meta(description="what was done with dead letters, the newest, oldest first")
    ]
    complete: Annotated[bool, Meta(description="false: there may be older ones, or more than were asked for")]


class Wrong(Shape, frozen=True, kw_only=True):
    """One thing that wants repair."""

    kind: Annotated[
        str,
        Meta(
            description="impossible_birth_date, impossible_timezone, impossible_language: no such value; "
            "contradiction: two systems say otherwise; doubtful_identifier: an e-mail or a number looks "
            "wrong; incomplete_stay_history: somebody comes again, and the hotel lacks this; duplicate: may "
            "be the same client as another"
        ),
    ]
    field: Annotated[str, Meta(description="field, or kind of identifier; of a duplicate the other's id")]


class Flawed(Shape, frozen=True, kw_only=True):
    """A client whose record wants repair."""

    id: Annotated[str, Meta(description="opaque id, to read and to repair the record by")]
    since: Annotated[str, Meta(description="when it was last seen to be so, ISO 8601")]
    quality: Annotated[
        dict[str, float],
        Meta(description="completeness, validity, uniqueness, freshness, and all: their mean; 0 to 1"),
    ]
    wrong: Annotated[list[Wrong], Meta(description="what this reader may know of; never a value")]


class Queue(Shape, frozen=True, kw_only=True):
    """What wants repair."""

    clients: Annotated[list[Flawed], Meta(description="those this reader answers for, at most 100")]


class Repair(Shape, frozen=True, kw_only=True):
    """Body of a repair: what is right, as the client or a document says."""

    fields: Annotated[Fields, Meta(description="fields of the profile as they are")] = Fields()
    right: Annotated[
        list[str], Meta(max_length=8, description="identifiers that are right as they are: email, phone")
    ] = []


class Repaired(Shape, frozen=True, kw_only=True):
    """The repair is on its way to the record."""

    event: Annotated[str, Meta(description="id of the event")]


class SegmentCount(Shape, frozen=True, kw_only=True):
    """One segment, and how many clients it holds now."""

    id: Annotated[str, Meta(description="of the segment, in the maison file")]
    name: Annotated[str, Meta(description="as people say it")]
    team: Annotated[str, Meta(description="id of the team that hears who comes and goes")]
    clients: Annotated[int, Meta(description="how many are in it, exact as of the last seconds")]


class Segments(Shape, frozen=True, kw_only=True):
    """The segments of the caller's teams; a manager's, all of the maison."""

    segments: Annotated[list[SegmentCount], Meta(description="in the order of the maison file")]


class Member(Shape, frozen=True, kw_only=True):
    """A client who is in a segment."""

    client: Annotated[str, Meta(description="opaque id: what `GET /v1/clients/{oid}` takes")]
    since: Annotated[str, Meta(description="when they entered, ISO 8601 UTC")]


class Members(Shape, frozen=True, kw_only=True):
    """Who is in a segment."""

    id: Annotated[str, Meta(description="of the segment")]
    members: Annotated[list[Member], Meta(description="up to 200, those who entered last first")]
    complete: Annotated[bool, Meta(description="false: there are more, and these are some of them")]


class Allowed(Shape, frozen=True, kw_only=True):
    """What holds for a purpose now."""

    purpose: Annotated[str, Meta(description="what the client's data may be used for")]
    channel: Annotated[str | None, Meta(description="on this channel; null: the purpose as a whole")]
    state: Annotated[str, Meta(description="all: allowed; one_to_one: to a person only; none: not allowed")]
    why: Annotated[
        Literal["stated", "expired", "default"],
        Meta(description="stated by the client; expired: what was stated is over, so as if nothing had been; "
             "default: nothing was stated, so as the law they are under presumes"),
    ]  # fmt: skip
    since: Annotated[str | None, Meta(description="when it was stated, ISO 8601 UTC")]
    expires: Annotated[str | None, Meta(description="when that ends, ISO 8601 UTC; null: never")]


class ClientConsents(Shape, frozen=True, kw_only=True):
    """What a client allows, all linked parts as one."""

    id: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    parts: Annotated[list[str], Meta(description="opaque ids of all linked parts, this one among them")]
    law: Annotated[
        str, Meta(description="row of the maison's consent table: a country, EU, default, or strictest")
    ]
    allows: Annotated[list[Allowed], Meta(description="every purpose, and channels that were spoken of")]
    ledger: Annotated[
        list[Statement] | None, Meta(description="every statement, for the role privacy; else null")
    ]


class HeldClient(Shape, frozen=True, kw_only=True):
    """One of the two clients of a pair."""

    id: Annotated[str, Meta(description="opaque id of their strongest part; opens their record")]
    alias: Annotated[str, Meta(description="a name that says nothing, as this reader reads it elsewhere")]
    parts: Annotated[int, Meta(description="how many identifiers are linked")]


class HeldPair(Shape, frozen=True, kw_only=True):
    """Two clients who may be one person."""

    pair: Annotated[str, Meta(description="what names the pair in a verdict")]
    clients: Annotated[list[HeldClient], Meta(description="the two")]
    shared: Annotated[list[str], Meta(description="kinds of identifier that were stated with both")]
    numbers: Annotated[list[str], Meta(description="kinds of number of which each has their own")]
    fields: Annotated[
        dict[str, str],
        Meta(
            description="how name, born, place, code (postal), work, email and phone compare: equal, close, "
            "partly, different, absent (not known of both); empty where they were not compared"
        ),
    ]
    bits: Annotated[
        float, Meta(description="what the comparison weighs, in bits, after what people have answered so far")
    ]


class HeldPairs(Shape, frozen=True, kw_only=True):
    """What waits for a person's word."""

    held: Annotated[list[HeldPair], Meta(description="those that share an identifier first, then the surest")]
    complete: Annotated[bool, Meta(description="false: there are more; answer these first")]


class Word(Shape, frozen=True, kw_only=True):
    """Body of a verdict on a pair."""

    verdict: Annotated[
        Literal["same", "different"],
        Meta(description="same: one person; different: two, and never asked again"),
    ]
    reason: Annotated[str, Meta(min_length=1, max_length=200, description="how the person knows")]


class Settled(Shape, frozen=True, kw_only=True):
    """A verdict that was taken."""

    pair: Annotated[str, Meta(description="the pair")]
    verdict: Annotated[str, Meta(description="same or different")]


class Switch(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a turn of the kill switch. Neither site nor action: the whole maison."""

    site: Annotated[str | None, Meta(description="id of the one site")] = None
    action: Annotated[str | None, Meta(description="the one action, named as its rule")] = None
    why: Annotated[str, Meta(min_length=1, max_length=200, description="for the audit and for colleagues")]
    until: (
        Annotated[datetime, Meta(tz=True, description="when it ends by itself; absent: when it is lifted")]
        | None
    ) = None
    lift: Annotated[bool, Meta(description="true: people are told again")] = False


class Silenced(Shape, frozen=True, kw_only=True):
    """A turn of the kill switch, or what it comes to."""

    site: Annotated[str | None, Meta(description="the one site; null: all")]
    action: Annotated[str | None, Meta(description="the one action; null: all")]
    by: Annotated[str, Meta(description="id of who said so")]
    why: Annotated[str, Meta(description="in their words")]
    since: Annotated[str, Meta(description="when it was said, ISO 8601 UTC")]
    until: Annotated[str | None, Meta(description="when it ends by itself, ISO 8601 UTC; null: never")]
    lifted: Annotated[bool, Meta(description="true: from `since` on people are told again")]
    shadow: Annotated[bool, Meta(description="true: the maison file says so; nothing is kept for later")]


class SilenceList(Shape, frozen=True, kw_only=True):
    """What people are told nothing of."""

    silences: Annotated[list[Silenced], Meta(description="in force now, where this person works")]
    turns: Annotated[
        list[Silenced],
        Meta(description="the newest 200 turns of the switch, oldest first; for managers, platform, privacy"),
    ]


class WhyCandidate(Shape, frozen=True, kw_only=True, omit_defaults=True):
    """What was proposed at a decision, and what became of it. Numbers are for the platform team."""

    action: Annotated[str, Meta(description="named as its rule")]
    outcome: Annotated[
        str,
        Meta(description="said, updated, outranked, silence was worth more, too late, done, retracted, "
             "vetoed (for staff: held back)"),
    ]  # fmt: skip
    guard: Annotated[str | None, Meta(description="that vetoed it")] = None
    guard_says: Annotated[str | None, Meta(description="what that guard keeps from happening")] = None
    probability: Annotated[float | None, Meta(description="of acceptance, as the model saw it")] = None
    worth: Annotated[float | None, Meta(description="what it was held to be worth, 0 to 1")] = None
    silence: Annotated[float | None, Meta(description="what saying nothing was worth; absent: no choice")] = (
        None
    )
    chance: Annotated[float | None, Meta(description="with which it was said")] = None
    facts: Annotated[list[str], Meta(description="the facts its reasons rest on, by name")] = []
    x: Annotated[dict[str, dict[str, float]], Meta(description="what each model saw")] = {}
    adds: Annotated[
        dict[str, dict[str, float]],
        Meta(description="what each of it added to the model's log-odds of a yes"),
    ] = {}
    would_change: Annotated[list[str], Meta(description="what would have made it otherwise")] = []


class WhyDecision(Shape, frozen=True, kw_only=True, omit_defaults=True):
    """One decision about a client."""

    id: Annotated[str, Meta(description="an alert's `decision`")]
    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    woke: Annotated[str, Meta(description="the type of event, or the kind of timer, at which it was made")]
    sentence: Annotated[str | None, Meta(description="for staff, with what they may know; null for platform")]
    candidates: Annotated[list[WhyCandidate], Meta(description="all that was considered")]
    arms: Annotated[dict[str, str], Meta(description="experiment to the arm the client was in")] = {}


class Why(Shape, frozen=True, kw_only=True):
    """What was decided about a client, and why."""

    id: Annotated[str, Meta(description="opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    decisions: Annotated[list[WhyDecision], Meta(description="newest first")]
    complete: Annotated[
        bool, Meta(description="false: older ones were not looked for; decisions are kept 7 days")
    ]


class Rate(Shape, frozen=True, kw_only=True):
    """How often a measure said yes, as far as it is known."""

    n: Annotated[int, Meta(description="how many were counted")]
    yes: Annotated[int, Meta(description="how many of them said yes")]
    rate: Annotated[float | None, Meta(description="yes of n; null while n is 0")]
    low: Annotated[float, Meta(description="the least it may be, at all looks at once, but for alpha")]
    high: Annotated[float, Meta(description="the most it may be, likewise")]


class ArmFound(Shape, frozen=True, kw_only=True):
    """An arm and what was found of it."""

    name: Annotated[str, Meta(description="of the arm")]
    share: Annotated[float, Meta(description="of the clients that are in it")]
    verdict: Annotated[
        Literal["control", "running", "better", "worse", "dismissed", "complained", "vetoed", "rolled_back"],
        Meta(description="against the control; those after better: rolled back, and why"),
    ]
    rates: Annotated[dict[str, Rate], Meta(description="by measure: its own, and the three harms")]


class ExperimentFound(Shape, frozen=True, kw_only=True):
    """An experiment of the maison file, and what it has found so far."""

    name: Annotated[str, Meta(description="of the experiment")]
    action: Annotated[str, Meta(description="the action it is about")]
    measure: Annotated[str, Meta(description="accepted, bought or came")]
    days: Annotated[float, Meta(description="within which a client bought or came")]
    alpha: Annotated[float, Meta(description="share of experiments in which a difference is told wrongly")]
    arms: Annotated[list[ArmFound], Meta(description="the first is the control")]


class Experiments(Shape, frozen=True, kw_only=True):
    """All that is being tried out."""

    experiments: Annotated[list[ExperimentFound], Meta(description="in the order of the maison file")]


class DemoPerson(Shape, frozen=True, kw_only=True):
    """Somebody of the simulated house to sign in as."""

    name: Annotated[str, Meta(description="of the person")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]
    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    sites: Annotated[list[str], Meta(description="ids of their sites; empty: all")]
    places: Annotated[list[str], Meta(description="names of their sites")]
    token: Annotated[str, Meta(description="signs in as them for half a day")]


class DemoPeople(Shape, frozen=True, kw_only=True):
    """Everybody to sign in as."""

    people: Annotated[list[DemoPerson], Meta(description="of all maisons, in the order of their files")]


class Alive(Shape, frozen=True, kw_only=True):
    """Whether a process should be left running."""

    alive: Annotated[bool, Meta(description="false: start it again")]
    missing: Annotated[str, Meta(description="sentences that say what is wrong; empty when nothing is")]
    checks: Annotated[dict[str, str | None], Meta(description="check to its sentence; null when all is well")]


class Ready(Shape, frozen=True, kw_only=True):
    """Whether a process can do its work now."""

    ready: Annotated[bool, Meta(description="false: send it nothing")]
    missing: Annotated[str, Meta(description="sentences that say what is wrong; empty when nothing is")]
    checks: Annotated[dict[str, str | None], Meta(description="check to its sentence; null when all is well")]
