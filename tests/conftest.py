"""No test touches the sessions of the person who runs it."""

import functools
import gc
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")  # a busy machine is no finding

pytest_plugins = ("tests.support.time_limits",)

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
    """Tests without a marker get these limits, or else the one in pyproject.toml. What takes longest comes
    first: at the end of a run, a long test would have the machine to itself."""
    for item in items:
        module = item.nodeid.partition("::")[0]
        keys = (group_of(item.nodeid), "/".join(module.split("/")[:2]))
        limit_s = next((LIMITS_S[key] for key in keys if key in LIMITS_S), None)
        if limit_s and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(limit_s))
    items.sort(key=lambda item: _place(item.nodeid))


def pytest_collection_finish() -> None:
    """Spares the garbage collector what was collected here: it lives until the end, and to look through it
    again and again took more than a quarter of the time of the screen's tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


LONGEST_FIRST = (
    "containers",
    "servers",
    "tests/test_",
    "tests/end_to_end/",
    "tests/engine/test_",
    "tests/tui/",
)
"""What groups begin with, in the order they are to start in; all others come last."""


def _place(nodeid: str) -> int:
    group = group_of(nodeid)
    return next(
        (place for place, start in enumerate(LONGEST_FIRST) if group.startswith(start)), len(LONGEST_FIRST)
    )


def group_of(nodeid: str) -> str:
    """Which tests run one after another: the cases of a test, and the tests of a module that start something
    once for all of them. All that use a Docker Engine go together, since what is in it is counted. So do all
    that share the servers of the whole session or use database servers: statements are counted there, and
    servers are ended."""
    module, _, test = nodeid.partition("::")
    return _group_of_module(module) or f"{module}::{test.partition('[')[0]}"


@functools.cache
def _group_of_module(module: str) -> str:
    """Empty where its tests share nothing."""
    folder, _, name = module.rpartition("/")
    text = (ROOT / module).read_text()
    if folder.endswith("containers") or "import docker" in text:
        return "containers"
    if folder == "tests/targets" or name == "test_database.py":
        return "servers"
    return module if 'scope="module"' in text else ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """How tests are spread over processes."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
        """What is started for several tests is started once."""

        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False  # the order is that of the items
    return ByGroup(config, log)


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines run on asyncio: the engine speaks to its transports."""
    return "asyncio"
