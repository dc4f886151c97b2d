"""A search in reports: Markdown, the HTML page, and its charts."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.export.capacity_report import capacity_charts, capacity_sections, main_table
from engine.export.document import folded
from engine.export.html import page
from engine.export.loaded import LoadedSession, load
from engine.export.markdown import markdown
from engine.export.sections import warnings
from engine.export.session_summary import summary_of
from engine.metrics.records import GeneratorSecond, Record
from engine.metrics.trials import Trial
from tests.support.made_searches import MadeSearch, search_records, search_result, write_search
from tests.support.made_sessions import Shape, write
from tests.support.made_trials import Server


def test_a_table_of_results_and_one_of_every_load() -> None:
    results, loads = capacity_sections(search_result())
    assert results.title == "Most users within p95 < 500 ms, errors < 1 %"
    fast, slow = results.table.rows
    assert fast.cells[:2] == ("fastapi", "308 to 323")
    assert slow.cells[-1] == "done"
    assert "django-wsgi serves 51 to 53 users" in results.note
    assert {row.cells[0] for row in loads.table.rows} == {"fastapi", "django-wsgi"}
    assert all(len(row.cells) == len(loads.table.heads) for row in loads.table.rows)
    outcomes = [row.cells[-1] for row in loads.table.rows if row.cells[0] == "django-wsgi"]
    assert outcomes == sorted(outcomes, key=lambda text: text.startswith("missed")), "met below, missed above"


def test_a_search_is_summed_up_by_its_result_and_other_sessions_by_their_scoreboard(tmp_path: Path) -> None:
    """Targets of a search had different loads: their figures are not beside each other."""
    table, note = main_table(search_result())
    assert table.heads[:2] == ("target", "users")
    assert "django-wsgi serves 51 to 53 users" in note
    table, note = main_table(load(write(tmp_path, Shape(seconds=9, rps=20))).result)
    assert table.heads[:4] == ("target", "server", "ratio", "ok/s")
    assert note.endswith("CPU is in % of one core.")


def test_charts_have_a_point_for_every_load() -> None:
    result = search_result()
    attainment, goodput = capacity_charts(result)
    assert [line.label for line in attainment.lines] == ["fastapi", "django-wsgi"]
    for chart in (attainment, goodput):
        assert not chart.is_empty
        for line in chart.lines:
            xs = [point.x for point in line.points if point]
            assert xs == sorted(xs)
            assert len(line.texts) == len(chart.stops)
    assert max(point.y for line in attainment.lines for point in line.points if point) == 100


@pytest.mark.parametrize(
    "of",
    [
        MadeSearch(),
        MadeSearch(trials=0, outcome="interrupted"),
        MadeSearch({"fastapi": Server(0.5)}),
        MadeSearch(capacity={"for_users": 5000, "price_per_core_hour": 0.05}),
    ],
    ids=["whole", "empty", "none", "sized"],
)
def test_whole_reports_of_any_search(tmp_path: Path, of: MadeSearch) -> None:
    session = load(write_search(tmp_path, of))
    text = b"".join(markdown(session)).decode()
    html = page(session)
    assert "Most users within" in text
    assert "by level of load" not in text
    sentence = summary_of(session).sentence
    assert sentence.split(":")[0].replace("<", "&lt;") in html or sentence.startswith("fastapi does not")
    assert session.document["capacity"]["targets"]


def test_other_sessions_have_none_of_it(tmp_path: Path) -> None:
    session = load(write(tmp_path, Shape(seconds=12)))
    assert list(capacity_sections(session.result)) == []
    assert capacity_charts(session.result) == []
    assert session.document["capacity"] is None


def test_trials_that_do_not_count_are_named_in_place_of_the_light() -> None:
    def worse(record: Record) -> Record:
        match record:
            case Trial(number=1):
                return replace(record, tainted="the load worker used 97 % of its core")
            case GeneratorSecond():
                return replace(record, light="red", reasons=("p50 may be too high",))
        return record

    session = LoadedSession(Path(), folded(map(worse, search_records(MadeSearch()))))
    texts = [remark.text for remark in warnings(session)]
    count = len(session.result.trials)
    assert session.result.health.light == "red"
    assert f"1 of {count} trials do not count: the load worker used 97 % of its core." in texts
    assert not any("light" in text for text in texts)
