"""Results of scripted pictures, and what they are in one sentence."""

from dataclasses import replace

from engine.answers import result_sentence
from engine.metrics.figures import stats_of
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.metrics.window import Window
from tests.support.fakes import snapshot, with_target

NOTHING = stats_of(Window(), [])
"""Figures of no second."""


def summary(picture: Snapshot) -> str:
    """The sentence of a picture's result."""
    return result_sentence.summary(session_result(picture))


def of_one(**changes: object) -> Snapshot:
    """The last picture of a session with one target, whose fields are changed."""
    return with_target(replace(snapshot(targets=1), phase="ended", outcome="completed"), "fastapi", **changes)
