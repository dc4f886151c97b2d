"""CPU time is exact, whole trees of it, and never goes back, whoever comes and goes. The truth is what the
kernel reports of a server once it has ended (`wait4`), with all its workers."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets import catalog
from targets.launch import LaunchContext
from targets.options import parse_options, split_options
from targets.runtime.local import LocalTarget
from targets.runtime.ports import free_port
from targets.runtime.process_clock import (
    Ledger,
    ProcessTreeClock,
    process_cpu_ns,
)
from targets.runtime.process_tree import ProcessStat
from tests.support.local_targets import little, running
from tests.support.waiting import eventually, until

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
TICK_NS = 10_000_000

# ---------------------------------------------------------------- the ledger


def ledger(**own_ns: int) -> Ledger:
    """A ledger of processes named by their pids: `p1=5`."""
    made = Ledger()
    for name, used_ns in own_ns.items():
        made.add(int(name[1:]), ProcessStat(0, 0), used_ns)
    return made


def test_a_process_that_is_gone_keeps_its_last_reading() -> None:
    kept = ledger(p1=100, p2=40)
    kept.collect({1: ProcessStat(0, 0)}, gone=[2])
    assert kept.total_ns == 140


def test_what_a_parent_collects_counts_only_beyond_what_was_read() -> None:
    kept = ledger(p1=100, p2=5 * TICK_NS)
    kept.collect({1: ProcessStat(0, 7 * TICK_NS)}, gone=[2])
    assert kept.total_ns == 100 + 7 * TICK_NS


def test_a_child_collected_later_does_not_count_twice() -> None:
    kept = ledger(p1=100, p2=5 * TICK_NS)
    kept.collect({1: ProcessStat(0, 0)}, gone=[2])
    kept.collect({1: ProcessStat(0, 5 * TICK_NS)}, gone=[])
    assert kept.total_ns == 100 + 5 * TICK_NS


def test_a_child_that_was_never_seen_counts_once_it_is_collected() -> None:
    kept = ledger(p1=100)
    kept.collect({1: ProcessStat(0, 3 * TICK_NS)}, gone=[])
    assert kept.total_ns == 100 + 3 * TICK_NS


def test_new_roots_collect_nothing_of_the_old_ones() -> None:
    kept = ledger(p1=9 * TICK_NS)
    kept.collect({}, gone=[1])
    kept.forget_uncollected()
    kept.add(2, ProcessStat(1, 0), 0)
    kept.collect({2: ProcessStat(1, 4 * TICK_NS)}, gone=[])
    assert kept.total_ns == 13 * TICK_NS


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "read", "collect", "roots"]),
        st.integers(1, 4),
        st.integers(0, 10**9),
        st.booleans(),
    ),
    max_size=40,
)


@given(STEPS)
def test_the_total_never_falls(steps: list[tuple[str, int, int, bool]]) -> None:
    kept, before = Ledger(), 0
    for what, pid, ns, ended in steps:
        if what == "add" and pid not in kept.accounts:
            kept.add(pid, ProcessStat(0, ns), ns)
        elif what == "read" and pid in kept.accounts:
            kept.read(pid, None if ended else ns)
        elif what == "collect":
            gone = [pid] if ended and pid in kept.accounts else []
            kept.collect({each: ProcessStat(0, ns) for each in kept.accounts}, gone)
        elif what == "roots":
            kept.forget_uncollected()
        assert kept.total_ns >= before
        before = kept.total_ns


# ---------------------------------------------------------------- real processes


@linux
def test_the_clock_of_this_process_agrees_with_its_own() -> None:
    before_ns, cpu_ns = time.process_time_ns(), process_cpu_ns(os.getpid())
    assert cpu_ns is not None
    assert before_ns <= cpu_ns <= time.process_time_ns()
    assert process_cpu_ns(2**22 + 1) is None


# Burns in a thread that ends, then in workers that replace each other.
RECYCLING = """
import os, sys, threading, time
def burn(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass
thread = threading.Thread(target=burn, args=(0.2,))
thread.start()
thread.join()
for _ in range(3):
    if (pid := os.fork()) == 0:
        burn(0.15)
        os._exit(0)
    os.waitpid(pid, 0)
print("done", flush=True)
sys.stdin.read()
"""


@linux
def test_threads_and_workers_that_have_ended_count() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RECYCLING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        clock = ProcessTreeClock(lambda: [process.pid], LateClock())
        readings = [reading(clock)]
        os.set_blocking(process.stdout.fileno(), False)

        def is_done() -> bool:
            readings.append(reading(clock))
            return process.stdout is not None and process.stdout.readline() == b"done\n"

        until(is_done)
        process.stdin.close()
        used_ns, truth_ns = at_its_end(process.pid, clock)
        process.returncode = 0
    assert readings == sorted(readings)
    assert truth_ns > 600_000_000
    assert abs(used_ns - truth_ns) <= 4 * 2 * TICK_NS


SERVERS: dict[str, tuple[str, dict[str, str]]] = {
    "uvicorn, two workers": ("fastapi:workers=2", {}),
    "gthread, eight threads": ("django-wsgi:threads=8", {}),
    "gunicorn that replaces workers": ("django-wsgi:workers=2", {"--max-requests": "20"}),
    "gunicorn with Uvicorn's workers, replaced": (
        "fastapi:server=gunicorn:workers=2",
        {"--max-requests": "20"},
    ),
    "uWSGI": ("django-wsgi:server=uwsgi:workers=2:threads=2", {"--max-requests": "20"}),
}


@linux
@pytest.mark.parametrize("server", SERVERS)
def test_the_count_of_a_server_is_what_the_kernel_reports_at_its_end(server: str, tmp_path: Path) -> None:
    with served(server, tmp_path) as (process, port):
        clock = ProcessTreeClock(lambda: [process.pid], LateClock())
        readings = []
        for _ in range(30):
            ask(port, times=5)
            readings.append(reading(clock))
        process.send_signal(signal.SIGTERM)
        used_ns, truth_ns = at_its_end(process.pid, clock)
        process.returncode = 0
    assert readings == sorted(readings)
    assert used_ns >= readings[-1] > readings[0]
    assert abs(used_ns - truth_ns) <= 0.04 * truth_ns + 2 * 2 * TICK_NS


@pytest.mark.anyio
@linux
async def test_a_target_goes_on_counting_after_a_restart(tmp_path: Path) -> None:
    session_id = f"test-clock-{os.getpid()}-{tmp_path.name}"
    target = LocalTarget("little", little("--busy"), tmp_path / "little", session_id)
    async with running(target, session_id):
        first = reading(target.cpu_clock)
        await target.stop()
        await target.start()
        await target.ready(20)
        again = reading(target.cpu_clock)
        assert again >= first > 0
        await eventually(lambda: reading(target.cpu_clock) >= again + 100_000_000)
        assert set(target.pids) < set(target.cpu_clock.pids)


class LateClock:
    """A clock by which every refresh is due."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 10.0
        return self.now_s


def reading(clock: ProcessTreeClock) -> int:
    """What the clock reads now, in nanoseconds."""
    clock.refresh()
    now_ns = clock.read_ns()
    assert now_ns is not None
    return now_ns


def at_its_end(pid: int, clock: ProcessTreeClock) -> tuple[int, int]:
    """What the clock and the kernel say, in nanoseconds, once the process has ended."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    used_ns = reading(clock)
    usage = os.wait4(pid, 0)[2]
    return used_ns, round((usage.ru_utime + usage.ru_stime) * 1e9)


@contextlib.contextmanager
def served(server: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A running server of abreast's targets, with some flags more."""
    text, flags = SERVERS[server]
    name, _, options = text.partition(":")
    target, port = catalog.find(name), free_port()
    launch = target.launch(
        parse_options(target, split_options(options, name)), LaunchContext(port=port, folder=folder)
    )
    argv = [*launch.argv, *(word for flag in flags.items() for word in flag)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=folder, env=os.environ | launch.env, stdout=log, stderr=log)
        try:
            yield process, port
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()


def ask(port: int, times: int) -> None:
    """Asks the server, on a new connection each time; waits for it to listen."""
    for _ in range(times):
        until(lambda: status(port) == HTTPStatus.OK)


def status(port: int) -> int | None:
    """Of the answer to one request; None if the server does not listen, or hung up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()
