"""Profiles in the session JSON: figures, and the samples as a call tree. Pure."""

from collections.abc import Iterable
from typing import Any

from engine.answers.profile.figures import figures_of
from engine.metrics.profiles import Frame, Profiled, TargetProfile


def profile_document(profiles: Iterable[Profiled]) -> list[dict[str, Any]]:
    """All profiles of a session, oldest first."""
    return [
        {
            "t_s": round(each.t_s, 3),
            "until_s": round(each.until_s, 3),
            "rate_hz": each.rate_hz,
            "targets": [_target(target) for target in each.targets],
        }
        for each in profiles
    ]


def _target(profile: TargetProfile) -> dict[str, Any]:
    figures = figures_of(profile)
    return {
        "target": profile.target,
        "trouble": profile.trouble,
        "hint": profile.hint,
        "looks": profile.looks,
        "failed_looks": profile.failed_looks,
        "samples": figures.samples,
        "left_out": profile.left_out,
        "processes": list(profile.processes),
        "busy": round(figures.busy, 4),
        "waiting": round(figures.waiting, 4),
        "layers": {layer: round(share, 4) for layer, share in figures.layers},
        "functions": [
            {
                **_frame(each.frame),
                "layer": each.layer,
                "samples": each.samples,
                "share": round(each.share, 4),
            }
            for each in figures.functions
        ],
        "goodput_before": _rounded(profile.goodput_before),
        "goodput_sampled": _rounded(profile.goodput_sampled),
        "cost": _rounded(profile.cost, 4),
        "frames": [_frame(frame) for frame in profile.frames],
        "nodes": [list(node) for node in profile.nodes],
    }


def _frame(frame: Frame) -> dict[str, str]:
    return {"function": frame.function, "file": frame.file, "package": frame.package}


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
