"""What the screen's tests share."""

from collections.abc import Callable

import pytest

from tests.fakes import FakeDesk
from tui.app import AbreastApp
from tui.desk import Choice


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with a scripted session of three targets."""
    return FakeDesk()


@pytest.fixture
def live() -> Callable[[FakeDesk], AbreastApp]:
    """The app, straight on the live screen."""
    return lambda desk: AbreastApp(desk, Choice("hello", ()))
