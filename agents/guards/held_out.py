"""Who is held out of an experiment is not proposed the action it is about, so that one knows what it does.

| the client is in | the action is |
| --- | --- |
| an arm that says `off = true` | not proposed |
| any other arm, or in none | proposed, if it is worth it |
"""

from agents.guard import Guard
from agents.moment import Moment, Proposal


def _check(moment: Moment, proposal: Proposal) -> str | None:
    for experiment in moment.maison.experiments:
        arm = experiment.arm(moment.arms.get(experiment.name, ""))
        if arm is not None and arm.off and experiment.action == proposal.action:
            return f"held out by the experiment {experiment.name}"
    return None


GUARD = Guard(
    name="held_out",
    version=1,
    says="Who is held out of an experiment is not proposed the action that it is about.",
    check=_check,
)
