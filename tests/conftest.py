"""Settings of all tests. None of them touches the sessions of the person who runs it."""

import functools
import gc
import itertools
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.support import examples

# No deadlines: a slow example on a busy machine is no failure. `make test` tries a few examples of each
# property, `make test-properties` many; other ones each time, unless ABREAST_TESTS_SAME_EXAMPLES is 1.
for profile, max_examples in {"few": 25, "many": 200}.items():
    hypothesis.settings.register_profile(
        profile, deadline=None, max_examples=max_examples, derandomize=examples.ARE_THE_SAME
    )
hypothesis.settings.load_profile("few")

pytest_plugins = ("tests.support.time_limits", "tests.support.second_try")

ROOT = Path(__file__).parents[1]

OWN_HOME = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
HOMES = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """Code that runs outside a test keeps its files in a folder of this run, too."""
    config.stash[OWN_HOME] = tempfile.TemporaryDirectory(prefix="abreast-tests-")
    os.environ["ABREAST_HOME"] = config.stash[OWN_HOME].name
    # The tests start hundreds of Pythons; without this, each would compile abreast again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes that folder."""
    config.stash[OWN_HOME].cleanup()


@pytest.fixture(autouse=True)
def abreast_home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test: in its `tmp_path`, which is only made for a test that uses it, as that
    takes longer than most tests."""
    if "tmp_path" in request.fixturenames:
        home: Path = request.getfixturevalue("tmp_path") / "abreast-home"
    else:
        home = Path(request.config.stash[OWN_HOME].name, f"{next(HOMES)}")
    monkeypatch.setenv("ABREAST_HOME", str(home))
    return home


LIMITS_S = {"containers": 600, "tests/end_to_end": 180, "tests/targets": 180}
"""Time limits (s) of tests that start containers or many servers, by group or folder."""


WHOLE = (
    "containers",
    "servers",
    "tests/end_to_end",
    "tests/engine/session",
    "tests/engine/hosting/test_dependencies",
    "tests/engine/hosting/test_manager",
    "tests/engine/calibration",
    "tests/tui/test_lifetime",
    "tests/test_examples",
    "tests/test_ci_page",
)
"""Groups, and beginnings of modules, of tests that run whole sessions, containers or database servers: few of
the tests, which take most of the time."""


SIGNS = {"races": ("mark.races",), "hypothesis": ("hypothesis", "schemathesis")}
"""What a module has in it if some of its tests may have a marker."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Modules without a test that `-m` asks for are not imported: it would take each process some seconds."""
    if not collection_path.name.startswith("test_"):
        return None
    module = collection_path.relative_to(ROOT).as_posix()
    wanted, _, rest = str(config.option.markexpr).partition(" ")
    if wanted == "whole":
        has_any = is_whole(module) or "mark.whole" in collection_path.read_text()
    elif (wanted, rest) == ("not", "whole"):
        has_any = not is_whole(module)
    elif wanted in SIGNS:
        has_any = any(sign in collection_path.read_text() for sign in SIGNS[wanted])
    else:
        return None
    return None if has_any else True


def is_whole(module: str) -> bool:
    """Whether all tests of a module are of whole sessions."""
    return module.startswith(WHOLE) or _group_of_module(module) in WHOLE


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests without a marker get these limits, or the one in pyproject.toml. The longest run first: at the
    end of a run, a long test would leave the other processes idle."""
    for item in items:
        module = item.nodeid.partition("::")[0]
        keys = (group_of(item.nodeid), "/".join(module.split("/")[:2]))
        if is_whole(module):
            item.add_marker("whole")
        limit_s = next((LIMITS_S[key] for key in keys if key in LIMITS_S), None)
        if limit_s and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(limit_s))
    items.sort(key=lambda item: _place(item.nodeid))


def pytest_collection_finish() -> None:
    """Excludes all collected tests from garbage collection: they live until the end, and scanning them took
    more than a quarter of the time of the screen's tests."""
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
"""Beginnings of group names, in starting order; all other groups come next."""
LAST = "clusters"
"""Ray's nodes are given up after some seconds without a core: they run when only containers still do."""


def _place(nodeid: str) -> int:
    group = group_of(nodeid)
    if group == LAST:
        return len(LONGEST_FIRST) + 1
    return next(
        (place for place, start in enumerate(LONGEST_FIRST) if group.startswith(start)), len(LONGEST_FIRST)
    )


APART = ("tests/presets/test_runs.py",)
"""Modules whose cases take long, each, and may run side by side."""


def group_of(nodeid: str) -> str:
    """The group of a test; tests of a group run one after another in one process.

    The cases of a test are a group, and so are the tests of a module with a fixture for all of them. Tests
    that use a Docker Engine are one group, because they count what is in it. Tests that share the servers
    of the session or use database servers are another, because they count statements and stop servers. Those
    of Ray clusters are one, because two are too much for two cores."""
    module, _, test = nodeid.partition("::")
    if module in APART:
        return nodeid
    return _group_of_module(module) or f"{module}::{test.partition('[')[0]}"


@functools.cache
def _group_of_module(module: str) -> str:
    """Empty if its tests share nothing."""
    folder, _, name = module.rpartition("/")
    text = (ROOT / module).read_text()
    if folder.endswith("containers") or "import docker" in text:
        return "containers"
    if "ray_cluster" in text:
        return "clusters"
    if folder == "tests/targets" or name == "test_database.py":
        return "servers"
    return module if 'scope="module"' in text else ""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spreads groups of tests over processes."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
        """Keeps a group in one process."""

        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False  # keep the order of the items
    return ByGroup(config, log)


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines run on asyncio, because the engine uses its transports."""
    return "asyncio"
