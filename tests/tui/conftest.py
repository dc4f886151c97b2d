"""What the screen's tests share."""

from collections.abc import Callable

import pytest

from tests.support.fakes import FakeSessionApi
from tui.app import AbreastApp
from tui.session_api import Choice


@pytest.fixture
def session_api() -> FakeSessionApi:
    """A session API with a scripted session of three targets."""
    return FakeSessionApi()


@pytest.fixture
def live() -> Callable[[FakeSessionApi], AbreastApp]:
    """The app, straight on the live screen."""
    return lambda session_api: AbreastApp(session_api, Choice("hello", ()))
