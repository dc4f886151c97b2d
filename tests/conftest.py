"""No test touches the sessions of the person who runs it."""

import os
import tempfile
from pathlib import Path

import hypothesis
import pytest

DATABASE_MODULES = ("test_database.py", "test_io.py")

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")  # a busy machine is no finding

OWN_HOME = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Whatever is imported or started outside a test, too, keeps its files in a folder of this run."""
    config.stash[OWN_HOME] = tempfile.TemporaryDirectory(prefix="abreast-tests-")
    os.environ["ABREAST_HOME"] = config.stash[OWN_HOME].name


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes that folder away."""
    config.stash[OWN_HOME].cleanup()


@pytest.fixture(autouse=True)
def abreast_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test."""
    home = tmp_path / "abreast-home"
    monkeypatch.setenv("ABREAST_HOME", str(home))
    return home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spreads tests over processes by module, so that what a module starts is started once. All that use the
    servers of the whole session are one group, and so are all that use database servers: statements are
    counted there, and servers are ended."""
    for item in items:
        module = item.nodeid.partition("::")[0]
        group = "databases" if module.endswith(DATABASE_MODULES) else module
        if "servers" in getattr(item, "fixturenames", ()):
            group = "servers"
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines run on asyncio: the engine speaks to its transports."""
    return "asyncio"
