"""One demo for the rows of the mission: each test has clients of its own, and leaves staff as they were."""

import shutil
from collections.abc import Iterator

import pytest

from tests.e2e.demo import ROOT, Demo
from tests.e2e.houses import ALIKE, STRICT


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running demo without traffic, of three maisons; it must end well when it is told to."""
    maisons = tmp_path_factory.mktemp("maisons")
    shutil.copy(ROOT / "deploy/maisons/lumiere.toml", maisons)
    (maisons / "orfevre.toml").write_text(ALIKE)
    (maisons / "horloger.toml").write_text(STRICT)
    with Demo(
        *("--port", "0", "--no-traffic", "--json"),
        PREVENANCE_MAISONS=str(maisons),
        PREVENANCE_WRITE_KEYS="lumiere:demo,orfevre:other,horloger:strict",
    ) as running:
        yield running.ready()
        running.stop()
    assert running.code == 0
    assert [line for line in running.said if " alerts, " in line]
