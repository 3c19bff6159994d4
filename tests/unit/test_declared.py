"""What a client licenses outranks what was concluded, and goes with its licence."""

from typing import Any

import pytest

from agents.declared import interests
from agents.tastes import liked
from tests import builders as a

WHO = {"card": "c1"}
PROFILED = a.consent(a.NOON - 9e5, "profiling", "all", **WHO)
VIEWS = [a.view(a.NOON - n, card="c1", category="bags") for n in range(9)]


def moment(*told: Any, now: float = a.NOON) -> Any:
    return a.moment(client=a.record_of(*told), now=now)


def licensed(at: float = a.NOON - 60, **held: Any) -> Any:
    return a.licence(at, **{**WHO, **held})


def test_a_declared_taste_comes_before_one_read_in_many_clicks() -> None:
    told = moment(PROFILED, *VIEWS, licensed(interests=["Luxury watches"]))
    assert liked(told) == {"watches": "told us of a taste for watches", "bags": "drawn to bags lately"}


def test_a_taste_is_declared_for_its_purpose_alone_and_read_in_clicks_only_where_that_is_allowed() -> None:
    assert liked(moment(*VIEWS, licensed(interests=["watches"]))) == {
        "watches": "told us of a taste for watches"
    }
    assert liked(moment(licensed(interests=["watches"], purpose="marketing"))) == {}


def test_refusing_the_purpose_ends_its_licences_and_a_later_licence_is_a_new_word() -> None:
    def refused(at: float) -> Any:
        return a.consent(at, "personalisation", "none", **WHO)

    assert interests(moment(licensed(interests=["watches"]), refused(a.NOON - 30)).client, a.NOON) == []
    later = moment(licensed(interests=["watches"]), refused(a.NOON - 90))
    assert interests(later.client, a.NOON) == ["watches"]


def test_a_licensed_language_outranks_a_page_and_gives_way_to_the_house() -> None:
    page = a.profile(a.NOON, {"language": "en"}, session="s", envelope={"scope": "web"})
    crm = a.profile(a.NOON - 9e6, {"language": "it"}, client_id="k", envelope={"source": "/crm"})
    zero = licensed(languages=["fr"], sizes={"ring": 52})
    assert moment(page).profile("language") == "en"
    assert moment(page, zero).profile("language") == "fr"
    assert moment(page, zero, crm).profile("language") == "it"
    assert moment(zero).profile("sizes.ring") == 52
    assert moment(zero).profile("sizes.shoe") is None
    over = a.licence(a.NOON - 1, revoked=True, **WHO)
    assert moment(page, zero, over).profile("language") == "en"
    assert moment(zero, over).profile("sizes.ring") is None


async def test_the_welcome_shows_what_was_declared_until_it_is_taken_back() -> None:
    line = a.Line()
    await line.tell(
        a.profile(a.NOON - 9e5, client_id="k1", **WHO),
        a.licence(a.NOON - 9e4, client_id="k1", interests=["watches"], expires=a.iso(a.NOON + 1e6)),
    )
    await line.tell(a.profile(a.NOON - 9e3, client_id="k1", **WHO))
    (welcome,) = await line.tell(a.checkin(a.NOON, client_id="k1"))
    assert {r.why for r in welcome.alert.recommendations} == {"told us of a taste for watches"}
    await line.tell(a.licence(a.NOON + 60, "another", revoked=True, client_id="k1"))
    assert line.statuses == []
    await line.tell(a.licence(a.NOON + 61, revoked=True, client_id="k1"))
    ((_, status),) = line.statuses
    assert (status.id, status.status) == (welcome.alert.id, "retracted")
    (again,) = await line.tell(a.checkin(a.NOON + 7200, client_id="k1"))
    assert again.alert.recommendations == []


@pytest.mark.parametrize("ends", [a.NOON - 1, a.NOON])
def test_a_licence_that_has_run_out_is_not_read(ends: float) -> None:
    assert interests(moment(licensed(interests=["x"], expires=a.iso(ends))).client, a.NOON) == []
