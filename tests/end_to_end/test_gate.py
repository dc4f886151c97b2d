"""`abreast gate` on real repositories: a slowed revision fails, an equal one passes, and nothing is left."""

from pathlib import Path

import orjson
import pytest

from engine.metrics.rounds import Round
from tests.support.fronts import Front, started, until
from tests.support.otlp_receiver import receiving
from tests.support.repositories import PLAN, commit, repository, server, worktrees

WORK = 150_000
"""Additions: some milliseconds, so that a busy machine's delays are small beside them."""

ROUNDS = ("--rounds", "14")
DECIDING = ("--rounds", "24")
"""Some more than a duel needs at least, which a generator that reads answers late does not taint."""


GATE_WITHIN_S = 300.0
"""A duel and turns of so many rounds take about 45 to 75 s; several times as long on a busy machine."""
ATTEMPTS = 3
"""Gates until one is decided: something may disturb a machine for as long as one takes."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return repository(tmp_path / "source", {"server.py": server(work=WORK), "plan.toml": PLAN})


def last_line(front: Front) -> str:
    return front.out.splitlines()[-1]


@pytest.mark.timeout(ATTEMPTS * GATE_WITHIN_S + 30)
def test_a_slowed_revision_fails_with_the_interval(source: Path, tmp_path: Path) -> None:
    commit(source, {"server.py": server(work=8 * WORK)}, "Slower by far")
    words = ("--against", "HEAD~1", "--candidate", "HEAD", "--max-slower", "50%", *DECIDING)
    line = ""
    for attempt in range(ATTEMPTS):
        with started(tmp_path / f"front{attempt}", "gate", f"{source}/plan.toml", *words) as front:
            code = front.wait(GATE_WITHIN_S)
        assert worktrees(source) == [str(source)]
        line = last_line(front)
        if code == 1:
            assert line.startswith("failed: HEAD is ")
            assert "than HEAD~1: " in line
            assert "× [" in line
            return
        assert (code, line.partition(":")[0]) == (0, "undecided"), front.err
        assert "does not count" in front.err
    pytest.fail(f"no gate was decided: {line}")


@pytest.mark.timeout(GATE_WITHIN_S + 30)
def test_an_equal_revision_does_not_fail_and_a_dirty_tree_is_called_so(source: Path, tmp_path: Path) -> None:
    (source / "server.py").write_text(f"{server(work=WORK)}# a comment\n")
    words = ("--against", "main", "--max-slower", "50%", *ROUNDS)
    with started(tmp_path / "front", "gate", f"{source}/plan.toml", *words) as front:
        assert front.wait(GATE_WITHIN_S) == 0, front.err
    first, *_ = front.out.splitlines()
    assert front.err.count("; session ") == 2, "a duel, and turns"
    assert first.startswith("work-tree (")
    assert " with changes) against main (" in first
    assert not last_line(front).startswith("failed")
    assert worktrees(source) == [str(source)]


@pytest.mark.races
def test_after_a_kill_the_next_start_removes_the_worktrees(source: Path, tmp_path: Path) -> None:
    words = ("gate", f"{source}/plan.toml", "--against", "main", "--candidate", "HEAD", "--within", "5 m")
    with started(tmp_path / "front", *words) as front:
        until(lambda: "; session " in front.err and front.records(Round), "a round was recorded")
        front.process.kill()
        front.wait()
        until(lambda: not front.processes(), "the guard has ended its processes")
        assert len(worktrees(source)) == 3
        with started(tmp_path / "next", *words, home=front.home) as following:
            following.says("removed 2 worktrees")
            following.process.terminate()
            assert following.wait() == 130
    assert worktrees(source) == [str(source)]


def test_too_few_rounds_are_undecided_and_strict_says_so(source: Path, tmp_path: Path) -> None:
    words = ("--against", "main", "--candidate", "HEAD", "--rounds", "2")
    environment = {"ABREAST_STRICT": "1", "ABREAST_JSON": "1", "ABREAST_LOG_FILE": "gate.jsonl"}
    folder = tmp_path / "front"
    with receiving() as receiver:
        environment |= {"ABREAST_OTLP": receiver.url, "ABREAST_PROMETHEUS": "0"}
        with started(folder, "gate", f"{source}/plan.toml", *words, environment=environment) as front:
            assert front.wait() == 4, front.err
        sent = [receiver.resource(at)["service.instance.id"] for at in range(len(receiver.requests))]
    decision = front.json
    assert (decision["schema"], decision["outcome"]) == ("abreast/gate@1", "undecided")
    assert (decision["against"]["label"], decision["candidate"]["label"]) == ("main", "HEAD")
    assert decision["against"]["commit"] == decision["candidate"]["commit"] != ""
    lines = [orjson.loads(line) for line in (folder / "gate.jsonl").read_bytes().splitlines()]
    began = [line["session"] for line in lines if line["event"] == "session"]
    assert began == decision["sessions"]
    assert list(dict.fromkeys(sent)) == decision["sessions"], "the figures of both sessions were sent"
    assert front.err.count("abreast: metrics for Prometheus at http://127.0.0.1:") == 1
    assert lines[-1]["exit_code"] == 4


def test_a_revision_that_does_not_start_is_no_verdict(source: Path, tmp_path: Path) -> None:
    commit(source, {"server.py": "raise SystemExit('broken')\n"}, "Broken")
    words = ("--against", "HEAD~1", "--candidate", "HEAD", *ROUNDS)
    with started(tmp_path / "front", "gate", f"{source}/plan.toml", *words) as front:
        assert front.wait() == 3
    assert "Traceback" not in front.err
    assert "broken" in front.err
    assert worktrees(source) == [str(source)]


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    with started(tmp_path / "front", "gate", f"{tmp_path}/plan.toml", "--against", "main") as front:
        assert front.wait() == 2
    assert "is not in a git repository" in front.err
