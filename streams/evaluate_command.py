"""`prevenance evaluate`: what other policies would have earned, from a log of decisions."""

from collections.abc import Iterator
from typing import Any

import click
import msgspec

from agents.evaluate import Estimate, Evaluated, Evaluation
from schemas.codec import Unreadable
from schemas.decisions import Logged, logged
from streams.command import told
from streams.logs import say
from streams.recording import RecordingError, lines_of, open_recording

TELL = 100_000
"""Lines between two words of how far it is."""
SHOWN = 20
"""Bad lines told one by one; the others are counted."""


@click.command("evaluate", short_help="What another policy would have earned.")
@click.argument("log", metavar="LOG")
@click.option("--strict", is_flag=True, help="Stop at the first line that is no decision.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def evaluate_command(log: str, strict: bool, as_json: bool) -> None:
    """Estimates from LOG (JSON lines, gzip or not, - for stdin) what policies not in force are worth.

    A line is one decision: `context` (an id), the `actions` that were eligible, the `action` taken, its
    `propensity`, the `reward` (null while unknown), and in `policies`, by name, the probability of each
    action under the policy to be evaluated; in `q`, if there is a model, the reward it expects of each.

    Prints for each policy inverse propensity (ips), self-normalised (snips) and doubly robust (dr)
    estimates of a decision's reward with intervals of 95 %, and how many decisions of its own the log is
    worth to it.

    Lines that can't be read are told by number and field, and the rest is evaluated; exit code 1 if none is
    left.
    """
    evaluation, refused = Evaluation(), _Refused(strict)
    with told():
        for line in _decisions(log, refused):
            evaluation.add(line)
        if not evaluation.decisions:
            raise RecordingError(f"no line of {log} is a decision whose reward is known")
        _print(evaluation, refused.count, as_json)


class _Refused:
    """Bad lines: the first are told, all are counted."""

    def __init__(self, strict: bool) -> None:
        self.count, self._strict = 0, strict

    def add(self, number: int, reason: str) -> None:
        self.count += 1
        if self._strict:
            raise RecordingError(f"line {number}: {reason}")
        if self.count <= SHOWN:
            say(f"line {number}: {reason}")
        elif self.count == SHOWN + 1:
            say("further bad lines are counted")


def _decisions(log: str, refused: _Refused) -> Iterator[Logged]:
    read = 0
    for lines in lines_of(open_recording(log)):
        for number, value in lines:
            try:
                yield logged(value)
            except Unreadable as error:
                refused.add(number, str(error))
        if (read + len(lines)) // TELL > read // TELL:
            say(f"{read + len(lines):,} lines")
        read += len(lines)


def _print(evaluation: Evaluation, refused: int, as_json: bool) -> None:
    known: dict[str, Any] = {
        "decisions": evaluation.decisions,
        "waiting": evaluation.waiting,
        "twins": evaluation.twins,
        "refused": refused,
        "logged": evaluation.logged,
        "policies": evaluation.policies,
    }
    if as_json:
        click.echo(msgspec.json.encode(known))
        return
    counts = ", ".join(f"{known[of]:,} {of}" for of in ("decisions", "waiting", "twins", "refused"))
    click.echo(f"{counts}\nas logged            {_told(evaluation.logged)}")
    for name, of in evaluation.policies.items():
        click.echo(_policy(name, of))


def _policy(name: str, of: Evaluated) -> str:
    worth = f"worth {of.effective:,.0f} of {of.decisions:,} decisions, heaviest weight {of.heaviest:.1f}"
    rows = (("ips", of.ips), ("snips", of.snips), ("dr", of.dr))
    return "\n".join([f"{name}: {worth}", *(f"  {label:<18} {_told(estimate)}" for label, estimate in rows)])


def _told(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not known"
    return f"{estimate.value:.6f}  [{estimate.low:.6f}, {estimate.high:.6f}]"
