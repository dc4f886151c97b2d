"""Somebody kills what abreast itself runs: it is told of by its name, and no target is blamed."""

from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from engine.hosting.supervision import RESTARTS
from engine.metrics.records import Ended, GeneratorSecond
from tests.support.fronts import Front, started, until

SECONDS = "6"
TARGETS = ("--targets", "fastapi,django-asgi")


def helpers(front: Front, *words: str) -> list[psutil.Process]:
    """The living children of a front whose command line has all of these words."""
    found = []
    for child in psutil.Process(front.process.pid).children(recursive=True):
        with suppress(psutil.Error):  # it is just ending
            line = child.cmdline()
            if all(word in line for word in words):
                found.append(child)
    return found


def helper(front: Front, *words: str) -> psutil.Process:
    """The one that there is."""
    (found,) = until(lambda: helpers(front, *words), f"there is a process with {words}")
    return found


HELPERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "the guard": (("targets.runtime.guard",), ()),
    "load worker 0": (("engine.worker.process",), ("--targets", "fastapi", "--strict")),
    "the upstream": (
        ("targets.apps.upstream:from_environment",),
        (*TARGETS, "--workload", "upstream"),
    ),
    "NGINX in front of fastapi": (("-c", "nginx.conf"), ("--targets", "fastapi:front=nginx")),
    "the delay proxy of fastapi": (
        ("engine.hosting.delay_proxy_process",),
        ("--targets", "fastapi", "--network-delay", "4 ms"),
    ),
}
"""By name: what its command line has, and the options of a run that has it; a strict one does not pass."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", HELPERS)
def test_a_helper_that_is_killed_is_told_and_no_target_is_blamed(tmp_path: Path, name: str) -> None:
    words, options = HELPERS[name]
    run = ("run", "hello", "--headless", "--json", "--seconds", SECONDS)
    with started(tmp_path, *run, *(options or TARGETS)) as front:
        front.loads()
        helper(front, *words).kill()
        front.says(f"trouble: {name} ended: killed by SIGKILL")
        front.says(f"helper: {name} works again")
        assert front.wait() == (4 if "--strict" in options else 0), front.err
        assert_blames_nobody(front, name)
        assert [end.outcome for end in front.records(Ended)] == ["completed"]


def assert_blames_nobody(front: Front, name: str) -> None:
    """The light went red with its name; what was measured has no errors; what was not is marked."""
    red = [each for each in front.records(GeneratorSecond) if any(name in reason for reason in each.reasons)]
    assert red
    assert {each.light for each in red} == {"red"}
    assert front.json["health"]["light"] == "red"
    assert any(name in reason for reason in front.json["health"]["reasons"])
    for target in front.json["targets"]:
        assert target["summary"]["failed"] == 0, target["summary"]["errors"]
        assert target["summary"]["ok"] > 0
        columns = target["buckets"]
        spoiled = {second for second, why in zip(columns["t_s"], columns["spoiled"], strict=True) if why}
        assert spoiled >= {each.second for each in red} & set(columns["t_s"])
        assert not any(
            measured
            for second, measured in zip(columns["t_s"], columns["measured"], strict=True)
            if second in spoiled
        )


@pytest.mark.timeout(120)
def test_a_helper_that_keeps_ending_ends_the_run(tmp_path: Path) -> None:
    run = ("run", "hello", "--headless", "--seconds", "600", "--targets", "fastapi")
    with started(tmp_path, *run) as front:
        front.loads()
        for times in range(RESTARTS + 1):
            guard = until(lambda: helpers(front, "targets.runtime.guard"), "there is a guard")[0]
            guard.kill()
            if times < RESTARTS:
                works = "helper: the guard works again"
                until(lambda: front.err.count(works) == times + 1, "another has come")  # noqa: B023
        assert front.wait() == 3
        assert "the guard keeps ending" in front.err
        assert [end.outcome for end in front.records(Ended)] == ["failed"]


@pytest.mark.timeout(120)
def test_a_helper_that_is_frozen_is_named_until_it_goes_on(tmp_path: Path) -> None:
    run = ("run", "hello", "--headless", "--json", "--seconds", SECONDS, "--targets", "fastapi")
    with started(tmp_path, *run) as front:
        front.loads()
        worker = helper(front, "engine.worker.process")
        worker.suspend()
        front.says("trouble: load worker 0 is frozen")
        worker.resume()
        front.says("helper: load worker 0 continues")
        assert front.wait() == 0, front.err
        assert_blames_nobody(front, "load worker 0")
