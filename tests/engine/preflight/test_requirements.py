"""What a target needs of the machine or of the image, checked before anything starts."""

import pytest

from engine.plan.targets import TargetChoice
from engine.preflight.requirements import check_requirements
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
