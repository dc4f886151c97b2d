"""A test that exceeds its time limit fails with all stacks, and nothing it started survives."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

pytestmark = [pytest.mark.races, pytest.mark.timeout(180)]

ROOT = Path(__file__).parent.parent
HANGING = """
import subprocess
import sys
import threading

import anyio
import pytest

CHILD = [sys.executable, "-c", "import time; time.sleep(300)", MARK]

@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request):
    return "asyncio", {"use_uvloop": request.param}

@pytest.fixture
async def child(anyio_backend):
    async with await anyio.open_process(CHILD) as process:
        yield process
        if process.returncode is None:
            process.kill()

@pytest.mark.anyio
async def test_a_coroutine(child):
    await anyio.Event().wait()  # of a coroutine

@pytest.mark.anyio
async def test_a_fixture_that_ends(child):
    child.kill()
    await child.wait()

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_coroutine_that_catches_it(anyio_backend):
    try:
        await anyio.Event().wait()
    except BaseException:
        return

def test_a_thread():
    with subprocess.Popen(CHILD) as process:
        try:
            process.wait()  # of a thread
        finally:
            process.kill()

@pytest.mark.timeout(300)
def test_a_marker():
    with pytest.raises(subprocess.TimeoutExpired), subprocess.Popen(CHILD) as process:
        try:
            process.wait(3.5)
        finally:
            process.kill()
"""
STUBBORN = """
import signal
import subprocess
import sys

import anyio
import pytest

CHILD = [sys.executable, "-c", "import time; time.sleep(300)", MARK]

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_it_is_shielded(anyio_backend):
    subprocess.Popen(CHILD)
    while True:
        try:
            with anyio.CancelScope(shield=True):
                await anyio.Event().wait()  # of the stubborn
        except BaseException:
            pass

def test_another():
    pass
"""


Ran = dict[str, "tuple[subprocess.CompletedProcess[str], Path]"]


def run(
    folder: Path, code: str, *options: str, limit_s: float, grace_s: float
) -> "subprocess.CompletedProcess[str]":
    """Runs tests with these limits, in a process of their own."""
    path = folder / "test_them.py"
    path.write_text(code.replace("MARK", repr(str(folder))))
    plugins = ("anyio", "xdist", "pytest_timeout", "tests.support.time_limits")
    command = [sys.executable, "-m", "pytest", *(word for name in plugins for word in ("-p", name))]
    limits = ["-o", f"timeout={limit_s}", "-o", f"timeout_grace={grace_s}"]
    return subprocess.run(
        [
            *command,
            "-p",
            "no:cacheprovider",
            *limits,
            "-W",
            "ignore::ResourceWarning",
            "--rootdir",
            str(folder),
            *options,
            str(path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
        # The summary is cut off at the terminal's width. Other plugins would take half a second each time.
        env=os.environ | {"COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )


def left(folder: Path) -> list[psutil.Process]:
    """The children of those tests that still run."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if str(folder) in (process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


RUNS = {
    "hanging": (HANGING, (), 3.0, 5.0),
    "hanging, in processes": (HANGING, ("-n", "2"), 3.0, 5.0),
    "stubborn": (STUBBORN, (), 1.0, 0.5),
    "stubborn, in a process": (STUBBORN, ("-n", "1"), 1.0, 0.5),
}
"""Tests, options, limit and grace (s)."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All of them at their end, and where they ran; side by side, since they mostly wait."""
    folders = {name: tmp_path_factory.mktemp("run") for name in RUNS}
    with ThreadPoolExecutor(len(RUNS)) as pool:
        futures = {
            name: pool.submit(run, folders[name], code, *options, limit_s=limit_s, grace_s=grace_s)
            for name, (code, options, limit_s, grace_s) in RUNS.items()
        }
    return {name: (future.result(), folders[name]) for name, future in futures.items()}


@pytest.mark.parametrize("name", ["hanging", "hanging, in processes"])
def test_what_hangs_fails_with_all_stacks_and_leaves_nothing(ran: Ran, name: str) -> None:
    hung, folder = ran[name]
    assert hung.returncode == 1, hung.stdout + hung.stderr
    assert "4 failed, 3 passed" in hung.stdout
    for loop in ("asyncio", "uvloop"):
        assert f"test_a_coroutine[{loop}] - Failed: exceeded its time limit of 3 s" in hung.stdout
    assert "test_a_coroutine_that_catches_it[asyncio]" in hung.stdout
    assert "test_a_thread - Failed: exceeded its time limit of 3 s" in hung.stdout
    assert "await anyio.Event().wait()  # of a coroutine\n" in hung.stdout
    assert "thread MainThread:\n" in hung.stdout
    assert left(folder) == []


def test_what_does_not_end_is_killed_with_its_children(ran: Ran) -> None:
    hung, folder = ran["stubborn"]
    assert hung.returncode == 1
    assert "test_it_is_shielded[asyncio] exceeded its time limit of 1 s and does not end:" in hung.stderr
    assert "await anyio.Event().wait()  # of the stubborn" in hung.stderr
    assert left(folder) == []


def test_among_several_processes_the_others_go_on(ran: Ran) -> None:
    hung, folder = ran["stubborn, in a process"]
    assert hung.returncode == 1
    assert "does not end:" in hung.stderr
    assert "crashed while running" in hung.stdout
    assert "1 failed, 1 passed" in hung.stdout
    assert left(folder) == []
