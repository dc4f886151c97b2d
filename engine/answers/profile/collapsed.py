"""py-spy's raw output → the profile of a target. Pure.

A line is a stack and how often it was seen, the outermost function first:

    process 7:"python app.py";main (/app/app.py);view (/app/views.py) 12

The command line of a process may contain anything, secrets too: it is dropped.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import PurePosixPath

from engine.answers.profile.layers import OWN_CODE, STANDARD_LIBRARY, is_waiting
from engine.metrics.profiles import Frame, Node, TargetProfile

MOST_NODES = 3000
"""Of one target's call tree; it then takes about 40 kB of the journal."""
LONGEST_NAME = 120
DEEPEST = 200
"""Functions of a stack that are kept, the innermost."""

_PROCESS = re.compile(r'process (\d+):".*?"(?=;|$)')
_FRAME = re.compile(r"(?P<function>.+) \((?P<file>.*?)(?::\d+)?\)")
_INSTALLED = re.compile(r".*/(?:site|dist)-packages/")
_STANDARD = re.compile(r".*/(?:lib|Lib)/(?:python|pypy)3[^/]*/|.*/python3\d*\.zip/")
_APPS = re.compile(r".*/(?=targets/apps/)")
"""Before the apps of the catalogue, wherever abreast is installed, in a container too."""
_FROZEN = re.compile(r"<frozen (?:importlib\.)?([\w.]+)>")

Stack = tuple[int, tuple[Frame, ...]]
"""A process id, 0 if it is not known, and the functions from the outermost to the innermost."""


def profile_of(
    target: str, text: str, *, looks: int, errors: int = 0, own_folders: Sequence[str] = ()
) -> TargetProfile:
    """The profile in an output; samples of threads that only waited for work are dropped. `errors` counts the
    times that a process could not be read. `own_folders` are folders of the target's own code, by which its
    files are named."""
    stacks: Counter[tuple[Frame, ...]] = Counter()
    processes: Counter[int] = Counter()
    for (pid, frames), samples in _stacks(text, tuple(own_folders)):
        if frames and not is_waiting(frames[-1]):
            stacks[frames] += samples
            processes[pid] += samples
    frames_table, nodes, left_out = call_tree(stacks)
    return TargetProfile(
        target=target,
        looks=looks,
        failed_looks=round(errors / max(len(processes), 1)),
        processes=tuple(count for _, count in processes.most_common()),
        frames=frames_table,
        nodes=nodes,
        left_out=left_out,
    )


def call_tree(stacks: Counter[tuple[Frame, ...]]) -> tuple[tuple[Frame, ...], tuple[Node, ...], int]:
    """Frames, the call tree, and the samples for which it has no room; the most frequent stacks come
    first."""
    frames: dict[Frame, int] = {}
    at: dict[tuple[int, int], int] = {}
    nodes: list[list[int]] = []
    left_out = 0
    for stack, samples in stacks.most_common():
        if len(nodes) + len(stack) > MOST_NODES:
            left_out += samples
            continue
        parent = -1
        for frame in stack:
            key = (parent, frames.setdefault(frame, len(frames)))
            if key not in at:
                at[key] = len(nodes)
                nodes.append([*key, 0])
            parent = at[key]
        nodes[parent][2] += samples
    return tuple(frames), tuple((parent, frame, samples) for parent, frame, samples in nodes), left_out


def _stacks(text: str, own_folders: tuple[str, ...]) -> Iterator[tuple[Stack, int]]:
    for line in text.splitlines():
        stack, _, samples = line.rpartition(" ")
        if not samples.isdecimal():
            continue
        pid = 0
        while found := _PROCESS.match(stack):
            pid = int(found[1])
            stack = stack[found.end() :].removeprefix(";")
        texts = stack.split(";")[-DEEPEST:] if stack else ()
        yield (pid, tuple(_frames(texts, own_folders))), int(samples)


def _frames(texts: Iterable[str], own_folders: tuple[str, ...]) -> Iterator[Frame]:
    for text in texts:
        if found := _FRAME.fullmatch(text):
            yield frame_of(found["function"], found["file"], own_folders)


@cache
def frame_of(function: str, path: str, own_folders: tuple[str, ...] = ()) -> Frame:
    """A function in a file of this or of another machine."""
    function = function[:LONGEST_NAME]
    if found := _FROZEN.fullmatch(path):
        return Frame(function, f"{found[1].replace('.', '/')}.py", STANDARD_LIBRARY)
    path = path.replace("\\", "/")
    if found := _INSTALLED.match(path):
        file = path[found.end() :]
        return Frame(function, file[-LONGEST_NAME:], _package(file))
    if found := _STANDARD.match(path):
        return Frame(function, path[found.end() :][-LONGEST_NAME:], STANDARD_LIBRARY)
    if found := _APPS.match(path):
        return Frame(function, path[found.end() :][-LONGEST_NAME:], OWN_CODE)
    for folder in own_folders:
        if path.startswith(f"{folder.rstrip('/')}/"):
            return Frame(function, path[len(folder.rstrip("/")) + 1 :][-LONGEST_NAME:], OWN_CODE)
    return Frame(function, "/".join(PurePosixPath(path).parts[-2:])[-LONGEST_NAME:], OWN_CODE)


def _package(file: str) -> str:
    """The top-level package of an installed file. The apps of the catalogue are a target's own code, also
    where abreast itself is installed."""
    top = file.partition("/")[0].removesuffix(".py")
    return OWN_CODE if top == "targets" else top
