"""What the sections that check a limit share: a line that says whether it was kept, and shorter runs."""

from tests.benchmarks.report import Options

DEFAULT_SECONDS = 4.0
"""Measured seconds of a round, by default."""


def at_most(what: str, measured: float, most: float, aim: float, unit: str) -> str:
    """A line that says whether a limit was kept."""
    said = "met, and the aim" if measured <= aim else "met" if measured <= most else "missed"
    return f"goal: {what} at most {most:g} {unit} (aim {aim:g}); measured {measured:.2f} {unit}: {said}"


def exactly(what: str, *, holds: bool) -> str:
    """A line that says whether something is so."""
    return f"goal: {what}: {'met' if holds else 'missed'}"


def shortened(options: Options, seconds: float) -> float:
    """How long a section of a length of its own runs: proportionally shorter where rounds are."""
    return seconds * min(1.0, options.seconds / DEFAULT_SECONDS)
