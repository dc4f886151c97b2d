"""Several tests at once, so that all of them together are wrong as seldom as one alone. Pure."""

from collections.abc import Sequence


def highest_significant(p_values: Sequence[float], alpha: float) -> float:
    """The highest p-value that counts as significant in a family of tests; below 0 if none does. The chance
    that any test of a true null hypothesis counts is at most `alpha`, however the tests depend on each other.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979), 65–70.
    """
    highest = -1.0
    for at, p_value in enumerate(sorted(p_values)):
        if p_value > alpha / (len(p_values) - at):
            break
        highest = p_value
    return highest
