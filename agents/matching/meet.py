"""Who becomes alike with whom when something is said of persons. Pure; the same whatever was said first."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.matching.blocks import CAP, keys_of
from agents.matching.compare import compare
from agents.matching.secret import Stand
from agents.matching.traits import Traits, together
from agents.matching.weights import unsure
from feature_store.graph import Pair

Blocks = Mapping[str, tuple[str, ...]]
"""Key -> the parts that share it, by name; once more than `CAP` have, it tells nobody apart any more."""


class Met(NamedTuple):
    """What changed: traits of parts, members of keys, and pairs: how they compare, None where no longer."""

    traits: Mapping[str, Traits]
    blocks: Blocks
    pairs: Mapping[Pair, str | None]


def changed(said: Mapping[str, Traits], known: Mapping[str, Traits]) -> dict[str, Traits]:
    """The traits of parts of which something new is said."""
    made = {part: together(known.get(part, {}), traits) for part, traits in said.items()}
    return {part: traits for part, traits in made.items() if traits != known.get(part)}


def joined(new: Mapping[str, Traits], known: Mapping[str, Traits], blocks: Blocks, stand: Stand) -> Blocks:
    """The keys whose members change with these traits."""
    made: dict[str, tuple[str, ...]] = {}
    for part in sorted(new):
        old, now = _stands(known.get(part, {}), stand), _stands(new[part], stand)
        for key in old ^ now:
            members = made.get(key, blocks.get(key, ()))
            if len(members) <= CAP:
                rest = {member for member in members if member != part}
                made[key] = tuple(sorted(rest | {part} if key in now else rest))
    return made


def concerned(new: Iterable[str], before: Blocks, after: Blocks) -> set[str]:
    """The parts whose pairs may change: those told of, and all who share a key that became a crowd's."""
    crowds = [m for key, m in after.items() if len(m) > CAP >= len(before.get(key, ()))]
    return set(new).union(*crowds)


def meet(new: Mapping[str, Traits], known: Mapping[str, Traits], blocks: Blocks, stand: Stand) -> Met:
    """What new traits change. `blocks` holds the keys of all parts concerned, `known` also their members."""
    after = joined(new, known, blocks, stand)
    parts = concerned(new, blocks, after)
    then = _pairs(parts, known, blocks, stand)
    now = _pairs(parts, {**known, **new}, {**blocks, **after}, stand)
    pairs = {p: now.get(p) for p in then.keys() | now.keys() if then.get(p) != now.get(p)}
    return Met(new, after, pairs)


def _pairs(
    parts: Iterable[str], known: Mapping[str, Traits], blocks: Blocks, stand: Stand
) -> dict[Pair, str]:
    """The pairs of these parts that are worth anything, and how they compare."""
    found: dict[Pair, str] = {}
    for part in parts:
        mine = known.get(part, {})
        members = (blocks.get(key, ()) for key in _stands(mine, stand))
        for other in {o for near in members if len(near) <= CAP for o in near} - {part}:
            pair = (part, other) if part < other else (other, part)
            if pair not in found:
                levels = compare(known[pair[0]], known[pair[1]])
                if unsure(levels):
                    found[pair] = levels
    return found


def _stands(traits: Traits, stand: Stand) -> frozenset[str]:
    return frozenset(map(stand, keys_of(traits)))
