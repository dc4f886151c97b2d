"""Why commands on the page of one target do not work."""

from dataclasses import replace

from tests.support.fakes import snapshot, with_target
from tui.availability import now_of
from tui.commands.focus import FOCUS, FOCUS_LIVE, SECTIONS, next_section

NOW = now_of(snapshot(), "fastapi")
IN_SEARCH = "letters go to the search: esc leaves it"


def test_a_match_needs_a_search_that_found_something() -> None:
    why = {command.id: command.why_not(NOW) for command in FOCUS}
    assert why["next_match"] == why["previous_match"] == "nothing in the log is found: / searches it"
    found = NOW.with_focus(pane="log", found=3)
    assert all(not command.why_not(found) for command in FOCUS)


def test_where_letters_are_searched_for_only_what_is_no_letter_works() -> None:
    now = NOW.with_focus(pane="search", found=3)
    working = {command.id for command in FOCUS_LIVE if not command.why_not(now)}
    assert working == {"leave", "suspend"}
    assert {command.why_not(now) for command in FOCUS_LIVE if command.id not in working} == {IN_SEARCH}


def test_one_target_has_no_neighbour() -> None:
    alone = now_of(snapshot(targets=1), "fastapi")
    (following,) = [command for command in FOCUS if command.id == "next_target"]
    assert following.why_not(alone) == "there is only one target"


def test_what_cannot_work_on_an_attached_target_is_not_offered_and_says_why() -> None:
    attached = now_of(with_target(snapshot(), "fastapi", runtime="attached"), "fastapi")
    why = {command.id: command.why_not(attached) for command in FOCUS_LIVE}
    for name in ("kill", "restart", "fault", "set_options"):
        assert why[name] == "abreast did not start fastapi: do this where it was started"
    assert all(not why[command.id] for command in FOCUS if "match" not in command.id)
    assert {command.id for command in FOCUS_LIVE if not command.why_not(NOW)} >= {"kill", "restart"}
    assert not {"kill", "restart"} & {command.id for command in FOCUS}


def test_sections_follow_each_other() -> None:
    shown = [SECTIONS[0]]
    for _ in SECTIONS:
        shown.append(next_section(shown[-1]))
    assert shown == [*SECTIONS, SECTIONS[0]]
    assert next_section("search") == SECTIONS[0]
    assert replace(NOW, pane="log").pane in SECTIONS
