"""What visitors on other machines can read."""

import pytest

from tui.serve.public_text import what_happened, without_folders


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("exported to /home/kim/results/a.html", "exported to a.html"),
        ("see ~/plans/mine.toml, then go on", "see mine.toml, then go on"),
        ("GET /health: 4.2 requests/s from http://127.0.0.1:80/a/b", None),
        ("users 10/20, and/or /items", None),
    ],
)
def test_visitors_see_only_the_last_name_of_a_path(text: str, shown: str | None) -> None:
    assert without_folders(text) == (text if shown is None else shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("django did not start: it ended with code 1: KeyError: 'SECRET'", "django did not start"),
        ("the worker ended; its log is /var/lib/abreast/worker.log", "the worker ended"),
        ("port 80 is taken\n  why     /home/kim", "port 80 is taken"),
        ("the journal /home/kim/s/journal.jsonl is damaged: line 3", "the journal journal.jsonl is damaged"),
        ("status 404", "status 404"),
        ("", ""),
    ],
)
def test_visitors_see_what_happened_but_not_why(text: str, shown: str) -> None:
    assert what_happened(text) == shown
