"""The arguments of `abreast capacity`, and the plan that they make."""

import pytest

from engine.plan.plan import Plan
from targets.errors import UsageError
from tui.cli.arguments import parse_arguments
from tui.cli.capacity import plan_of

SLO = ("--slo", "p95 < 500 ms, errors < 1 %")


def plan(*words: str, preset: str = "hello") -> Plan:
    return plan_of(parse_arguments(["capacity", preset, *words]))


def test_a_preset_becomes_a_search() -> None:
    found = plan(
        *SLO, "--targets", "fastapi", "--most-users", "300", "--within", "2 m", "--workload", "tasks"
    )
    assert found.capacity is not None
    assert (found.schedule, found.capacity.most, found.capacity.within) == ("capacity", 300, 120.0)
    assert [choice.name for choice in found.targets] == ["fastapi"]
    assert found.workload == "tasks"
    assert found.slo is not None
    assert found.slo.latency == 0.5


def test_what_it_is_used_for_is_recorded_with_it() -> None:
    found = plan(*SLO, "--for-users", "5000", "--price-per-core-hour", "0.04", "--most-trials", "50").capacity
    assert found is not None
    assert (found.for_users, found.price_per_core_hour, found.trials) == (5000, 0.04, 50)


def test_a_preset_with_faults_claims_and_levels_is_searched_without_them() -> None:
    for preset in ("faults", "crud-concurrency"):
        found = plan(*SLO, preset=preset)
        assert (found.fault, found.claim, found.reported, found.levels) == ((), (), (), ())


def test_an_open_model_counts_arrivals() -> None:
    found = plan(*SLO, "--most-rate", "20000", preset="open-model").capacity
    assert found is not None
    assert found.most == 20_000


@pytest.mark.parametrize(
    ("words", "preset", "what", "hint"),
    [
        ((), "hello", "capacity needs an objective", '--slo "p95 < 500 ms, errors < 1 %"'),
        ((*SLO, "--most-rate", "5"), "hello", "--most-rate does not fit hello", "use --most-users"),
        (
            (*SLO, "--most-users", "5"),
            "open-model",
            "--most-users does not fit open-model",
            "use --most-rate",
        ),
        ((*SLO, "--most-users", "0"), "hello", "capacity.most", ""),
        ((*SLO, "--within", "5 s"), "hello", "capacity.within", ""),
        ((*SLO, "--targets", ","), "hello", "--targets names no target", ""),
        (("--slo", "fast"), "hello", "slo", ""),
    ],
)
def test_wrong_usage_is_explained(words: tuple[str, ...], preset: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(*words, preset=preset)
    assert what in str(caught.value)
    assert hint in caught.value.hint
