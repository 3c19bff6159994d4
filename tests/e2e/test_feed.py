"""The example of feeding the demo from a stock SDK."""

import subprocess
import sys

from tests.e2e.demo import ROOT, Demo


def test_the_example_of_the_segment_sdk_fills_the_record_of_its_client(demo: Demo) -> None:
    subprocess.run([sys.executable, "examples/feed.py", demo.url], cwd=ROOT, check=True, timeout=30)

    record = demo.until_taken({"client_id": "client-042"}, lambda r: r["facts"]["purchases"] == 1)

    assert (record["facts"]["views"], record["facts"]["spend"]) == (1, {"EUR": 345_000})
