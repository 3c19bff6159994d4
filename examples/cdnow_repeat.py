"""Who buys again? CDNOW's clients, online, as the line learns: no feature and no label after 1997-09-30.

    PREVENANCE_DATA=../shared/data python examples/cdnow_repeat.py [EVERY]

Each client is looked at every 91 days; a look is learned when the next one shows whether anything was
bought since. At the cutoff everybody is asked who will order within 39 weeks. Beside the forecast of the line
stand the same at another interval, other estimators of River and of ours on the same looks, logistic
regression fitted on all looks at once, a BG/NBD fitted on all orders at once, and recency alone.

Then: who orders again within 90 days of a first order, from that order alone.
"""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from river import linear_model, optim, tree
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

sys.path.insert(0, str(Path(__file__).parent))
from bending import Binned, Platt
from cdnow import events, raw_text, rows

from agents.forecasts import repeat, second
from agents.pooled import Pooled, path_of
from feature_store import record as records
from feature_store.feature import House
from feature_store.lifetime import fit_rhythm
from feature_store.tempo import tempo_of
from schemas.codec import decode

DAY = 86_400.0
CUTOFF = datetime(1997, 9, 30, 23, 59, 59, tzinfo=UTC).timestamp()
AHEAD = 39 * 7.0

Array = "np.ndarray[Any, Any]"


class Look(NamedTuple):
    """A look at a client, what came of it, and when that was known."""

    known: float
    x: dict[str, float]
    y: bool


class Client(NamedTuple):
    """Orders in order; the record as of the cutoff; looks by interval; whether they ordered after it."""

    orders: list[Any]
    record: Any
    looks: dict[int, list[Look]]
    came: bool


def clients(every: int, intervals: Iterable[int], until: float = CUTOFF) -> list[Client]:
    """Everybody, their record made event by event, looked at as the line does. No look ends after `until`."""
    by_client: dict[str, list[Any]] = {}
    for said in events(rows(raw_text(), every)):
        event: Any = decode(msgspec.json.encode(said))
        by_client.setdefault(event.data.who.client_id, []).append(event)
    return [_client(who, sorted(of, key=_at), tuple(intervals), until) for who, of in by_client.items()]


def _at(event: Any) -> float:
    return float(event.time.timestamp())


def _client(who: str, orders: list[Any], intervals: tuple[int, ...], until: float) -> Client:
    looks = {days: _looks(who, orders, days * DAY, until) for days in intervals}
    record = _record(orders, CUTOFF)
    came = any(CUTOFF < _at(order) <= CUTOFF + AHEAD * DAY for order in orders)
    return Client(orders, record, looks, came)


def _record(orders: list[Any], until: float) -> Any:
    record = records.Record()
    for order in orders:
        if _at(order) <= until:
            records.touch(record, order, _at(order), House())
    return record


def _looks(who: str, orders: list[Any], period: float, until: float) -> list[Look]:
    made, record, done = [], records.Record(), 0
    look = repeat.look_after(who, _at(orders[0]), period)
    while look + period <= until:
        while done < len(orders) and _at(orders[done]) <= look:
            records.touch(record, orders[done], _at(orders[done]), House())
            done += 1
        came = done < len(orders) and _at(orders[done]) <= look + period
        made.append(Look(look + period, repeat.features(record, look), came))
        look += period
    return made


class Online(NamedTuple):
    """An estimator as the example asks and teaches it."""

    predict: Callable[[dict[str, float]], float]
    learn: Callable[[dict[str, float], bool], None]


def line() -> Online:
    """The forecast of the line."""
    estimator = repeat.FORECAST.new()
    return Online(estimator.predict, lambda x, y: estimator.learn(x, int(y)))


def bent() -> Online:
    """The forecast of the line with Platt scaling."""
    scaled = Platt(*line())
    return Online(scaled.predict, scaled.learn)


def binned() -> Online:
    """The forecast of the line, bent by bins."""
    bent = Binned(*line())
    return Online(bent.predict, bent.learn)


def river(estimator: Any) -> Online:
    """One of River's."""
    return Online(lambda x: float(estimator.predict_proba_one(x).get(True, 0.5)), estimator.learn_one)


def pooled() -> Online:
    """Rates of groups: how many orders, how long silent, how late against the own rhythm."""
    rates = Pooled()

    def paths(x: dict[str, float]) -> dict[str, float]:
        often, long = round(x["repeats"] * 8), round(x["log_silent"] * 12)
        return {
            **path_of("silent", long, often),
            **path_of("often", often, long),
            **path_of("late", bool(x["once"]), round(x["late"] * 10)),
            **path_of("worth", round(x["worth"] * 16)),
        }

    return Online(
        lambda x: rates.predict_proba_one(paths(x))[True], lambda x, y: rates.learn_one(paths(x), y)
    )


CANDIDATES: dict[str, tuple[int, Callable[[], Online]]] = {
    "the line: SGD 0.02, every 91 days": (91, line),
    "the same, bent by Platt": (91, bent),
    "the same, bent by bins": (91, binned),
    "the same, every 28 days": (28, line),
    "SGD 0.05": (91, lambda: river(linear_model.LogisticRegression(optim.SGD(0.05)))),
    "AdaGrad 0.1": (91, lambda: river(linear_model.LogisticRegression(optim.AdaGrad(0.1)))),
    "pooled rates": (91, pooled),
    "Hoeffding tree": (91, lambda: river(tree.HoeffdingTreeClassifier())),
}


def learned(known: list[Client], days: int, online: Online) -> float:
    """Learns looks in the order in which their ends became known; the progressive AUC of the second half."""
    looks = sorted((look for client in known for look in client.looks[days]), key=lambda look: look.known)
    said = []
    for look in looks:
        said.append(online.predict(look.x))
        online.learn(look.x, look.y)
    half = len(looks) // 2
    return float(roc_auc_score([look.y for look in looks[half:]], said[half:]))


def within(client: Client, days: float, predict: Callable[[dict[str, float]], float]) -> float:
    """As `repeat.buys_within` asks, of any estimator."""
    silent, now, left = 1.0, CUTOFF, AHEAD
    while left > 0:
        share = min(1.0, left / days)
        silent *= (1 - predict(repeat.features(client.record, now))) ** share
        now, left = now + days * DAY, left - days
    return 1 - silent


def told(name: str, came: Array, said: Array, more: str = "", ranks: bool = False) -> float:
    """Prints a line of the comparison; the AUC. `ranks`: what is said is no probability."""
    auc = float(roc_auc_score(came, said))
    brier = "" if ranks else f" | Brier {np.mean((came - said) ** 2):.4f}"
    print(f"{name:<36} AUC {auc:.4f}{brier}{more}")
    return auc


def tenths(came: Array, said: Array) -> None:
    """Prints what came, by tenths of what was foretold."""
    parts = np.array_split(np.argsort(said, kind="stable"), 10)
    print("  foretold " + " ".join(f"{said[part].mean():.2f}" for part in parts))
    print("  came     " + " ".join(f"{came[part].mean():.2f}" for part in parts))


def batch(known: list[Client], came: Array) -> dict[str, float]:
    """What is fitted at once: regression on the same looks, BG/NBD on days with orders, recency alone."""
    looks = [look for client in known for look in client.looks[91]]
    names = sorted(looks[0].x)
    x = np.array([[look.x[name] for name in names] for look in looks])
    fitted = LogisticRegression(C=100, max_iter=2000).fit(x, [look.y for look in looks])

    def asked(x: dict[str, float]) -> float:
        return float(fitted.predict_proba([[x[name] for name in names]])[0, 1])

    history = np.array([_history(client) for client in known])
    rhythm = fit_rhythm(np.column_stack([history, np.ones(len(known))]))
    alive = np.array([rhythm.alive(*row) for row in history])
    repeats, age = history[:, 0], history[:, 2]
    stays_away = ((rhythm.alpha + age) / (rhythm.alpha + age + AHEAD)) ** (rhythm.r + repeats)
    expected = np.array([rhythm.orders(*row, AHEAD) for row in history])
    recency = np.array([-row[2] + row[1] for row in history])
    return {
        "batch": told("batch regression on all looks", came, np.array([within(c, 91, asked) for c in known])),
        "bgnbd": told("BG/NBD, by orders expected", came, expected, ranks=True),
        "bgnbd some": told("BG/NBD, probability of any", came, alive * (1 - stays_away)),
        "recency": told("recency alone", came, recency, ranks=True),
    }


def _history(client: Client) -> tuple[float, float, float]:
    """Repeat days, days from first to last, days from first to the cutoff."""
    days = sorted({int(_at(order) // DAY) for order in client.orders if _at(order) <= CUTOFF})
    return len(days) - 1, days[-1] - days[0], CUTOFF / DAY - days[0]


def staying_away(known: list[Client], predict: Callable[[dict[str, float]], float]) -> dict[str, float]:
    """Of clients with three orders or more: who does not order within 39 weeks, by what may say so."""
    regular = [c for c in known if records.slice_of(c.record, "frequency").orders > 2]
    gone = np.array([not client.came for client in regular])
    tempi = [tempo_of(records.slice_of(c.record, "frequency"), None) for c in regular]
    print(f"\n{len(regular):,} clients with three orders or more; {gone.mean():.3f} stay away for 39 weeks")
    said = {
        "the line: no order expected": [1 - within(client, 91, predict) for client in regular],
        "overdue, in own gaps": [tempo.overdue(CUTOFF) for tempo in tempi if tempo is not None],
        "days of silence": [CUTOFF - records.slice_of(c.record, "frequency").last for c in regular],
    }
    return {name: told(name, gone, np.array(scores), "", ranks=True) for name, scores in said.items()}


def after_the_first(known: list[Client]) -> dict[str, float]:
    """Who orders again within 90 days: learned in the order of first orders, each label at once."""
    cases = sorted(known, key=lambda client: _at(client.orders[0]))
    said, estimator = [], second.FORECAST.new()
    xs = [second.features(_record(client.orders[:1], CUTOFF)) or {} for client in cases]
    came = np.array([_again(client) for client in cases])
    for x, y in zip(xs, came, strict=True):
        said.append(second.FORECAST.predict(estimator, x))
        second.FORECAST.learn(estimator, x, int(y))
    half = len(cases) // 2
    first = [client.orders[0].data.lines[0] for client in cases]
    columns = np.array([[np.log1p(line.amount), np.log1p(line.quantity)] for line in first])
    folded = cross_val_predict(LogisticRegression(), columns, came, cv=5, method="predict_proba")[:, 1]
    print(f"\n{len(cases):,} first orders, a second within 90 days: {came.mean():.3f}; the later half counts")
    ours = np.array(said)
    found = {"second": told("the line: pooled rates", came[half:], ours[half:])}
    tenths(came[half:], ours[half:])
    return found | {"second batch": told("batch regression, five folds", came, folded)}


def _again(client: Client) -> bool:
    first, *others = map(_at, client.orders)
    return any(at <= first + second.WITHIN for at in others)


def main(every: str = "1", *, of: int | None = None) -> dict[str, float]:
    chosen = dict([*CANDIDATES.items()][:of])
    known = clients(int(every), {days for days, _ in chosen.values()})
    came = np.array([client.came for client in known])
    print(f"{len(known):,} clients; {came.mean():.3f} ordered within 39 weeks after the cutoff")
    found: dict[str, float] = {}
    for name, (days, make) in chosen.items():
        online = make()
        progressive = learned(known, days, online)
        said = np.array([within(client, days, online.predict) for client in known])
        found[name] = told(
            name, came, said, f" | mean {said.mean():.3f} | looks, as they came {progressive:.4f}"
        )
        if len(found) == 1:
            tenths(came, said)
            ours = online.predict
    return found | batch(known, came) | staying_away(known, ours) | after_the_first(known)


if __name__ == "__main__":
    main(*sys.argv[1:])
