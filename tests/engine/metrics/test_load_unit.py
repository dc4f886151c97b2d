"""What load is counted in."""

import pytest

from engine.metrics.load_unit import load_text, load_unit, long_unit, unit_of, users_text


@pytest.mark.parametrize(
    ("load", "is_open", "says"),
    [(20, False, "20 users"), (1, False, "1 user"), (200, True, "200 arrivals/s"), (1, True, "1 arrivals/s")],
)
def test_a_load_in_words(load: int, is_open: bool, says: str) -> None:
    assert load_text(load, is_open=is_open) == says


def test_the_unit_alone() -> None:
    assert (load_unit(is_open=False), load_unit(is_open=True)) == ("users", "arrivals/s")
    assert (long_unit(is_open=False), long_unit(is_open=True)) == ("virtual users", "arrivals a second")
    assert long_unit(is_open=True, is_one=True) == "arrival a second"


def test_one_user_is_singular_behind_its_number() -> None:
    assert (users_text(1), users_text(1500)) == ("1 user", "1500 users")
    assert (unit_of(1, "users"), unit_of(0, "users"), unit_of(1, "arrivals/s")) == (
        "user",
        "users",
        "arrivals/s",
    )
