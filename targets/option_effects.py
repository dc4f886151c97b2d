"""The workloads that options of targets have an effect with. Pure.

Rules of this file:
- an option that is not listed has an effect with every workload;
- an option at its target's default is not looked at;
- requests of a custom workload may go to any path of a target, but rows are only there for `io`;
- what depends on other options of a target is in its `only_with` and in `targets.servers.limits`.
"""

from collections.abc import Mapping

from targets.contract import WORKLOADS
from targets.options import Options
from targets.target import ON_ROWS, Target

_OF_ROWS = ("database", "pool", "pool_min", "orm_writes", "conn_max_age")

ONLY_IN: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_OF_ROWS, ON_ROWS),
    "model": frozenset({"slow-model", "classify"}),
    "model_time": frozenset({"slow-model"}),
    **dict.fromkeys(("client", "background"), frozenset({"upstream"})),
}
"""Option → the built-in workloads that it has an effect with."""


def has_effect(option: str, workload: str) -> bool:
    """Whether an option can have an effect with a workload, which is custom if it is none of the built-in
    ones."""
    if workload not in WORKLOADS:
        return option not in _OF_ROWS
    return option not in ONLY_IN or workload in ONLY_IN[option]


def without_effect(target: Target, options: Options, workload: str) -> list[str]:
    """The options that differ from the target's defaults, and have no effect with the workload, in the order
    of the table above."""
    return [
        name
        for name in ONLY_IN
        if name in target.options
        and getattr(options, name) != getattr(target.defaults, name)
        and not has_effect(name, workload)
    ]
