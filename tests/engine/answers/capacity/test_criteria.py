"""The limits of a search, from an SLO, and the lengths of its trials."""

import pytest

from engine.answers.capacity.criteria import Criteria
from engine.plan.slo import Slo, parse_slo


def criteria(text: str) -> Criteria:
    return Criteria.of_slo(Slo.model_validate(parse_slo(text)).model_dump())


def test_an_slo_without_a_limit_of_errors_gets_one() -> None:
    assert criteria("p95 < 500 ms") == Criteria(0.5, 0.95, 0.01)
    assert criteria("p99 < 2 s, errors < 5 %") == Criteria(2.0, 0.99, 0.05)
    assert criteria("errors < 5 %").latency_s is None


def test_the_criteria_in_words() -> None:
    assert criteria("p99.9 < 1.5 s").text == "p99.9 < 1.5 s, errors < 1 %"
    assert criteria("errors < 0.5 %").text == "errors < 0.5 %"


def test_trials_last_as_long_as_slow_requests_need() -> None:
    quick, slow = criteria("p95 < 100 ms"), criteria("p95 < 3 s")
    assert (quick.trial_s, slow.trial_s) == (2.0, 6.0)
    assert quick.settling_s(0.01) == 1.0
    assert quick.settling_s(0.15) == 1.5
    assert quick.settling_s(9.0) == 2.0, "it fails anyway"
    assert slow.settling_s(0.01) == 3.0
    assert slow.settling_s(9.0) == 12.0
    assert criteria("errors < 1 %").settling_s(5.0) == pytest.approx(10.0)
