"""The chart of a search, at any size and any moment."""

import pytest

from tests.support.made_searches import MadeSearch, made_capacity
from tests.support.made_trials import Server
from tui.views.capacity_plot import capacity_plot
from tui.views.raster import Mode
from tui.views.rows import Row, width_of


def texts(rows: tuple[Row, ...]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


RUNNING = MadeSearch(trials=7, outcome="running")


@pytest.mark.parametrize("of", [MadeSearch(), RUNNING, MadeSearch(trials=0, outcome="running")])
@pytest.mark.parametrize(("width", "height"), [(78, 14), (158, 38), (40, 6), (20, 2)])
@pytest.mark.parametrize("mode", ["braille", "block", "ascii"])
def test_it_has_exactly_the_size_that_is_asked_for(
    of: MadeSearch, width: int, height: int, mode: Mode
) -> None:
    rows = capacity_plot(made_capacity(of), width, height, mode)
    assert {width_of(row) for row in rows} == {width}
    assert len(rows) in {height, 3}


def test_every_load_is_marked_above_or_below_the_slo() -> None:
    of = made_capacity()
    rows = texts(capacity_plot(of, 158, 38))
    (limit,) = [at for at, row in enumerate(rows) if row.startswith("SLO 95 %")]
    above, below = "".join(rows[: limit + 1]), "".join(rows[limit + 1 : -3])
    fast, slow = of.targets
    assert above.count("●") >= sum(level.meets for level in fast.levels) - 2, "few share a cell"
    assert above.count("▲") >= sum(level.meets for level in slow.levels) - 2
    assert "×" in below
    assert "●" not in below


def test_a_rail_shows_the_bracket_and_what_is_tried_now() -> None:
    fast, slow, axis = texts(capacity_plot(made_capacity(RUNNING), 100, 3))
    assert "▼" in slow
    assert "▼" not in fast
    assert fast.rstrip().endswith("━"), "nothing has failed yet"
    assert "·" in slow
    assert axis.split()[:4] == ["users", "1", "2", "4"]


def test_a_bracket_that_is_decided_is_narrow() -> None:
    rail = texts(capacity_plot(made_capacity(MadeSearch({"fastapi": Server(52.5)})), 100, 2))[0]
    assert rail.count("━") <= 3
    assert rail.count("●") >= 3
    assert "×" in rail
