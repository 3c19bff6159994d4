"""What is counted as records move, in the tallies of all shards: when guests come, and what goes together."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec

from agents.recommend import recommend
from feature_store.arrivals import WITHIN, expected
from feature_store.scale import Scale, scales_of
from feature_store.tally import cells_of, moved
from feature_store.together import Together, together_of
from schemas.alerts import Recommendation
from tests import builders as a
from tests.estimators.contract import Case, Estimator, words
from tests.estimators.moments import DAY, YES

SHARDS = 4
SHOWN = 3
SKUS = [one.sku for one in a.LUMIERE.catalogue]
GUEST, CLIENT = {"guest_id": "g1"}, {"card": "c1"}


def _counted(
    name: str, letters: tuple[str, ...], records: Callable[[Case], Sequence[Any]], **more: Any
) -> Estimator:
    """letters: what its cells begin with. records: of whom a case is about, as it grew."""

    def count(state: Counter[str], case: Case) -> None:
        before: tuple[str, ...] = ()
        for record in records(case):
            after = tuple(cell for cell in cells_of(record) if cell.startswith(letters))
            state.update(moved("lumiere", before, after))
            before = after

    def dump(state: Counter[str]) -> bytes:
        return msgspec.msgpack.encode(sorted((name, n) for name, n in state.items() if n))

    def divided(cases: Sequence[Case], random: Random) -> bytes:
        """Clients stand in shards, and whoever reads adds up."""
        shards = [Counter[str]() for _ in range(SHARDS)]
        for case in cases:
            count(random.choice(shards), case)
        whole = Counter[str]()
        for shard in shards:
            whole.update(shard)
        return dump(whole)

    return Estimator(
        name=name,
        new=Counter,
        learn=count,
        dump=dump,
        load=lambda stored: Counter(dict(msgspec.msgpack.decode(stored))),
        divided=divided,
        any_order=True,
        **more,
    )


class Coming(msgspec.Struct, frozen=True):
    """Who is announced, for when and by what; nothing is announced of whom `by` is empty. `then`: what is
    heard of them afterwards."""

    by: str
    eta: int
    then: tuple[Any, ...] = ()


LATE = {"taxi": (25.0, 8.0), "train": (0.0, 4.0), "on foot": (60.0, 20.0)}
"""How many minutes late guests come in that world, and how far from that."""
ETA = int(a.NOON) + 7_200


def _came(by: str, eta: int, late: int) -> Case:
    return Case(Coming(by, eta, (a.hotel("checkin", eta + late, **GUEST),)), late)


def _announced(random: Random) -> Case:
    by = random.choice([*LATE])
    return _came(by, ETA - random.randrange(200) * 86_400, int(60 * random.gauss(*LATE[by])))


def _from_afar(random: Random) -> Case:
    by = random.choice([*[words(random) + words(random)] * 9, "taxi", "tgv", "AF 12", "car"])
    return _came(by, ETA - random.randrange(400 * 86_400), random.randrange(-10_000, 20_000))


def _never_came(random: Random) -> list[Case]:
    """Somebody who did not come, or was not announced, or whose stay was called off."""
    came = a.hotel("checkin", ETA + 600, **GUEST)
    gone = a.booking(ETA + 3_600, "cancelled", **GUEST)
    return [Case(Coming(*one), 0) for one in (("taxi", ETA), ("", ETA, (came,)), ("taxi", ETA, (came, gone)))]


def _stays(case: Case) -> list[Any]:
    told = case.asked
    before = [a.booking(told.eta - 9_000, **GUEST)]
    if told.by:
        before.append(a.arrival(told.eta - 3_600, told.eta, by=told.by, **GUEST))
    return [a.record_of(*before), a.record_of(*before, *told.then)]


def _expected(state: Counter[str], asked: Coming) -> Any:
    scale = scales_of(state.items(), a.NOON).get("lumiere", Scale())
    return expected(scale, (), asked.by, asked.eta)


def _held(answered: Sequence[tuple[Any, int]]) -> list[tuple[float, float]]:
    """The interval that four in five are said to come within."""
    within = [guess.low <= late <= guess.high for guess, late in answered]
    return [(WITHIN, sum(within) / len(within))]


ARRIVALS = _counted(
    "arrivals",
    ("l:",),
    _stays,
    draw=_announced,
    ask=_expected,
    loss=lambda guess, late: abs(late - (guess.late if guess is not None else 0)) / 60,
    rests=lambda state, case: _expected(state, case.asked).seen,
    stranger=Coming("", ETA),
    odd=lambda asked: [Coming("", 0), Coming("🚕" * 50, 2**40), Coming("-- 12", -5), Coming(asked.by, 1)],
    idle=_never_came,
    flood=_from_afar,
    likely=_held,
)

NEXT = {"bag-aurore": "ring-solstice", "scarf-brise": "watch-meridien-or"}
"""What clients of that world choose after what, nine in ten; nothing articles have in common tells it."""

Orders = tuple[Any, ...]


def _order(sku: str, days: int) -> Any:
    return a.purchase(a.NOON - days * DAY, lines=[a.line(sku)], **CLIENT)


def _after(random: Random) -> Case:
    first = random.choice([*NEXT])
    return Case((_order(first, 90),), NEXT[first] if random.random() < 0.9 else random.choice(SKUS))


def _anything(random: Random) -> Case:
    return Case(tuple(_order(random.choice(SKUS), days) for days in (3, 2)), random.choice(SKUS))


def _not_theirs(random: Random) -> list[Case]:
    """What was for somebody else, what was brought back, what was only looked at."""
    bag = [a.line("bag-aurore")]
    gift, bought = (a.purchase(lines=bag, gift=gift, **CLIENT) for gift in (True, False))
    back, looked = a.returned(a.NOON + 9, lines=bag, **CLIENT), a.view(sku="bag-aurore", **CLIENT)
    return [Case(orders, None) for orders in ((gift,), (bought, back), (looked,))]


def _chose(case: Case) -> list[Any]:
    orders = [*case.asked, *([_order(case.came, 1)] if case.came else [])]
    return [a.record_of(YES, *orders[: n + 1]) for n in range(len(orders))]


def _shown(state: Counter[str], asked: Orders) -> list[Recommendation]:
    together = together_of(state.items()).get("lumiere", Together())
    moment = a.moment(client=a.record_of(YES, *asked))
    return recommend(msgspec.structs.replace(moment, together=together))[:SHOWN]


ITEMS = _counted(
    "items",
    ("u|", "v|"),
    _chose,
    draw=_after,
    ask=_shown,
    loss=lambda shown, then: float(then not in [one.sku for one in shown]),
    rests=lambda state, case: [one.why for one in _shown(state, case.asked)],
    stranger=(a.checkin(**CLIENT),),
    odd=lambda asked: [(_order("nobody-knows-it", 1),), (*asked, *asked), ()],
    idle=_not_theirs,
    flood=_anything,
    likely=lambda answered: [],
)
