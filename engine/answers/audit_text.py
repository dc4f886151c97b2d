"""Figures of audits as text. Pure."""

from engine.answers.interval import Interval
from engine.plan.quantities import UNITS, Metric


def text(value: Interval, metric: Metric) -> str:
    """A figure in as many digits as it was printed with."""
    half = value.high - value.value
    if UNITS[metric] == "%":
        return f"{_digits(100 * value.value, 100 * half)} %"
    suffix = {"/s": "/s", "": ""}.get(UNITS[metric], f" {UNITS[metric]}")
    return f"{_digits(value.value, half)}{suffix}"


def _digits(value: float, half: float) -> str:
    if half <= 0:
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    decimals = next((at for at in range(6) if half >= 0.499 * 10.0**-at), 6)
    return f"{value:,.{decimals}f}"


def plain(value: float, metric: Metric) -> str:
    """A computed figure: with a digit more than most are printed with."""
    if UNITS[metric] == "%":
        return share_text(value)
    suffix = {"/s": "/s", "": ""}.get(UNITS[metric], f" {UNITS[metric]}")
    return f"{_digits(value, 0.0)}{suffix}"


def rate_text(value: float) -> str:
    """A computed rate."""
    return f"{_digits(value, 0.0)}/s"


def share_text(value: float) -> str:
    """A computed share as a percentage."""
    return f"{100 * value:.3g} %"
