"""One demo for the rows of the mission: each test has clients of its own, and leaves staff as they were."""

import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.demo import ROOT, Demo
from tests.e2e.houses import ALIKE, STRICT
from tests.e2e.screens import Opened, desks, launched
from tests.people import House, a_house


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
    assert re.search(r"\d alerts?, \d+ updates?, \d+ retracted", running.said[-1])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(say: Callable[[str], None]) -> AsyncIterator[Browser]:
    """A real Chromium for the tests of a file."""
    async with launched(say) as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="module")
async def house(redis_url: str) -> AsyncIterator[House]:
    """A console of a test's own, on a real Redis."""
    async with a_house(redis_url, poll=0.5) as running:
        yield running


@pytest.fixture
def url(demo: Demo) -> str:
    """Where the page is that a test opens: that of the demo, unless its file says otherwise."""
    return demo.url


@pytest_asyncio.fixture(loop_scope="module")
async def signed_in(url: str, browser: Browser) -> AsyncIterator[Opened]:
    """Opens the page as a person of it."""
    async with desks(browser, url) as opened:
        yield opened
