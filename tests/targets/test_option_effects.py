"""Options that have no effect with a workload."""

import pytest

import presets
from engine.plan.targets import TargetChoice, check_effects
from targets import contract
from targets.errors import UsageError
from targets.option_effects import ONLY_IN, has_effect, without_effect
from targets.options import OPTIONS


@pytest.mark.parametrize(
    ("text", "workload", "idle"),
    [
        ("fastapi:database=mysql", "hello", ["database"]),
        ("fastapi:database=sqlite", "hello", ["database"]),
        ("fastapi:database=mysql", "io", []),
        ("fastapi:database=mysql", "own", ["database"]),
        ("fastapi:orm_writes=bulk:pool=50:pool_min=5", "tasks", ["pool", "pool_min", "orm_writes"]),
        ("fastapi:pool=10", "tasks", []),
        ("django-wsgi:conn_max_age=0", "mix", ["conn_max_age"]),
        ("django-asgi:conn_max_age=0", "mix", []),
        ("fastapi:model=thread:model_time=1", "tokens", ["model", "model_time"]),
        ("fastapi:model=thread:model_time=1", "classify", ["model_time"]),
        ("fastapi:model=thread:model_time=1", "slow-model", []),
        ("fastapi:client=per-request:background=on", "login", ["client", "background"]),
        ("fastapi:client=per-request:background=on:model=thread", "own", []),
        ("django-wsgi:api=drf:threads=4:workers=2:cpus=1:env.A=1", "tokens", []),
    ],
)
def test_what_has_no_effect_with_a_workload(text: str, workload: str, idle: list[str]) -> None:
    choice = TargetChoice.parse(text)

    assert without_effect(choice.target, choice.options, workload) == idle


def test_the_table_names_options_and_workloads_that_there_are() -> None:
    assert set(ONLY_IN) <= set(OPTIONS)
    assert all(workloads and workloads < set(contract.WORKLOADS) for workloads in ONLY_IN.values())
    assert has_effect("workers", "hello")


def test_an_option_without_effect_is_refused_with_what_would_have_one() -> None:
    with pytest.raises(UsageError) as caught:
        check_effects("hello", [TargetChoice.parse("fastapi"), TargetChoice.parse("flask:pool=5")])

    assert caught.value.what == "pool of target 'flask' has no effect with the workload hello"
    assert caught.value.why == "only requests of io use it"
    assert caught.value.hint == "leave pool out, or choose another workload: --workload io"


@pytest.mark.parametrize("name", presets.names())
def test_no_preset_has_an_option_without_effect(name: str) -> None:
    plan = presets.load(name)

    check_effects(plan.workload, plan.targets)
