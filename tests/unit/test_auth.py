"""Whoever shows what is no token is told so, whatever it is made of; and a token ends when it says."""

import base64
import hmac
import json
import math
import time
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import make_mocked_request

from schemas.alerts import Addressee
from schemas.maison import Team
from streams.auth import (
    COOKIE,
    HOUSE,
    PROOF,
    SHOWN,
    Caller,
    Denied,
    Door,
    caller_of,
    may_see,
    refuse_forgery,
)
from tests.alerts import lumiere

SECRET = "a secret of thirty-two bytes, for tests"
NOW = time.time()
CLAIMS = {"sub": "camille", "role": "advisor", "maison": "lumiere", "sites": ["vendome"], "exp": NOW + 60}


def b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(claims: Any, head: str = '{"alg":"HS256"}') -> str:
    """As the house signs it, also what no library would write."""
    said = f"{b64(head)}.{b64(claims if isinstance(claims, str) else json.dumps(CLAIMS | claims))}"
    return (
        f"{said}.{base64.urlsafe_b64encode(hmac.digest(SECRET.encode(), said.encode(), 'sha256')).decode()}"
    )


def test_what_the_house_signed_opens() -> None:
    assert caller_of(signed({}), SECRET, {"lumiere": lumiere()}, NOW).staff == "camille"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("\udcff\udcfe.a.b", id="bytes-that-are-no-text"),
        pytest.param(f"{b64('[' * 100_000)}.a.b", id="a-head-nested-deeply"),
        pytest.param(signed("[" * 100_000), id="claims-nested-deeply"),
        *(
            pytest.param(signed({name: value}), id=f"{name}-{value}")
            for name, value in (
                ("exp", math.nan), ("exp", math.inf), ("iat", math.nan), ("nbf", math.inf), ("nbf", None),
                ("nbf", []), ("sub", ""), ("sub", "\ud800"), ("exp", 1_795_341_660_000),
            )
        ),
    ],
)  # fmt: skip
def test_what_is_no_token_or_never_ends_is_refused_in_a_sentence(token: str) -> None:
    with pytest.raises(Denied, match="sign in again") as denied:
        caller_of(token, SECRET, {"lumiere": lumiere()}, NOW)
    assert denied.value.status == 401


def test_a_token_that_says_it_will_be_issued_outlives_no_change_of_a_role() -> None:
    for issued, said in ((NOW, NOW), (NOW + 60, None), (NOW * 1000, None)):
        assert caller_of(signed({"iat": issued}), SECRET, {"lumiere": lumiere()}, NOW).issued == said


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "https://elsewhere.example"])
def test_a_write_from_an_origin_that_is_none_is_not_the_pages_own(origin: str) -> None:
    with pytest.raises(Denied, match="own page") as denied:
        refuse_forgery(make_mocked_request("POST", "/", {"Host": "here", PROOF: "1", "Origin": origin}))
    assert denied.value.status == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_that_shows_somebody_else_is_not_answered_in_the_name_of_whoever_is_signed_in(
    method: str,
) -> None:
    def asks(staff: str, shown: str, **house: str) -> str:
        cookie = {"Host": "here", PROOF: "1", "Cookie": f"{COOKIE}={signed({'sub': staff})}"}
        request = make_mocked_request(method, "/", cookie | {SHOWN: shown, **house})
        return Door(maisons={"lumiere": lumiere()}, secret=SECRET, now=lambda: NOW).caller(request).staff

    assert asks("camille", "camille") == "camille"
    assert asks("h\u00e9l\u00e8ne 1%", "h%C3%A9l%C3%A8ne%201%25") == "h\u00e9l\u00e8ne 1%"
    here, elsewhere = {HOUSE: "lumi%65re"}, {HOUSE: "orfevre"}
    assert asks("camille", "camille", **here) == "camille"
    for shown, at in (("matteo", here), ("", {}), ("Camille", {}), ("%FF", {}), ("camille", elsewhere)):
        with pytest.raises(Denied, match="Somebody else") as denied:
            asks("camille", shown, **at)
        assert denied.value.status == 401


def test_what_is_for_a_team_is_seen_by_its_members_and_a_manager_and_by_nobody_else() -> None:
    florists = Team(id="florists", name="Florists", members=["matteo"])
    house = msgspec.structs.replace(lumiere(), teams=[florists])
    for staff, role, sees in (
        ("matteo", "concierge", True),
        ("camille", "advisor", False),
        ("helene", "manager", True),
        ("florists", "team", True),
    ):
        caller = Caller(staff=staff, role=role, maison="lumiere", sites=(), expires=NOW)
        assert may_see(caller, house, Addressee(team="florists")) is sees, staff
