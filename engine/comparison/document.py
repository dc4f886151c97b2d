"""A comparison as JSON, `abreast/comparison@1`. Pure."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from engine.answers.verdicts.wording import verdict_document
from engine.comparison.answer_sections import ShareChange, function_changes, layer_changes, profile_figures
from engine.comparison.answers import CapacityFound, ProfileFound
from engine.comparison.comparison import Comparison, LevelComparison, Side, TargetComparison
from engine.comparison.differences import Difference

SCHEMA = "abreast/comparison@1"

_DIGITS = 6
_Found = TypeVar("_Found")


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
                "capacity": _both(target.a.capacity, target.b.capacity, _capacity),
                "profile": _profile(target),
                "levels_only_in_a": list(target.only_a),
                "levels_only_in_b": list(target.only_b),
            }
            for target in found.targets
        ],
        "targets_only_in_a": list(found.only_a),
        "targets_only_in_b": list(found.only_b),
        "verdicts": [
            {
                "a": pair.a and verdict_document(pair.a),
                "b": pair.b and verdict_document(pair.b),
                "intervals_overlap": pair.overlaps,
            }
            for pair in found.verdicts
        ],
        "hints": {"a": _hints(found.a), "b": _hints(found.b)},
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


def _both(a: _Found | None, b: _Found | None, plain: Callable[[_Found], Any]) -> dict[str, Any] | None:
    """Something of A beside that of B; None if neither has it."""
    if a is None and b is None:
        return None
    return {name: None if each is None else plain(each) for name, each in (("a", a), ("b", b))}


def _capacity(of: CapacityFound) -> dict[str, Any]:
    return {
        "slo": of.slo,
        "unit": of.unit,
        "lower": of.lower,
        "upper": of.upper,
        "search": of.state,
        "confirmed": of.is_confirmed,
        "goodput_per_s": _rounded(of.goodput),
        "p95_ms": _rounded(of.p95_ms),
        "error_rate": _rounded(of.error_rate),
        "cpu_pct": _rounded(of.cpu_pct),
        "memory_mb": _rounded(of.memory_mb),
        "knee": _rounded(of.knee),
        "sizing": of.sizing and {name: _plain(value) for name, value in asdict(of.sizing).items()},
    }


def _profile(target: TargetComparison) -> dict[str, Any] | None:
    """The profiles, and what changed between them."""
    both = _both(target.a.profile, target.b.profile, _one_profile)
    if both is None:
        return None
    a, b = profile_figures(target.a.profile), profile_figures(target.b.profile)
    layers, functions = layer_changes(a, b), function_changes(a, b)
    return {
        **both,
        "layers": {layer: _change(change) for layer, change in layers.items()},
        "functions": [{**asdict(frame), **_change(change)} for frame, change in functions.items()],
    }


def _one_profile(of: ProfileFound) -> dict[str, Any]:
    figures = of.figures
    return {
        "seconds": _rounded(of.seconds),
        "trouble": of.trouble,
        "samples": figures.samples,
        "busy": _rounded(figures.busy),
        "waiting": _rounded(figures.waiting),
    }


def _change(of: ShareChange) -> dict[str, Any]:
    return {
        "a": _rounded(of.a),
        "b": _rounded(of.b),
        "change": _rounded(of.change),
        "interval": of.interval and [_rounded(end) for end in of.interval],
    }


def _hints(side: Side) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind,
            "target": side.label_of(each.target),
            "text": each.text,
            "figures": {name: _rounded(value) for name, value in each.figures},
        }
        for each in side.hints
    ]


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


def _plain(value: Any) -> Any:
    return _rounded(value) if isinstance(value, float) else value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
