"""What tests of comparisons share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.comparison.subjects import Run, run_of
from engine.metrics.timeline import Timeline
from tests.support.made_sessions import Shape, records

MakeRun = Callable[..., Run]


def run_like(shape: Shape) -> Run:
    """The run of a made session."""
    timeline = Timeline(history_s=None)
    for record in records(shape):
        timeline.apply(record)
    return run_of(timeline, "interrupted", None)


@pytest.fixture(scope="session")
def made_run() -> MakeRun:
    """Makes a run of 48 s at three levels, with one target unless told otherwise."""
    made: dict[str, Run] = {}

    def make(**fields: Any) -> Run:
        shape = replace(Shape(seconds=48, targets=("fastapi",), rps=40), **fields)
        if repr(shape) not in made:
            made[repr(shape)] = run_like(shape)
        return made[repr(shape)]

    return make
