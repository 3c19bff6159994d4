"""Every route there is, described. A test compares them with what each process serves, both ways."""

from streams.operation import Operation, Route
from streams.operations import identity, inbound, ops, people

OPERATIONS: dict[Route, Operation] = {
    **inbound.OPERATIONS,
    **people.OPERATIONS,
    **identity.OPERATIONS,
    **ops.OPERATIONS,
}
