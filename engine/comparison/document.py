"""A comparison as JSON, `abreast/comparison@1`. Pure."""

from dataclasses import asdict
from typing import Any

from engine.answers.verdicts.wording import verdict_document
from engine.comparison.comparison import Comparison, LevelComparison, Side
from engine.comparison.differences import Difference

SCHEMA = "abreast/comparison@1"

_DIGITS = 6


def document(found: Comparison) -> dict[str, Any]:
    """The document. Shares and relative changes are not in per cent: 0.1 is 10 %."""
    return {
        "schema": SCHEMA,
        "a": _side(found.a),
        "b": _side(found.b),
        "comparable": not any(reason.severity == "red" for reason in found.reasons),
        "reasons": [asdict(reason) for reason in found.reasons],
        "load_unit": found.load_unit,
        "targets": [
            {
                "a": target.a.label,
                "b": target.b.label,
                "levels": [_level(level) for level in target.levels],
                "levels_only_in_a": list(target.only_a),
                "levels_only_in_b": list(target.only_b),
            }
            for target in found.targets
        ],
        "targets_only_in_a": list(found.only_a),
        "targets_only_in_b": list(found.only_b),
        "verdicts": [
            {
                "a": verdict_document(pair.a),
                "b": verdict_document(pair.b),
                "intervals_overlap": pair.overlaps,
            }
            for pair in found.verdicts
        ],
        "gate": [
            {
                "condition": each.condition.text,
                "target": each.target,
                "level": each.level,
                "outcome": each.outcome,
                "change": each.difference and _rounded(each.difference.change),
                "why": each.why,
            }
            for each in found.gate
        ],
        "failed": found.has_failed,
    }


def _side(side: Side) -> dict[str, Any]:
    run = side.run
    return {
        "session": run.id,
        "baseline": run.baseline or None,
        "title": run.title,
        "started_at": run.started_at,
        "outcome": run.outcome,
        "targets": [subject.label for subject in side.subjects],
    }


def _level(level: LevelComparison) -> dict[str, Any]:
    return {
        "load": level.wanted,
        "visit": level.visit,
        "seconds_a": level.seconds[0],
        "seconds_b": level.seconds[1],
        "light": level.light,
        "differences": {
            _FIELDS.get(each.metric, each.metric): _difference(each) for each in level.differences
        },
    }


_FIELDS = {
    "goodput": "goodput_per_s",
    "rps": "requests_per_s",
    "p50": "p50_ms",
    "p95": "p95_ms",
    "p99": "p99_ms",
    "errors": "error_rate",
    "cpu": "cpu_s_per_1000_ok",
    "memory": "memory_mean_mb",
}


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "a": _rounded(found.a),
        "b": _rounded(found.b),
        "change": _rounded(found.change),
        "interval": found.interval and [_rounded(end) for end in found.interval],
        "likelihood": _rounded(found.likelihood),
        "claim": found.claim,
        "why": found.why,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
