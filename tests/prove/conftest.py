"""The ground that faults are tried on."""

from collections.abc import Callable, Iterator

import pytest

from tests.brokers import kafka as apache
from tests.brokers import toxiproxy
from tests.prove.faults import Ground, on_ground


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, say: Callable[[str], None]) -> Iterator[Ground]:
    """A whole line, each process behind proxies of its own; at its end the table of its cells."""
    if (why_not := apache.available()) is not None:
        pytest.skip(why_not)
    if toxiproxy.BINARY is None:
        say(f"NO FAULTS OF THE NETWORK: Toxiproxy is missing. To get it: {toxiproxy.HOW}")
        pytest.skip("needs Toxiproxy")
    with on_ground(tmp_path_factory.mktemp("faults")) as made:
        yield made
        for row in (
            "| fault | result | first alert, s | exact, s |",
            "| --- | --- | --- | --- |",
            *made.cells,
        ):
            say(str(row))
