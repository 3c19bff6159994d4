"""One event that can't be applied does not stop the others: it is found, set aside, and the rest goes on.

The pure core raises on nothing known; this is for what is not known yet. Without it the next owner of the
shard would meet the same event, and the next.
"""

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from agents.effects import Effects
from agents.personalise import personalise
from agents.plan import Context, Dead, Keyring, Plan, Raw, plan
from agents.registry import WAKES
from feature_store.record import NewerRecord
from feature_store.store import PartKey, Timer, View

log = logging.getLogger(__name__)
Parts = Mapping[PartKey, bytes | None]


def applied(
    planned: Plan,
    raws: Sequence[Raw],
    view: View,
    others: Parts,
    now: float,
    ctx: Context,
    silent: bool,
    keys: Keyring,
) -> tuple[Plan, Effects]:
    """What a slice does; the plan comes back with what could not be applied among its dead.

    O(slice) as long as all goes well, twice that otherwise. Raises `NewerRecord`, and whatever is raised by
    events together that none of them raises alone.
    """
    try:
        return planned, personalise(planned.touches, (), view, others, now, ctx, silent, keys)
    except NewerRecord:
        raise
    except Exception as error:
        _tell("an event", error)
        dead = _dead(raws, lambda some: _fails(some, view, others, now, ctx, silent, keys))
        if not dead:
            raise
    lost = {d.raw.offset for d in dead}
    rest = plan([raw for raw in raws if raw.offset not in lost], now, WAKES.keys(), ctx, keys)
    rest.dead.extend(dead)
    return rest, personalise(rest.touches, (), _only(view, rest.parts), others, now, ctx, silent, keys)


def rung(due: Sequence[Timer], view: View, others: Parts, now: float, ctx: Context, keys: Keyring) -> Effects:
    """What timers do; one that can't be served is dropped. Raises `NewerRecord`."""
    try:
        return personalise((), due, view, others, now, ctx, keys=keys)
    except NewerRecord:
        raise
    except Exception as error:
        _tell("a timer", error)
    served = [t for t in due if _serves(t, view, others, now, ctx, keys)]
    effects = personalise((), served, _only(view, _parts(served)), others, now, ctx, keys=keys)
    for timer in due:
        if timer not in served:
            effects.drop(timer.member)
    return effects


def _dead(raws: Sequence[Raw], fails: Callable[[Sequence[Raw]], str | None]) -> list[Dead]:
    """What fails alone, and after what holds of its part before it: an erasure mends a record."""
    dead: dict[int, Dead] = {}
    for n, raw in enumerate(raws):
        if (why := fails([raw])) is not None:
            before = [one for one in raws[:n] if one.key == raw.key and one.offset not in dead]
            if not before or (why := fails([*before, raw])) is not None:
                dead[raw.offset] = Dead(raw, f"could not be applied: {why}")
    return [*dead.values()]


def _fails(
    raws: Sequence[Raw], view: View, others: Parts, now: float, ctx: Context, silent: bool, keys: Keyring
) -> str | None:
    some = plan(raws, now, WAKES.keys(), ctx, keys)
    try:
        personalise(some.touches, (), _only(view, some.parts), others, now, ctx, silent, keys)
    except Exception as error:
        return type(error).__name__
    return None


def _serves(timer: Timer, view: View, others: Parts, now: float, ctx: Context, keys: Keyring) -> bool:
    try:
        personalise((), (timer,), _only(view, _parts((timer,))), others, now, ctx, keys=keys)
    except Exception as error:
        log.error("a timer of kind %s is dropped: %s", timer.name.partition(":")[0], type(error).__name__)
        return False
    return True


def _parts(timers: Sequence[Timer]) -> list[PartKey]:
    return [(timer.maison, timer.oid) for timer in timers]


def _only(view: View, parts: Sequence[PartKey]) -> View:
    """A record that can't be read would break every computation it is given to."""
    return replace(view, parts={part: view.parts[part] for part in parts})


def _tell(what: str, error: Exception) -> None:
    """Where it broke and as what; the message of an error may quote a client."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s could not be applied and is looked for: %s\n%s", what, type(error).__name__, where)
