"""Which part of a log is shown."""

from tui.views.log_view import LogView

LOG = LogView(("a", "error 1", "b", "error 2", "c"))


def test_a_log_follows_until_it_is_scrolled_and_again_at_its_end() -> None:
    assert LOG.text == "follows"
    up = LOG.scrolled(-2)
    assert (up.shown_last, up.text) == (2, "line 3 of 5")
    assert up.with_lines((*LOG.lines, "d")).shown_last == 2
    assert LOG.with_lines((*LOG.lines, "d")).shown_last == 5
    assert up.scrolled(-99).shown_last == 0
    assert up.scrolled(99).last is None
    assert LogView().scrolled(-1).shown_last == -1
    assert LogView().text == ""


def test_the_same_line_stays_while_others_are_left_out() -> None:
    up = LOG.scrolled(-1).with_lines(("error 1", "b", "error 2", "c", "d"), dropped=1)
    assert up.lines[up.shown_last] == "error 2"
    later = up.with_lines(("error 2", "c", "d", "e", "f"), dropped=3)
    assert later.lines[later.shown_last] == "error 2"
    gone = later.with_lines(("d", "e", "f", "g", "h"), dropped=5)
    assert gone.shown_last == 0
    assert LOG.with_lines(("b", "c"), dropped=2).last is None, "it follows"


def test_a_search_begins_at_the_newest_line_and_goes_around() -> None:
    found = LOG.searched("ERROR")
    assert (found.shown_last, found.text) == (3, "“ERROR”: 2 of 2 lines · line 4 of 5")
    assert found.next_match().shown_last == 1
    assert found.previous_match().shown_last == 1
    assert found.previous_match().previous_match().shown_last == 3
    assert found.previous_match().text.startswith("“ERROR”: 1 of 2 lines")


def test_what_is_not_found_moves_nothing() -> None:
    nothing = LOG.scrolled(-3).searched("nothing")
    assert nothing.shown_last == 1
    assert nothing.next_match() == nothing.previous_match() == nothing
    assert nothing.text.startswith("“nothing”: not found")
    assert LogView(search="x").searched("[b]\x1b").text == "“[b]�”: not found"
