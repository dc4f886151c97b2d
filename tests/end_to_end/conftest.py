"""What tests of whole runs on a Docker Engine share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import docker
from tests.support.fronts import until

if TYPE_CHECKING:
    from docker import APIClient


@pytest.fixture(scope="module")
def engine() -> "Iterator[APIClient]":
    """The engine that all fronts use. Skips the test where nobody asked for such tests."""
    with docker.client() as client:
        yield client


@pytest.fixture
def nothing_is_left(engine: "APIClient", tmp_path: Path) -> Iterator[None]:
    """No containers, networks and volumes of the test's own sessions; others' may come and go meanwhile."""
    yield
    sessions = [folder.name for folder in tmp_path.rglob("sessions/*")]
    until(lambda: not any(docker.things(engine, each) for each in sessions), f"nothing is left of {sessions}")
