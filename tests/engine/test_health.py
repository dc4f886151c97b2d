"""When a measurement is not to be trusted, and in which words."""

import pytest

from engine.health import Finding, Review, judge, judge_cpu, judge_lag, judge_missing, worst
from engine.snapshot import Light
from tests.engine.recording import generator_second


def light_of(finding: object) -> str:
    return getattr(finding, "light", "green")


@pytest.mark.parametrize(
    ("pct", "light"), [(0, "green"), (79.9, "green"), (80, "amber"), (89.9, "amber"), (90, "red")]
)
def test_the_processor_limits(pct: float, light: Light) -> None:
    assert light_of(judge_cpu(pct)) == light


@pytest.mark.parametrize(
    ("lag_ms", "p50_ms", "light"),
    [
        (2.0, None, "green"),
        (2.1, None, "amber"),
        (5.0, None, "amber"),
        (5.1, None, "red"),
        (2.1, 10.0, "amber"),
        (5.1, 10.0, "red"),
        (10.0, 100.0, "green"),
        (10.1, 100.0, "amber"),
        (25.0, 100.0, "amber"),
        (25.1, 100.0, "red"),
    ],
)
def test_late_timers_are_judged_by_what_is_measured(
    lag_ms: float, p50_ms: float | None, light: Light
) -> None:
    assert light_of(judge_lag(lag_ms, p50_ms)) == light


def test_missing_workers() -> None:
    assert judge_missing(0) is None
    reasons = [found.reason for found in map(judge_missing, (1, 2)) if found]
    assert reasons == [
        "1 load worker did not report in time: figures are missing",
        "2 load workers did not report in time: figures are missing",
    ]
    assert light_of(judge_missing(1)) == "red"


def test_all_that_is_wrong_worst_first() -> None:
    assert judge(cpu_pct=10, lag_p99_ms=0.1, p50_ms=1.0) == []
    found = judge(cpu_pct=85, lag_p99_ms=9.0, p50_ms=1.0, missing_workers=1)
    assert [each.light for each in found] == ["red", "red", "amber"]
    assert "9.0 ms late" in found[0].reason
    assert "85 %" in found[-1].reason


def test_the_worst_of_lights() -> None:
    assert worst() == "off"
    assert worst("green", "off") == "green"
    assert worst("green", "red", "amber") == "red"


def test_nothing_to_review() -> None:
    review = Review()
    assert (review.light, review.reasons, review.cpu_pct, review.lag_p99_ms) == ("off", (), None, None)


def test_a_green_session_needs_no_words() -> None:
    review = Review()
    review.add(generator_second(1))
    assert (review.light, review.reasons, review.seconds) == ("green", (), 1)


def test_a_minute_of_red_is_one_reason_with_its_worst_figures() -> None:
    review = Review()
    for second, late_ms in enumerate((6.0, 21.5, 9.0)):
        review.add(generator_second(second, "red", f"timers came {late_ms:.1f} ms late (p99)"))
    review.add(generator_second(3, "amber", "the load worker used 84 % of its core"))
    review.add(generator_second(4, cpu_pct=60.0))
    assert review.light == "red"
    assert review.reasons == (
        "red for 3 s, amber for 1 s of 5 s measured",
        "at worst: timers came 21.5 ms late (p99)",
        "at worst: the load worker used 84 % of its core",
    )
    assert review.cpu_pct == 20.0


def test_a_light_that_never_shone_is_not_told_of() -> None:
    review = Review()
    review.add(generator_second(1, "red", "busy"))
    assert review.reasons == ("red for 1 s of 1 s measured", "at worst: busy")


def test_a_run_near_the_ceiling_is_generator_limited() -> None:
    assert judge(cpu_pct=10, lag_p99_ms=0, p50_ms=None, ceiling_share=0.69) == []
    (finding,) = judge(cpu_pct=10, lag_p99_ms=0, p50_ms=None, ceiling_share=0.71)
    assert finding == Finding("amber", "generator-limited: 71% of what the load workers can send")


def test_figures_that_do_not_fit_together_are_named_with_their_target() -> None:
    findings = judge(
        cpu_pct=10, lag_p99_ms=0, p50_ms=None, little_errors={"fastapi": 0.04, "django-wsgi": 0.08}
    )
    assert [finding.reason for finding in findings] == [
        "django-wsgi: users, rate and latency do not fit together, by 8%"
    ]
