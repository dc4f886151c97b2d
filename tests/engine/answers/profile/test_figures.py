"""Shares by layer and the functions with most self time, of made stacks."""

import pytest

from engine.answers.profile.figures import about, cost_text, figures_of, samples_text
from engine.metrics.profiles import Frame, Profiled, TargetProfile
from tests.support.made_profiles import target_profile

SERVER = Frame("run", "uvicorn/server.py", "uvicorn")
FRAMEWORK = Frame("app", "fastapi/routing.py", "fastapi")
JSON = Frame("serialize", "fastapi/encoders.py", "fastapi")
VIEW = Frame("view", "shop/api.py", "")
ORM = Frame("execute", "sqlalchemy/orm/session.py", "sqlalchemy")


STACKS: dict[tuple[Frame, ...], int] = {
    (SERVER,): 40,
    (SERVER, FRAMEWORK): 60,
    (SERVER, FRAMEWORK, JSON): 50,
    (SERVER, FRAMEWORK, VIEW): 200,
    (SERVER, FRAMEWORK, VIEW, ORM): 50,
}


def test_a_sample_counts_for_the_layer_of_the_innermost_function() -> None:
    figures = figures_of(target_profile("shop", STACKS))
    assert [(layer, round(share, 3)) for layer, share in figures.layers] == [
        ("server", 0.1),
        ("framework", 0.15),
        ("validation and JSON", 0.125),
        ("ORM", 0.125),
        ("view", 0.5),
    ]
    assert figures.share_of("driver") == 0.0


def test_functions_are_ordered_by_time_in_themselves() -> None:
    stacks = STACKS | {(SERVER, VIEW): 30}
    figures = figures_of(target_profile("shop", stacks))
    assert figures.functions[0].frame == VIEW
    assert figures.functions[0].samples == 230, "wherever it was called from"
    assert figures.functions[0].share == pytest.approx(230 / 430)
    assert [each.frame for each in figures.functions[1:3]] == [FRAMEWORK, JSON]


def test_no_more_than_ten_functions_are_listed() -> None:
    stacks: dict[tuple[Frame, ...], int] = {
        (SERVER, Frame(f"f{at}", "shop/api.py", "")): 100 - at for at in range(30)
    }
    assert [each.frame.function for each in figures_of(target_profile("shop", stacks)).functions] == [
        f"f{at}" for at in range(10)
    ]


def test_busy_and_waiting_are_of_all_looks_that_worked() -> None:
    figures = figures_of(target_profile("shop", STACKS, looks=510, failed_looks=10))
    assert figures.busy == pytest.approx(400 / 500)
    assert figures.waiting == pytest.approx(0.2)


def test_waiting_is_of_the_processes_that_work_and_not_of_their_master() -> None:
    figures = figures_of(target_profile("shop", {(VIEW,): 403}, looks=500, processes=(300, 100, 3)))
    assert figures.processes == 2
    assert figures.waiting == pytest.approx((0.4 + 0.8) / 2)


def test_more_busy_threads_than_processes_wait_for_nothing() -> None:
    figures = figures_of(target_profile("shop", {(VIEW,): 900}, looks=500))
    assert figures.busy == pytest.approx(1.8)
    assert figures.waiting == 0.0


def test_a_profile_without_samples_has_no_shares() -> None:
    figures = figures_of(TargetProfile("shop", looks=500))
    assert (figures.samples, figures.layers, figures.functions, figures.waiting) == (0, (), (), 1.0)
    assert not figures.is_certain
    assert figures_of(TargetProfile("shop", trouble="py-spy is not installed")).busy == 0.0


def test_the_cost_is_said_as_far_as_it_is_known() -> None:
    assert cost_text(TargetProfile("a", goodput_before=800, goodput_sampled=776)) == "3.0 % (800 → 776 ok/s)"
    assert cost_text(TargetProfile("a", goodput_before=800, goodput_sampled=812)) == (
        "none seen (800 → 812 ok/s)"
    )
    costly = TargetProfile("a", goodput_before=800, goodput_sampled=776)
    assert cost_text(costly, is_short=True) == "3.0 %"
    assert cost_text(TargetProfile("a", goodput_sampled=812)) == "not known"
    assert cost_text(TargetProfile("a", goodput_before=0, goodput_sampled=0)) == "not known"


def test_few_samples_are_called_too_few() -> None:
    few = target_profile("shop", {(VIEW,): 12})
    assert samples_text(few, figures_of(few)) == "12: too few"
    enough = target_profile("shop", STACKS)
    assert samples_text(enough, figures_of(enough)) == "400 in 500 looks"


def test_a_profile_says_when_it_was_made() -> None:
    assert about(Profiled(65.2, 70.4, 100, ())) == "5 s from 01:05 on, 100 looks a second"
