"""Every route there is, described. A test compares them with what each process serves, both ways."""

from streams.operation import Operation, Route
from streams.operations import identity, inbound, ops, people, webhooks

OPERATIONS: dict[Route, Operation] = {
    **inbound.OPERATIONS,
    **webhooks.OPERATIONS,
    **people.OPERATIONS,
    **identity.OPERATIONS,
    **ops.OPERATIONS,
}
