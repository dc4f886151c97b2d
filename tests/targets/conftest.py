"""The three targets, started once for all tests of what they answer."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from targets import catalog
from tests.targets.server import Server, running


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Every built-in target by name, running."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(name, tmp_path_factory.mktemp(name)))
            for name in catalog.TARGETS
        }
