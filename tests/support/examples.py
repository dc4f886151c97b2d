"""How many examples a test of a property tries, by the profile: see tests/conftest.py."""

from hypothesis import settings


def examples(factor: float) -> settings:
    """That many times the profile's number, at least two: fewer for examples that take long, more for quick
    ones."""
    return settings(max_examples=max(2, round(settings().max_examples * factor)))
