"""How sessions end, in words. Pure."""

from collections.abc import Mapping

from targets.plain_text import one_line

NO_LOAD = "no-load"
"""The outcome of a session that was left before its load began."""

UNTRUSTED = "untrusted"
"""The outcome of a session whose plan ended and that measured nothing."""

NOT_COMPLETE = frozenset({"running", "interrupted", "failed", NO_LOAD, UNTRUSTED})
"""Outcomes of sessions that lack a part of what was planned."""

_WORDS: Mapping[str, str] = {
    "threshold": "SLO missed",
    NO_LOAD: "ended before load",
    UNTRUSTED: "nothing measured",
}


def outcome_text(outcome: str) -> str:
    """An outcome as it is displayed; one of another version as it is."""
    return _WORDS.get(outcome) or one_line(outcome)
