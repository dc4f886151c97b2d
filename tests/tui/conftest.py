"""What the screen's tests share."""

from collections.abc import Callable

import pytest

from tests.support.fakes import FakeDesk
from tui.app import AbreastApp
from tui.session_api import Choice


@pytest.fixture
def session_api() -> FakeDesk:
    """A desk with a scripted session of three targets."""
    return FakeDesk()


@pytest.fixture
def live() -> Callable[[FakeDesk], AbreastApp]:
    """The app, straight on the live screen."""
    return lambda session_api: AbreastApp(session_api, Choice("hello", ()))
