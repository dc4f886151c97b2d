"""Whether verdicts keep what docs/verdicts.md promises: 1,000 simulated sessions with identical targets, on
machines with drift, bursts, order effects and correlation, looked at after every round; and true differences.
`python -m tests.benchmarks verdicts` simulates more of them."""

import pytest

from engine.answers.verdicts.noise import noise_floor
from engine.answers.verdicts.wording import expectation
from tests.engine.answers.verdicts.judged import BASE, OTHER
from tests.support.simulated_verdicts import AT, SCENARIOS, Scenario, identical, promised

SESSIONS = 200
"""Of each scenario."""
BY_CHANCE = 4
"""Wrong ones of 200, where one of a hundred is: more are seen in one case of twenty."""

scenarios = pytest.mark.parametrize("scenario", SCENARIOS, ids=[each.name for each in SCENARIOS])


@scenarios
def test_identical_targets_are_called_different_in_one_session_of_a_hundred_at_most(
    scenario: Scenario,
) -> None:
    found = identical(scenario, range(SESSIONS))
    assert found.sessions == SESSIONS
    assert found.wrong <= BY_CHANCE
    assert found.coverage >= 0.93


@pytest.mark.parametrize("scenario", SCENARIOS[:4], ids=[each.name for each in SCENARIOS[:4]])
def test_a_difference_of_5_percent_is_found_within_the_rounds_that_were_predicted(scenario: Scenario) -> None:
    """After a noise floor as short as `doctor --noise` measures it."""
    found = promised(scenario, "cpu", range(60))
    assert found.sessions >= 40
    assert found.found >= 0.9 * found.sessions
    assert found.covering >= 0.93 * found.sessions


def test_what_cannot_be_found_on_a_noisy_machine_is_said_beforehand() -> None:
    noisy = SCENARIOS[2]
    assert promised(noisy, "goodput", range(3)).without == 3
    floor = noise_floor(noisy.made(0.0, 200, 4711), BASE, OTHER, AT)
    assert "more rounds than a session has (goodput)" in expectation(floor, "turns")
