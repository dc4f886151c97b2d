"""What each command needs, and why a command does not work in the current state of the session. Pure.

A command that does not work now is not in the footer or the palette; its key shows the reason. There is a
module for each table of `tui.commands`, with a function for each condition of its own: it says why not, in a
few words, or returns an empty text.
"""

from collections.abc import Callable

from tui.availability.now import REASONS, ChartsShown, Now, Phase, now_of

__all__ = ["REASONS", "ChartsShown", "Now", "Phase", "Refusal", "busy", "nothing", "now_of"]

Refusal = Callable[[Now], str]
"""Why a command does not work now, in a few words; empty if it does."""


def nothing(_: Now) -> str:
    """No condition."""
    return ""


def busy(now: Now) -> str:
    """It stops abreast for a while."""
    return "load and targets would go on without you: end the session first" if now.is_busy else ""
