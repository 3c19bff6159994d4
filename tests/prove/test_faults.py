"""The fault matrix: every joint of the line fails in every way, and everything is exact afterwards."""

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

from tests.brokers.toxiproxy import Joint
from tests.prove.faults import ALERTED_AFTER_A_KILL, PROCESSES, Ground

JOINTS = [
    Joint("gateway", "kafka"),
    Joint("gateway", "redis"),
    Joint("worker", "kafka"),
    Joint("worker", "redis"),
    Joint("deliver", "kafka"),
    Joint("deliver", "redis"),
    Joint("console", "kafka"),
    Joint("console", "redis"),
]
HELD = {"away": 60.0, "slow": 15.0, "cut": 3.0, "half-open": 25.0}
"""Seconds a fault of the network lasts."""
STILL = 15.0
"""Seconds a process stands still: others have its partitions long before."""
NO_RETRY = Retry(NoBackoff(), 0)
RUNNING = (*PROCESSES, "kafka", "redis")

pytestmark = pytest.mark.prove


def test_each_fault_does_to_a_joint_what_it_says(ground: Ground) -> None:
    joint = Joint("console", "redis")

    def answers(patience: float) -> bool:
        with Redis(port=ground.network.ports[joint], socket_timeout=patience, retry=NO_RETRY) as client:
            return bool(client.ping())

    def struck(how: str, patience: float) -> bool:
        ground.network.strike(joint, how)
        try:
            return answers(patience)
        finally:
            ground.network.mend()

    assert answers(5)
    assert struck("slow", 5)
    for how, error in (("slow", TimeoutError), ("half-open", TimeoutError)):
        with pytest.raises(error):
            struck(how, 0.05)
    for how, words in (("away", "refused"), ("cut", "reset")):
        with pytest.raises(ConnectionError, match=words):
            struck(how, 5)
    assert answers(5)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", HELD)
@pytest.mark.parametrize("joint", JOINTS, ids=str)
async def test_a_fault_of_a_joint_leaves_everything_exact(ground: Ground, joint: Joint, how: str) -> None:
    await ground.endures(f"{joint} {how}", ground.on(joint, how), HELD[how])


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", RUNNING)
async def test_a_kill_leaves_everything_exact_and_alerts_go_on(ground: Ground, name: str) -> None:
    await ground.endures(f"{name} killed", ground.killed(name), 0, told_within=ALERTED_AFTER_A_KILL)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", RUNNING)
async def test_what_stands_still_and_goes_on_leaves_everything_exact(ground: Ground, name: str) -> None:
    await ground.endures(f"{name} stands still", ground.still(name), STILL)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", RUNNING)
async def test_a_restart_leaves_everything_exact(ground: Ground, name: str) -> None:
    await ground.endures(f"{name} restarted", ground.restarted(name), 0)
