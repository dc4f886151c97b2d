"""No test touches the sessions of the person who runs it."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")  # a busy machine is no finding

pytest_plugins = ("tests.time_limits",)

ROOT = Path(__file__).parents[1]

OWN_HOME = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Whatever is imported or started outside a test, too, keeps its files in a folder of this run."""
    config.stash[OWN_HOME] = tempfile.TemporaryDirectory(prefix="abreast-tests-")
    os.environ["ABREAST_HOME"] = config.stash[OWN_HOME].name
    # Hundreds of Pythons are started, and each would compile abreast anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes that folder away."""
    config.stash[OWN_HOME].cleanup()


@pytest.fixture(autouse=True)
def abreast_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test."""
    home = tmp_path / "abreast-home"
    monkeypatch.setenv("ABREAST_HOME", str(home))
    return home


LIMITS_S = {"containers": 600, "tests/end_to_end": 180, "tests/targets": 180}
"""Seconds that a test may take where it starts containers or many servers, by its group or its folder."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests without a marker get these limits, or else the one in pyproject.toml."""
    for item in items:
        module = item.nodeid.partition("::")[0]
        keys = (group_of(module), "/".join(module.split("/")[:2]))
        limit_s = next((LIMITS_S[key] for key in keys if key in LIMITS_S), None)
        if limit_s and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(limit_s))


def group_of(module: str) -> str:
    """Which tests run one after another: those of a module. All that use a Docker Engine go together, since
    what is in it is counted. So do all that share the servers of the whole session or use database servers:
    statements are counted there, and servers are ended."""
    folder, _, name = module.rpartition("/")
    if folder.endswith("containers") or "import docker" in (ROOT / module).read_text():
        return "containers"
    return "servers" if folder == "tests/targets" or name == "test_database.py" else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """How tests are spread over processes."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByModule(LoadScopeScheduling):  # type: ignore[misc]
        """What a module starts is started once."""

        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid.partition("::")[0])

    return ByModule(config, log)


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines run on asyncio: the engine speaks to its transports."""
    return "asyncio"
