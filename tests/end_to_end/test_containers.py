"""Targets in containers, from the command line: under load, beside each other, and however a front ends."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from engine.metrics.records import Ended, Round
from targets.runtime.containers.cleanup import NOTE
from tests.support import docker
from tests.support.fronts import started, until

if TYPE_CHECKING:
    from docker import APIClient

RUN = ("run", "hello", "--headless", "--runtime", "docker")
LOAD = (*RUN, "--seconds", "600")
FOUR = "fastapi,django-wsgi,django-asgi,fastapi:cpus=2:memory=256m"

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_four_targets_under_load(engine: "APIClient", tmp_path: Path) -> None:
    """The image is built on the way where the engine lacks it, and that is told."""
    with started(tmp_path, *RUN, "--targets", FOUR, "--seconds", "3", "--json") as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 0, front.err
        targets = front.json["targets"]
        assert [each["runtime"] for each in targets] == ["docker"] * 4
        assert [each["limits"]["cpus"] for each in targets] == [1, 1, 1, 2]
        assert targets[3]["limits"]["memory_bytes"] == 256 * 1024**2
        for target in targets:
            assert target["summary"]["ok"] > 0
            assert target["summary"]["failed"] == 0
            assert any(pct is not None for pct in target["buckets"]["cpu_pct"])
            assert any(megabytes for megabytes in target["buckets"]["memory_mb"])
            assert any(sent for sent in target["buckets"]["sent_bytes"])
        assert docker.things(engine, front.session_id) == set()


def test_in_one_session_some_in_containers_and_some_not(tmp_path: Path) -> None:
    targets = "fastapi,fastapi:runtime=docker"
    run = ("run", "hello", "--headless", "--json", "--seconds", "2")
    with started(tmp_path, *run, "--targets", targets) as front:
        assert front.wait() == 0, front.err
        assert [each["runtime"] for each in front.json["targets"]] == ["local", "docker"]
        assert [each["limits"] is None for each in front.json["targets"]] == [True, False]


def test_targets_in_containers_are_profiled_from_outside(tmp_path: Path) -> None:
    """Where that is not allowed, it says what to allow, and the run goes on."""
    load = ("--users", "8", "--think-time", "none", "--seconds", "6")
    run = (*RUN, "--targets", "fastapi", *load, "--profile", "2s", "--json")
    with started(tmp_path, *run) as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 0, front.err
        (found,) = front.json["profile"][0]["targets"]
        if found["trouble"]:
            assert os.geteuid(), found["trouble"]
            assert found["hint"]
        else:
            assert any(frame["file"].startswith("fastapi/") for frame in found["frames"])


def test_capacity_of_containers_is_searched_and_sized_by_what_they_used(
    engine: "APIClient", tmp_path: Path
) -> None:
    """Beside a process of this machine: CPU and memory are the container's, and so is its size."""
    slo = ("--slo", "p95 < 2 s, errors < 50 %", "--think-time", "20 ms", "--most-users", "8")
    targets = ("--targets", "fastapi:runtime=docker:workers=2:memory=512m,fastapi")
    sized = ("--most-trials", "2", "--for-users", "1000", "--price-per-core-hour", "0.04")
    with started(tmp_path, "capacity", "hello", *slo, *targets, *sized, "--json") as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 0, front.err
        contained, local = front.json["capacity"]["targets"]
        assert [each["runtime"] for each in front.json["targets"]] == ["docker", "local"]
        for each in (contained, local):
            assert each["lower"] >= 4, front.err
            assert each["goodput"] > 0
            assert each["cpu_pct"] > 0
            sizing = each["sizing"]
            assert sizing["cores"] == pytest.approx(each["cpu_pct"] / 100 * 1000 / each["lower"], rel=0.01)
            assert sizing["memory_mb"] == pytest.approx(each["memory_mb"] * sizing["instances"], rel=0.01)
            assert sizing["price_per_hour"] > 0
        assert contained["sizing"]["processes"] == 2 * contained["sizing"]["instances"]
        assert 20 < contained["memory_mb"] < 512, "of the container, within its limit"
        assert docker.things(engine, front.session_id) == set()


def test_a_front_that_is_asked_to_end_leaves_nothing(engine: "APIClient", tmp_path: Path) -> None:
    with started(tmp_path, *LOAD, "--targets", "fastapi,django-wsgi") as front:
        front.loads()
        assert len(docker.things(engine, front.session_id)) == 5
        front.process.send_signal(signal.SIGTERM)
        assert front.wait() == 130
        assert docker.things(engine, front.session_id) == set()
        assert [end.outcome for end in front.records(Ended)] == ["interrupted"]


def test_the_guard_removes_what_a_killed_front_leaves(engine: "APIClient", tmp_path: Path) -> None:
    with started(tmp_path, *LOAD, "--targets", "fastapi") as front:
        front.loads()
        front.process.send_signal(signal.SIGKILL)
        until(lambda: not docker.things(engine, front.session_id), "the guard has removed all of it")
        note = front.home / "sessions" / front.session_id / NOTE
        until(lambda: not note.exists(), "the guard has taken the note away")


def test_clean_removes_what_is_left_and_only_that(engine: "APIClient", tmp_path: Path) -> None:
    """Front and guard are killed alike; another front goes on beside."""
    home = tmp_path / "home"
    with (
        started(tmp_path / "a", *LOAD, "--targets", "fastapi", home=home) as killed,
        started(tmp_path / "b", *LOAD, "--targets", "django-asgi", home=home) as lives,
    ):
        killed.loads()
        lives.loads()
        others = docker.things(engine, lives.session_id)
        children = psutil.Process(killed.process.pid).children()
        (guard,) = [child for child in children if "targets.runtime.guard" in child.cmdline()]
        killed.process.send_signal(signal.SIGSTOP)  # or it starts another guard at once
        guard.kill()
        killed.process.kill()
        killed.wait()
        assert len(docker.things(engine, killed.session_id)) == 3
        with started(tmp_path / "elsewhere", "clean", home=tmp_path / "another-home") as clean:
            assert clean.wait() == 0
            assert clean.out == "nothing was left behind\n"
        assert len(docker.things(engine, killed.session_id)) == 3
        with started(tmp_path / "clean", "clean", home=home) as clean:
            assert clean.wait() == 0
            assert f"{killed.session_id}: " in clean.out
            assert "removed 3 of its containers, networks and volumes" in clean.out
            assert lives.session_id not in clean.out
        assert docker.things(engine, killed.session_id) == set()
        assert docker.things(engine, lives.session_id) == others
        lives.process.send_signal(signal.SIGINT)
        assert lives.wait() == 130


def test_without_an_engine_targets_here_go_on(tmp_path: Path) -> None:
    run = ("run", "hello", "--headless", "--json", "--seconds", "1")
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    targets = "fastapi,django-wsgi:runtime=docker"
    with started(tmp_path, *run, "--targets", targets, environment=nowhere) as front:
        assert front.wait() == 3
        here, contained = front.json["targets"]
        assert here["summary"]["ok"] > 0
        assert contained["state"] == "failed"
        assert "nothing listens at" in contained["trouble"]
        assert "--runtime local" in contained["trouble"]


def test_an_engine_that_goes_mid_run(engine: "APIClient", tmp_path: Path) -> None:
    """Targets here go on; what is left there is removed once it answers again."""
    at = tmp_path / "gateway.sock"
    through = {"DOCKER_HOST": f"unix://{at}"}
    run = ("run", "hello", "--headless", "--json", "--seconds", "6", "--users", "2")
    gateway = docker.Gateway(at)
    with started(
        tmp_path, *run, "--targets", "fastapi,django-wsgi:runtime=docker", environment=through
    ) as front:
        front.loads()
        gateway.close()
        until(lambda: front.process.poll() is not None, "it has ended")
        assert front.wait() == 3
        here, contained = front.json["targets"]
        assert here["state"] == "stopped"
        assert here["summary"]["failed"] == 0
        assert contained["state"] == "died"
        assert "the Docker Engine is gone" in contained["trouble"]
        said = [each["text"] for each in front.json["events"] if each["kind"] == "trouble"]
        assert any("containers may be left" in text for text in said)
    assert docker.things(engine, front.session_id)
    gateway = docker.Gateway(at)
    try:
        with started(tmp_path / "clean", "clean", home=front.home, environment=through) as clean:
            assert clean.wait() == 0, clean.err
            assert f"{front.session_id}: " in clean.out
        assert docker.things(engine, front.session_id) == set()
    finally:
        gateway.close()


def test_an_engine_that_refuses_the_cleaning(engine: "APIClient", tmp_path: Path) -> None:
    """The session ends as others do, with what it can say, and later ones are not kept."""
    gateway = docker.Gateway(tmp_path / "gateway.sock", refused=b"GET /volumes")
    through = {"DOCKER_HOST": f"unix://{gateway.path}"}
    run = ("run", "hello", "--headless", "--json", "--seconds", "1")
    targets = "fastapi,fastapi:runtime=docker"
    try:
        with started(tmp_path, *run, "--targets", targets, environment=through) as front:
            assert front.wait() == 0, front.err
            assert [each["state"] for each in front.json["targets"]] == ["stopped", "stopped"]
            said = [each["text"] for each in front.json["events"] if each["kind"] == "trouble"]
            assert any("containers may be left" in text and "not allowed" in text for text in said)
            assert (front.home / "sessions" / front.session_id / NOTE).exists()
        home = front.home
        with started(
            tmp_path / "later", *run, "--targets", "fastapi", home=home, environment=through
        ) as later:
            assert later.wait() == 0, later.err
        assert docker.things(engine, front.session_id), "the volume of its target"
        gateway.refused = b""
        with started(tmp_path / "clean", "clean", home=home, environment=through) as clean:
            assert clean.wait() == 0, clean.err
        assert docker.things(engine, front.session_id) == set()
    finally:
        gateway.close()


def test_an_image_that_the_engine_keeps_silent_about(tmp_path: Path) -> None:
    """A front that is asked to end does, though nobody answered it yet."""
    gateway = docker.Gateway(tmp_path / "gateway.sock", swallowed=b"POST /build")
    surroundings = {"DOCKER_HOST": gateway.address, "ABREAST_BASE_IMAGE": "abreast-test-silent:1"}
    try:
        with started(tmp_path, *LOAD, "--targets", "fastapi", environment=surroundings) as front:
            assert gateway.has_swallowed.wait(60)
            front.process.send_signal(signal.SIGTERM)
            assert front.wait() == 130
            assert gateway.has_let_go.is_set()
    finally:
        gateway.close()


def test_a_base_image_that_cannot_be_had(tmp_path: Path) -> None:
    base = {"ABREAST_BASE_IMAGE": "abreast-test.invalid/no-such-base:1"}
    with started(tmp_path, *RUN, "--targets", "fastapi", "--seconds", "1", environment=base) as front:
        assert front.wait() == 3
        assert "the base image abreast-test.invalid/no-such-base:1 is missing" in front.err
        assert "ABREAST_BASE_IMAGE=NAME" in front.err


def test_an_image_that_cannot_be_built_is_tried_once_and_told_once(tmp_path: Path) -> None:
    away = {"ABREAST_BASE_IMAGE": "127.0.0.1:9/nowhere:1"}
    with started(tmp_path, *LOAD, "--targets", FOUR, environment=away) as front:
        assert front.wait() == 3
        assert front.err.count("building the targets' image") == 1
        assert front.err.count("is missing and cannot be fetched") == 1
        assert "■ django-asgi, ◆ fastapi 2 cpu 256m did not start: the base image" in front.err
        assert front.out.count("is missing and cannot be fetched") == 1


def test_what_cannot_be_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with started(tmp_path, "run", "hello", "--headless", "--targets", "fastapi:memory=64m") as front:
        assert front.wait() == 2
        assert "fastapi cannot have a limit on memory" in front.err


def test_containers_hold_a_duel_on_one_core(tmp_path: Path) -> None:
    """One of them has two cores by its options, and one is a process of this machine."""
    targets = "fastapi,django-wsgi:cpus=@0-1,fastapi:runtime=local"
    run = (*RUN, "--json", "--schedule", "duel", "--users", "10", "--rounds", "8")
    with started(tmp_path, *run, "--targets", targets) as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 0, front.err
        rounds = front.records(Round)
        assert [each.number for each in rounds] == list(range(1, 9))
        clean = [each for each in rounds if not each.tainted]
        assert clean, {each.tainted for each in rounds}
        names = {"fastapi", "django-wsgi", "fastapi#2"}
        assert all(set(each.turns) == names for each in clean)
        assert all(turn.cpu_s and turn.ok for each in clean for turn in each.turns.values())
        assert all(sum(turn.cpu_s or 0 for turn in each.turns.values()) < 1.3 for each in clean)
