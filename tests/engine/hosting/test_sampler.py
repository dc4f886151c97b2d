"""py-spy on real processes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio
import psutil
import pytest

from engine.answers.profile.collapsed import profile_of
from engine.answers.profile.figures import figures_of
from engine.hosting import sampler
from targets.errors import TargetError
from targets.runtime import NO_READING, Reading
from targets.runtime.child_env import SESSION_MARK
from targets.runtime.guard import leftovers
from tests.support.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

BURNS = """
def burn(n):
    for _ in range(n):
        pass

def main():
    while True:
        burn(100_000)

print(flush=True)
main()
"""
SLEEPS = "import time; print(flush=True); time.sleep(600)"


@contextmanager
def running(*command: str) -> Iterator[int]:
    """A process that has begun its work; its pid."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def python(text: str) -> tuple[str, ...]:
    """A command that runs this code."""
    return (sys.executable, "-c", text)


def files(folder: Path) -> list[Path]:
    """What is in a folder."""
    return list(folder.iterdir())


async def test_a_busy_function_has_nearly_all_samples(tmp_path: Path) -> None:
    with running(*python(BURNS)) as pid:
        found = await sampler.sample("burner", pid, seconds=2, folder=tmp_path, session_id="a")
    assert sampler.MOST_HZ < found.looks <= 2 * sampler.MOST_HZ
    figures = figures_of(profile_of("burner", found.text, looks=found.looks, errors=found.errors))
    assert figures.functions[0].frame.function == "burn"
    assert figures.functions[0].share > 0.8
    assert files(tmp_path) == [], "nothing is left behind"


async def test_workers_are_sampled_with_their_master(tmp_path: Path) -> None:
    forks = f"import os\nif os.fork():\n    os.wait()\n{BURNS}"
    with running(*python(forks)) as pid:
        await eventually(lambda: psutil.Process(pid).children())
        found = await sampler.sample("workers", pid, seconds=1, folder=tmp_path, session_id="a")
        for child in psutil.Process(pid).children():
            child.kill()
    profile = profile_of("workers", found.text, looks=found.looks, errors=found.errors)
    assert figures_of(profile).functions[0].frame.function == "burn"
    assert len(profile.processes) == 1, "the master waits"


async def test_a_process_that_ends_meanwhile_was_looked_at_less_often(tmp_path: Path) -> None:
    ends = BURNS.replace(
        "while True:", "import time\n    end = time.monotonic() + 1\n    while time.monotonic() < end:"
    )
    with running(*python(ends)) as pid:
        began_s = time.monotonic()
        found = await sampler.sample("brief", pid, seconds=30, folder=tmp_path, session_id="a")
        lasted_s = time.monotonic() - began_s
    assert 0 < found.looks <= sampler.looks_of(30, sampler.MOST_HZ, lasted_s)


@pytest.mark.parametrize(
    ("seconds", "rate_hz", "lasted_s", "looks"),
    [(2, 100, 2.4, 199), (2, 50, 9.0, 99), (30, 100, 1.2, 120), (1, 100, 0.0, 0)],
)
def test_looks_are_those_of_the_time_that_it_lasted(
    seconds: int, rate_hz: int, lasted_s: float, looks: int
) -> None:
    assert sampler.looks_of(seconds, rate_hz, lasted_s) == looks


async def test_a_process_that_sleeps_has_no_busy_sample(tmp_path: Path) -> None:
    with running(*python(SLEEPS)) as pid:
        found = await sampler.sample("sleeper", pid, seconds=1, folder=tmp_path, session_id="a")
    assert figures_of(profile_of("sleeper", found.text, looks=found.looks)).busy < 0.05


@pytest.mark.parametrize("shell", ["echo; sleep 600; true", "echo; exec sleep 600"])
async def test_a_process_without_python_is_refused_in_words(tmp_path: Path, shell: str) -> None:
    with running("sh", "-c", shell) as pid:
        with pytest.raises(TargetError) as raised:
            await sampler.sample("shell", pid, seconds=1, folder=tmp_path, session_id="a")
        for child in psutil.Process(pid).children():
            child.kill()
    assert raised.value.what == "shell cannot be profiled"
    assert "no Python" in raised.value.why or "not allow" in raised.value.why
    assert raised.value.hint


async def test_a_process_that_has_ended_is_named(tmp_path: Path) -> None:
    with running(*python(SLEEPS)) as pid:
        pass
    with pytest.raises(TargetError, match="cannot be profiled"):
        await sampler.sample("gone", pid, seconds=1, folder=tmp_path, session_id="a")


async def test_without_py_spy_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampler, "py_spy", lambda: None)
    with pytest.raises(TargetError) as raised:
        await sampler.sample("a", 1, seconds=1, folder=tmp_path, session_id="a")
    assert raised.value.hint == "pip install 'abreast[profile]'"


async def test_py_spy_carries_the_session_s_mark_and_ends_when_it_is_cancelled(tmp_path: Path) -> None:
    session_id = f"test-{tmp_path.name}"
    with running(*python(SLEEPS)) as pid:
        async with anyio.create_task_group() as group:
            sampling = partial(sampler.sample, "a", pid, seconds=60, folder=tmp_path, session_id=session_id)
            group.start_soon(sampling)
            marked = await eventually(lambda: leftovers(session_id))
            assert marked[0].environ()[SESSION_MARK] == session_id
            group.cancel_scope.cancel()
    assert leftovers(session_id) == []
    assert files(tmp_path) == []


def reading(processes: int | None, threads: int | None) -> Reading:
    """What the meter found of a target."""
    return replace(NO_READING, processes=processes, threads=threads)


def test_many_processes_and_threads_are_looked_at_less_often() -> None:
    assert sampler.rate_for([reading(1, 2)]) == 100
    assert sampler.rate_for([reading(1, 2), reading(2, 10)]) == 100
    assert sampler.rate_for([reading(9, 35)]) == 35
    assert sampler.rate_for([reading(65, 3000)]) == 10
    assert sampler.rate_for([reading(None, 8)]) == 100, "a container: its processes are not counted"
    assert sampler.rate_for([]) == 100
