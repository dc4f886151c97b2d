"""Outcomes in words."""

from engine.export.session_json import schema
from engine.metrics.outcomes import NO_LOAD, NOT_COMPLETE, outcome_text


def test_outcomes_are_displayed_in_words() -> None:
    shown = [outcome_text(each) for each in ("completed", "threshold", NO_LOAD, "other\x1b")]
    assert shown[:3] == ["completed", "SLO missed", "ended before load"]
    assert shown[3].isprintable()


def test_the_schema_has_every_outcome_that_is_not_complete() -> None:
    assert set(schema()["properties"]["outcome"]["enum"]) >= NOT_COMPLETE
