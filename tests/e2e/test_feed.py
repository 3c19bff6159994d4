"""The example of feeding the demo from a stock SDK."""

import subprocess
import sys
from typing import Any

from tests.e2e.demo import ROOT, Demo


def test_the_example_of_the_segment_sdk_fills_the_record_of_its_client(demo: Demo) -> None:
    subprocess.run([sys.executable, "examples/feed.py", demo.url], cwd=ROOT, check=True, timeout=30)

    def stands(record: dict[str, Any]) -> bool:  # what is browsed and what is bought come by two topics
        return (record["facts"]["views"], record["facts"]["purchases"]) == (1, 1)

    record = demo.until_taken({"client_id": "client-042"}, stands)

    assert record["facts"]["spend"] == {"EUR": 345_000}
