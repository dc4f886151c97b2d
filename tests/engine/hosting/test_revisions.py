"""Where targets of a revision run, and what is refused before a session starts."""

from pathlib import Path
from typing import Any

import pytest

from engine.hosting.revisions import Checkouts, look_up, moved_target, remarks
from engine.machine.git_worktrees import has_note
from engine.plan.plan import Plan, make_plan
from engine.plan.revisions import at_revisions
from engine.plan.targets import CustomTarget
from targets.errors import TargetError, UsageError
from tests.support.repositories import commit, git, repository, worktrees


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return repository(
        tmp_path / "source", {"app/server.py": "one", "lib/a.py": "a", ".gitignore": ".venv\n*.local\n"}
    )


def plan(folder: Path, **fields: Any) -> Plan:
    target = {"name": "shop", "command": "python3 server.py {port}", "cwd": "app"} | fields
    values = {"title": "t", "stages": [{"users": 1, "hold": 5}], "target": [target], "folder": str(folder)}
    return make_plan(values | {"request": [{"path": "/"}]}, where="test")


def test_a_revision_is_looked_up(source: Path) -> None:
    first = git(source, "rev-parse", "HEAD")
    commit(source, {"app/server.py": "two"}, "The second version")
    found = look_up(plan(source, revision="HEAD~1"))["shop"]
    assert (found.commit, found.dirty, found.inside, found.text) == (first, False, "app", first[:7])
    assert found.recorded() == {"target": "shop", "asked": "HEAD~1", "revision": first, "dirty": False}


def test_a_dirty_work_tree_is_said_to_be_dirty(source: Path) -> None:
    (source / "app" / "server.py").write_text("changed")
    found = look_up(plan(source, revision="work-tree"))["shop"]
    assert found.text == f"{git(source, 'rev-parse', 'HEAD')[:7]} with changes"
    assert found.repository is None


def test_a_work_tree_needs_no_repository(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    assert look_up(plan(tmp_path, revision="work-tree"))["shop"].text == ""


def at(source: Path, *revisions: str) -> list[str]:
    """What is known beforehand of the server at these revisions."""
    made, _ = at_revisions(plan(source), revisions)
    return remarks(list(look_up(made).values()))


def test_revisions_that_are_the_same_code_are_named_before_they_are_compared(source: Path) -> None:
    first = git(source, "rev-parse", "HEAD")[:7]
    assert at(source, "main", "HEAD") == [
        f"main and HEAD are the same code ({first}): any difference is chance"
    ]
    assert at(source, "main", "work-tree") == [
        f"work-tree is your folder as it is ({first})",
        f"main and work-tree are the same code ({first}): any difference is chance",
    ]
    (source / "app" / "server.py").write_text("changed")
    assert at(source, "main", "work-tree") == [f"work-tree is your folder as it is ({first} with changes)"]
    commit(source, {"app/server.py": "two"}, "The second version")
    assert at(source, "HEAD~1", "HEAD") == []


def test_a_revision_that_does_not_exist_is_named_with_the_target_of_the_plan(source: Path) -> None:
    made, _ = at_revisions(plan(source), ("main", "nope"))
    with pytest.raises(UsageError) as caught:
        look_up(made)
    assert caught.value.what == "shop has no revision 'nope'"


def test_targets_without_a_revision_are_not_looked_up(tmp_path: Path) -> None:
    assert look_up(plan(tmp_path)) == {}


def read(*parts: str) -> str:
    return Path(*parts).read_text()


@pytest.mark.parametrize(
    ("fields", "what", "why"),
    [
        ({"revision": "nope"}, "shop has no revision 'nope'", "git finds no branch"),
        ({"revision": "v1", "cwd": "new"}, "revision 'v1' of shop has no new", "does not have it"),
        (
            {"revision": "v1", "command": "sh later.sh {port}"},
            "revision 'v1' of shop has no app/later.sh",
            "",
        ),
        ({"revision": "v1", "command": "./gone {port}"}, "revision 'v1' of shop has no app/gone", ""),
        (
            {"revision": "v1", "command": "../.venv/bin/python server.py {port}"},
            "shop cannot run .venv/bin/python at revision 'v1'",
            "not in git",
        ),
    ],
)
def test_what_a_revision_lacks_is_refused(source: Path, fields: dict[str, Any], what: str, why: str) -> None:
    git(source, "tag", "v1")
    commit(source, {"app/later.sh": "serve", "new/server.py": "one"}, "A later version")
    (source / ".venv" / "bin").mkdir(parents=True)
    (source / ".venv" / "bin" / "python").write_text("")
    with pytest.raises(UsageError) as caught:
        look_up(plan(source, **fields))
    assert what in caught.value.what
    assert why in caught.value.why


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    with pytest.raises(UsageError, match="is not in a git repository"):
        look_up(plan(tmp_path, revision="main"))


@pytest.mark.anyio
async def test_a_target_runs_in_its_worktree_until_that_is_removed(source: Path, tmp_path: Path) -> None:
    made = plan(source, revision="main")
    commit_of_main = git(source, "rev-parse", "HEAD")
    (source / "app" / "server.py").write_text("changed")
    session = tmp_path / "session"
    session.mkdir()
    checkouts = Checkouts(look_up(made), made.folder, session)
    said: list[str] = []
    await checkouts.check_out(said.append)
    assert said == [f"checking out main ({commit_of_main[:7]})"]
    placed = checkouts.place(made.targets[0])
    assert placed.custom is not None
    assert read(placed.custom.cwd, "server.py") == "one"
    assert checkouts.versions(placed) == {"git": commit_of_main[:7]}
    assert await checkouts.remove() == ""
    assert worktrees(source) == [str(source)]
    assert not has_note(session)
    assert (source / "app" / "server.py").read_text() == "changed"
    with pytest.raises(UsageError, match="cannot join now"):
        checkouts.place(made.targets[0])


@pytest.mark.anyio
async def test_a_checkout_that_fails_has_the_reason_of_git(source: Path, tmp_path: Path) -> None:
    made = plan(source, revision="main")
    checkouts = Checkouts(look_up(made), made.folder, tmp_path)
    (tmp_path / "worktrees" / "shop").mkdir(parents=True)
    (tmp_path / "worktrees" / "shop" / "in-the-way").write_text("")
    with pytest.raises(TargetError, match="could not be checked out") as caught:
        await checkouts.check_out(lambda _: None)
    assert "already exists" in caught.value.why


def test_paths_of_the_repository_lead_to_the_worktree(source: Path, tmp_path: Path) -> None:
    worktree = repository(tmp_path / "there", {"app/server.py": "one", "lib/a.py": "a"})
    beside = tmp_path / "tool.sh"
    beside.write_text("")
    (source / ".venv").mkdir()
    target = CustomTarget(
        name="shop",
        command=(
            f"{source}/.venv",
            "server.py",
            f"--lib={source}/lib/a.py",
            f"{source}",
            f"{source}-other/lib",
            "../../tool.sh",
            "{port}",
        ),
        cwd="app",
        env={"PYTHONPATH": f"{source}/lib:/usr/lib:{source}/app"},
    )
    moved = moved_target(target, source / "app", repository=source, worktree=worktree)
    assert moved.cwd == f"{worktree}/app"
    assert moved.command == (
        f"{source}/.venv",
        "server.py",
        f"--lib={worktree}/lib/a.py",
        f"{worktree}",
        f"{source}-other/lib",
        f"{beside.resolve()}",
        "{port}",
    )
    assert moved.env == {"PYTHONPATH": f"{worktree}/lib:/usr/lib:{worktree}/app"}
