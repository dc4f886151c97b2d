"""A profile as rows."""

from dataclasses import replace

import pytest

from engine.metrics.profiles import Profiled, TargetProfile
from tests.support.made_profiles import DENIED, FASTAPI, PROFILED
from tests.support.row_text import lines
from tui.views.profile import Who, profile_page, profile_rows
from tui.views.rows import width_of

TARGETS = {
    "fastapi": Who("fastapi ×4", 0),
    "django-wsgi": Who("django-wsgi", 1),
    "django-asgi": Who("django-asgi", 2),
}


def row_of(rows: list[str], head: str) -> str:
    """The row that begins with a text."""
    return next(row for row in rows if row.strip().startswith(head))


def test_results_have_layers_side_by_side() -> None:
    rows = lines(profile_rows(PROFILED, TARGETS, 120))
    assert rows[0] == " profile: 5 s from 00:10 on, 100 looks a second; shares of busy samples"
    assert row_of(rows, "● fastapi ×4").split() == ["●", "fastapi", "×4", "▲", "django-wsgi"]
    assert [part for part in row_of(rows, "server").split() if part.isdigit()] == ["25", "30"]
    assert [part for part in row_of(rows, "ORM").split() if part.isdigit()] == ["0", "60"]
    assert row_of(rows, "waiting").split() == [
        "waiting",
        *["20", "%", "of", "the", "time"],
        *["40", "%", "of", "the", "time"],
    ]
    assert "2.0 % (1.00 k → 980 ok/s)" in row_of(rows, "cost of sampling")
    assert not any(row.strip().startswith("driver") for row in rows), "no target has samples in it"


def test_results_have_functions() -> None:
    rows = [row.rstrip() for row in lines(profile_rows(PROFILED, TARGETS, 120))]
    assert "    50 %  prices <&>  shop/api.py  view" in rows
    assert "    60 %  QuerySet.filter  django/db/models/query.py  ORM" in rows
    assert not any("django-asgi" in row for row in rows), "the remarks say why it was not sampled"


@pytest.mark.parametrize(("width", "height"), [(60, 12), (80, 20), (160, 40)])
def test_a_page_has_the_width_of_the_screen_and_no_more_rows(width: int, height: int) -> None:
    page = profile_page(PROFILED, TARGETS, width, height)
    assert {width_of(row) for row in page} == {width}


def test_a_wide_page_has_the_functions_of_all_targets_beside_each_other() -> None:
    rows = lines(profile_page(PROFILED, TARGETS, 120, 40))
    first = row_of(rows, "50 %")
    assert first.index("prices <&> shop/api.py") < 60 <= first.index("60 % QuerySet.filter")


def test_a_narrow_page_shows_one_target_and_how_to_get_to_the_next() -> None:
    first = lines(profile_page(PROFILED, TARGETS, 60, 40))
    assert row_of(first, "functions").strip().endswith("(1–1 of 2: ← →)")
    assert row_of(first, "50 %")
    second = lines(profile_page(PROFILED, TARGETS, 60, 40, first=1))
    assert row_of(second, "60 %").split() == ["60", "%", "QuerySet.filter", "django/db/models/query.py"]
    assert second == lines(profile_page(PROFILED, TARGETS, 60, 40, first=9))


def test_many_targets_have_columns_without_bars() -> None:
    many = Profiled(0, 5, 100, tuple(replace(FASTAPI, target=f"t{at}") for at in range(6)))
    rows = lines(profile_rows(many, {}, 80))
    assert row_of(rows, "view").split() == ["view", *["50", "%"] * 6]


def test_the_same_trouble_is_said_once() -> None:
    both = Profiled(0, 5, 100, (replace(DENIED, target="a"), replace(DENIED, target="b")))
    assert [row.strip() for row in lines(profile_page(both, {}, 80, 20)) if row.strip()] == [
        "no target could be sampled",
        "✖ a, b: not sampled: it runs elsewhere",
        "profile it there",
    ]
    assert profile_rows(both, {}, 80) == []


def test_a_target_without_a_busy_sample_has_figures_but_no_functions() -> None:
    idle = Profiled(0, 5, 100, (TargetProfile("idle", looks=500),))
    rows = lines(profile_rows(idle, {}, 80))
    assert "100 % of the time" in row_of(rows, "waiting")
    assert "too few" in row_of(rows, "samples")


def test_a_narrow_page_cuts_no_column() -> None:
    targets = [f"t{at}" for at in range(6)]
    many = Profiled(0, 5, 100, tuple(replace(FASTAPI, target=name) for name in targets))
    who = {name: Who(name, at) for at, name in enumerate(targets)}
    page = lines(profile_page(many, who, 58, 40))
    assert row_of(page, "waiting").split() == ["waiting", *["20", "%"] * 3]
    assert row_of(page, "● t0").split() == ["●", "t0", "▲", "t1", "■", "t2"]
    assert not any("…" in line for line in page[: page.index(row_of(page, "functions"))])
    last = lines(profile_page(many, who, 58, 40, first=5))
    assert "t5" in row_of(last, "◆ t3")
