"""What experiments have found so far: `GET /v1/experiments`, for managers and the platform team."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args

from aiohttp import web

from agents.experiments import clients_of, judged, uneven
from agents.rates import NAME, RATES, Rates, key_of
from agents.sequential import interval
from feature_store.learning import Learning, decode_head
from schemas.experiments import Arm, Experiment, Harm
from streams.answers import guarded, reply
from streams.auth import Denied, Door
from streams.shapes.experiments import ArmFound, ExperimentFound, Experiments, Rate

READERS = frozenset({"manager", "platform"})

Counted = Callable[[str], Awaitable[Rates]]
"""What was counted in a maison so far. Raises `StoreAway`."""


def counting(redis: Any) -> Counted:
    """As the learner has it in Redis."""
    learning = Learning(redis)

    async def counted(maison: str) -> Rates:
        raw, _ = await learning.read(maison, NAME)
        state = decode_head(raw, "").state
        rates: Rates = RATES.load(state) if state else RATES.new()
        return rates

    return counted


def experiment_routes(
    app: web.Application,
    counted: Counted,
    door: Door,
) -> None:
    """Adds `GET /v1/experiments`."""

    async def experiments(request: web.Request) -> web.Response:
        caller = door.caller(request)
        if caller.role not in READERS:
            raise Denied(403, "Managers and the platform team see what is tried out.")
        maison = door.maisons[caller.maison]
        rates = await counted(maison.id) if maison.experiments else Rates()
        return reply(Experiments(experiments=[found(one, rates) for one in maison.experiments]))

    app.router.add_get("/v1/experiments", guarded(experiments))


def found(experiment: Experiment, rates: Rates) -> ExperimentFound:
    """An experiment as a person reads it."""
    clients = clients_of(experiment, rates)
    return ExperimentFound(
        name=experiment.name,
        action=experiment.action,
        measure=experiment.measure,
        days=experiment.days,
        alpha=experiment.alpha,
        uneven=uneven(experiment, clients),
        arms=[_arm(experiment, arm, rates, clients.get(arm.name)) for arm in experiment.arms],
    )


def _arm(experiment: Experiment, arm: Arm, rates: Rates, clients: int | None) -> ArmFound:
    measures = (experiment.measure, *get_args(Harm))
    return ArmFound(
        name=arm.name,
        share=arm.share,
        clients=clients,
        verdict="control" if arm is experiment.control else judged(experiment, arm, rates),
        rates={measure: _rate(experiment, arm, measure, rates) for measure in measures},
    )


def _rate(experiment: Experiment, arm: Arm, measure: str, rates: Rates) -> Rate:
    count = rates.of(key_of(experiment.name, arm.name, measure))
    low, high = interval(count, experiment.alpha)
    return Rate(n=int(count.n), yes=int(count.yes), rate=count.rate, low=low, high=high)
