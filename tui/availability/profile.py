"""Why commands that make or show profiles do not work. Pure."""

from tui.availability.live import no_changes
from tui.availability.now import Now


def not_sampled(now: Now) -> str:
    """It samples targets."""
    if why := no_changes(now):
        return why
    if now.is_sampled:
        return "targets are being sampled"
    return "" if any(target.state == "ready" for target in now.targets) else "no target is ready"


def cannot_sample(now: Now) -> str:
    """It samples targets from the screen of profiles."""
    return not_sampled(now) if now.profile_s else "a recorded session is only shown"


def not_profiled(now: Now) -> str:
    """It shows profiles, and samples targets while the session runs."""
    if now.profiles or now.is_sampled:
        return ""
    if now.phase == "running" and now.playback is None:
        return not_sampled(now)
    return "no target was profiled: y while it runs, or --profile 5s"


def no_profile(now: Now) -> str:
    """It shows a profile."""
    return "" if now.profiles else "there is no profile yet"


def no_other_profile(now: Now) -> str:
    """It shows another profile."""
    return no_profile(now) or ("" if now.profiles > 1 else "there is only one profile")


def no_other_profiled(now: Now) -> str:
    """It begins with another target of the profile."""
    return no_profile(now) or ("" if now.sampled > 1 else "only one target was profiled")
