"""What a run answers besides its figures, as comparisons and baselines keep it."""

from dataclasses import replace

from engine.comparison.answers import FUNCTIONS, capacities, profiles
from engine.comparison.baseline_file import Baseline, decoded, encoded
from engine.comparison.subjects import run_of
from engine.metrics.profiles import Frame
from engine.metrics.timeline import Timeline
from tests.support.made_comparisons import SIZED, searched
from tests.support.made_profiles import DENIED, DJANGO, FASTAPI, PROFILED, SERVER, target_profile
from tests.support.made_searches import made_capacity, search_result
from tests.support.made_sessions import Shape, records


def test_a_search_is_kept_with_its_range_and_the_figures_there() -> None:
    found = capacities(search_result(SIZED))
    expected = {target.name: target for target in made_capacity(SIZED).targets}
    assert set(found) == {"fastapi", "django-wsgi"}
    for name, each in found.items():
        target = expected[name]
        assert target.at_lower is not None
        assert (each.lower, each.upper) == (target.lower, target.upper)
        assert each.range == f"{target.lower} to {target.upper}"
        assert (each.slo, each.unit, each.state) == ("p95 < 500 ms, errors < 1 %", "users", "done")
        assert (each.goodput, each.cpu_pct) == (target.at_lower.goodput, target.at_lower.cpu_pct)
        assert each.sizing == target.sizing
        assert each.sizing is not None


def test_a_session_of_another_schedule_has_none() -> None:
    timeline = Timeline(history_s=None)
    for record in records(Shape(seconds=30)):
        timeline.apply(record)
    run = run_of(timeline, "interrupted", None)
    assert [each.capacity for each in run.subjects] == [None, None]
    assert [each.profile for each in run.subjects] == [None, None]


def test_a_search_has_no_levels_since_its_loads_are_trials() -> None:
    run = searched(SIZED)
    assert [each.levels for each in run.subjects] == [(), ()]
    assert all(each.capacity is not None for each in run.subjects)


def test_of_several_profiles_the_newest_of_each_target_counts() -> None:
    newer = replace(FASTAPI, looks=900)
    found = profiles([PROFILED, replace(PROFILED, t_s=20.0, until_s=22.5, targets=(newer,))])
    assert found["fastapi"].seconds == 2.5
    assert found["fastapi"].figures.busy == 400 / 900
    assert round(found["django-wsgi"].seconds, 3) == 5.1
    assert found["django-wsgi"].figures.samples == DJANGO.samples
    assert found["django-asgi"].trouble == DENIED.trouble


def test_more_functions_are_kept_than_are_shown_but_not_any_number() -> None:
    many = target_profile("fastapi", {(SERVER, Frame(f"f{at}", "app.py", "")): 1 for at in range(300)})
    found = profiles([replace(PROFILED, targets=(many,))])
    assert len(found["fastapi"].figures.functions) == FUNCTIONS


def test_a_baseline_keeps_all_of_it() -> None:
    timeline = Timeline(history_s=None)
    *begun, ended = records(Shape(seconds=30))
    for record in [*begun, PROFILED, ended]:
        timeline.apply(record)
    for run in (searched(SIZED), run_of(timeline, "interrupted", None)):
        kept = decoded(encoded(Baseline("2025-01-01T12:00", run)), "main.json").run
        assert kept.hints == run.hints
        assert [each.capacity for each in kept.subjects] == [each.capacity for each in run.subjects]
        assert [each.profile for each in kept.subjects] == [each.profile for each in run.subjects]
