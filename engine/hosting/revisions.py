"""Checks out the revisions that a plan's targets name, each in a worktree of its own in the session's folder.

Rules of this file:
- what a plan asks for is looked up before the session begins, so that a wrong name costs nothing;
- a target of a revision runs in its worktree: its folder, and every path in its command and variables that
  lies in the repository; what git does not keep there, such as a virtual environment, stays where it is;
- `work-tree` is the user's own folder: nothing is copied, and nothing in it is changed.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from engine.machine import git_worktrees
from engine.machine.git import GitError
from engine.machine.git_state import git_state
from engine.machine.git_worktrees import Repository
from engine.plan.custom_target import WORK_TREE, CustomTarget
from engine.plan.plan import Plan
from engine.plan.revisions import SHORT_HASH, shown
from engine.plan.targets import TargetChoice
from targets.errors import TargetError, UsageError

_PART = r"[^\s:,;'\"]*"
"""The rest of a path within a word of a command."""


@dataclass(frozen=True, slots=True)
class Source:
    """The revision of one target, looked up."""

    target: str
    """The custom target's name."""
    asked: str
    """As the plan names it: `main`."""
    commit: str
    """The full hash; of `work-tree` the one that it began from, empty outside a repository."""
    dirty: bool | None = False
    """Whether files differ from that commit; None if git could not tell."""
    repository: Repository | None = None
    """Where it is checked out from; None for `work-tree`."""
    inside: str = ""
    """The target's folder, from the top of the repository."""

    @property
    def text(self) -> str:
        """The commit in short, for people: `3f2a1bc`, `3f2a1bc with changes`."""
        changes = {True: " with changes", None: ", changes unknown"}.get(self.dirty, "")
        return f"{self.commit[:SHORT_HASH]}{changes}" if self.commit else ""

    def recorded(self) -> dict[str, Any]:
        """What the session records of it."""
        return {
            "target": self.target,
            "asked": self.asked,
            "revision": self.commit,
            "dirty": self.dirty,
        }


def look_up(plan: Plan) -> dict[str, Source]:
    """The sources of the targets that name a revision, by the custom target's name. Blocks.

    Raises UsageError where a folder is in no repository, a revision does not exist, or it lacks a file that
    the target's command names.
    """
    taking_part = {choice.use: choice.custom for choice in plan.targets if choice.custom is not None}
    return {
        name: _look_up(custom, _folder_of(custom, plan.folder))
        for name, custom in taking_part.items()
        if custom.revision
    }


def _folder_of(target: CustomTarget, plan_folder: str) -> Path:
    return Path(plan_folder or ".", target.cwd).resolve()


def _look_up(target: CustomTarget, folder: Path) -> Source:
    if target.revision == WORK_TREE:
        state = git_state(folder) or {"revision": "", "dirty": None}
        return Source(target.name, WORK_TREE, state["revision"], state["dirty"])
    name = _own_name(target.name)
    try:
        repository = git_worktrees.repository_of(folder)
    except GitError as error:
        raise UsageError(
            f"{name} has no revision {target.revision!r}: {folder} is not in a git repository",
            why=str(error),
            hint="set cwd to a folder of the repository, or leave the revision out",
        ) from None
    try:
        commit = git_worktrees.commit_of(repository, target.revision)
    except GitError:
        raise UsageError(
            f"{name} has no revision {target.revision!r}",
            why=f"git finds no branch, tag or commit of that name in {repository.top}",
            hint="git branch --all lists the branches; in CI, check out the whole history (fetch-depth: 0)",
        ) from None
    inside = _from_top(folder, repository)
    source = Source(target.name, target.revision, commit, False, repository, inside)
    _check_files(target, folder, source, repository)
    return source


def _from_top(path: Path, repository: Repository) -> str:
    """A path as git names it; empty for the top."""
    return "" if path == repository.top else path.relative_to(repository.top).as_posix()


def _check_files(target: CustomTarget, folder: Path, source: Source, repository: Repository) -> None:
    """Raises UsageError for a folder, or a file of the command, that the revision does not have."""
    wanted = [source.inside] if source.inside else []
    for number, word in enumerate(target.command):
        path = Path(os.path.normpath(folder / word))
        is_named = (number == 0 and "/" in word) or (("/" in word or "." in word) and path.is_file())
        if not is_named or repository.top not in path.parents:
            continue
        path_inside = _from_top(path, repository)
        if not Path(word).is_absolute() or git_worktrees.is_tracked(repository, path_inside):
            wanted.append(path_inside)
    for path_inside in wanted:
        if git_worktrees.has_path(repository, source.commit, path_inside):
            continue
        if git_worktrees.is_tracked(repository, path_inside) or not (repository.top / path_inside).exists():
            raise UsageError(
                f"revision {shown(source.asked)!r} of {target.name} has no {path_inside}",
                why=f"commit {source.commit[:SHORT_HASH]} does not have it",
                hint="choose a revision that has it, or change cwd or command in the plan",
            )
        raise UsageError(
            f"{target.name} cannot run {path_inside} at revision {shown(source.asked)!r}",
            why="it is in your folder, but not in git, so a checkout does not have it",
            hint="commit it, or write its absolute path to use the one in your folder for every revision",
        )


def remarks(sources: Sequence[Source]) -> list[str]:
    """What to know before revisions are compared: what the work tree is, and which are the same."""
    lines = [
        f"{WORK_TREE} is your folder as it is ({source.text})"
        for source in sources
        if source.asked == WORK_TREE and source.text
    ]
    same: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        if source.commit and source.dirty is False:
            same.setdefault((_own_name(source.target), source.commit), []).append(shown(source.asked))
    lines += [
        f"{' and '.join(names)} are the same code ({commit[:SHORT_HASH]}): any difference is chance"
        for (_, commit), names in same.items()
        if len(names) > 1
    ]
    return list(dict.fromkeys(lines))


def _own_name(target: str) -> str:
    """A custom target's name in the plan, without the number that tells its revisions apart."""
    return target.partition("#")[0]


class Checkouts:
    """The worktrees of one session."""

    def __init__(self, sources: Mapping[str, Source], plan_folder: str, session_folder: Path) -> None:
        self._sources = sources
        self._plan_folder = plan_folder
        self._folder = session_folder
        self._placed: dict[str, CustomTarget] = {}
        """Targets that are checked out, by the name of the custom target, as they run there."""

    async def check_out(self, tell: Callable[[str], object]) -> None:
        """Checks out every revision, one after another; `tell` gets what is being done. Raises TargetError.
        `remove` must be called, also if this was cancelled."""
        for line in remarks(list(self._sources.values())):
            tell(line)
        for source in self._sources.values():
            if source.repository is not None:
                tell(f"checking out {shown(source.asked)} ({source.text})")
                await self._check_out(source, source.repository)

    async def _check_out(self, source: Source, repository: Repository) -> None:
        path = self._path_of(source.target)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            await git_worktrees.add(repository, source.commit, path, self._folder)
        except GitError as error:
            raise TargetError(
                f"revision {shown(source.asked)!r} of {source.target} could not be checked out",
                why=str(error),
                hint=f"try it by hand: git worktree add --detach FOLDER {source.commit[:SHORT_HASH]}",
            ) from None

    def _path_of(self, target: str) -> Path:
        return git_worktrees.folder_in(self._folder) / target.replace("#", "-")

    def place(self, choice: TargetChoice) -> TargetChoice:
        """A choice as it runs in this session: a target of a revision in its worktree. Raises UsageError if
        its revision was not checked out."""
        custom = choice.custom
        if custom is None or custom.revision in ("", WORK_TREE):
            return choice
        source = self._sources.get(custom.name)
        if source is None or source.repository is None or not self._path_of(custom.name).is_dir():
            raise UsageError(
                f"{custom.name} cannot join now",
                why=f"its revision {shown(custom.revision)!r} is checked out only when a session starts",
                hint="start a session with it",
            )
        moved = moved_target(
            custom,
            _folder_of(custom, self._plan_folder),
            repository=source.repository.top,
            worktree=self._path_of(custom.name),
        )
        return choice.model_copy(update={"custom": moved})

    def versions(self, choice: TargetChoice) -> dict[str, str]:
        """The commit of a target that names a revision, as a version of it."""
        source = self._sources.get(choice.use)
        return {"git": source.text} if source is not None and source.text else {}

    async def remove(self) -> str:
        """Removes the worktrees; why some may be left, or nothing. Targets that run there must have ended."""
        if not git_worktrees.has_note(self._folder):
            return ""
        with anyio.CancelScope(shield=True):
            _, trouble = await anyio.to_thread.run_sync(git_worktrees.remove_noted, self._folder)
        return trouble


def moved_target(target: CustomTarget, folder: Path, *, repository: Path, worktree: Path) -> CustomTarget:
    """A target as it runs in a worktree of its repository. `folder` is the one that it runs in now."""

    def moved(text: str) -> str:
        return _moved(text, repository, worktree)

    def word(text: str) -> str:
        path = Path(os.path.normpath(folder / text))
        leads_out = not Path(text).is_absolute() and repository not in (path, *path.parents)
        return str(path) if leads_out and path.exists() else moved(text)

    return target.model_copy(
        update={
            "cwd": str(worktree / folder.relative_to(repository)),
            "command": tuple(word(text) for text in target.command),
            "env": {name: moved(value) for name, value in target.env.items()},
        }
    )


def _moved(text: str, repository: Path, worktree: Path) -> str:
    """A text in which paths of the repository lead to the worktree, where it has them."""

    def there(found: re.Match[str]) -> str:
        path = worktree / found["rest"].removeprefix("/")
        return str(path) if path.exists() else found[0]

    return re.sub(rf"(?<![/.]){re.escape(str(repository))}(?P<rest>/{_PART}|(?=[\s:,;'\"]|$))", there, text)
