"""The profile that a plan asks for: how long, and when. Pure."""

from targets.errors import UsageError

MOST_S = 60
"""A profile takes at most so many seconds, none of which a summary includes."""


def default_start_s(profile_s: float) -> float:
    """When a profile begins if the plan does not say, in seconds after warm-up: as many seconds come before
    it as it takes, so that its cost can be measured."""
    return profile_s


def check_profile(profile_s: float | None, at_s: float | None, *, stages_s: float) -> None:
    """Raises UsageError for a profile that cannot be made."""
    if profile_s is None:
        if at_s is not None:
            raise UsageError(
                "profile_at needs a profile", hint='say how long it takes: profile = "5 s" (--profile 5s)'
            )
        return
    if not 1 <= profile_s <= MOST_S or profile_s != round(profile_s):
        raise UsageError(
            f"a profile cannot take {profile_s:g} s",
            why=f"it takes a whole number of seconds, from 1 to {MOST_S}",
            hint="for example 5 s",
        )
    starts_s = default_start_s(profile_s) if at_s is None else at_s
    if starts_s + profile_s > stages_s:
        raise UsageError(
            f"a profile of {profile_s:g} s does not fit",
            why=f"it begins {starts_s:g} s after warm-up, and the stages last {stages_s:g} s",
            hint="begin it earlier (profile_at, --profile-at), make it shorter, or make the stages longer",
        )
