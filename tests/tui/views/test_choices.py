"""Choosing from a list by typing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.session_api import PresetInfo
from tui.views.choices import matching, matching_presets

PRESETS = (
    PresetInfo("hello", title="Three servers, blocked by nothing", workload="hello"),
    PresetInfo("io-blocking", title="I/O"),
    PresetInfo("blocking-model", title="A slow model"),
    PresetInfo("overload", title="Too much", source="an article about models"),
)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("", ["hello", "io-blocking", "blocking-model", "overload"]),
        ("block", ["blocking-model", "io-blocking", "hello"]),
        ("blo", ["blocking-model", "io-blocking", "hello"]),
        ("overload", ["overload"]),
        ("load", ["overload"]),
        ("MODEL", ["blocking-model", "overload"]),
        ("model slow", ["blocking-model"]),
        ("nothing here", []),
    ],
)
def test_a_match_by_name_goes_before_one_in_a_description(search: str, names: list[str]) -> None:
    assert [each.name for each in matching_presets(PRESETS, search)] == names


@given(st.lists(st.text("ab c-", min_size=1), max_size=6), st.text("ab c-", max_size=4))
def test_what_matches_contains_every_word_and_nothing_else_does(entries: list[str], search: str) -> None:
    found = matching(entries, search, lambda each: (each,))
    assert sorted(found) == sorted(each for each in entries if all(word in each for word in search.split()))
