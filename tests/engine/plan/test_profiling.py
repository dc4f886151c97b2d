"""The profile that a plan asks for."""

from typing import Any

import pytest

from engine.plan.plan import Plan, make_plan
from engine.plan.profiling import MOST_S
from targets.errors import UsageError


def plan(**changes: Any) -> Plan:
    """A plan of 20 measured seconds."""
    values = {"title": "P", "targets": ["fastapi"], "stages": [{"users": 2, "hold": "20 s"}]}
    return make_plan(values | changes, where="here")


def test_a_profile_has_a_length_and_a_time() -> None:
    made = plan(profile="5 s", profile_at="10s")
    assert (made.profile, made.profile_at) == (5.0, 10.0)
    assert plan(profile="10s").profile_at is None, "it begins after as many seconds as it takes"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"profile": "2.5 s"}, "a profile cannot take 2.5 s"),
        ({"profile": "0 s"}, "a profile cannot take 0 s"),
        ({"profile": f"{MOST_S + 1} s"}, "a profile cannot take 61 s"),
        ({"profile": "11 s"}, "a profile of 11 s does not fit"),
        ({"profile": "5 s", "profile_at": "16 s"}, "a profile of 5 s does not fit"),
        ({"profile_at": "5 s"}, "profile_at needs a profile"),
        ({"profile": "soon"}, "is not a duration"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        plan(**changes)
    assert said in str(raised.value)
