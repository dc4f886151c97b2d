"""Why commands over the list of recorded sessions do not work."""

from dataclasses import replace

from tests.tui.views.test_session_list import SESSION, recorded
from tui.availability import Now
from tui.availability.sessions import no_listed, not_deletable, not_readable, not_two, not_undoable

SELECTED = Now(listed=SESSION)
IN_SEARCH = "letters go to the search: esc leaves it"


def test_a_command_needs_a_session_under_the_cursor() -> None:
    assert no_listed(SELECTED) == no_listed(replace(SELECTED, pane="list")) == ""
    assert no_listed(Now()) == not_readable(Now()) == not_deletable(Now()) == "no session is selected"
    assert no_listed(replace(SELECTED, pane="search")) == IN_SEARCH


def test_two_sessions_are_compared() -> None:
    assert not_two(SELECTED) == "mark a session first: space"
    assert not_two(replace(SELECTED, marked=(SESSION.key,))) == "mark or select a second session"
    assert not_two(replace(SELECTED, marked=("another",))) == ""
    assert not_two(replace(SELECTED, marked=(SESSION.key, "another"))) == ""


def test_what_cannot_be_read_is_not_watched_and_what_was_not_deleted_not_brought_back() -> None:
    damaged = recorded(trouble="its journal has no [header]\x1b")
    assert not_readable(SELECTED) == ""
    assert not_readable(Now(listed=damaged)).startswith("its journal has no [header]")
    assert "\x1b" not in not_readable(Now(listed=damaged))
    assert not_undoable(SELECTED).startswith("nothing was deleted here")
    assert not_undoable(replace(SELECTED, can_undo=True)) == ""
