"""Requests that are sent once to each target, before its load (`[[setup]]`) and after it (`[[teardown]]`).

They are sent one after another, with the cookies of those before them. A value that a setup request takes
(`take = { token = "/token" }`) is `{setup.token}` in later ones, in the workload's requests, and in teardown
requests. Frozen, pure.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from engine.plan.workload import RequestSpec, StepSpec

MAX_ONCE = 100
"""Setup requests of a plan, and teardown requests."""


class SetupSpec(StepSpec):
    """A request that is sent once to each target before its load (`[[setup]]`)."""

    once: Literal[False] = False
    """Setup requests are sent once in any case."""
    stream: Literal[""] = ""
    """Only whole answers can be waited for."""
    think_time: None = None
    """Setup requests follow each other at once."""


class TeardownSpec(RequestSpec):
    """A request that is sent once to each target after its load (`[[teardown]]`)."""

    weight: Literal[1] = 1
    """Teardown requests have no weight: they follow each other."""
    stream: Literal[""] = ""
    """Only whole answers can be waited for."""


def taken_in(setup: Sequence[SetupSpec]) -> list[str]:
    """The names of the values that setup requests take, in order."""
    return [name for spec in setup for name in spec.take]


def check_once(setup: Sequence[SetupSpec], teardown: Sequence[TeardownSpec]) -> None:
    """Raises ValueError for what is wrong between them."""
    for table, specs in (("setup", setup), ("teardown", teardown)):
        titles = Counter(each.title for each in specs)
        if twice := next((title for title, times in titles.items() if times > 1), None):
            raise ValueError(f"two {table} requests have the name {twice!r}; give each its own")
    times = Counter(taken_in(setup))
    if twice := next((name for name in times if times[name] > 1), None):
        raise ValueError(f"two setup requests take the value {twice!r}; give each its own name")
