"""Every command of a running session has a handler."""

from typing import get_args

from engine.plan.commands import RunCommand
from engine.session.controller import HANDLERS


def test_every_command_has_a_handler_of_its_own() -> None:
    assert set(HANDLERS) == set(get_args(RunCommand))
    assert len(set(HANDLERS.values())) == len(HANDLERS)
