"""Which examples a test of a property tries, and how many, by the profile: see tests/conftest.py."""

import os

from hypothesis import settings

ARE_THE_SAME = os.environ.get("ABREAST_TESTS_SAME_EXAMPLES", "0") not in ("", "0")
"""Whether every run of a commit draws the same examples, as CI wants it: there a change should not fail by an
old fault that an example happens to find."""
SEED = 1
"""Of all random inputs then."""


def examples(factor: float) -> settings:
    """That many times the profile's number, at least two: fewer for examples that take long, more for quick
    ones."""
    return settings(max_examples=max(2, round(settings().max_examples * factor)))
