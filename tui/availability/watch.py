"""Why commands over a recorded session do not work. Pure."""

from engine.playback.player import SPEEDS
from tui.availability.now import Now


def no_event(now: Now) -> str:
    """It jumps to an event."""
    if now.playback is None or now.playback.state.marks:
        return ""
    return "no event was found yet" if now.playback.state.loaded < 1 else "nothing happened in this session"


def no_faster(now: Now) -> str:
    """It plays faster."""
    is_fastest = now.playback is not None and now.playback.player.speed == SPEEDS[-1]
    return no_speed(now) or ("there is no higher speed" if is_fastest else "")


def no_slower(now: Now) -> str:
    """It plays slower."""
    is_slowest = now.playback is not None and now.playback.player.speed == SPEEDS[0]
    return no_speed(now) or ("there is no lower speed" if is_slowest else "")


def no_speed(now: Now) -> str:
    """It plays at a speed."""
    playback = now.playback
    is_live = playback is not None and playback.player.follows and not playback.is_over
    return "it is followed live: jump back first" if is_live else ""
