"""A client base and its books: what a row comes to, what is refused, and why."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.codec import decode, encode
from schemas.events.client import ClientConsent, ClientProfile
from streams.import_command import IMPORTS
from streams.import_file import look_at
from streams.import_kind import Made, RefusedRow, Terms
from streams.importing import NotImported, Report, checked, mapped
from tests.alerts import lumiere

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
CLIENTS, BOOKS = IMPORTS["clients"], IMPORTS["books"]


def terms(**more: Any) -> Terms:
    return Terms(maison=lumiere(), source="/import/clients", digest="d1", as_of=AS_OF, **more)


def made(kind: Any = CLIENTS, given: Terms | None = None, **cells: str) -> Made:
    result: Made = kind.make(7, {"client_id": "c-1", **cells}, given or terms())
    return result


def fields(**cells: str) -> Any:
    [event] = made(**cells).events
    profile = decode(encode(event))
    assert isinstance(profile, ClientProfile)
    return profile.data.fields


def test_a_row_becomes_a_profile_with_the_time_of_the_file_and_an_id_of_its_line() -> None:
    [event] = made(name="Aline Moreau", language="fr").events
    assert (event["id"], event["time"], event["maison"]) == (
        "import:d1:7:p", "2026-11-01T00:00:00Z", "lumiere",
    )  # fmt: skip
    assert made(name="Aline Moreau", language="fr").events == [event]


def test_what_is_known_of_a_client_is_typed() -> None:
    said = fields(first_name="Aline", last_name="Moreau", birth_date="25/12/1980", advisor="camille",
                  residences="Paris; Tokyo", size_ring="52", preference_wine="Meursault")  # fmt: skip
    assert said.name == "Aline Moreau"
    assert said.birth_date.isoformat() == "1980-12-25"
    assert said.residences == ["Paris", "Tokyo"]
    assert (said.sizes, said.preferences, said.advisor) == ({"ring": "52"}, {"wine": "Meursault"}, "camille")


@pytest.mark.parametrize(
    ("cells", "given", "field", "reason"),
    [
        ({"client_id": ""}, {}, "", "names nobody"),
        ({"email": "aline"}, {}, "email", "no e-mail"),
        ({"client_id": "x" * 300}, {}, "client_id", "too long"),
        ({"phone": "06 12 34 56 78"}, {}, "phone", "--region"),
        ({"phone": "06 12 34 56 78"}, {"region": "US"}, "phone", "cannot exist"),
        ({"phone": "call me"}, {"region": "FR"}, "phone", "no telephone number"),
        ({"phone": "0612345678 (maman)"}, {"region": "DE"}, "phone", "no telephone number"),
        ({"phone": "33612345678.0"}, {"region": "DE"}, "phone", "decimal number"),
        ({"phone": "+33612345678.0"}, {}, "phone", "no telephone number"),
        ({"client_id": "1234.0"}, {}, "client_id", "decimal number"),
        ({"birth_date": "03/04/1980"}, {}, "birth_date", "--dates"),
        ({"birth_date": "03/04/1980"}, {"dates": "ymd"}, "birth_date", "--dates dmy or"),
        ({"whatsapp": "13102341234"}, {"region": "CN"}, "whatsapp", "of here or of abroad"),
        ({"birth_date": "03/04/80"}, {}, "birth_date", "two digits"),
        ({"birth_date": "30/02/1980"}, {}, "birth_date", "no calendar"),
        ({"birth_date": "25/12/1980"}, {"dates": "mdy"}, "birth_date", "no calendar"),
        ({"birth_date": "1780-01-01"}, {}, "birth_date", "nobody alive"),
        ({"birth_date": "2030-01-01"}, {}, "birth_date", "nobody alive"),
        ({"birth_date": "1980-12-24T23:00:00.000Z"}, {}, "birth_date", "no date"),
        ({"birth_date": "Christmas"}, {}, "birth_date", "no date"),
        ({"advisor": "zoe-smith"}, {}, "advisor", "nobody of the maison"),
        ({"updated": "2026-12-24"}, {}, "updated", "later than the file"),
        ({"updated": "2026-10-24T10:00:00"}, {}, "updated", "no zone"),
        ({"updated": "0001-01-01T00:00:00+14:00"}, {}, "updated", "no calendar has"),
        ({"consent_marketing": "perhaps"}, {}, "consent_marketing", "none of yes"),
        ({"consent_world_peace": "yes"}, {}, "consent_world_peace", "no purpose"),
        ({"consent_marketing_pigeon": "yes"}, {}, "consent_marketing_pigeon", "no channel"),
    ],
)
def test_a_cell_that_cannot_be_believed_refuses_the_row_and_is_not_repeated(
    cells: dict[str, str], given: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(RefusedRow, match=reason) as refused:
        made(given=terms(**given), **cells) if cells.get("client_id") != "" else CLIENTS.make(7, {}, terms())
    assert refused.value.field == field
    assert all(value not in str(refused.value) for value in cells.values() if len(value) > 4)


def test_numbers_are_spelled_in_one_way_by_the_country_that_is_told_or_stands_in_the_row() -> None:
    for given, cells in ((terms(region="fr"), {}), (terms(), {"country": "fr"})):
        for spelled in ("06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678"):
            [event] = made(given=given, phone=spelled, **cells).events
            assert event["data"]["who"]["phone"] == "+33612345678"
    sites = [site for site in lumiere().sites if site.id == "vendome"]
    paris = msgspec.structs.replace(terms(), maison=msgspec.structs.replace(lumiere(), sites=sites))
    assert made(given=paris, phone="06 12 34 56 78").events[0]["data"]["who"]["phone"] == "+33612345678"


def test_a_whatsapp_id_is_read_as_whatsapp_writes_it() -> None:
    """With its country and no plus, whosever the house is; or, of who shows no number, an id that is none."""
    for region in ("CH", None, "FR", "DE", "IT"):
        for spelled in ("33612345678", "+33 6 12 34 56 78", "0033612345678"):
            [event] = made(given=terms(region=region), whatsapp=spelled).events
            assert event["data"]["who"]["whatsapp"] == "+33612345678"
        [event] = made(given=terms(region=region), whatsapp="FR.13491208655302741918").events
        assert event["data"]["who"]["whatsapp"] == "FR.13491208655302741918"
    [event] = made(given=terms(region="FR"), whatsapp="06 12 34 56 78").events
    assert event["data"]["who"]["whatsapp"] == "+33612345678"


def test_a_date_that_ends_with_its_year_is_read_beside_others_that_begin_with_it() -> None:
    assert fields(birth_date="12/25/1980").birth_date.isoformat() == "1980-12-25"
    [event] = made(given=terms(dates="ymd"), birth_date="12/25/1980").events
    assert event["data"]["fields"]["birth_date"] == "1980-12-25"


@pytest.mark.parametrize(
    "after", ["", "T00:00:00", " 00:00:00", " 00:00:00.000", " 0:00", "T00:00:00Z", "T00:00:00+01:00"]
)
def test_a_day_may_have_its_midnight_as_databases_write_it(after: str) -> None:
    """Any other hour is that of a zone: 24 December at 23:00Z is a birthday of the 25th in Paris."""
    assert fields(birth_date="1980-12-25" + after).birth_date.isoformat() == "1980-12-25"


def test_of_two_columns_of_one_field_the_one_that_is_said_counts(tmp_path: Path) -> None:
    """To say which with --map was what the error asked for, and it changed nothing."""
    file = tmp_path / "c.csv"
    file.write_text("id,client_id,E-Mail,name\n1,2,a@b.fr,X\n")
    with pytest.raises(NotImported, match="both client_id: say which with --map"):
        mapped(look_at(file), CLIENTS, {})
    assert mapped(look_at(file), CLIENTS, {"id": "client_id"}) == {
        "id": "client_id", "E-Mail": "email", "name": "name",
    }  # fmt: skip
    with pytest.raises(NotImported, match="both client_id"):
        mapped(look_at(file), CLIENTS, {"id": "client_id", "client_id": "client_id"})


def test_a_yes_counts_with_its_proof_alone_and_a_no_always() -> None:
    without = made(consent_marketing="yes", consent_profiling="no", consent_one_to_one_whatsapp="all")
    consents = [decode(encode(e)) for e in without.events[1:]]
    assert [(c.data.purpose, c.data.state) for c in consents if isinstance(c, ClientConsent)] == [
        ("profiling", "none")
    ]
    assert {field for field, _ in without.left_out} == {"consent_marketing", "consent_one_to_one_whatsapp"}
    proven = made(
        consent_one_to_one_whatsapp="one_to_one", consent_proof="form 12", consent_wording="v3",
        consent_date="2025-05-01", consent_expires="2028-05-01",
    )  # fmt: skip
    consent = decode(encode(proven.events[1]))
    assert isinstance(consent, ClientConsent)
    assert (consent.data.purpose, consent.data.channel, consent.data.state, consent.data.proof) == (
        "one_to_one", "whatsapp", "one_to_one", "form 12",
    )  # fmt: skip
    assert (consent.time.year, consent.data.wording) == (2025, "v3")
    assert consent.data.expires is not None


def test_what_was_allowed_was_so_before_the_file_was_written() -> None:
    """A slip of a year would be a yes of today, and outweigh a no of yesterday."""
    said = {"consent_marketing": "yes", "consent_proof": "form 12"}
    assert len(made(**said, consent_date="2026-11-01").events) == 2
    with pytest.raises(RefusedRow, match="consent_date: is later than the file"):
        made(**said, consent_date="2027-01-11")


def test_a_day_that_has_begun_where_a_file_was_written_is_no_later_than_it() -> None:
    """In Tokyo a night's export says today, which in UTC is tomorrow."""
    night = msgspec.structs.replace(terms(), as_of=datetime(2026, 10, 31, 17, tzinfo=UTC))
    said = {"consent_marketing": "yes", "consent_proof": "form 12", "consent_date": "2026-11-01"}
    events = made(CLIENTS, night, updated="2026-11-01", **said).events
    assert [event["time"] for event in events] == ["2026-10-31T17:00:00Z"] * 2
    with pytest.raises(RefusedRow, match="updated: is later than the file"):
        made(CLIENTS, night, updated="2026-11-02")


def test_one_file_is_a_base_and_a_book_under_one_source_and_neither_is_a_resend_of_the_other() -> None:
    [base], [book] = made(name="Aline", advisor="camille").events, made(BOOKS, advisor="camille").events
    assert base["source"] == book["source"]
    assert base["id"] != book["id"]


def test_a_book_says_whose_client_it_is_and_nothing_else() -> None:
    [event] = made(BOOKS, advisor="camille").events
    assert event["data"] == {"who": {"client_id": "c-1"}, "fields": {"advisor": "camille"}}
    with pytest.raises(RefusedRow, match="advisor"):
        made(BOOKS)


def report(file: Path, **columns: str) -> Report:
    return Report(file=file.name, digest="d", kind="clients", maison="lumiere", how="CSV", dry_run=True,
                  columns=columns, not_understood=[])  # fmt: skip


def test_a_second_row_of_the_same_client_is_a_duplicate_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("e,n\nA@b.fr,X\nc@d.fr,Y\n a@B.fr ,Z\nbad,W\n")
    said = report(file, e="email", n="name")
    lines = [line for line, _ in checked(look_at(file), CLIENTS, terms(), said)]
    assert lines == [2, 3]
    assert [(t.line, t.first) for t in said.duplicates] == [(4, 2)]
    assert [(r.line, r.field) for r in said.refused] == [(5, "email")]
    assert (said.rows, said.taken, said.refused_rows, said.duplicate_rows) == (4, 2, 1, 1)
    assert "bad" not in said.text()


def test_a_cell_that_a_database_left_empty_is_nobodys_number_and_nobodys_name(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("e,l,n,c\na@b.fr,NULL,NULL,\\N\nc@d.fr,null,Jean Null,0\n")
    said = report(file, e="email", l="loyalty_id", n="name", c="client_id")
    first, second = [made.events[0]["data"] for _, made in checked(look_at(file), CLIENTS, terms(), said)]
    assert first == {"who": {"email": "a@b.fr"}, "fields": {}}
    assert second == {"who": {"email": "c@d.fr"}, "fields": {"name": "Jean Null"}}
    assert (said.taken, said.left_out_cells) == (2, 5)
    assert {one.field for one in said.left_out} == {"loyalty_id", "name", "client_id"}


def test_a_number_that_a_sheet_rounded_is_nobodys(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("card,email\n4.97012E+15,a@b.fr\n4.97012E+15,c@d.fr\n4970123456789012,e@f.fr\n")
    said = report(file, card="card", email="email")
    assert [line for line, _ in checked(look_at(file), CLIENTS, terms(), said)] == [4]
    assert [(r.line, r.field) for r in said.refused] == [(2, "card"), (3, "card")]


@pytest.mark.parametrize(
    ("header", "told", "why"),
    [
        ("colour,shape", {}, "no column is understood"),
        ("email,e-mail", {}, "both email"),
        ("email,x", {"y": "name"}, "no column 'y'"),
        ("email,x", {"x": "soul"}, "no field of clients"),
    ],
)
def test_columns_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, header: str, told: dict[str, str], why: str
) -> None:
    file = tmp_path / "c.csv"
    file.write_text(header + "\n1,2\n")
    with pytest.raises(NotImported, match=why):
        mapped(look_at(file), CLIENTS, told)


def test_columns_are_known_by_the_names_that_houses_give_them(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("Numéro;Prénom;E-Mail Address;Size Ring;Colour\n")
    assert mapped(look_at(file), CLIENTS, {"Numéro": "client_id"}) == {
        "Numéro": "client_id", "Prénom": "first_name", "E-Mail Address": "email", "Size Ring": "size_ring",
    }  # fmt: skip
