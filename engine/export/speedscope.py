"""A session's profiles as a file that speedscope opens, a viewer of profiles in the browser. Pure.

The format is that of speedscope's file-format-spec.ts: frames once, then for each profile its samples as
stacks of frames with weights.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from engine.export.loaded import LoadedSession
from engine.metrics import formatting
from engine.metrics.profiles import Frame, Profiled, TargetProfile
from targets.errors import UsageError
from targets.plain_text import one_line

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def speedscope(session: LoadedSession) -> Iterator[bytes]:
    """The file, with a profile for each target of each profile. Raises UsageError at once if the session has
    none."""
    if not any(target.nodes for each in session.timeline.profiles for target in each.targets):
        raise UsageError(
            "this session has no profile",
            why="no target was sampled while it ran",
            hint="press y on the live screen, or run it with --profile 5s",
        )
    return (orjson.dumps(_file(each)) for each in (session,))


def _file(session: LoadedSession) -> dict[str, Any]:
    frames: dict[Frame, int] = {}
    profiles = [
        _profile(target, session.timeline.label_of(target.target), each, frames)
        for each in session.timeline.profiles
        for target in each.targets
        if target.nodes
    ]
    return {
        "$schema": SCHEMA,
        "name": one_line(session.result.title),
        "exporter": "abreast",
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": frame.function, "file": frame.file} for frame in frames]},
        "profiles": profiles,
    }


def _profile(
    target: TargetProfile, label: str, profiled: Profiled, frames: dict[Frame, int]
) -> dict[str, Any]:
    stacks: list[list[int]] = []
    for parent, frame, _ in target.nodes:
        number = frames.setdefault(target.frames[frame], len(frames))
        stacks.append([*(stacks[parent] if parent >= 0 else ()), number])
    sampled = [(stack, node[2]) for stack, node in zip(stacks, target.nodes, strict=True) if node[2]]
    return {
        "type": "sampled",
        "name": f"{one_line(label)}, from {formatting.clock(profiled.t_s)} on",
        "unit": "none",
        "startValue": 0,
        "endValue": target.samples,
        "samples": [stack for stack, _ in sampled],
        "weights": [samples for _, samples in sampled],
    }
