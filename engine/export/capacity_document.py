"""A search for capacity in the session JSON. Pure."""

from dataclasses import asdict
from typing import Any

from engine.answers.capacity.level import Level
from engine.answers.capacity.result import Capacity, TargetCapacity
from engine.answers.capacity.scalability import Scalability
from engine.answers.capacity.sizing import Sizing


def capacity_document(of: Capacity | None) -> dict[str, Any] | None:
    """The search as plain values; None for a session of another schedule."""
    if of is None:
        return None
    return {
        "slo": of.criteria.text,
        "unit": of.unit,
        "most": of.bounds.most,
        "targets": [_target(target) for target in of.targets],
        "trials": [_rounded(asdict(trial)) for target in of.targets for trial in target.trials],
    }


def _target(of: TargetCapacity) -> dict[str, Any]:
    trial = of.at_lower
    return {
        "target": of.name,
        "label": of.label,
        "lower": of.lower,
        "upper": of.upper,
        "ended": of.ended or "running",
        "confirmed": of.is_confirmed,
        "goodput": _round(trial.goodput) if trial else None,
        "p50_ms": _round(trial.p50_ms) if trial else None,
        "p95_ms": _round(trial.p95_ms) if trial else None,
        "p99_ms": _round(trial.p99_ms) if trial else None,
        "attainment": _round(trial.attainment) if trial else None,
        "error_rate": _round(trial.error_rate) if trial else None,
        "cpu_pct": _round(trial.cpu_pct) if trial else None,
        "memory_mb": _round(trial.memory_mb) if trial else None,
        "levels": [_level(level) for level in of.levels],
        "knee": _round(of.knee),
        "curve": _curve(of.curve),
        "sizing": _sizing(of.sizing),
    }


def _level(of: Level) -> dict[str, Any]:
    return {
        "load": of.load,
        "trials": len(of.trials),
        "measured_s": _round(of.seconds),
        "attainment": _round(of.attainment),
        "error_rate": _round(of.error_rate),
        "goodput": _round(of.goodput),
        "meets": of.meets,
        "decided": of.is_firm,
    }


def _curve(of: Scalability | None) -> dict[str, Any] | None:
    if of is None:
        return None
    return {
        "rate": _round(of.rate),
        "contention": round(of.contention, 6),
        "coherency": round(of.coherency, 9),
        "peak": _round(of.peak),
    }


def _sizing(of: Sizing | None) -> dict[str, Any] | None:
    if of is None:
        return None
    return _rounded(asdict(of)) | {"price_per_month": _round(of.price_per_month)}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _round(value) if isinstance(value, float) else value for name, value in values.items()}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
