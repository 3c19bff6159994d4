"""`make mutate`: is there a test for every line? mutmut changes one thing at a time and looks who notices.

Each module is tried by the tests that concern it, in a folder of its own under `build/mutants`. mutmut leaves
what stands outside of functions as it is: scripts in Lua are changed by `tests.mutants_lua`.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.mutants_lua import survivors_of

ROOT = Path(__file__).resolve().parents[1]
TOOL = ROOT / ".mutmut/bin/mutmut"
FOLDER = ROOT / "build/mutants"
AT_ONCE = 2 * (os.cpu_count() or 1)
"""Most tests of a store wait for it."""
KILLED = (1, 3)
SURVIVED = 0
UNTRIED = (5, 33)
"""What mutmut keeps of a mutant that no test ran."""

MODULES = {
    "feature_store/redis_store": "contract/test_store contract/test_changes",
    "feature_store/scripts": "contract/test_store contract/test_keyring",
    "feature_store/store": "contract/test_store unit/test_rebuilding",
    "feature_store/redis_timers": "contract/test_timers contract/test_changes",
    "streams/shard": "unit/test_shard",
    "streams/sealed": "unit/test_sealed",
    "streams/restoring": "contract/test_restoring",
    "streams/reading": "unit/test_readings",
    "agents/segments": "unit/test_segments",
    "agents/enrol": "unit/test_enrol unit/test_segments",
    "feature_store/keyring": "contract/test_keyring",
    "feature_store/seals": "contract/test_seals",
    "feature_store/denials": "contract/test_denials unit/test_consents",
    "feature_store/learning": "contract/test_learning unit/test_learn",
    "feature_store/copies": "contract/test_copies",
    "feature_store/rhythms": "contract/test_rhythms",
    "feature_store/telephones": "contract/test_telephones",
    "feature_store/rings": "contract/test_telephones",
    "feature_store/record": "unit/test_record unit/test_full_record unit/test_locked unit/test_every_feature",
    "feature_store/told_twice": "unit/test_record",
    "feature_store/locked": "unit/test_locked unit/test_record unit/test_full_record",
    "feature_store/redis_graph": "contract/test_graph",
    "feature_store/graph": "contract/test_graph unit/test_judge unit/test_held unit/test_resolve",
    "feature_store/changes": "contract/test_changes contract/test_timers contract/test_restoring",
    "feature_store/redis_inbox": "contract/test_inbox",
    "feature_store/inbox": "contract/test_inbox unit/test_alert_life unit/test_deliver",
    "feature_store/redis_sweep": "contract/test_sweep",
    "feature_store/keys": "unit/test_redis_keys",
    "feature_store/checkpoint": "unit/test_checkpoint contract/test_changes",
    "feature_store/feature": "unit/test_house unit/test_every_feature",
    "feature_store/tally": "unit/test_tally unit/test_scale unit/test_together unit/test_arrivals",
    "feature_store/consent": (
        "unit/test_consent unit/features/test_consent unit/test_entering unit/test_lapse unit/test_withdrawal"
    ),
    "feature_store/statement": "unit/features/test_survivorship unit/features/test_profile",
    "feature_store/memory_store": "contract/test_store",
    "feature_store/memory_graph": "contract/test_graph",
    "feature_store/memory_inbox": "contract/test_inbox",
    "feature_store/scale": "unit/test_scale unit/test_segments",
    "feature_store/lifetime": "unit/test_lifetime",
    "feature_store/compare": "unit/test_compare",
    "feature_store/quality": "unit/test_quality",
    "feature_store/decay": "unit/features/test_taste unit/features/test_leanings",
    "feature_store/rhythm": "unit/test_rhythm",
    "feature_store/together": "unit/test_together",
    "feature_store/tempo": "unit/test_tempo",
    "feature_store/lateness": "unit/test_arrivals",
    "feature_store/arrivals": "unit/test_arrivals",
    "feature_store/cues": "unit/features/test_mood",
    "feature_store/value": "unit/test_scale",
    "feature_store/days": "unit/test_days",
    "feature_store/anniversaries": "unit/test_days",
    "feature_store/vocabulary": "unit/test_vocabulary unit/test_house",
    "feature_store/services": "unit/features/test_habits unit/features/test_served",
    "feature_store/inbox_keys": "contract/test_inbox contract/test_sweep unit/test_redis_keys",
    "feature_store/silences": "contract/test_copies",
    "feature_store/standings": "contract/test_copies",
}
MODULES |= {
    f"feature_store/features/{path.stem}": f"unit/features/test_{path.stem} unit/test_every_feature"
    for path in sorted((ROOT / "feature_store/features").glob("[a-z]*.py"))
}
MODULES["feature_store/features/consent"] = "unit/features/test_consent unit/test_consent"
MODULES["feature_store/features/profile"] = (
    "unit/features/test_profile unit/features/test_survivorship unit/test_every_feature"
)
"""Module -> its tests; the ones on which most depends first."""


class Tried(NamedTuple):
    module: str
    mutants: int
    killed: int
    late: int
    """Those with which a test did not end in time."""
    untried: int
    survived: list[str]
    """What each of them changes."""


def folder_of(module: str) -> Path:
    return FOLDER / module.replace("/", ".")


def tests_of(module: str) -> list[str]:
    return [f"tests/{name}.py" for name in MODULES[module].split()]


def prepare(module: str) -> Path:
    """A folder in which mutmut finds the project, and changes this module alone."""
    folder = folder_of(module)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for entry in ("schemas", "feature_store", "agents", "streams", "tests", "deploy", ".cache"):
        (folder / entry).symlink_to(ROOT / entry)
    chosen = f"only_mutate = {json.dumps([f'{module}.py'])}\n"
    asked = [f"{module}.py", *tests_of(module)]
    chosen += f"pytest_add_cli_args_test_selection = {json.dumps(asked)}\n"
    project = (ROOT / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(project.replace("[tool.mutmut]\n", f"[tool.mutmut]\n{chosen}"))
    return folder


def python_of(module: str) -> Tried:
    """The module's functions, by mutmut. Raises `CalledProcessError` where its tests fail as it is."""
    folder = prepare(module)
    subprocess.run([str(TOOL), "run", "--max-children", str(AT_ONCE)], cwd=folder, check=True)
    verdicts = json.loads((folder / f"mutants/{module}.py.meta").read_text())["exit_code_by_key"]
    survived = [name for name, code in verdicts.items() if code == SURVIVED]
    untried = sum(code is None or code in UNTRIED for code in verdicts.values())
    killed = sum(code in KILLED for code in verdicts.values())
    late = len(verdicts) - killed - untried - len(survived)
    shown = [subprocess.check_output([str(TOOL), "show", name], cwd=folder, text=True) for name in survived]
    return Tried(module, len(verdicts), killed, late, untried, shown)


def lua_of(module: str) -> Tried | None:
    """The module's scripts; None where it has none."""
    count, left = survivors_of(module.replace("/", "."), tests_of(module), AT_ONCE)
    shown = [f"# {module}.{one.script}\n-{one.line}\n+{one.changed}" for one in left]
    return Tried(f"{module}, Lua", count, count - len(left), 0, 0, shown) if count else None


def main(asked: list[str]) -> None:
    """Tries all modules, or those asked for by name (`keyring record`), and says what has survived."""
    done = []
    for module, tests in MODULES.items():
        if asked and Path(module).name not in asked:
            continue
        print(f"\n{module}, by {tests}", flush=True)
        done += [one for one in (python_of(module), lua_of(module)) if one]
    for one in done:
        print("\n".join(one.survived))
    print(f"\n{'module':36}{'mutants':>9}{'killed':>9}{'too late':>9}{'untried':>9}{'survived':>9}")
    for one in done:
        print(f"{one.module:36}{one.mutants:9}{one.killed:9}{one.late:9}{one.untried:9}{len(one.survived):9}")


if __name__ == "__main__":
    main(sys.argv[1:])
