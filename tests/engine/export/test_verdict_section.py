"""Verdicts in reports and in the JSON document."""

from jsonschema import Draft202012Validator

from engine.export.loaded import LoadedSession
from engine.export.markdown import markdown
from engine.export.session_json import schema
from engine.export.verdict_section import verdict_table, verdicts_note
from tests.engine.answers.verdicts.judged import FAST
from tests.support.loaded_sessions import loaded
from tests.support.made_rounds import turns


def judged() -> LoadedSession:
    session = loaded()
    for each in turns(FAST, 20):
        session.timeline.apply(each)
    return session


def test_each_metric_has_a_row() -> None:
    table = verdict_table(judged())
    assert table is not None
    assert [row.cells[1] for row in table.rows] == ["goodput", "p50", "p95", "p99", "CPU time", "memory"]
    goodput = table.rows[0].cells
    assert goodput[0] == "django-wsgi"
    assert goodput[3:] == ("▼ slower", "20 of turns")
    assert "× [0." in goodput[2]
    note = verdicts_note(judged())
    assert note.startswith("Ratios are multiples of fastapi, with 95 % intervals")
    assert "noise floor is not known" in note


def test_a_session_without_rounds_has_no_section() -> None:
    assert verdict_table(loaded()) is None
    assert verdicts_note(loaded()) == ""


def test_markdown_begins_with_the_verdict_and_has_the_table() -> None:
    text = b"".join(markdown(judged())).decode()
    assert "**fastapi serves " in text
    assert "## Verdicts" in text
    assert "(race: no verdict)" not in text


def test_the_document_has_them_and_is_valid() -> None:
    document = judged().document
    Draft202012Validator(schema()["properties"]["verdicts"]).validate(document["verdicts"])
    first, *others = document["verdicts"]
    assert (first["metric"], first["outcome"], first["target"]) == ("goodput", "worse", "django-wsgi")
    assert first["interval"][0] < first["ratio"] < first["interval"][1]
    assert first["text"].startswith("fastapi serves ")
    assert len(others) == 5
    assert loaded().document["verdicts"] == []
