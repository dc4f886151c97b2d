"""What a target needs of the machine or of the image, checked before anything starts."""

from importlib.util import find_spec

import pytest

from engine.plan.targets import TargetChoice
from engine.preflight.requirements import check_all_requirements, check_requirements
from targets import requirements
from targets.errors import UsageError


def test_processes_of_this_machine_have_no_limits() -> None:
    choice = TargetChoice.parse("fastapi:memory=256m:pids=64")
    with pytest.raises(UsageError) as caught:
        check_requirements(choice)
    assert caught.value.what == "fastapi cannot have a limit on memory and pids"
    assert "fastapi:runtime=docker" in caught.value.hint
    check_requirements(choice, "docker")


def test_the_image_has_no_parser_in_c() -> None:
    choice = TargetChoice.parse("django-wsgi:http_parser=fast")
    with pytest.raises(UsageError, match="gunicorn_h1c is missing"):
        check_requirements(choice, "docker")
    check_requirements(TargetChoice.parse("django-wsgi"), "docker")


def test_cores_are_those_of_this_machine() -> None:
    choice = TargetChoice.parse("fastapi:cpus=4000")
    with pytest.raises(UsageError, match="fastapi cannot"):
        check_requirements(choice)
    check_requirements(choice, "docker")


def test_all_packages_that_are_missing_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {"litestar", "robyn"}
    monkeypatch.setattr(requirements, "find_spec", lambda name: None if name in gone else find_spec(name))
    choices = [TargetChoice.parse(name) for name in ("fastapi", "litestar", "robyn", "robyn:label=two")]
    with pytest.raises(UsageError) as caught:
        check_all_requirements(choices)
    assert caught.value.what == "litestar, robyn cannot run: litestar, robyn are missing"
    assert caught.value.hint.endswith(
        'pip install "litestar" "robyn" (they are in the extras abreast[litestar,robyn])'
    )
    with pytest.raises(UsageError, match="litestar cannot run: litestar is missing"):
        check_all_requirements(choices[:2])
    check_all_requirements(choices, "docker")


def test_a_framework_and_a_server_that_are_missing_are_named_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = {"litestar", "granian"}
    monkeypatch.setattr(requirements, "find_spec", lambda name: None if name in gone else find_spec(name))
    both = TargetChoice.parse("litestar:server=granian")
    with pytest.raises(UsageError) as at_start:
        check_all_requirements([both])
    with pytest.raises(UsageError) as while_it_runs:
        check_requirements(both)
    for caught in (at_start, while_it_runs):
        assert caught.value.what == "litestar cannot run: litestar, granian are missing"
        assert caught.value.hint.endswith(
            'pip install "litestar" "granian" (they are in the extras abreast[litestar,granian])'
        )
    with pytest.raises(UsageError, match="fastapi cannot run with these options: granian is missing"):
        check_all_requirements([TargetChoice.parse("fastapi:server=granian")])
