"""`prevenance token`: a first sign-in to a console of one's own."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from streams.auth import caller_of
from streams.cli import main
from tests.alerts import lumiere
from tests.outside import SECRET

ROOT = Path(__file__).parents[2]


def printed(*argv: str, secret: str = SECRET) -> Result:
    return CliRunner().invoke(main, ["token", *argv], env={"PREVENANCE_JWT_SECRET": secret})


def test_it_signs_in_as_that_person_for_as_long_as_it_lives() -> None:
    done = printed("camille", "--maison", "lumiere", "--hours", "2")
    assert done.exit_code == 0, done.output
    caller = caller_of(done.stdout.strip(), SECRET, {"lumiere": lumiere()}, time.time())
    assert (caller.staff, caller.role, caller.sites) == ("camille", "advisor", ("vendome",))
    assert caller.expires == pytest.approx(time.time() + 7200, abs=60)


def test_the_token_that_a_proxy_is_told_to_make_signs_in() -> None:
    [code] = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs/signing-in.md").read_text(), re.MULTILINE | re.DOTALL
    )
    made: dict[str, Any] = {}
    exec(code, made)  # as a reader pastes it
    scheme, _, token = made["bearer"]("camille", "advisor", ["vendome"], SECRET).partition(" ")
    caller = caller_of(token, SECRET, {"lumiere": lumiere()}, time.time())
    assert (scheme, caller.staff, caller.role, caller.sites) == ("Bearer", "camille", "advisor", ("vendome",))
    assert caller.issued == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize("asked", [("nobody", "--maison", "lumiere"), ("camille", "--maison", "other")])
def test_who_is_in_no_maison_file_gets_a_sentence(asked: tuple[str, ...]) -> None:
    done = printed(*asked)
    assert done.exit_code == 1
    assert "deploy/maisons knows no" in done.output


def test_without_a_secret_it_says_which_to_set() -> None:
    done = printed("camille", "--maison", "lumiere", secret="")
    assert done.exit_code == 1
    assert "PREVENANCE_JWT_SECRET" in done.output
