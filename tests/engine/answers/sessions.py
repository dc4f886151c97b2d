"""Results of made-up sessions whose plans have reported figures and claims."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.export.document import folded
from engine.metrics.session_result import SessionResult, session_result
from tests.support.made_sessions import Shape, records

SETUP = {"hold": 20, "database": ""}


def result_of(
    shape: Shape,
    *,
    claims: Sequence[str] = (),
    reported: Sequence[dict[str, Any]] = (),
    published: dict[str, Any] | None = None,
    **fields: Any,
) -> SessionResult:
    """The result of a made session, as if its plan had these; `fields` replace its own."""
    result = session_result(folded(records(shape)).final_snapshot())
    plan = dict(result.plan) | {
        "claim": [
            {"id": f"c{number}", "text": "a claim", "says": says, "where": ""}
            for number, says in enumerate(claims)
        ],
        "reported": list(reported),
        "published": published,
    }
    return replace(result, plan=plan, **fields)
