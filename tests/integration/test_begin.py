"""docs/begin.md, from its beginning to its end: a house of one's own in the demo, with a till and a door."""

import os
from pathlib import Path
from typing import Any

from tests.blocks import ROOT, blocks_of
from tests.e2e.demo import PATIENCE, Demo
from tests.shell import Shell
from tests.waiting import wait_blocking

PAGE = ROOT / "docs/begin.md"
CARD = {"card": "4711"}


def known(found: dict[str, Any]) -> bool:
    """As the page says: what the till says by the card is the client's."""
    return found["facts"]["purchases"] == 1 and found["profile"].get("name") == "Aline Moreau"


def test_the_page_leads_from_an_empty_folder_to_a_card_on_a_desk(tmp_path: Path) -> None:
    write, start, client, receipt, door = [b.commands for b in blocks_of(PAGE.read_text(), PAGE.name)]
    assert start.split() == ["prevenance", "demo", "--no-traffic"]
    function, _, _ = client.partition("\nsend ")
    (folder := tmp_path / "begins").mkdir()
    with Shell(tmp_path) as shell:
        code, said = shell.run(write, folder, os.environ)
        assert (code, "not ok" in said) == (0, False), said
        with Demo("--no-traffic", "--port", "0", cwd=folder, PREVENANCE_MAISONS="houses").ready() as demo:

            def send(commands: str) -> None:
                here = commands.replace("127.0.0.1:8080", f"127.0.0.1:{demo.port}")
                code, said = shell.run(here, folder, os.environ)
                assert (code, '"accepted":1' in said) == (0, True), said

            send(client)
            send(f"{function}\n{receipt}")
            demo.until_taken(CARD, known, "jeanne", "aubert")
            send(f"{function}\n{door}")
            wait_blocking(lambda: demo.alerts("jeanne", "aubert"), PATIENCE, "a card on the desk")
            [card] = demo.alerts("jeanne", "aubert")
    assert card["title"] == "Just came in, speaks French"
    assert " ".join(card["why"]).startswith("1 purchase, ")
    assert "Client of Jeanne Petit" in card["why"]
