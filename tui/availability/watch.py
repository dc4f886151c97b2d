"""Why commands over a recorded session do not work. Pure."""

from tui.availability.now import Now


def no_event(now: Now) -> str:
    """It jumps to an event."""
    if now.playback is None or now.playback.state.marks:
        return ""
    return "no event was found yet" if now.playback.state.loaded < 1 else "nothing happened in this session"


def no_speed(now: Now) -> str:
    """It plays at a speed."""
    playback = now.playback
    is_live = playback is not None and playback.player.follows and not playback.is_over
    return "it is followed live: jump back first" if is_live else ""
