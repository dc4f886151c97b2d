"""When a measurement is not to be trusted, and in which words."""

from dataclasses import replace

import pytest

from engine.metrics.generator_health import (
    Finding,
    HealthLight,
    HealthTotals,
    judge,
    judge_cpu,
    judge_missing,
    worst,
)
from engine.metrics.interference_text import last_second_text
from engine.metrics.records import GeneratorSecond
from engine.metrics.snapshot import Light
from tests.support.recording import generator_second


def light_of(finding: object) -> str:
    return getattr(finding, "light", "green")


@pytest.mark.parametrize(
    ("pct", "light"), [(0, "green"), (79.9, "green"), (80, "amber"), (89.9, "amber"), (90, "red")]
)
def test_the_processor_limits(pct: float, light: Light) -> None:
    assert light_of(judge_cpu(pct)) == light


def test_missing_workers() -> None:
    assert judge_missing(0) is None
    found = [each for each in map(judge_missing, (1, 2)) if each]
    assert [each.reason.split(" did")[0] for each in found] == ["1 load worker", "2 load workers"]
    assert {(each.light, each.at_once) for each in found} == {("red", True)}


def test_all_that_is_wrong_worst_first() -> None:
    assert judge(cpu_pct=10) == []
    late = Finding("amber", "a's p99 of 4.10 ms may be up to 0.30 ms too high")
    found = judge(cpu_pct=85, lag=[late], missing_workers=1, troubles=["the delay proxy of a ended"])
    assert [each.light for each in found] == ["red", "red", "amber", "amber"]
    assert found[0] == Finding("red", "the delay proxy of a ended", at_once=True)
    assert "85 %" in found[2].reason
    assert found[3] == late


def shown(*lights: Light, at_once: bool = False) -> list[Light]:
    """What a lamp shows after each of these seconds."""
    health_light, seen = HealthLight(), []
    for light in lights:
        health_light.show([] if light == "green" else [Finding(light, f"it is {light}", at_once=at_once)])
        seen.append(health_light.light)
    return seen


G: Light = "green"
A: Light = "amber"
R: Light = "red"


@pytest.mark.parametrize(
    ("seconds", "lights"),
    [
        ([A, A, A, A], [G, G, A, A]),
        ([A, A, G, A, A, G], [G] * 6),
        ([A, R, A, R, R, R], [G, G, A, A, A, R]),
        ([R, R, R, G, G, G, G, G, G], [G, G, R, R, R, R, R, G, G]),
        ([R, R, R, A, A, A, A, A, A], [G, G, R, R, R, R, R, A, A]),
        ([A, A, A, G, G, G, G, A, G, G, G, G, G], [G, G, *[A] * 10, G]),
    ],
)
def test_a_light_is_shown_once_it_lasts_and_taken_back_once_that_is_over(
    seconds: list[Light], lights: list[Light]
) -> None:
    assert shown(*seconds) == lights


def test_what_is_broken_is_shown_at_once_and_told_of_once() -> None:
    assert shown(R, G, R, G, at_once=True) == [R, G, R, G]
    health_light, told = HealthLight(), []
    for is_broken in (True, False, True, False, False, False, False, False):
        health_light.show([Finding("red", "broken", at_once=True)] if is_broken else [])
        told.append(health_light.reported)
    assert told == [R] * 7 + [G]


def test_a_light_keeps_the_reasons_of_the_last_second_that_was_so_bad() -> None:
    health_light = HealthLight()
    for late_ms in (1, 2, 3):
        health_light.show([Finding("red", f"{late_ms} ms late"), Finding("amber", "84 % busy")])
    assert (health_light.light, health_light.reasons) == ("red", ("3 ms late", "84 % busy"))
    health_light.show([Finding("amber", "80 % busy")])
    assert (health_light.light, health_light.reasons) == ("red", ("3 ms late", "84 % busy"))
    for _ in range(5):
        health_light.show([])
    assert (health_light.light, health_light.reasons) == ("green", ())
    for _ in range(3):
        health_light.show([Finding("red", "busy")])
    health_light.reset()
    assert (health_light.light, health_light.reasons) == ("green", ())


def test_the_worst_of_lights() -> None:
    assert worst() == "off"
    assert worst("green", "off") == "green"
    assert worst("green", "red", "amber") == "red"


def test_nothing_to_review() -> None:
    review = HealthTotals()
    assert (review.light, review.reasons, review.cpu_pct, review.lag_p99_ms) == ("off", (), None, None)


def test_a_green_session_needs_no_words() -> None:
    review = HealthTotals()
    review.add(generator_second(1))
    assert (review.light, review.reasons, review.seconds) == ("green", (), 1)


def test_a_minute_of_red_is_one_reason_with_its_worst_figures() -> None:
    review = HealthTotals()
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


def test_the_worst_of_alike_reasons_is_that_of_its_own_target_and_has_the_largest_bound() -> None:
    review = HealthTotals()
    for second, (target, name, value, bound) in enumerate(
        [
            ("a", "p99", "4.10", "0.30"),
            ("a", "p50", "1.10", "1,200.50"),
            ("a", "p95", "9.10", "0.40"),
            ("a#2", "p99", "4.10", "0.35"),
        ]
    ):
        text = f"{target}'s {name} of {value} ms may be up to {bound} ms too high: the load worker was late"
        review.add(generator_second(second, "amber", text))
    assert [reason.split(":")[1] for reason in review.reasons[1:]] == [
        " a's p50 of 1.10 ms may be up to 1,200.50 ms too high",
        " a#2's p99 of 4.10 ms may be up to 0.35 ms too high",
    ]


def test_a_light_that_never_shone_is_not_told_of() -> None:
    review = HealthTotals()
    review.add(generator_second(1, "red", "busy"))
    assert review.reasons == ("red for 1 s of 1 s measured", "busy"), "without a figure there is no worst"


def explained(second: int, stolen_pct: float | None, waiting_pct: float | None) -> GeneratorSecond:
    """A second in which the load worker was late, and why."""
    late = f"a's p50 of 1.10 ms may be up to {second}.50 ms too high: the load worker was late"
    why = last_second_text(stolen_pct, waiting_pct)
    made = generator_second(second, "amber", *filter(None, (late, why)))
    return replace(made, stolen_pct=stolen_pct, waiting_pct=waiting_pct)


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        (
            [(3.4, 12.0), (7.0, 0.0)],
            "the host of this virtual machine took up to 7 % (steal) and other programs took up to 12 %",
        ),
        ([(0.0, 12.0), (0.4, 5.0)], "other programs took up to 12 %"),
        ([(2.0, None)], "the host of this virtual machine took up to 2 % (steal)"),
        ([(0.0, 0.0), (0.0, 0.9)], ""),
        ([(None, None)], ""),
    ],
)
def test_what_explains_late_workers_comes_below_what_is_at_worst(
    losses: list[tuple[float | None, float | None]], said: str
) -> None:
    review = HealthTotals()
    for second, loss in enumerate(losses):
        review.add(explained(second, *loss))
    assert [reason.split(":")[0] for reason in review.reasons[:2]] == [
        f"amber for {len(losses)} s of {len(losses)} s measured",
        "at worst",
    ]
    assert review.reasons[2:] == ((f"in these seconds {said} of the load worker's core",) if said else ())


def test_a_run_near_the_ceiling_is_generator_limited() -> None:
    assert judge(cpu_pct=10, ceiling_share=0.69) == []
    (finding,) = judge(cpu_pct=10, ceiling_share=0.71)
    assert finding == Finding("amber", "generator-limited: 71 % of what the load workers can send")


def test_figures_that_do_not_fit_together_are_named_with_their_target() -> None:
    findings = judge(cpu_pct=10, little_errors={"fastapi": 0.04, "django-wsgi": 0.08})
    assert [finding.reason for finding in findings] == [
        "django-wsgi: users, rate and latency do not fit together, by 8 %"
    ]
