"""A search as rows and lines of text."""

from dataclasses import replace

from tests.support.made_searches import MadeSearch, made_capacity, search_result
from tests.support.made_trials import a_trial
from tui.views.capacity import (
    beginning_text,
    capacity_rows,
    capacity_table,
    is_met,
    now_text,
    trial_lines,
)
from tui.views.results import result_lines
from tui.views.rows import Row, width_of


def texts(rows: list[Row]) -> list[str]:
    return ["".join(span.text for span in row).rstrip() for row in rows]


def test_the_table_fits_any_width_and_drops_columns_on_the_right() -> None:
    of = made_capacity()
    for width in (60, 78, 118, 158):
        rows = capacity_table(of, width)
        assert {width_of(row) for row in rows} == {width}
    wide, narrow = texts(capacity_table(of, 118)), texts(capacity_table(of, 66))
    assert wide[0].split() == ["users", "ok/s", "p95", "errors", "CPU", "memory", "trials"]
    assert narrow[0].split()[:2] == ["users", "ok/s"]
    assert "memory" not in narrow[0]
    assert wide[1].split()[:5] == ["●", "fastapi", "308", "to", "323"]
    assert wide[1].endswith("done")


def test_sentences_follow_the_table() -> None:
    rows = texts(capacity_rows(made_capacity(MadeSearch(capacity={"for_users": 5000})), 100))
    assert any("django-wsgi serves 51 to 53 users: at 51 it served" in row for row in rows)
    assert any("5,000 users need" in row for row in rows)
    assert "there is no reserve" in rows[-1]


def test_the_results_of_a_session_are_those_of_its_search() -> None:
    lines = result_lines(search_result(), 100)
    assert "Most users within p95 < 500 ms, errors < 1 %: fastapi 308 to 323, django-wsgi 51 to 53." in lines
    assert not any("by level of load" in line for line in lines)
    assert any("repeat it: abreast capacity hello --slo" in line for line in lines)


def test_trials_as_they_come() -> None:
    of = made_capacity()
    met = a_trial(48, number=3, target="fastapi")
    missed = replace(met, target="django-wsgi", attained=500, to_s=12.0)
    doubtful = replace(met, tainted="late")
    gone = replace(met, target="nobody")
    lines = trial_lines(of, [met, missed, doubtful, gone], 100)
    assert [line.split("│")[1].split()[0] for line in lines] == ["✔", "✖", "?"]
    assert lines[1].startswith("  12 s │ ✖ ▲ django-wsgi")
    assert is_met(of, met)
    assert not is_met(of, missed)
    assert all(len(line) <= 60 for line in trial_lines(of, [met, missed, doubtful], 60))


def test_how_long_it_takes_is_said_beforehand_and_as_it_goes() -> None:
    start = made_capacity(MadeSearch(trials=0, outcome="running"))
    assert beginning_text(start).startswith(
        "searching for the most users within p95 < 500 ms, errors < 1 %, from 1 to 1,000: about "
    )
    assert beginning_text(start).endswith("at most 10 min")
    assert "about" in now_text(made_capacity(MadeSearch(trials=7, outcome="running")))
