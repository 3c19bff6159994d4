"""HTTP for people: pairs of clients that wait for a person's word."""

from streams.operation import LATER, TEXT, Answer, Operation, Parameter, Route
from streams.shapes.failures import Failure
from streams.shapes.held import HeldPairs, Settled, Word

PAIR = {**TEXT, "pattern": "^[A-Za-z0-9_-]{16}\\.[A-Za-z0-9_-]{16}$"}

OPERATIONS: dict[Route, Operation] = {
    ("GET", "/v1/identity/held"): Operation(
        group="people",
        says="Pairs of clients that may be one and are not linked, the surest first: how they compare, and "
        "nothing of what they say. An advisor's: those of clients assigned to them.",
        keys=("person", "page"),
        answers={
            200: Answer("pairs of the maison, fifty at most", HeldPairs),
            401: Answer("not signed in, or no longer", Failure),
            403: Answer("the role judges no pairs", Failure),
            503: Answer("the store can't be reached: try again", Failure, headers=LATER),
        },
    ),
    ("POST", "/v1/identity/held/{pair}"): Operation(
        group="people",
        says="Whether a pair is one person. `same` links them, `different` parts them, also two that were "
        "linked before; neither is asked again. The word is an event and outranks what systems state.",
        keys=("person", "page"),
        parameters=(Parameter("pair", "path", "as it was told", schema=PAIR),),
        body=Word,
        answers={
            200: Answer("Kafka has it; links follow within a moment", Settled),
            400: Answer("the body can't be read", Failure),
            401: Answer("not signed in, or no longer", Failure),
            403: Answer(
                "neither client is this person's, or this is not from the console's own page", Failure
            ),
            404: Answer("no such pair is held, or it was answered", Failure),
            408: Answer("the body did not arrive in time", Failure),
            413: Answer("the body is too large", Failure),
            503: Answer("the store or Kafka can't be reached: say it again", Failure, headers=LATER),
        },
    ),
}
