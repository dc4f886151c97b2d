"""A plan's server runs at several revisions of its repository, and leaves no trace in it."""

import signal
from pathlib import Path

import pytest

from tests.support.fronts import started, until
from tests.support.repositories import PLAN, commit, git, repository, server, worktrees

pytestmark = pytest.mark.races


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = repository(tmp_path / "source", {"server.py": server(body="version"), "plan.toml": PLAN})
    commit(folder, {"server.py": server(body="version 2")}, "The second version")
    (folder / "server.py").write_text(server(body="version three"))
    return folder


def test_each_revision_runs_its_own_code_and_is_recorded(source: Path, tmp_path: Path) -> None:
    words = ("--revisions", "HEAD~1,main,work-tree", "--seconds", "2", "--json")
    with started(tmp_path / "front", "run", f"{source}/plan.toml", *words) as front:
        assert front.wait() == 0, front.err
        document = front.json
    assert [each["label"] for each in document["targets"]] == ["HEAD~1", "main", "work-tree"]
    hashes = [git(source, "rev-parse", name) for name in ("HEAD~1", "main", "main")]
    assert [each["revision"] for each in document["environment"]["sources"]] == hashes
    assert [each["dirty"] for each in document["environment"]["sources"]] == [False, False, True]
    assert [each["versions"]["git"] for each in document["targets"]] == [
        hashes[0][:7],
        hashes[1][:7],
        f"{hashes[2][:7]} with changes",
    ]
    bytes_each = [
        round(sum(filter(None, each["buckets"]["bytes_in"])) / each["summary"]["ok"])
        for each in document["targets"]
    ]
    assert bytes_each[0] < bytes_each[1] < bytes_each[2], "each answers with the length of its own version"
    assert worktrees(source) == [str(source)]
    assert git(source, "status", "--porcelain") == "M server.py"


def test_a_signal_removes_the_worktrees(source: Path, tmp_path: Path) -> None:
    with started(
        tmp_path / "front", "run", f"{source}/plan.toml", "--revisions", "HEAD~1,main", "--headless"
    ) as front:
        front.loads()
        assert len(worktrees(source)) == 3
        front.process.send_signal(signal.SIGINT)
        assert front.wait() == 130
    assert worktrees(source) == [str(source)]


def test_after_a_kill_clean_removes_ours_and_nothing_else(source: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    git(source, "worktree", "add", "--quiet", "--detach", str(theirs))
    with started(
        tmp_path / "front", "run", f"{source}/plan.toml", "--revisions", "HEAD~1,main", "--headless"
    ) as front:
        front.loads()
        front.process.kill()
        front.wait()
        until(lambda: not front.processes(), "the guard has ended its processes")
        assert len(worktrees(source)) == 4
        with started(tmp_path / "clean", "clean", home=front.home) as clean:
            assert clean.wait() == 0
            assert "removed 2 worktrees" in clean.out
        assert worktrees(source) == [str(source), str(theirs)]
        assert not (front.home / "sessions" / front.session_id / "worktrees").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan.toml", "--revisions", "nope"), "mine has no revision 'nope'"),
        (("plan.toml", "--revisions", ","), "--revisions names no revision"),
        (("hello", "--revisions", "main"), "has a source to take revisions of"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_starts(
    source: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    plan, *options = words
    plan = str(source / plan) if plan.endswith(".toml") else plan
    with started(tmp_path / "front", "run", plan, *options, "--headless") as front:
        assert front.wait() == 2
        assert said in front.err
        assert "Traceback" not in front.err
        assert not list((front.home / "sessions").glob("*/worktrees*"))
