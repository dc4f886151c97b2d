"""Which changes of the generator's light become events."""

from engine.metrics.light_changes import CALM_S, LightChanges
from engine.metrics.snapshot import Light

G: Light = "green"
A: Light = "amber"
R: Light = "red"


def reported(*lights: Light) -> list[tuple[int, Light]]:
    """The seconds in which something is reported, and what."""
    changes = LightChanges()
    return [(second, changes.reported) for second, light in enumerate(lights) if changes.take(light)]


def test_what_gets_worse_is_reported_at_once_and_what_gets_better_once_it_lasts() -> None:
    assert reported(*[G] * 40) == []
    assert reported(G, A, A, R, *[G] * 20) == [(1, A), (3, R), (3 + CALM_S, G)]
    assert reported(R, *[A] * 40) == [(0, R), (CALM_S, A)]


def test_a_light_that_comes_and_goes_is_reported_once() -> None:
    assert reported(*[A, A, A, G, G, G, G, G] * 20) == [(0, A)]
    assert reported(*[A, *[G] * (CALM_S - 1)] * 5) == [(0, A)]
    assert reported(*[A, *[R] * 3, *[G] * 8] * 9)[:2] == [(0, A), (1, R)]
