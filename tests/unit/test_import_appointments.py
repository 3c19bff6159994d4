"""A calendar: what a row comes to, what is refused, and why."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.codec import decode, encode
from schemas.events.client import ClientAppointment
from streams.import_command import IMPORTS
from streams.import_kind import Made, RefusedRow, Terms
from tests.alerts import lumiere

AS_OF = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROW = {"client_id": "c-1", "appointment": "rdv-7", "site": "ginza", "date": "2026-12-01", "from": "15:00"}


def made(**cells: str | None) -> Made:
    given = {field: cell for field, cell in (ROW | cells).items() if cell is not None}
    terms = Terms(maison=lumiere(), source="/import/appointments", digest="d1", as_of=AS_OF)
    return IMPORTS["appointments"].make(3, given, terms)


def said(**cells: str | None) -> Any:
    [event] = made(**cells).events
    appointment = decode(encode(event))
    assert isinstance(appointment, ClientAppointment)
    return appointment.data


def test_a_row_is_an_appointment_by_the_clock_of_its_site() -> None:
    data = said(staff="haruka")
    assert data.at == datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
    assert (data.kind, data.status, data.staff, data.appointment) == ("visit", "accepted", "haruka", "rdv-7")
    assert (made().key, made().events[0]["time"]) == ("rdv-7", "2026-11-21T12:00:00Z")


def test_what_is_past_says_what_became_of_it() -> None:
    past = {"date": "2026-11-20", "from": "15:00"}
    assert said(**past, status="Attended").status == "attended"
    with pytest.raises(RefusedRow, match="status: it is past"):
        made(**past)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"client_id": None}, "names nobody"),
        ({"appointment": None}, "appointment: is missing"),
        ({"site": "berlin"}, "site: is none"),
        ({"staff": "camille"}, "staff: is nobody who works at this site"),
        ({"from": "15h00"}, "from: is no time of day"),
        ({"date": "03/04/2027"}, "date: day or month first"),
        ({"kind": "fitting"}, "kind: is none of visit, event"),
        ({"status": "maybe"}, "status: is none of proposed"),
    ],
)
def test_what_can_be_read_in_no_way_or_in_two_is_refused(cells: dict[str, str | None], why: str) -> None:
    with pytest.raises(RefusedRow, match=why):
        made(**cells)
