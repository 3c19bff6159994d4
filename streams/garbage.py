"""How often Python looks for garbage in a process that makes much of it and little in circles.

Looking through all that was imported takes a tenth of a second and more, in which nobody is served.
"""

import gc

ALLOCATIONS = 50_000
"""Allocations between two looks at the young: a slice and its records are gone before the next one."""


def collect_rarely() -> None:
    """Call once, when everything is imported and started: what stands now is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
