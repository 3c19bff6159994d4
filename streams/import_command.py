"""`prevenance import`: what a house brings along, checked row by row, sent once however often it is sent."""

import asyncio
import hashlib
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
import phonenumbers

from feature_store.feature import instances
from schemas.maison import Maison
from schemas.sources import declared
from streams import house_files, imports
from streams.command import Written, given_settings, told
from streams.house_files import COLUMNS
from streams.import_file import Table, look_at
from streams.import_kind import Dates, Import, Made, RefusedRow, Terms, moment_of
from streams.import_sending import through_gateway, through_kafka
from streams.importing import NotImported, Progress, Report, checked, mapped
from streams.settings import EMBEDDED, Settings, load_maisons

IMPORTS: dict[str, Import] = {kind.name: kind for kind in instances(imports, "IMPORT")}
REFUSED = 1
"""Exit code where rows were refused, or would be."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """How an import was asked for."""

    kind: str
    file: Path
    maison: str
    dry_run: bool
    url: str | None
    kafka: bool
    key: str | None
    map: tuple[str, ...]
    encoding: str | None
    delimiter: str | None
    dates: Dates | None
    region: str | None
    source: str | None
    as_of: str | None
    report: Path | None


@click.command("import", short_help="Clients, books, a calendar, catalogue, stock, rota.")
@click.argument("kind", type=click.Choice(sorted(IMPORTS)))
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--maison", required=True, help="The id of the house, as in its file.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; send and write nothing.")
@click.option("--url", help="Send through the gateway at this address.")
@click.option("--kafka", is_flag=True, help="Send through a gateway of its own, to PREVENANCE_KAFKA.")
@click.option("--key", envvar="PREVENANCE_IMPORT_KEY", help="Write key for --url, scope server.")
@click.option("--map", multiple=True, metavar="COLUMN=FIELD", help="What a column is; as often as needed.")
@click.option("--encoding", help="Of a CSV that has no byte order mark and is not UTF-8: cp1252, utf-16 ...")
@click.option("--delimiter", help="Between the cells of a CSV, where the header does not tell.")
@click.option("--dates", type=click.Choice(["ymd", "dmy", "mdy"]), help="The order of dates like 03/04/1980.")
@click.option("--region", help="Country of telephone numbers that do not name theirs, such as FR.")
@click.option("--source", help="Under which source it is believed; default: /import/KIND.")
@click.option("--as-of", help="When the file was true; default: when it was last written.")
@click.option("--report", type=Written(), help="Write the report, as JSON.")
def import_command(**asked: Any) -> None:
    """Brings a client base, the books, appointments, a catalogue, stock or a rota in from CSV or Parquet.

    Run it with --dry-run first: it says which rows would be refused, by line, field and reason, which are
    about somebody an earlier line is about, and which columns it does not understand. Stopped half way, run
    it again: what was sent changes nothing. Exit code 1: rows were refused.
    """
    with told():
        ask = Ask(**asked)
        report = _import(given_settings(), ask)
        if ask.report is not None:
            ask.report.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
        click.echo(report.text())
        sys.exit(REFUSED if report.refused_rows or not report.finished else 0)


def _import(settings: Settings, ask: Ask) -> Report:
    maison = load_maisons(settings.maisons).get(ask.maison)
    if maison is None:
        raise NotImported(f"no file in {settings.maisons} defines the maison {ask.maison!r}")
    kind = IMPORTS[ask.kind]
    table = look_at(ask.file, ask.encoding, ask.delimiter)
    terms = _terms(ask, maison, table)
    report = Report(
        file=ask.file.name,
        digest=table.digest,
        kind=kind.name,
        maison=maison.id,
        how=table.how,
        dry_run=ask.dry_run,
        columns=mapped(table, kind, _told(ask.map)),
        not_understood=[],
    )
    report.not_understood = [c for c in table.columns if c and c not in report.columns]
    progress = Progress(report)
    made = checked(table, kind, terms, report)
    if kind.name in COLUMNS and not ask.dry_run:
        _write(settings, made, report)
    elif ask.dry_run:
        for _, one in made:
            report.events += len(one.events)
            progress.tell()
    elif ask.url is not None and not ask.kafka:
        if not ask.key:
            raise NotImported("--url needs a write key: --key, or PREVENANCE_IMPORT_KEY")
        asyncio.run(_reported(through_gateway(ask.url, ask.key, made, report, progress.tell), report))
    elif ask.kafka and ask.url is None:
        if EMBEDDED in (settings.kafka, settings.redis):
            raise NotImported("--kafka needs PREVENANCE_KAFKA and PREVENANCE_REDIS set to servers")
        asyncio.run(_reported(through_kafka(settings, made, report, progress.tell), report))
    else:
        raise NotImported("say where to: --url of a gateway, or --kafka; or --dry-run to send nothing")
    progress.tell()
    report.finished = True
    return report


def _write(settings: Settings, made: Iterable[tuple[int, Made]], report: Report) -> None:
    """A file of the house: written whole beside the maison's own, or, where a row is refused, not at all."""
    path = settings.maisons / f"{report.maison}-{report.kind}.csv"

    def records() -> Iterator[dict[str, str]]:
        for _, one in made:
            if one.record is not None:
                yield one.record
        if report.refused_rows:
            raise NotImported(f"nothing was written: mend the rows that are refused\n{report.text()}")

    try:
        house_files.write(path, report.kind, records())
    except OSError as error:
        raise NotImported(f"{path} can't be written: {error.strerror}") from None
    report.written = f'{path}: name it in the maison file, {report.kind} = "{path.name}", and start again'


async def _reported(sending: Any, report: Report) -> None:
    """What stops it half way is told after what was done until then."""
    try:
        await sending
    except NotImported as stopped:
        raise NotImported(f"{stopped}\n{report.text()}") from None


def _terms(ask: Ask, maison: Maison, table: Table) -> Terms:
    source = ask.source or f"/import/{ask.kind}"
    if maison.unknown_sources == "quarantine" and declared(maison.sources, source) is None:
        raise NotImported(
            f"the maison sets aside what sources say that it does not declare: add [[sources]] with "
            f"source = {source!r} and a rank to its file"
        )
    if ask.region and ask.region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise NotImported(f"--region: {ask.region!r} is no country: write its two letters, such as FR")
    try:
        as_of = moment_of("--as-of", ask.as_of, ask.dates) if ask.as_of else table.written
    except RefusedRow as refused:
        raise NotImported(str(refused)) from None
    if as_of > datetime.now(UTC):
        raise NotImported("--as-of: a file cannot be true in the future")
    return Terms(
        maison=maison,
        source=source,
        digest=_named(ask, table),
        as_of=as_of,
        dates=ask.dates,
        region=ask.region,
    )


def _named(ask: Ask, table: Table) -> str:
    """What names the events of a file: read otherwise, it says something else, which is no resend."""
    read = [*sorted(ask.map), ask.encoding, ask.delimiter, ask.dates, ask.region, ask.as_of]
    if not any(read):
        return table.digest
    return hashlib.blake2b(msgspec.json.encode([table.digest, read]), digest_size=8).hexdigest()


def _told(pairs: tuple[str, ...]) -> dict[str, str]:
    told = dict(pair.partition("=")[::2] for pair in pairs)
    if not all(told.values()):
        raise NotImported("--map: write COLUMN=FIELD")
    return told
