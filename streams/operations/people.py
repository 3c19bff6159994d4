"""HTTP for people: alerts, verdicts, client records, signing in, the page."""

from typing import Any, get_args

from agents.verdict import Decided
from schemas.alerts import Alert
from streams import auditing, why
from streams.auth import PROOF
from streams.operation import HTML, LATER, TEXT, Answer, Operation, Parameter, Route
from streams.shapes.alerts import Alerts, TakenBySomebody
from streams.shapes.audit import Audit
from streams.shapes.clients import Again, Client, Lookup, Note, Noted
from streams.shapes.consents import ClientConsents, Entered, Spoken
from streams.shapes.decisions import Why
from streams.shapes.duty import Duties, Duty
from streams.shapes.experiments import Experiments
from streams.shapes.failures import Failure
from streams.shapes.quality import Queue, Repair, Repaired
from streams.shapes.rights import Erase, Erasure, Export, SigningKey
from streams.shapes.segments import Members, Segments
from streams.shapes.session import DemoPeople, Me, Nothing, SignedIn, SignIn
from streams.shapes.silences import Silenced, SilenceList, Switch
from streams.shapes.sources import Sources
from streams.shapes.telephones import Rung, Subscription
from streams.verdicts import Said


def _up_to(most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most}


OID = {**TEXT, "pattern": "^[A-Za-z0-9_-]{16}$"}
_PERSON = ("person", "page")
_OWN_PAGE = Parameter(PROOF, "header", "any value: a form of another site can't send it")
_UNKNOWN = Answer(
    "not signed in, or no longer: the token ended, the person left or has another role", Failure
)
_NOT_FOR = Answer("the role sees no alerts", Failure)
_FORGED = Answer("not from the console's own page", Failure)
_LATE = Answer("the body did not arrive in time", Failure)
_LARGE = Answer("the body is too large", Failure)
_UNREADABLE = Answer("the body can't be read", Failure)
_STORE_AWAY = Answer("the store can't be reached: try again", Failure, headers=LATER)
_KAFKA_AWAY = Answer("Kafka can't be reached: try again", Failure, headers=LATER)
_UNSEEN = Answer(
    "the store can't be reached, or Kafka, without whose audit nothing is shown: try again",
    Failure,
    headers=LATER,
)
_NO_CLIENT = Answer("no such client in this maison", Failure)

STREAM = (
    "Alerts as they come, as server-sent events. `alert`: a new one; `update`: a later revision; `retract`: "
    "it is over, its status says how; `data` of each is the alert, whole. `reset`: forget all, what is open "
    "follows. Without Last-Event-ID what is open comes first; with it, what came since, of more than 128 "
    "changes each alert once, as it stands. A line of a colon is "
    "a beat, after ten seconds without a word: where nothing came for eighteen, the connection is dead. "
    "It ends when the token does, or within a second of the person's leaving."
)

HEARD = {
    "type": "object",
    "description": "each event of the stream",
    "required": ["event", "data"],
    "properties": {
        "id": {**TEXT, "description": "to go on from, as Last-Event-ID"},
        "event": {"enum": ["alert", "update", "retract", "reset"]},
        "data": {**TEXT, "contentMediaType": "application/json"},
    },
}

OPERATIONS: dict[Route, Operation] = {
    ("GET", "/v1/me"): Operation(
        group="people",
        says="Who is signed in, and the names behind ids.",
        keys=_PERSON,
        answers={200: Answer("the person", Me), 401: _UNKNOWN, 503: _STORE_AWAY},
    ),
    ("GET", "/v1/alerts"): Operation(
        group="people",
        says="The open alerts that are for this person.",
        keys=_PERSON,
        answers={200: Answer("at their sites, for them or a team of theirs; a manager's, all", Alerts),
                 401: _UNKNOWN, 403: _NOT_FOR, 503: _STORE_AWAY},
    ),
    ("GET", "/v1/alerts/stream"): Operation(
        group="people",
        says=STREAM,
        keys=_PERSON,
        parameters=(Parameter("Last-Event-ID", "header", "the id of the last event heard", required=False),),
        answers={200: Answer("until either side lets go", HEARD, media=("text/event-stream",)),
                 401: _UNKNOWN, 403: _NOT_FOR, 503: _STORE_AWAY},
    ),
    ("POST", "/v1/alerts/{id}/{verdict}"): Operation(
        group="people",
        says="What a person decides on an alert. All but `seen` claim it. Said again, it counts once.",
        keys=_PERSON,
        parameters=(
            Parameter("id", "path", "of the alert"),
            Parameter("verdict", "path", "what is decided", schema={"enum": sorted(get_args(Decided))}),
        ),
        body=Said,
        body_required=False,
        answers={
            200: Answer("the alert as it is now; the models will hear of it", Alert),
            400: Answer("the body can't be read, or the verdict lacks `until` or `text`", Failure),
            401: _UNKNOWN,
            403: Answer("the role sees no alerts, or this is not from the console's own page", Failure),
            404: Answer("no such alert for this person, or no such verdict", Failure),
            409: Answer("somebody else was first", TakenBySomebody),
            410: Answer("it is over", Failure),
            408: _LATE, 413: _LARGE,
            503: Answer("the store or Kafka can't be reached: say it again", Failure, headers=LATER),
        },
    ),
    ("POST", "/v1/clients/lookup"): Operation(
        group="people",
        says="The record of a client, found by an identifier.",
        keys=_PERSON,
        body=Lookup,
        answers={
            200: Answer("as much as this reader may know; the view is in the audit", Client),
            400: Answer("the body can't be read, or names nobody, or no site", Failure),
            401: _UNKNOWN, 403: _FORGED, 404: _NO_CLIENT, 408: _LATE, 413: _LARGE, 503: _UNSEEN,
        },
    ),
    ("GET", "/v1/clients/{oid}"): Operation(
        group="people",
        says="The record of a client, by its opaque id, as an alert gave it.",
        keys=_PERSON,
        parameters=(
            Parameter("oid", "path", "opaque id", schema=OID),
            Parameter("at", "query", "site where it is read, empty for none: without what the other side of "
                      "the house knows, a hotel's stays or a boutique's purchases; absent: all",
                      required=False),
        ),
        answers={200: Answer("as much as this reader may know; the view is in the audit", Client),
                 400: Answer("no such site", Failure), 401: _UNKNOWN, 404: _NO_CLIENT, 503: _UNSEEN},
    ),
    ("GET", "/v1/quality"): Operation(
        group="people",
        says="What in the records of their clients wants repair, for advisor, concierge and manager.",
        keys=_PERSON,
        answers={200: Answer("the newest first; each client shown is in the audit", Queue), 401: _UNKNOWN,
                 403: Answer("the role repairs no records", Failure), 503: _UNSEEN},
    ),
    ("POST", "/v1/clients/{oid}/repair"): Operation(
        group="people",
        says="States what is right in a record, as its client or a document says; for those who answer for "
        "the client, and for privacy. It is an event, verified, and outranks what systems say.",
        keys=_PERSON,
        parameters=(Parameter("oid", "path", "opaque id", schema=OID),),
        body=Repair,
        answers={202: Answer("Kafka has it", Repaired),
                 400: Answer("the body can't be read, or names nothing", Failure), 401: _UNKNOWN,
                 403: Answer("the client or the field is somebody else's, or not from the console's own page",
                             Failure),
                 404: _NO_CLIENT, 408: _LATE, 413: _LARGE, 503: _UNSEEN},
    ),
    ("GET", "/v1/clients/{oid}/consent"): Operation(
        group="people",
        says="What a client allows now, for each purpose and channel, and why; for privacy, the ledger.",
        keys=_PERSON,
        parameters=(Parameter("oid", "path", "opaque id", schema=OID),),
        answers={200: Answer("as it holds this instant; the view is in the audit", ClientConsents),
                 401: _UNKNOWN, 403: Answer("the role may not read it", Failure), 404: _NO_CLIENT,
                 503: _UNSEEN},
    ),
    ("POST", "/v1/clients/{oid}/consent"): Operation(
        group="people",
        says="Enters what a client said by letter or telephone, for the role privacy, in the audit first. A "
        "refusal is always taken, and in force when it is answered; that they allow something wants a case "
        "reference, and goes over nothing they refused or limited since.",
        keys=_PERSON,
        parameters=(Parameter("oid", "path", "opaque id", schema=OID),),
        body=Spoken,
        answers={
            202: Answer("Kafka has it; it is in the ledger in a moment", Entered),
            400: Answer("the body can't be read; `case` is missing, or is none; `at` is no time, or lies "
                        "ahead; a refusal `expires`", Failure),
            401: _UNKNOWN, 403: Answer("the role is not privacy", Failure), 404: _NO_CLIENT,
            409: Answer("they refused or limited it since: an earlier yes does not undo that", Failure),
            408: _LATE, 413: _LARGE,
            503: Answer("the store or Kafka can't be reached: say it again", Failure, headers=LATER),
        },
    ),
    ("POST", "/v1/clients/{oid}/notes"): Operation(
        group="people",
        says="What an advisor, a concierge or a manager notes of a client they look after. What it plainly "
        "states (ring 52; likes gardenias; anniversary 12 June) is stated in the profile too.",
        keys=_PERSON,
        parameters=(Parameter("oid", "path", "opaque id", schema=OID),),
        body=Note,
        answers={
            202: Answer("Kafka has it; said again in the same words on the same day it counts once", Noted),
            400: Answer("the body can't be read, or the text is empty or too long", Failure),
            401: _UNKNOWN,
            403: Answer("the role notes nothing, or does not look after this client", Failure),
            404: _NO_CLIENT, 408: _LATE, 413: _LARGE,
            503: Answer("the store or Kafka can't be reached: say it again", Failure, headers=LATER),
        },
    ),
    ("POST", "/v1/clients/{oid}/again"): Operation(
        group="people",
        says="Lifts what somebody said of a client: that an action is never to be proposed for them. "
        "For an advisor, a concierge or a manager who looks after them.",
        keys=_PERSON,
        parameters=(Parameter("oid", "path", "opaque id", schema=OID),),
        body=Again,
        answers={
            202: Answer("Kafka has it, with the name of who lifted it; of what stands there is nothing to do",
                        Again),
            400: Answer("the body can't be read", Failure),
            401: _UNKNOWN,
            403: Answer("the role has no say in it, or does not look after this client", Failure),
            404: _NO_CLIENT, 408: _LATE, 413: _LARGE,
            503: Answer("the store or Kafka can't be reached: say it again", Failure, headers=LATER),
        },
    ),
    ("GET", "/v1/clients/{oid}/export"): Operation(
        group="people",
        says="All that is held of a client, for the role privacy: for machines, or a page in their language.",
        keys=_PERSON,
        parameters=(
            Parameter("oid", "path", "opaque id", schema=OID),
            Parameter("as", "query", "`page` for HTML; absent: JSON", required=False),
        ),
        answers={200: Answer("all of it; the view is in the audit", Export),
                 401: _UNKNOWN, 403: Answer("the role is not privacy", Failure), 404: _NO_CLIENT,
                 503: _UNSEEN},
    ),
    ("DELETE", "/v1/clients/{oid}"): Operation(
        group="people",
        says="Forgets a client, for the role privacy: record, open alerts, the keys to all that was said. "
        "Who asks is in the audit first, with the case, where one is given. Asked again, nothing is done "
        "twice, and the receipt is there.",
        keys=_PERSON,
        parameters=(Parameter("oid", "path", "opaque id", schema=OID),),
        body=Erase,
        body_required=False,
        answers={200: Answer("what was erased where, signed", Erasure),
                 400: Answer("the body can't be read, or `case` is none", Failure),
                 401: _UNKNOWN, 403: Answer("the role is not privacy", Failure), 404: _NO_CLIENT,
                 408: _LATE, 413: _LARGE,
                 503: Answer("not through yet, or a part can't be reached: ask again", Failure,
                             headers=LATER)},
    ),
    ("GET", "/v1/receipts/key"): Operation(
        group="people",
        says="The public key that receipts of erasure are signed with.",
        answers={200: Answer("a JWK", SigningKey)},
    ),
    ("GET", "/v1/audit"): Operation(
        group="people",
        says="Who looked at which client and did what with dead letters, for the role privacy: by client, "
        "by person, or both.",
        keys=_PERSON,
        parameters=(
            Parameter("client", "query", "opaque id", required=False, schema=OID),
            Parameter("staff", "query", "id of a person in the maison file", required=False),
            Parameter("limit", "query", "how many, 1 to 1,000; 100 where absent", required=False,
                      schema=_up_to(auditing.MOST)),
        ),
        answers={200: Answer("the newest of each, oldest first", Audit),
                 400: Answer("neither client nor staff, no opaque id, or no such limit", Failure),
                 401: _UNKNOWN, 403: Answer("the role is not privacy", Failure), 503: _KAFKA_AWAY},
    ),
    ("GET", "/v1/sources"): Operation(
        group="people",
        says="Which systems send events, when each was last heard, and which is silent and should not be.",
        keys=_PERSON,
        answers={
            200: Answer("for managers and the platform team", Sources),
            401: _UNKNOWN,
            403: Answer("the role does not see them", Failure),
            503: _STORE_AWAY,
        },
    ),
    ("GET", "/v1/clients/{oid}/why"): Operation(
        group="people",
        says="Why and why not: the newest decisions about a client, in a sentence at the reader's tier; for "
        "the platform team in numbers, without a word of the client's.",
        keys=_PERSON,
        parameters=(
            Parameter("oid", "path", "of an alert's client", schema=OID),
            Parameter("limit", "query", "how many, 1 to 100; 5 where absent", required=False,
                      schema=_up_to(why.MOST)),
            Parameter("at", "query", "site where it is read, empty for none: for staff without what the "
                      "other side of the house knows; absent: all", required=False),
        ),
        answers={200: Answer("decisions of the last 30 days, newest first", Why),
                 400: Answer("no such limit, or no such site", Failure), 401: _UNKNOWN, 403: _NOT_FOR,
                 404: _NO_CLIENT, 503: _UNSEEN},
    ),
    ("GET", "/v1/experiments"): Operation(
        group="people",
        says="What is being tried out and what it has found, with intervals that hold whenever one looks.",
        keys=_PERSON,
        answers={200: Answer("for managers and the platform team", Experiments), 401: _UNKNOWN,
                 403: Answer("the role does not see them", Failure), 503: _STORE_AWAY},
    ),
    ("GET", "/v1/duty"): Operation(
        group="people",
        says="Where this person is held to be on duty: by what was said last, and by the rota. What is for "
        "them alone comes to them there.",
        keys=_PERSON,
        answers={200: Answer("each of their sites", Duties), 401: _UNKNOWN,
                 403: Answer("the role is on duty nowhere", Failure), 503: _STORE_AWAY},
    ),
    ("POST", "/v1/duty"): Operation(
        group="people",
        says="This person is there, with a client, or gone home. Gone home, what they took from their team "
        "is free again.",
        keys=_PERSON,
        body=Duty,
        answers={202: Answer("as it was said; routing goes by it within milliseconds", Duties),
                 400: Answer("the body can't be read, or the site is none of theirs", Failure),
                 401: _UNKNOWN,
                 403: Answer("on duty nowhere by their role, or not from the console's own page", Failure),
                 408: _LATE, 413: _LARGE, 503: _KAFKA_AWAY},
    ),
    ("POST", "/v1/telephones"): Operation(
        group="people",
        says="This person has their telephone rung while it is locked, until their token ends: for what is "
        "urgent and for them, that nobody has and they have not seen. Of five telephones the oldest goes. "
        "It is in the audit first.",
        keys=_PERSON,
        body=Subscription,
        answers={200: Answer("it is rung; said again it is rung for as long as the newer token lasts", Rung),
                 400: Answer("the body can't be read, or the endpoint is of no known push service", Failure),
                 401: _UNKNOWN,
                 403: Answer("the role sees no alerts, or not from the console's own page", Failure),
                 404: Answer("no telephone is rung by this console", Failure),
                 408: _LATE, 413: _LARGE,
                 503: Answer("the store or Kafka can't be reached: say it again", Failure, headers=LATER)},
    ),
    ("DELETE", "/v1/telephones/{id}"): Operation(
        group="people",
        says="This person has a telephone of theirs rung no more.",
        keys=_PERSON,
        parameters=(Parameter("id", "path", "as it was answered"),),
        answers={200: Answer("it is rung no more", Nothing), 401: _UNKNOWN,
                 403: Answer("the role sees no alerts, or not from the console's own page", Failure),
                 404: Answer("no telephone of theirs, or none is rung by this console", Failure),
                 503: Answer("the store or Kafka can't be reached: say it again", Failure, headers=LATER)},
    ),
    ("GET", "/v1/silence"): Operation(
        group="people",
        says="What people are told nothing of now, and who turned the switch when.",
        keys=_PERSON,
        answers={200: Answer("silences and turns", SilenceList), 401: _UNKNOWN, 503: _STORE_AWAY},
    ),
    ("POST", "/v1/silence"): Operation(
        group="people",
        says="The kill switch: nothing of a maison, a site, an action is shown to anybody once this is "
        "answered. With `lift` it is undone: what was held and is still valid is shown.",
        keys=_PERSON,
        body=Switch,
        answers={200: Answer("in force, or lifted", Silenced),
                 400: Answer("no such site or action, a time that has passed, or unreadable", Failure),
                 401: _UNKNOWN, 403: Answer("neither manager nor platform, or not your site", Failure),
                 408: _LATE, 413: _LARGE,
                 503: Answer("Kafka or the store can't be reached: say it again", Failure, headers=LATER)},
    ),
    ("GET", "/v1/segments"): Operation(
        group="people",
        says="The segments of this person's teams, and how many clients each holds; a manager's, all.",
        keys=_PERSON,
        answers={200: Answer("counts", Segments), 401: _UNKNOWN,
                 403: Answer("the role sees no segments", Failure), 503: _STORE_AWAY},
    ),
    ("GET", "/v1/segments/{id}"): Operation(
        group="people",
        says="Who is in a segment of this person's teams, by opaque id.",
        keys=_PERSON,
        parameters=(Parameter("id", "path", "of the segment"),),
        answers={200: Answer("members", Members), 401: _UNKNOWN,
                 403: Answer("the role sees no segments", Failure),
                 404: Answer("no such segment for this person", Failure), 503: _STORE_AWAY},
    ),
    ("POST", "/v1/session"): Operation(
        group="people",
        says="The page signs in: the token becomes a cookie that no script can read.",
        parameters=(_OWN_PAGE,),
        body=SignIn,
        answers={200: Answer("signed in", SignedIn, headers=("Set-Cookie",)), 400: _UNREADABLE,
                 401: Answer("the token is not valid, or no longer", Failure), 403: _FORGED,
                 408: _LATE, 413: _LARGE,
                 503: _STORE_AWAY},
    ),
    ("DELETE", "/v1/session"): Operation(
        group="people",
        says="The page signs out: the cookie is taken back; the token stays valid until it expires.",
        parameters=(_OWN_PAGE,),
        answers={200: Answer("signed out", Nothing, headers=("Set-Cookie",)), 403: _FORGED},
    ),
    ("GET", "/v1/demo/people"): Operation(
        group="people",
        says="Everybody of the simulated house, to sign in as. In the demo only.",
        answers={200: Answer("with a token each", DemoPeople)},
    ),
    ("GET", "/"): Operation(
        group="people",
        says="The page.",
        answers={200: Answer("HTML; its files lie beside it", TEXT, media=HTML, headers=("ETag",)),
                 304: Answer("as the browser has it")},
    ),
}  # fmt: skip
