"""The `prevenance` command."""

import asyncio
import os
import secrets
import shlex
import sys
import time
from pathlib import Path

import click

from streams import acl, logs, replay, serve, topic_admin, topic_plan, topics
from streams.auth import token_for
from streams.check import check
from streams.command import Number, Written, given_settings, on_port, run, served_settings, told, user_name
from streams.consent_command import consent_command
from streams.decisions_command import decisions_command
from streams.demo import Ask, demo
from streams.evaluate_command import evaluate_command
from streams.guards_command import guards_command
from streams.import_command import import_command
from streams.leaving import Leaving, leave
from streams.letters_command import deadletters_command
from streams.licence_command import licence_command
from streams.measure_command import measure_command
from streams.record_commands import explain_command, rebuild_command
from streams.schemas_command import schemas_command
from streams.settings import EMBEDDED, SettingsError, load_maisons
from streams.silence_command import silence_command
from streams.size_command import size_command
from streams.source_commands import quarantine_command
from streams.webpush import new_key
from streams.whatif_command import whatif_command
from streams.why_command import why_command
from streams.worker import AGENTS

LONGEST = 1e9
"""Seconds that a demo may be told to run, some thirty years."""
SHARDS = 32
"""Partitions of a log that is made without a word about them."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="prevenance", message="%(prog)s %(version)s")
@click.option("--verbose", is_flag=True, help="Log what the process does, not only what goes wrong.")
def main(verbose: bool) -> None:
    """Real-time next best action for luxury houses: an event comes in, the right person is alerted."""
    try:
        logs.start(os.environ, verbose)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


@main.command("demo", short_help="The whole line in one process.")
@click.option("--port", type=click.IntRange(0, 65_535), default=None, help="Port of the page and of HTTP in.")
@click.option("--seconds", type=float, default=None, help="End by itself after so long, with a summary.")
@click.option("--no-traffic", is_flag=True, help="Simulate nothing: you send the events.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line on stdout for each alert event.")
def demo_command(port: int | None, seconds: float | None, no_traffic: bool, as_json: bool) -> None:
    """The whole line in one process, with nothing installed: the page on http://127.0.0.1:8080."""
    if seconds is not None and not 0 < seconds < LONGEST:
        raise click.BadParameter(f"{seconds:g} is no time: give seconds above 0", param_hint="--seconds")
    settings = given_settings()
    ask = Ask(
        port=settings.port if port is None else port, seconds=seconds, traffic=not no_traffic, json=as_json
    )
    sys.exit(run(demo(settings, ask)))


@main.command("gateway", short_help="HTTP in: from a request to Kafka.")
@click.option("--port", type=click.IntRange(0, 65_535), default=None, help="Default: PREVENANCE_PORT, 8080.")
def gateway_command(port: int | None) -> None:
    """HTTP in: CloudEvents and Segment calls, acknowledged when Kafka has them.

    Asks for PREVENANCE_KAFKA, PREVENANCE_REDIS, PREVENANCE_PEPPER and PREVENANCE_WRITE_KEYS: `prevenance
    check` says what is missing.
    """
    sys.exit(run(serve.gateway(on_port(port))))


@main.command("worker", short_help="The agents: from Kafka to inboxes.")
@click.option("--agents", default=",".join(AGENTS), show_default=True, help="Which agents this process runs.")
def worker_command(agents: str) -> None:
    """Runs agents. Start as many as you like, on as many hosts: they share the partitions.

    Asks for PREVENANCE_KAFKA, PREVENANCE_REDIS and PREVENANCE_PEPPER: `prevenance check` says what is
    missing.
    """
    named = tuple(agents.split(","))
    if unknown := set(named) - set(AGENTS):
        raise click.BadParameter(f"{min(unknown)!r} is no agent: choose from {', '.join(AGENTS)}")
    sys.exit(run(serve.worker(given_settings(), named)))


@main.command("console", short_help="HTTP for people: the page, live alerts.")
@click.option("--port", type=click.IntRange(0, 65_535), default=None, help="Default: PREVENANCE_PORT, 8080.")
def console_command(port: int | None) -> None:
    """HTTP for people: the page, alerts as they come, client records.

    Asks for PREVENANCE_KAFKA, PREVENANCE_REDIS, PREVENANCE_PEPPER and PREVENANCE_JWT_SECRET: `prevenance
    check` says what is missing.
    """
    sys.exit(run(serve.console(on_port(port))))


@main.command("token", short_help="A token to sign in to the console with.")
@click.argument("staff", metavar="STAFF")
@click.option("--maison", required=True, help="The id of the house, as in its file.")
@click.option("--hours", type=Number(0, 24, min_open=True), default=12.0, show_default=True, help="Its life.")
def token_command(staff: str, maison: str, hours: float) -> None:
    """Prints a token for STAFF, a person of the maison file, signed with PREVENANCE_JWT_SECRET.

    For a first sign-in and for trials: where people have an identity provider, it signs their tokens.
    """
    settings = given_settings()
    with told():
        house = load_maisons(settings.maisons).get(maison)
        person = house.person(staff) if house else None
        if house is None or person is None:
            raise SettingsError(f"{settings.maisons} knows no {staff!r} in a maison {maison!r}")
        secret, now = settings.need("jwt_secret").reveal(), time.time()
        click.echo(token_for(person, house, secret, now + hours * 3600, issued=now))


@main.command("leave", short_help="Somebody leaves: tokens die, the book goes on.")
@click.argument("staff", metavar="STAFF")
@click.option("--maison", required=True, help="The id of the house, as in its file.")
@click.option("--to", metavar="OTHER", help="Who has their clients and open alerts from now on.")
@click.option("--stays", is_flag=True, help="They go on here, in another role or at another site.")
@click.option("--by", default=user_name, help="Who says so; default: your user name.")
def leave_command(staff: str, maison: str, to: str | None, stays: bool, by: str) -> None:
    """Ends every token that STAFF holds, at once, and hands their book and open alerts over.

    With --stays, tokens issued from now on are good; somebody who comes back is told so too, and has their
    own clients again. Without --to, the alerts of their clients go to the team.
    """
    with told():
        asked = Leaving(maison=maison, staff=staff, to=to, stays=stays, by=by)
        click.echo(asyncio.run(leave(served_settings(), asked)))


@main.command("push-key", short_help="A key by which consoles ring telephones.")
def push_key_command() -> None:
    """Prints a new PREVENANCE_PUSH_KEY, by which consoles ring telephones that are locked.

    With another key each page subscribes anew when it is opened; until then its telephone is silent.
    """
    click.echo(new_key())


main.add_command(import_command)


@main.command("acl", short_help="Users of Redis and Kafka per maison, as commands.")
@click.option("--maison", help="Of this one alone; default: of every maison file.")
@click.option("--command-config", metavar="FILE", help="Properties with which Kafka's tools sign in.")
def acl_command(maison: str | None, command_config: str | None) -> None:
    """Prints the commands that make a user of Redis and of Kafka for each process of each maison.

    Nothing is changed. Each user has new passwords, shown here once; it can touch nothing of another maison.
    Run again, the commands give the same rights and other passwords.
    """
    settings = given_settings()
    with told():
        maisons = load_maisons(settings.maisons)
        if maison is not None and maison not in maisons:
            raise SettingsError(f"no file in {settings.maisons} defines the maison {maison!r}")
        named = maisons if maison is None else [maison]
        admin = f"--bootstrap-server {'HOST:9092' if settings.kafka == EMBEDDED else settings.kafka}"
        if command_config is not None:
            admin += f" --command-config {shlex.quote(command_config)}"
        for line in acl.commands(named, admin, lambda: secrets.token_urlsafe(24)):
            click.echo(line)


@main.command("topics", short_help="Creates and checks the topics.")
@click.option(
    "--partitions",
    type=click.IntRange(1, 1024),
    help="Shards, for a first start, 32 where it is not said; fixed from then on.",
)
@click.option(
    "--replication",
    type=click.IntRange(1, 9),
    default=1,
    show_default=True,
    help="Copies of each partition, for a first start: 3 where losing a broker must lose nothing.",
)
@click.option("--plan", is_flag=True, help="Say what would be done, and do nothing; exit code 1 if anything.")
@click.option("--mend", is_flag=True, help="Set what differs in existing topics as the table says.")
def topics_command(partitions: int | None, replication: int, plan: bool, mend: bool) -> None:
    """Creates the topics that are missing, checks those that exist, and says where their settings differ.

    Run again, it finds nothing to do. Partition counts are never changed.
    """
    brokers = served_settings().kafka
    with told():
        absent, differing = topic_plan.planned(brokers, partitions or SHARDS)
        for said in [*(one.line() for one in absent), *(one.line() for one in differing)]:
            click.echo(said)
        if plan:
            sys.exit(1 if absent or differing else 0)
        epoch = topic_admin.create_and_check(brokers, partitions or SHARDS, replication)
        if mend:
            topic_plan.mend(brokers, differing)
    left = 0 if mend else len(differing)
    differ = f"; {left} settings differ, --mend sets them" if left else ""
    shards = epoch.rpartition(":")[2]
    fixed = f"; they keep their {shards} partitions" if str(partitions or shards) != shards else ""
    click.echo(f"{len(topics.TOPICS)} topics are there; this log is {epoch}{differ}{fixed}")


@main.command("replay", short_help="Sends a recording; nobody is alerted.")
@click.argument("file", metavar="FILE")
@click.option("--speed", default="max", show_default=True, help="1 as recorded, N times faster, or max.")
@click.option("--strict", is_flag=True, help="Stop at the first line that is no event.")
@click.option("--wait", is_flag=True, help="Return when the workers have applied everything.")
@click.option("--out", type=Written(), help="Write the records, one a line.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON line on stdout.")
def replay_command(file: str, speed: str, strict: bool, wait: bool, out: Path | None, as_json: bool) -> None:
    """Sends a recording (JSON lines, gzip or not, - for stdin) to `replay.events`; nobody is alerted.

    Sent twice, an event counts once as long as it is among the last hundred of its client. With an embedded
    Kafka a line is started for it, and its records are gone at the end: ask for --out.
    """
    ask = replay.Ask(file=file, speed=_speed(speed), strict=strict, wait=wait, out=out, json=as_json)
    sys.exit(run(replay.replay(given_settings(), ask)))


@main.command("check", short_help="Is everything in place?")
def check_command() -> None:
    """Is everything in place? One line per question; exit code 1 if anything is not ok."""
    findings = asyncio.run(check(os.environ))
    for finding in findings:
        click.echo(finding.line())
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e9:
        raise click.BadParameter(f"{text!r} is no speed: give a number above 0, or max", param_hint="--speed")
    return speed


main.add_command(deadletters_command)
main.add_command(quarantine_command)
main.add_command(licence_command)
main.add_command(consent_command)
main.add_command(silence_command)
main.add_command(size_command)
main.add_command(why_command)
main.add_command(whatif_command)
main.add_command(rebuild_command)
main.add_command(explain_command)
main.add_command(guards_command)
main.add_command(decisions_command)
main.add_command(measure_command)
main.add_command(evaluate_command)
main.add_command(schemas_command)
