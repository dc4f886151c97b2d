"""How long users wait before they connect again."""

from random import Random

from engine.worker.virtual_user import BACKOFF_FIRST_S, BACKOFF_LONGEST_S, backoff_s


def test_back_off_doubles_with_jitter_up_to_a_limit() -> None:
    rng = Random(1)
    for failed in range(1, 40):
        longest_s = min(BACKOFF_FIRST_S * 2.0 ** (failed - 1), BACKOFF_LONGEST_S)
        assert longest_s / 2 <= backoff_s(failed, rng) <= longest_s
