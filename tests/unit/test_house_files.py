"""Catalogue, stock and rota: imported into files beside the maison's own, read at the next start."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from agents.deliver import route
from agents.guard import spared
from agents.moment import Proposal
from agents.registry import GUARDS, RULES
from feature_store.inbox import Presence
from schemas.alerts import Addressee
from schemas.maison import Maison, Shift
from streams.cli import main
from streams.settings import SettingsError, load_maisons
from tests.alerts import LUMIERE_FILE, NOW, a_change, lumiere
from tests.builders import checkin, consent, moment, profile, record_of, view


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with Maison Lumière, whose catalogue is still in its file."""
    (tmp_path / "lumiere.toml").write_text(LUMIERE_FILE.read_text())
    return tmp_path


def imported(folder: Path, kind: str, text: str, *options: str) -> Result:
    file = folder / "given.csv"
    file.write_text(text)
    argv = ["import", kind, str(file), "--maison", "lumiere", *options]
    return CliRunner().invoke(main, argv, env={"PREVENANCE_MAISONS": str(folder)})


def named(folder: Path, kind: str) -> Maison:
    """The house, once its file names the imported one."""
    text = LUMIERE_FILE.read_text()
    catalogue = text[text.index("[[catalogue]]") : text.index("[[sources]]")]
    text = text.replace(catalogue, "") if kind == "catalogue" else text
    (folder / "lumiere.toml").write_text(f'{kind} = "lumiere-{kind}.csv"\n{text}')
    return load_maisons(folder)["lumiere"]


def test_a_catalogue_replaces_the_one_that_stood_in_the_file(folder: Path) -> None:
    text = "Référence;Libellé;Catégorie;Prix;Collection\nb-1;Bag;bags;3 450,50;Aurore\nb-2;Clutch;bags;99;\n"
    done = imported(folder, "catalogue", text)
    assert done.exit_code == 0, done.output
    assert 'catalogue = "lumiere-catalogue.csv"' in done.output
    house = named(folder, "catalogue")
    assert [(a.sku, a.name, a.price, a.collection) for a in house.catalogue] == [
        ("b-1", "Bag", 345050, "Aurore"), ("b-2", "Clutch", 9900, None),
    ]  # fmt: skip


def test_what_an_article_is_made_of_is_said_and_a_file_from_before_it_was_is_still_read(folder: Path) -> None:
    text = "sku,name,category,price,Matière,contains,colour,occasion,fits,sizes,since\n"
    text += "r-1,Ring,jewellery,99,gold,nickel ; leather,red,evening,ring,50;52,2026-11-16\n"
    assert imported(folder, "catalogue", text).exit_code == 0
    [ring] = named(folder, "catalogue").catalogue
    assert (ring.material, ring.contains, ring.colour) == ("gold", ["nickel", "leather"], "red")
    assert (ring.occasion, ring.fits, ring.sizes) == ("evening", "ring", ["50", "52"])
    assert ring.since == date(2026, 11, 16)
    before = "sku,name,category,price_minor,gender,collection\nr-1,Ring,jewellery,9900,,\n"
    (folder / "lumiere-catalogue.csv").write_text(before)
    [ring] = load_maisons(folder)["lumiere"].catalogue
    assert (ring.price, ring.material, ring.sizes, ring.since) == (9900, None, [], None)


@pytest.mark.parametrize(
    ("kind", "row", "why"),
    [
        ("catalogue", "sku,name,category,price\nb,B,bags,\"3,450\"", "price: has a comma"),
        ("catalogue", "sku,name,category,price\nb,B,bags,3.450", "price: has a point"),
        ("catalogue", f"sku,name,category,price_minor\nb,B,bags,{'9' * 5_000}", "price: is missing"),
        ("stock", f"site,sku,quantity\nginza,b,{'9' * 5_000}", "quantity: is no number"),
        ("catalogue", "sku,name,category,price\nb,B,bags,free", "price: is missing, or is no number"),
        ("catalogue", "sku,name,category,price\nb,,bags,1", "name: is missing"),
        ("catalogue", "sku,name,category,price,currency\nb,B,bags,1,USD", "currency: is not the maison's"),
        ("catalogue", "sku,name,category,price,since\nb,B,bags,1,03/04/2026", "since: day or month first"),
        ("stock", "site,sku,quantity\nnowhere,b,1", "site: is none"),
        ("stock", "site,sku,quantity\nginza,b,-1", "quantity: is no number"),
        ("rota", "staff,site,date,from,to\ncamille,ginza,2026-11-25,9:30,18:00", "staff: is nobody who"),
        ("rota", "staff,site,date,from,to\ncamille,vendome,03/04/2026,9:30,18:00", "date: day or month"),
        ("rota", "staff,site,date,from,to\ncamille,vendome,2026-11-25,9h30,18:00", "from: is no time"),
        ("rota", "staff,site,date,from,to\ncamille,vendome,2026-11-25,9:30+05:00,18:00", "from: is no time"),
        ("rota", "staff,site,date,from,to\ncamille,vendome,2026-11-25,24:00,08:00", "from: is no time"),
        ("rota", "staff,site,date,from,to\ncamille,vendome,2026-11-25,01:00,23:00", "to: makes a shift"),
    ],
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_named_and_no_file_is_half_written(
    folder: Path, kind: str, row: str, why: str
) -> None:
    done = imported(folder, kind, row + "\n")
    assert done.exit_code == 1
    assert f"line 2: {why}" in done.output
    assert "nothing was written" in done.output
    assert sorted(p.name for p in folder.iterdir()) == ["given.csv", "lumiere.toml"]


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    done = imported(folder, "stock", "site,sku,quantity\nginza,b,1\n", "--dry-run")
    assert done.exit_code == 0
    assert "1 row would be taken" in done.output
    assert not (folder / "lumiere-stock.csv").exists()


def test_a_file_that_is_named_and_is_not_there_or_not_ours_keeps_a_process_from_starting(
    folder: Path,
) -> None:
    with pytest.raises(SettingsError, match=r"lumiere-stock\.csv can't be read"):
        named(folder, "stock")
    (folder / "lumiere-stock.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SettingsError, match="import the file first"):
        named(folder, "stock")
    (folder / "lumiere-stock.csv").write_text("site,sku,quantity\nginza,b,many\n")
    with pytest.raises(SettingsError, match="line 2"):
        named(folder, "stock")


def shown(house: Maison) -> list[str]:
    liking = [consent(card="c", purpose="profiling"), *(view(card="c", sku="bag-aurore") for _ in range(3))]
    client = record_of(profile(card="c", fields={"name": "Aline"}), *liking)
    [welcome] = [rule for rule in RULES if rule.name == "boutique_welcome"]
    came = moment(checkin(card="c", site="vendome"), client=client, maison=house)
    [proposal] = [one for one in welcome.propose(came) if isinstance(one, Proposal)]
    return [one.sku for one in spared(came, proposal, GUARDS).recommendations]


def test_what_a_boutique_does_not_have_is_not_recommended_there(folder: Path) -> None:
    assert shown(lumiere())[0] == "bag-aurore"
    imported(folder, "stock", "boutique,sku,qty\nvendome,bag-aurore,0\nvendome,clutch-nuit,2\n")
    assert shown(named(folder, "stock")) == ["clutch-nuit"]


def at(hour: int, day: int = 25) -> float:
    return datetime(2026, 11, day, hour, tzinfo=UTC).timestamp()


def test_who_is_on_the_rota_is_found_before_any_device_says_that_they_are_there(folder: Path) -> None:
    imported(folder, "rota", "staff,site,date,from,to\ncamille,vendome,2026-11-25,9:30,18:00\n")
    house = named(folder, "rota")
    hers, team = Addressee(staff="camille"), Addressee(team="vendome-team")

    def routed(now: float, **presence: Presence) -> Addressee:
        return route(a_change(assigned="camille"), house, "vendome", presence, now)

    assert routed(at(12)) == hers
    assert routed(at(8)) == team  # 9:00 in Paris
    assert routed(at(18)) == team
    assert routed(at(12), camille=Presence(status="off", at=at(11))) == team  # she said so since
    assert routed(at(12), camille=Presence(status="off", at=at(19, day=24))) == hers  # that was yesterday
    assert routed(at(20), camille=Presence(status="on", at=at(19))) == hers  # she stayed on


def test_a_shift_over_midnight_ends_the_next_day(folder: Path) -> None:
    done = imported(folder, "rota", "staff,site,date,from,to\nlouis,riviera,2026-11-25,22:00,06:00\n")
    assert done.exit_code == 0, done.output
    [shift] = named(folder, "rota").rota["louis"]
    assert shift == Shift(site="riviera", begins=at(21), ends=at(5, day=26))


def test_a_shift_may_end_at_24_and_hours_may_have_seconds(folder: Path) -> None:
    imported(folder, "rota", "staff,site,date,from,to\nlouis,riviera,2026-11-25 00:00:00,9:30:00,24:00\n")
    [shift] = named(folder, "rota").rota["louis"]
    assert shift.ends - shift.begins == 14.5 * 3600


def test_a_house_without_such_files_is_as_before() -> None:
    house: Any = msgspec.structs.asdict(lumiere())
    assert (house["stock"], house["rota"]) == ({}, {})
    assert tomllib.loads(LUMIERE_FILE.read_text())["catalogue"][0]["sku"] == house["catalogue"][0].sku
    assert lumiere().on_duty_since("camille", "vendome", NOW) is None
