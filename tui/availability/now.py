"""The state that commands depend on. Pure."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tui.session_api import Playback

if TYPE_CHECKING:
    from engine.metrics.snapshot import ShapePosition, Snapshot
    from engine.metrics.target_snapshot import TargetSnapshot
    from engine.recording.listing import ListedSession

Phase = Literal["lobby", "starting", "running", "stopping", "ended"]

REASONS: dict[Phase, str] = {
    "lobby": "no session is running",
    "starting": "the targets are still starting",
    "running": "the session is running",
    "stopping": "the session is stopping",
    "ended": "the session has ended",
}
"""Why a command of other phases does not work in this phase."""


@dataclass(frozen=True, slots=True)
class ChartsShown:
    """What is on the screen of a session's charts."""

    is_any: bool = True
    can_change: bool = True
    """One of them can show another metric or shape."""
    is_over_time: bool = True
    """One has an axis of time."""
    is_of_lines: bool = True
    """One draws a metric over time, behind which there can be that of another session."""
    is_of_latency: bool = True
    """One has an axis of latencies."""


@dataclass(frozen=True, slots=True)
class Now:
    """The state that commands depend on."""

    phase: Phase = "lobby"
    selected: "TargetSnapshot | None" = None
    controlled: "tuple[TargetSnapshot, ...]" = ()
    """The targets that the keys control."""
    targets: "tuple[TargetSnapshot, ...]" = ()
    workload: str = ""
    schedule: str = "race"
    model: str = "closed"
    in_duel: bool = False
    """Whether a duel has interrupted the race."""
    duel_just_over: bool = False
    """Whether a duel has ended a moment ago: who meant to end it must not begin another."""
    why_no_duel: str = ""
    """Why this machine cannot hold a duel."""
    linked: bool = True
    frozen: bool = False
    window_s: float = 10.0
    """The length of the live window."""
    enlarged: str = ""
    """The part that fills the screen; empty: none."""
    shape: "ShapePosition | None" = None
    """The load shape, and where in it the session is; None where the plan has no stages."""
    pane: str = ""
    """The focused part of a page: in the lobby `presets`, `targets`, `search`."""
    search: str = ""
    """In the lobby what is searched for."""
    playback: Playback | None = None
    """Where a recorded session is watched; None for one of this process."""
    compared: tuple[int, int] = (0, 0)
    """How many pairs of targets a comparison has, and how many levels the selected pair."""
    has_answers: bool = False
    """Whether a comparison has verdicts, a capacity, profiles or hints to show."""
    listed: "ListedSession | None" = None
    """The session under the cursor of a list of recorded sessions."""
    marked: tuple[str, ...] = ()
    """The sessions of that list that are marked to be compared."""
    order: str = "date"
    """The order of that list."""
    can_undo: bool = False
    """Whether a session was deleted from that list."""
    is_usable: bool = True
    """Whether the preset chosen in the lobby can be started."""
    offered_database: str = ""
    """The kind of database server that the preset chosen in the lobby was published with, if it keeps its
    rows in files."""
    docker_answers: bool | None = None
    """Whether a Docker Engine answers; None before that is known."""
    found: int = 0
    """How many lines of the shown log contain what is searched for."""
    is_busy: bool = False
    """Whether a session of this process runs, or has not stopped completely."""
    was_stopped: bool = False
    """Whether the session was stopped here: its end is waited for, and nothing else of it is shown."""
    charts: ChartsShown = ChartsShown()
    """Which charts of a session are on the screen."""
    has_charts: bool = True
    """Whether the terminal has room for a comparison's chart."""
    chart_span: str = ""
    """How much time the charts show, in words."""
    is_zoomed: bool = False
    """Whether the charts show a stretch of time that was chosen with the mouse."""
    is_log: bool = False
    """Whether latencies have a logarithmic axis."""
    has_ghost: bool = False
    """Whether an earlier session is drawn behind this one."""
    profiles: int = 0
    """How many profiles were made."""
    is_sampled: bool = False
    """Whether a profile is being made."""
    sampled: int = 0
    """How many targets the shown profile has."""
    profile_s: int = 0
    """How long the next profile takes; 0 if none can be made here."""

    def with_profile(self, *, seconds: int, sampled: int, pane: str) -> "Now":
        """The state over profiles: how long the next one takes, how many targets the shown one has, and
        which view of it is shown."""
        return replace(self, profile_s=seconds, sampled=sampled, pane=pane)

    def with_focus(self, *, pane: str, found: int) -> "Now":
        """The state over one target: its current part, and how much of its log was found."""
        return replace(self, pane=pane, found=found)

    @property
    def paused(self) -> bool:
        """Whether all targets that the keys control are paused."""
        return bool(self.controlled) and all(target.load.paused for target in self.controlled)

    @property
    def manual(self) -> bool:
        """Whether any target that the keys control is controlled manually."""
        return any(target.load.manual for target in self.controlled)


def now_of(
    snapshot: "Snapshot | None", selected: str, *, frozen: bool = False, playback: Playback | None = None
) -> Now:
    """The state of a session; before its first snapshot it is starting."""
    if snapshot is None:
        return Now(phase="starting", frozen=frozen, playback=playback)
    targets = snapshot.targets
    return Now(
        phase=snapshot.phase,
        selected=next((target for target in targets if target.name == selected), None),
        controlled=tuple(target for target in targets if snapshot.linked or target.name == selected),
        targets=targets,
        workload=snapshot.workload,
        schedule=snapshot.schedule,
        model=snapshot.model,
        in_duel=snapshot.duel is not None and snapshot.duel.in_race,
        duel_just_over=_is_duel_just_over(snapshot),
        why_no_duel=snapshot.why_no_duel,
        linked=snapshot.linked,
        frozen=frozen,
        window_s=snapshot.window_asked_s,
        shape=snapshot.shape,
        playback=playback,
        profiles=len(snapshot.profiles),
        is_sampled=snapshot.sampling is not None,
    )


JUST_OVER_S = 3.0
"""How long after its last round a duel counts as just over."""


def _is_duel_just_over(snapshot: "Snapshot") -> bool:
    if snapshot.duel is not None or not snapshot.rounds:
        return False
    last = snapshot.rounds[-1]
    return last.pairing == "duel" and snapshot.now_s - last.to_s < JUST_OVER_S
