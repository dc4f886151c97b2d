"""The tables and warnings of a report: what they contain, and in which order."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

from engine.export import sections
from engine.export.document import folded
from engine.export.loaded import LoadedSession
from engine.export.markdown import markdown
from engine.export.session_json import schema
from engine.metrics.records import Damage, Ended, Header, Record
from tests.support.made_sessions import Shape, records


def loaded(*changed: Record, damage: Damage | None = None, **shape: object) -> LoadedSession:
    """A made session, in which records of the same kind as `changed` are replaced by them."""
    kinds = {type(record): record for record in changed}
    made = Shape(**{"seconds": 60, "targets": ("fastapi", "django-wsgi"), "rps": 200, **shape})  # type: ignore[arg-type]
    timeline = folded(kinds.get(type(record), record) for record in records(made))
    return LoadedSession(Path("made"), timeline, damage=damage)


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
        "The session is not complete: its outcome is interrupted.",
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
    assert sections.scoreboard_note(result).startswith("Figures since the last change of load;")


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


def test_events_are_in_order_and_limited() -> None:
    table = sections.events(loaded(seconds=121, rps=1))
    assert table is not None
    assert [row.cells for row in table.rows] == [("01:00", "", "minute 1"), ("02:00", "", "minute 2")]


def test_the_environment_has_words_for_its_fields() -> None:
    header = next(each for each in records(Shape()) if isinstance(each, Header))
    environment = {
        "memory_bytes": 2_000_000_000,
        "virtual_machine": True,
        "cpu_governor": None,
        "sources": [{"target": "mine", "revision": "abc", "dirty": True}],
        "packages": {"anyio": "4.1"},
    }
    table = sections.environment(loaded(replace(header, environment=environment)))
    assert [row.cells for row in table.rows] == [
        ("Memory", "2.00 GB"),
        ("In a virtual machine", "yes"),
        ("Source of mine", "abc, with changes"),
        ("Packages", "anyio 4.1"),
    ]


def test_the_command_can_be_typed_again() -> None:
    header = next(each for each in records(Shape()) if isinstance(each, Header))
    words = ("abreast", "run", "a plan.toml", "--headless")
    assert (
        sections.command(loaded(replace(header, command_line=words)))
        == "abreast run 'a plan.toml' --headless"
    )


def test_a_plan_is_shown_without_what_is_empty() -> None:
    plan = {
        "title": "a",
        "note": "",
        "fault": [],
        "slo": {"errors": None},
        "users": 0,
        "steps": [{"a": "", "b": 1}],
    }
    assert sections.without_empty(plan) == {"title": "a", "users": 0, "steps": [{"b": 1}]}


SOURCE = {
    "published": {"machine": "a laptop", "hold": 10},
    "reported": [{"target": "django-wsgi", "metric": "p50", "values": {"50": 80}, "where": "table 1"}],
    "claim": [
        {"id": "H1", "text": "faster", "says": "fastapi.p50 < django-wsgi.p50 at 50 users", "where": ""}
    ],
}


def with_a_source() -> LoadedSession:
    header = session().header
    return loaded(replace(header, plan=header.plan | SOURCE))


def test_reported_figures_and_claims_are_tables() -> None:
    answered = with_a_source()
    reported, claims = sections.reported(answered.answers), sections.claims(answered.answers)
    assert reported is not None
    assert claims is not None
    assert reported.rows[0].cells[:4] == ("django-wsgi", "p50", "50", "80 ms")
    assert claims.rows[0].cells[:3] == ("H1", "faster", "✔ holds here")
    assert " < " in claims.rows[0].cells[3]
    assert "The source measured on a laptop." in sections.reported_note(answered.answers)


def test_a_session_without_a_source_has_neither() -> None:
    assert sections.reported(session().answers) is None
    assert sections.claims(session().answers) is None


def test_markdown_and_the_document_have_them_too() -> None:
    answered = with_a_source()
    page = b"".join(markdown(answered)).decode()
    assert "## Claims of the source" in page
    assert "## Reported beside measured" in page
    (reported,), (claim,) = answered.document["reported"], answered.document["claims"]
    assert (reported["target"], reported["reported"], reported["unit"]) == ("django-wsgi", 80, "ms")
    assert reported["interval"][0] < reported["measured"] < reported["interval"][1]
    assert (claim["outcome"], claim["comparisons"][0]["users"]) == ("holds", 50)
    for name in ("reported", "claims"):
        Draft202012Validator(schema()["properties"][name]).validate(answered.document[name])


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
