"""Results of made sessions with made rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from engine.answers.verdicts.observations import VerdictMetric
from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.metrics.rounds import Round
from engine.metrics.session_result import SessionResult
from tests.engine.answers.sessions import result_of
from tests.support.made_rounds import MadeTarget
from tests.support.made_sessions import Shape

BASE, OTHER = "django-wsgi", "fastapi"
ALIKE = {BASE: MadeTarget(), OTHER: MadeTarget()}
FAST = {BASE: MadeTarget(), OTHER: MadeTarget(rps=1600, cpu_ms=0.7, latency_ms=5)}
"""The second serves four times as much, for a third of the CPU time."""


@cache
def _result() -> SessionResult:
    return result_of(Shape(seconds=30, targets=(BASE, OTHER, "django-asgi")))


def result_with(rounds: Sequence[Round], **fields: Any) -> SessionResult:
    """A session with these rounds; its baseline is django-wsgi."""
    return replace(_result(), rounds=tuple(rounds), schedule="turns", **{"baseline": BASE, **fields})


def judged(rounds: Sequence[Round], **fields: Any) -> Mapping[VerdictMetric, Verdict]:
    """The verdicts on fastapi, by metric."""
    found = verdicts(result_with(rounds, **fields))
    return {each.metric: each for each in found if each.target == OTHER}
