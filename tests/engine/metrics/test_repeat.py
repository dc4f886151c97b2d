"""The command that repeats a session."""

from dataclasses import replace

import pytest

import presets
from engine.metrics.records import TargetAdded
from engine.metrics.repeat import repeat_command
from targets import catalog
from targets.options import parse_options, plain, split_options
from tests.support.recording import header


def added(text: str, number: int = 1) -> TargetAdded:
    use, _, settings = text.partition(":")
    target = catalog.find(use)
    options = parse_options(target, split_options(settings, use)) if settings else target.defaults
    name = use if number == 1 else f"{use}#{number}"
    return TargetAdded(name, 0, "", (), {}, "local", plain(target, options), {})


def test_a_session_of_the_command_line_is_repeated_by_it() -> None:
    words = ("abreast", "run", "my plans/a.toml", "--slo", "p95 < 200 ms")
    made = replace(header(preset="a"), command_line=words)
    assert repeat_command(made, []) == "abreast run 'my plans/a.toml' --slo 'p95 < 200 ms'"


def test_a_session_of_a_gate_is_repeated_by_the_whole_gate() -> None:
    words = ("abreast", "gate", "load/plan.toml", "--against", "main")
    made = replace(header(preset="plan"), command_line=words)
    assert repeat_command(made, []) == "abreast gate load/plan.toml --against main"


@pytest.mark.parametrize(
    "words", [("abreast",), ("abreast", "--charts", "ascii"), ("abreast", "run", "ramp")]
)
def test_a_session_of_the_lobby_is_repeated_by_its_choice(words: tuple[str, ...]) -> None:
    made = replace(header(preset="hello"), command_line=words)
    targets = [added("fastapi:workers=4"), added("fastapi", 2), added("django-wsgi")]
    expected = "abreast run hello --targets fastapi:workers=4,fastapi,django-wsgi"
    assert repeat_command(made, targets) == expected


def test_containers_stay_containers() -> None:
    made = replace(header(preset="hello", runtime="docker"), command_line=("abreast",))
    assert repeat_command(made, [added("fastapi")]).endswith("--targets fastapi --runtime docker")


def test_users_and_seconds_of_the_lobby_are_part_of_its_choice() -> None:
    plan = presets.load("hello").changed(targets=("fastapi",), users=30, seconds=12.5)
    made = replace(header(), command_line=("abreast",), plan=plan.model_dump(mode="json"))
    assert repeat_command(made, [added("fastapi")]) == (
        "abreast run hello --targets fastapi --users 30 --seconds 12.5"
    )


def test_a_plan_that_is_changed_twice_has_the_last_choice() -> None:
    plan = presets.load("hello").changed(users=30).changed(seconds=5)
    assert (plan.users_chosen, plan.seconds_chosen) == (30, 5)
