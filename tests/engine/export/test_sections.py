"""The tables and warnings of a report: what they contain, and in which order."""

from dataclasses import replace
from functools import cache

from engine.export import sections
from engine.export.loaded import LoadedSession
from engine.metrics.records import Damage, Ended
from tests.support.loaded_sessions import loaded


@cache
def session() -> LoadedSession:
    return loaded()


def test_a_complete_session_warns_only_of_shared_cores() -> None:
    (only,) = sections.warnings(session())
    assert (only.kind, only.sign) == ("note", "ⓘ")
    assert only.text.startswith("Targets shared CPU cores")


def test_damage_and_a_missing_end_come_first() -> None:
    damage = Damage()
    damage.note(7, lost=2)
    found = sections.warnings(loaded(Ended(60.0, "2025", "interrupted"), damage=damage))
    assert [each.text for each in found[:2]] == [
        "The journal is damaged: 2 records are lost, from line 7 on. This report covers the rest.",
        "The session is not complete: interrupted.",
    ]
    assert {each.kind for each in found[:2]} == {"bad"}


def test_the_scoreboard_has_the_figures_of_the_result() -> None:
    table, result = sections.scoreboard(session().result), session().result
    assert [(row.cells[0], row.marker, row.style) for row in table.rows] == [
        ("fastapi", "●", "slot0"),
        ("django-wsgi", "▲", "slot1"),
    ]
    cells = dict(zip(table.heads, table.rows[1].cells, strict=True))
    assert cells["ok/s"] == "199"
    assert cells["errors"] == "0.50 %"
    assert (table.rows[0].cells[2], cells["ratio"]) == ("base", "1.0×")
    assert cells["CPU, mean"] == f"{result.targets[1].usage.cpu_mean_pct:.0f} %"
    assert sections.scoreboard_note(result).startswith("Figures of the last level, 100 users.")


def test_a_target_that_did_not_start_has_no_figures_and_its_trouble_is_one_sentence_after_another() -> None:
    made = session()
    trouble = "it died at start: exit code 3\n  why:  it wrote nothing to its log"
    failed = replace(made.result.targets[1], state="failed", trouble=trouble)
    made = LoadedSession(made.journal, made.timeline)
    made.__dict__["result"] = replace(session().result, targets=(session().result.targets[0], failed))
    row = sections.scoreboard(made.result).rows[1]
    assert row.cells[1].endswith(", did not start")
    assert set(row.cells[3:-3]) == {"·"}
    text = "django-wsgi: it died at start: exit code 3; why: it wrote nothing to its log"
    assert text in [each.text for each in sections.warnings(made)]


def test_levels_are_in_the_order_of_load_then_of_targets() -> None:
    table = sections.levels(session().result)
    assert table is not None
    assert [row.cells[:2] for row in table.rows] == [
        (label, users) for users in ("10", "50", "100") for label in ("fastapi", "django-wsgi")
    ]


def test_failures_are_listed_by_kind() -> None:
    table = sections.failures(session().result)
    assert table is not None
    assert [row.cells for row in table.rows] == [
        ("fastapi", "status 500", "60"),
        ("django-wsgi", "status 500", "60"),
    ]
    assert sections.requests(session().result) is None
    assert sections.faults(session().result) is None


def test_levels_over_repetitions_have_mean_and_standard_deviation() -> None:
    result = loaded(seconds=90, repetitions=3, gap_s=2, noise=0.2, rps=200).result
    table = sections.repetitions(result)
    assert table is not None
    assert table.heads[:4] == ("target", "users", "repetitions", "ok/s")
    first = table.rows[0].cells
    assert first[:3] == ("fastapi", "10", "1, 2, 3")
    assert all(" ± " in cell for cell in first[3:7])
    levels = sections.levels(result)
    assert levels is not None
    assert [row.cells[0] for row in levels.rows[:3]] == [
        "fastapi, repetition 1",
        "fastapi, repetition 2",
        "fastapi, repetition 3",
    ]
    assert sections.repetitions(session().result) is None


def test_a_shortened_run_is_not_the_published_method() -> None:
    texts = [each.text for each in sections.warnings(loaded(quick=True, source="a paper"))]
    assert "Quick: not the published method." in texts
