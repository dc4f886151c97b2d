"""Options of a target as a form."""

import pytest

from targets import catalog
from targets.options import parse_options, plain, split_options, words
from tui.views.option_form import NEW_VARIABLE, next_word, option_rows, row_cells, typed_options

WSGI = catalog.TARGETS["django-wsgi"]


def now(text: str = "") -> dict[str, object]:
    """The plain values of these options."""
    return plain(WSGI, parse_options(WSGI, split_options(text, WSGI.name) if text else {}))


@pytest.mark.parametrize("name", sorted(catalog.TARGETS))
def test_every_option_of_a_target_has_a_row_with_what_it_may_be(name: str) -> None:
    use = catalog.TARGETS[name]
    rows = option_rows(use, plain(use, use.defaults))
    assert {row.name for row in rows} == use.options | {NEW_VARIABLE}
    assert all(row.allowed and row.about for row in rows)
    assert all(row.value == row.default for row in rows)
    assert typed_options(rows, {}) == ""


@pytest.mark.parametrize(
    "text", ["", "workers=4", "workers=4:threads=16", "workers=2:env.A=b:env.C=http://d"]
)
def test_what_is_not_touched_stays(text: str) -> None:
    typed = typed_options(option_rows(WSGI, now(text)), {})
    assert parse_options(WSGI, split_options(typed, WSGI.name) if typed else {}) == parse_options(
        WSGI, split_options(text, WSGI.name) if text else {}
    )


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ("", {"workers": " 4 "}, "workers=4"),
        ("workers=4", {"workers": "1"}, ""),
        ("workers=4", {"workers": ""}, ""),
        ("workers=4", {"threads": "16"}, "workers=4:threads=16"),
        ("", {"server": "workers=4"}, "workers=4"),
        ("", {"server": "worker=4"}, "worker=4"),
        ("", {NEW_VARIABLE: "A=b=c"}, "env.A=b=c"),
        ("", {NEW_VARIABLE: "env.A=b"}, "env.A=b"),
        ("env.A=b", {"env.A": "c=d"}, "env.A=c=d"),
        ("env.A=b", {"env.A": ""}, ""),
    ],
)
def test_what_is_typed_counts(before: str, typed: dict[str, str], after: str) -> None:
    assert typed_options(option_rows(WSGI, now(before)), typed) == after


def test_words_follow_each_other() -> None:
    (server,) = (row for row in option_rows(WSGI, now()) if row.name == "server")
    seen = [server.value]
    for _ in server.words:
        seen.append(next_word(server, seen[-1]))
    assert set(seen) == set(server.words)
    assert seen[0] == seen[-1]
    assert next_word(server, "nonsense") == server.words[0]


def test_a_row_shows_what_was_typed() -> None:
    (workers,) = (row for row in option_rows(WSGI, now()) if row.name == "workers")
    assert [cell.strip() for cell in row_cells(workers, "12")] == ["workers", "12", "1…64"]
    assert row_cells(workers, "")[1].strip() == "·"
    assert words(WSGI, WSGI.defaults) == ""
