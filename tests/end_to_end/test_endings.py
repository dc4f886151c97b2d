"""However a front ends, nothing of it is left, its session can be read, and others are not disturbed."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from engine.metrics.records import Bucket, Ended, TargetChanged
from engine.recording import journal
from targets.runtime.containers.cleanup import has_note, leave_note
from tests.support.docker import MuteEngine
from tests.support.fronts import Front, marked, started, target_of, until

pytestmark = pytest.mark.races

ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGINT at start", "SIGINT twice")
LOAD = ("run", "hello", "--headless", "--seconds", "600")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    """A front for each ending, all in one home, each of them ended by its signal."""
    home = tmp_path_factory.mktemp("home")
    with ExitStack() as stack:
        fronts = {}
        for name in ENDINGS:
            folder = tmp_path_factory.mktemp("front")
            target = "django-wsgi" if name == "SIGTERM" else "fastapi:workers=2"
            fronts[name] = stack.enter_context(started(folder, *LOAD, "--targets", target, home=home))
        fronts["SIGINT at start"].says("starting fastapi")
        fronts["SIGINT at start"].process.send_signal(signal.SIGINT)
        for name, front in fronts.items():
            if name != "SIGINT at start":
                front.loads()
                front.process.send_signal(signal.Signals[name.split()[0]])
        fronts["SIGINT twice"].says("stopping load and targets")
        fronts["SIGINT twice"].process.send_signal(signal.SIGINT)
        for front in fronts.values():
            front.wait()
        yield fronts


@pytest.mark.parametrize("name", ENDINGS)
def test_a_signal_ends_all_and_says_so(ended: dict[str, Front], name: str) -> None:
    front = ended[name]
    assert front.wait() == 130
    assert "Traceback" not in front.err
    until(lambda: not front.processes(), "the guard has done its work")


@pytest.mark.parametrize("name", ENDINGS[:3])
def test_load_stops_before_the_targets(ended: dict[str, Front], name: str) -> None:
    front = ended[name]
    assert [end.outcome for end in front.records(Ended)] == ["interrupted"]
    assert "ok/s" in front.out
    *_, stopping, stopped = front.records(TargetChanged)
    assert (stopping.state, stopped.state) == ("stopping", "stopped")
    last = front.records(Bucket)[-1]
    assert last.winding_down
    assert last.tick_stats.in_flight == 0
    assert last.second <= stopping.t_s


def test_interrupted_at_its_start_it_measured_nothing(ended: dict[str, Front]) -> None:
    front = ended["SIGINT at start"]
    assert [end.outcome for end in front.records(Ended)] == ["interrupted"]
    assert front.records(Bucket) == []
    assert "Nothing was measured" in front.out or "before any target started" in front.out


def test_every_one_of_them_can_be_read_afterwards(ended: dict[str, Front], tmp_path: Path) -> None:
    home = ended["SIGINT"].home
    with started(tmp_path / "list", "sessions", home=home) as sessions:
        assert sessions.wait() == 0
        assert sessions.out.count("interrupted") == len(ENDINGS)
    for name, front in ended.items():
        with started(tmp_path / name, "report", front.session_id, home=home) as report:
            assert report.wait() == 0
            assert report.json["outcome"] == "interrupted"


def test_a_killed_front_leaves_nothing(tmp_path: Path) -> None:
    """Several workers on every server, requests in flight, and no chance to say good-bye."""
    targets = "fastapi:workers=3,django-wsgi:workers=3"
    with started(tmp_path, *LOAD, "--targets", targets, "--users", "40", "--think-time", "none") as front:
        front.loads()
        session_id, left = front.session_id, front.processes()
        by_target = [target_of(process) for process in left]
        assert by_target.count("fastapi") >= 4, "a master and its workers"
        assert by_target.count("django-wsgi") >= 4
        front.process.send_signal(signal.SIGKILL)
        killed_s = time.monotonic()
        until(lambda: not marked(session_id), "nothing is left")
        print(f"all gone {time.monotonic() - killed_s:.2f} s after the kill")
        with started(tmp_path / "list", "sessions", home=front.home) as sessions:
            assert sessions.wait() == 0
            (line,) = (line for line in sessions.out.splitlines() if line.endswith(session_id))
            assert " interrupted " in line
        with started(tmp_path / "report", "report", "last", home=front.home) as report:
            assert report.wait() == 0
            assert report.json["outcome"] == "interrupted"
            assert all(sum(target["buckets"]["ok"]) > 0 for target in report.json["targets"])


def test_two_fronts_do_not_disturb_each_other(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with started(tmp_path / "long", *LOAD, "--targets", "fastapi,django-wsgi", home=home) as long:
        long.loads()
        before = set(long.processes())
        others = ("run", "hello", "--headless", "--seconds", "1", "--targets", "fastapi,django-asgi")
        with started(tmp_path / "short", *others, home=home) as short:
            assert short.wait() == 0, short.err
            assert not short.processes()
            ports = {
                line.split("http://")[1].split()[0]
                for line in (long.err + short.err).splitlines()
                if "http://" in line
            }
            assert len(ports) == 4
        for folder, own in (("third", home), ("elsewhere", tmp_path / "another-home")):
            with started(tmp_path / folder, "clean", home=own) as clean:
                assert clean.wait() == 0
                assert clean.out == "nothing was left behind\n"
        assert set(long.processes()) == before
        assert all(process.status() != psutil.STATUS_ZOMBIE for process in before)
        long.process.send_signal(signal.SIGINT)
        assert long.wait() == 130
        assert not long.processes()
        (end,) = long.records(Ended)
        assert not re.search(r"errors +(?! |0\.00 %|·)", long.err)
        assert end.outcome == "interrupted"


def test_what_a_dead_guard_left_is_ended_by_clean(tmp_path: Path) -> None:
    """Somebody kills guard and front alike: the next start, or `abreast clean`, ends the rest."""
    with started(tmp_path, *LOAD, "--targets", "django-asgi") as front:
        front.loads()
        session_id = front.session_id
        guards = [
            child
            for child in psutil.Process(front.process.pid).children()
            if "targets.runtime.guard" in child.cmdline()
        ]
        assert len(guards) == 1
        front.process.send_signal(signal.SIGSTOP)  # or it starts another guard at once
        guards[0].kill()
        front.process.kill()
        front.wait()
        assert any(target_of(each) == "django-asgi" for each in marked(session_id))
        with started(tmp_path / "clean", "clean", home=front.home) as clean:
            assert clean.wait() == 0
            assert any(line.startswith(f"{session_id}: ended ") for line in clean.out.splitlines())
        assert not marked(session_id)


def test_what_may_be_left_of_earlier_sessions_is_said(tmp_path: Path) -> None:
    """Their engine keeps silent; the session here begins all the same."""
    engine = MuteEngine(tmp_path / "mute.sock")
    earlier = tmp_path / "home" / "sessions" / "earlier"
    earlier.mkdir(parents=True)
    (earlier / journal.FILE_NAME).touch()
    leave_note(earlier, engine.where)
    run = ("run", "hello", "--headless", "--targets", "fastapi", "--seconds", "1")
    try:
        with started(tmp_path / "a", *run, home=tmp_path / "home") as front:
            assert front.wait() == 0, front.err
            assert "from an earlier session: earlier: containers may be left: " in front.err
            assert engine.where.address in front.err
            assert has_note(earlier)
    finally:
        engine.close()


def test_fronts_that_are_killed_right_after_their_start_are_listed_and_cleaned(tmp_path: Path) -> None:
    home = tmp_path / "home"
    seen: set[Path] = set()
    for number in range(2):
        with started(tmp_path / f"run-{number}", *LOAD, "--targets", "fastapi", home=home) as front:
            until(lambda: {*home.glob("sessions/*/journal.jsonl")} - seen, "it has a journal")
            seen.update(home.glob("sessions/*/journal.jsonl"))
            front.process.send_signal(signal.SIGKILL)
            front.wait()
    folders = {each.name: each / journal.FILE_NAME for each in (home / "sessions").iterdir()}
    with started(tmp_path / "list", "sessions", "--json", home=home) as sessions:
        assert sessions.wait() == 0
        listed = json.loads(sessions.out)
    assert {each["id"] for each in listed} == set(folders)
    assert {each["outcome"] for each in listed} == {"interrupted"}
    blank = {name for name, path in folders.items() if journal.is_blank(path)}
    for path in (*folders.values(), *(path.parent for path in folders.values())):
        os.utime(path, (0, 0))
    with started(tmp_path / "clean", "clean", home=home) as clean:
        assert clean.wait() == 0
        assert "Traceback" not in clean.err
    assert {each.name for each in (home / "sessions").iterdir()} == set(folders) - blank
