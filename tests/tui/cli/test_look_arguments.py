"""Options of how the screen is drawn."""

import pytest

from targets.errors import UsageError
from tui.cli.arguments import parse_arguments, parser
from tui.cli.look_arguments import ON_SCREEN


@pytest.mark.parametrize(
    "words",
    [
        "--charts block --theme light run hello",
        "run --charts block hello --theme light",
        "run hello --theme light --charts block",
        "--theme light run hello --charts block",
        "--charts ascii run hello --theme light --charts block",
        "--theme light watch demo --charts block",
        "--theme light baseline list --charts block",
        "doctor --charts block --theme light",
        "--charts=block --theme=light",
    ],
)
def test_how_the_screen_is_drawn_may_stand_anywhere(words: str) -> None:
    arguments = parse_arguments(words.split())
    assert (arguments.theme, arguments.charts, arguments.signs) == ("light", "block", None)


def test_a_theme_that_does_not_exist_is_refused_everywhere() -> None:
    for words in ("--theme nosuch", "run hello --headless --theme nosuch", "sessions undo --theme nosuch"):
        with pytest.raises(UsageError, match="unknown theme 'nosuch'"):
            parse_arguments(words.split())
    assert parse_arguments(["doctor", "--theme", "nord"]).theme == "nord"


def test_charts_that_do_not_exist_are_refused_everywhere() -> None:
    for words in ("--charts dots", "run hello --charts dots"):
        with pytest.raises(UsageError, match="--charts") as caught:
            parse_arguments(words.split())
        assert "braille" in caught.value.why


def test_the_help_of_commands_with_a_screen_lists_them_and_that_of_others_does_not() -> None:
    (commands,) = (action for action in parser()._actions if action.dest == "==SUPPRESS==" and action.choices)
    assert commands.choices
    for name, command in dict(commands.choices).items():
        assert ("--theme" in command.format_help()) == (name in ON_SCREEN), name
