"""Measured figures by target, level and metric."""

from dataclasses import replace

import pytest

from engine.answers.interval import Interval
from engine.answers.measured import Missing, figure, find_target
from engine.metrics.session_result import SessionResult
from engine.metrics.window_stats import StretchStats
from engine.plan.quantities import METRICS, Metric
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape


@pytest.fixture(scope="module")
def result() -> SessionResult:
    return result_of(
        Shape(seconds=60, rps=400, targets=("fastapi", "fastapi#2"), labels=("fastapi", "fastapi ×4"))
    )


@pytest.fixture(scope="module")
def repeated() -> SessionResult:
    return result_of(Shape(seconds=180, repetitions=3, noise=0.05))


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_figure_within_its_limits(repeated: SessionResult, metric: Metric) -> None:
    found = figure(repeated, "fastapi", 50, metric)
    assert isinstance(found, Interval)
    assert found.low <= found.value <= found.high
    assert found.value > 0 or metric in {"failures", "errors", "health_unanswered"}


def test_the_spread_of_repetitions_needs_some(result: SessionResult, repeated: SessionResult) -> None:
    assert figure(result, "fastapi", 50, "goodput_cv") == Missing("fastapi was measured once at 50 users")
    target = repeated.targets[0]
    (level,) = [each for each in target.repeated if each.wanted == 50]
    spread, found = level.spread("goodput"), figure(repeated, "fastapi", 50, "goodput_cv")
    assert isinstance(found, Interval)
    assert spread is not None
    assert spread.stdev is not None
    assert found.value == pytest.approx(spread.stdev / spread.mean)
    assert found.high > 4 * found.value, "of three repetitions little is known"


def test_processor_time_is_that_of_successful_requests(result: SessionResult) -> None:
    found = figure(result, "fastapi", 50, "cpu_per_1k_ok")
    (level,) = [each for each in result.targets[0].levels if each.wanted == 50]
    assert isinstance(found, Interval)
    assert level.usage.cpu_mean_pct is not None
    seconds = level.usage.cpu_mean_pct / 100 * level.stats.seconds
    assert found.value == pytest.approx(1000 * seconds / level.stats.ok * 1000)


def test_single_seconds_are_measured_where_no_latency_settles(result: SessionResult) -> None:
    blocked = StretchStats(50, None, 20, peak_rps=1.0, health_unanswered=18, health_max_ms=24_000.0)

    def of(*stretches: StretchStats) -> SessionResult:
        return replace(result, targets=(replace(result.targets[0], levels=(), stretches=stretches),))

    assert figure(of(blocked), "fastapi", 50, "health_max") == Interval.exact(24_000.0)
    assert figure(of(blocked), "fastapi", 50, "peak_rps") == Interval.exact(1.0)
    assert isinstance(figure(of(blocked), "fastapi", 50, "rps"), Missing)
    share = figure(of(blocked), "fastapi", 50, "health_unanswered")
    assert isinstance(share, Interval)
    assert share.value == 0.9
    assert share.low > 0.5
    twice = figure(of(blocked, replace(blocked, peak_rps=3.0)), "fastapi", 50, "peak_rps")
    assert isinstance(twice, Interval)
    assert (twice.value, twice.low < 1 < 3 < twice.high) == (2.0, True)
    for other in (replace(blocked, is_steered=True), replace(blocked, wanted=20)):
        assert isinstance(figure(of(other), "fastapi", 50, "peak_rps"), Missing)
    unasked = replace(blocked, health_unanswered=None, health_max_ms=None)
    for metric in ("health_max", "health_unanswered"):
        assert figure(of(unasked), "fastapi", 50, metric) == Missing("/health was not asked")


def test_rates_means_and_shares_vary(result: SessionResult) -> None:
    for metric in ("rps", "goodput", "mean", "errors", "p95"):
        found = figure(result, "fastapi", 50, metric)
        assert isinstance(found, Interval)
        assert found.low < found.value < found.high


def test_targets_are_found_by_label_name_or_options(result: SessionResult) -> None:
    one, four = result.targets
    result = replace(result, targets=(one, replace(four, options={"workers": 4, "model_time": 2.0})))
    for text, at in (
        ("fastapi", 0),
        ("fastapi ×4", 1),
        ("fastapi#2", 1),
        ("fastapi:workers=4", 1),
        ("fastapi:workers=1", 0),
        ("fastapi:model_time=2", 1),
        ("fastapi:label=fastapi ×4", 1),
    ):
        found = find_target(result, text)
        assert found is not None
        assert found.label == result.targets[at].label
    for text in ("django-asgi", "fastapi:workers=2", "fastapi:nonsense", "fastapi:label=other"):
        assert find_target(result, text) is None


def test_why_a_figure_is_missing(result: SessionResult) -> None:
    assert figure(result, "django-asgi", 50, "rps") == Missing("django-asgi did not take part")
    assert figure(result, "fastapi", 70, "rps") == Missing("fastapi never had 70 users")
    assert figure(result, "fastapi", 1, "rps") == Missing("fastapi never had 1 user")
    assert figure(replace(result, outcome="running"), "fastapi", 70, "rps") == Missing(
        "fastapi has not had 70 users yet"
    )
    brief = replace(result, targets=(replace(result.targets[0], levels=()),))
    assert figure(brief, "fastapi", 50, "rps") == Missing("fastapi did not settle at 50 users")
    assert figure(replace(brief, outcome="running"), "fastapi", 50, "rps") == Missing(
        "fastapi has not settled yet at 50 users"
    )
    arrivals = replace(result, model="open")
    assert figure(arrivals, "fastapi", 50, "rps") == Missing("levels are arrivals, not users")
    failed = replace(result.targets[0], state="failed", trouble="port\ntaken", levels=())
    result = replace(result, targets=(failed, result.targets[1]))
    assert figure(result, "fastapi", 50, "rps") == Missing("fastapi failed: port taken")


def test_more_repetitions_are_more_exact() -> None:
    result = result_of(Shape(seconds=60, rps=40))
    one, other = result.targets
    level = replace(one.levels[1], number=2)
    thrice = replace(one, levels=tuple(replace(level, repetition=at) for at in (1, 2, 3)))
    repeated = replace(result, targets=(thrice, other))
    for metric in ("rps", "mean", "errors"):
        single, several = figure(result, "fastapi", 50, metric), figure(repeated, "fastapi", 50, metric)
        assert isinstance(single, Interval)
        assert isinstance(several, Interval)
        assert several.value == pytest.approx(single.value)
        assert several.high - several.value < single.high - single.value


def test_levels_that_were_changed_by_hand_do_not_count(result: SessionResult) -> None:
    one, other = result.targets
    first, level, last = one.levels
    steered = replace(level, is_steered=True)
    by_hand = replace(result, targets=(replace(one, levels=(first, steered, last)), other))
    assert figure(by_hand, "fastapi", 50, "rps") == Missing(
        "the load of fastapi at 50 users was changed by hand"
    )
    planned = replace(level, number=2, repetition=1)
    repeated = replace(one, levels=(first, planned, replace(steered, number=2, repetition=2), last))
    once = replace(result, targets=(repeated, other))
    assert figure(once, "fastapi", 50, "rps") == figure(result, "fastapi", 50, "rps")


def test_few_requests_are_no_figure() -> None:
    few = result_of(Shape(seconds=12, rps=4))
    found = figure(few, "fastapi", 50, "rps")
    assert isinstance(found, Missing)
    assert "only" in found.why
    some = result_of(Shape(seconds=60, rps=4))
    found = figure(some, "fastapi", 50, "p99")
    assert isinstance(found, Missing)
    assert "too few requests for this percentile" in found.why


def test_visits_of_a_level_are_repetitions(result: SessionResult) -> None:
    one, other = result.targets
    first, level, last = one.levels
    slower = replace(level, stats=replace(level.stats, requests=level.stats.requests // 2))
    again = replace(result, targets=(replace(one, levels=(first, level, slower, last)), other))
    single, several = figure(result, "fastapi", 50, "rps"), figure(again, "fastapi", 50, "rps")
    assert isinstance(single, Interval)
    assert isinstance(several, Interval)
    assert several.value == pytest.approx(0.75 * single.value, rel=0.01)
    assert several.high > single.high, "as far apart as the two are"
