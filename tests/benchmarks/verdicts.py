"""Are verdicts wrong as seldom as promised, and do predictions hold? On simulated sessions that are looked at
after every round."""

from tests.benchmarks.report import Options, Table
from tests.support.simulated_verdicts import SCENARIOS, Scenario, identical, promised

SESSIONS = 1000
"""With identical targets, of each scenario; none of them is among those of the tests."""
WITH_A_DIFFERENCE = 200


def simulated_verdicts(options: Options) -> Table:
    """Sessions with identical targets, and with a difference of 5 %."""
    del options
    return Table(
        "Verdicts of simulated sessions",
        (
            "machine",
            "identical targets called different",
            "intervals that hold the truth at every look",
            "rounds predicted for 5 % of CPU time",
            "found within them",
            "not predicted",
        ),
        tuple(_row(each) for each in SCENARIOS),
        (
            f"{SESSIONS:,} sessions with identical targets, and {WITH_A_DIFFERENCE} others, of each machine.",
            "Asked: at most 1 % called different; at least 93 % of intervals; of those predicted,",
            "at least 90 % found.",
            "Not predicted: the noise floor said beforehand that 5 % takes more rounds than a session has.",
        ),
    )


def _row(scenario: Scenario) -> tuple[str, ...]:
    same = identical(scenario, range(10_000, 10_000 + SESSIONS))
    other = promised(scenario, "cpu", range(20_000, 20_000 + WITH_A_DIFFERENCE))
    rounds = sorted(other.rounds)
    return (
        scenario.name,
        f"{same.wrong / same.sessions:.1%}",
        f"{same.coverage:.1%}",
        str(rounds[len(rounds) // 2]) if rounds else "too many",
        f"{other.found / other.sessions:.0%}" if other.sessions else "·",
        f"{other.without} of {WITH_A_DIFFERENCE}",
    )
