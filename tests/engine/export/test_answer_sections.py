"""What a session answers, as sections of a report."""

from dataclasses import replace

from jsonschema import Draft202012Validator

from engine.export import answer_sections
from engine.export.loaded import LoadedSession
from engine.export.markdown import markdown
from engine.export.session_json import schema
from tests.support.loaded_sessions import loaded

SOURCE = {
    "published": {"machine": "a laptop", "hold": 10},
    "reported": [{"target": "django-wsgi", "metric": "p50", "values": {"50": 80}, "where": "table 1"}],
    "claim": [
        {"id": "H1", "text": "faster", "says": "fastapi.p50 < django-wsgi.p50 at 50 users", "where": ""}
    ],
}


def with_a_source() -> LoadedSession:
    header = loaded().header
    return loaded(replace(header, plan=header.plan | SOURCE))


def test_reported_figures_and_claims_are_tables() -> None:
    answered = with_a_source()
    reported, claims = answer_sections.reported(answered.answers), answer_sections.claims(answered.answers)
    assert reported is not None
    assert claims is not None
    assert reported.rows[0].cells[:4] == ("django-wsgi", "p50", "50", "80 ms")
    assert claims.rows[0].cells[:3] == ("H1", "faster", "✔ holds here")
    assert " < " in claims.rows[0].cells[3]
    assert "The source measured on a laptop." in answer_sections.reported_note(answered.answers)


def test_a_session_without_a_source_has_neither() -> None:
    assert answer_sections.reported(loaded().answers) is None
    assert answer_sections.claims(loaded().answers) is None


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
