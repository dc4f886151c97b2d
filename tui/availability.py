"""What each command needs, and why a command does not work in the current state of the session. Pure.

A command that does not work now is not in the footer or the palette; its key shows the reason.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from engine.metrics.snapshot import Snapshot, TargetSnapshot
from engine.plan.faults import KINDS, Fault, check_fault
from engine.plan.rounds import OF_ROUNDS
from engine.plan.targets import MAX_TARGETS
from engine.recording.listing import ListedSession
from targets import catalog
from targets.errors import UsageError
from tui.session_api import Playback
from tui.views.rows import plain

Phase = Literal["lobby", "starting", "running", "stopping", "ended"]

REASONS: dict[Phase, str] = {
    "lobby": "no session is running",
    "starting": "the targets are still starting",
    "running": "the session is running",
    "stopping": "the session is stopping",
    "ended": "the session has ended",
}
"""Why a command of other phases does not work in this phase."""

MOVING = ("starting", "stopping")


@dataclass(frozen=True, slots=True)
class Now:
    """The state that commands depend on."""

    phase: Phase = "lobby"
    selected: TargetSnapshot | None = None
    controlled: tuple[TargetSnapshot, ...] = ()
    """The targets that the keys control."""
    targets: tuple[TargetSnapshot, ...] = ()
    workload: str = ""
    is_solo: bool = False
    is_of_rounds: bool = False
    """Targets are compared round by round: nothing may change meanwhile."""
    schedule: str = "race"
    model: str = "closed"
    in_duel: bool = False
    """Whether a duel has interrupted the race."""
    why_no_duel: str = ""
    """Why this machine cannot hold a duel."""
    linked: bool = True
    frozen: bool = False
    window_s: float = 10.0
    """The length of the live window."""
    pane: str = ""
    """In the lobby the focused part: `presets`, `targets`, `search`."""
    playback: Playback | None = None
    """Where a recorded session is watched; None for one of this process."""
    compared: tuple[int, int] = (0, 0)
    """How many pairs of targets a comparison has, and how many levels the selected pair."""
    listed: ListedSession | None = None
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

    @property
    def paused(self) -> bool:
        """Whether all targets that the keys control are paused."""
        return bool(self.controlled) and all(target.load.paused for target in self.controlled)

    @property
    def manual(self) -> bool:
        """Whether any target that the keys control is controlled manually."""
        return any(target.load.manual for target in self.controlled)


def now_of(
    snapshot: Snapshot | None, selected: str, *, frozen: bool = False, playback: Playback | None = None
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
        is_solo=snapshot.schedule == "solo",
        is_of_rounds=snapshot.schedule in OF_ROUNDS,
        schedule=snapshot.schedule,
        model=snapshot.model,
        in_duel=snapshot.duel is not None and snapshot.duel.in_race,
        why_no_duel=snapshot.why_no_duel,
        linked=snapshot.linked,
        frozen=frozen,
        window_s=snapshot.window_asked_s,
        playback=playback,
        profiles=len(snapshot.profiles),
        is_sampled=snapshot.sampling is not None,
    )


Refusal = Callable[[Now], str]
"""Why a command does not work now, in a few words; empty if it does."""


def nothing(_: Now) -> str:
    """No condition."""
    return ""


def no_target(now: Now) -> str:
    """It needs a selected target."""
    return "" if now.selected else "no target is selected"


def in_turns(now: Now) -> str:
    """It changes load or targets."""
    if now.schedule == "capacity" and now.phase == "running":
        return "nothing may change during the search: esc ends it"
    return "nothing may change between rounds" if now.is_of_rounds and now.phase == "running" else ""


def no_charts(now: Now) -> str:
    """It changes what charts or lanes show."""
    return "a search for capacity has one chart, of its trials" if now.schedule == "capacity" else ""


def not_removable(now: Now) -> str:
    """It removes the selected target."""
    return in_turns(now) or no_target(now)


def no_load(now: Now) -> str:
    """It needs a controlled target that takes load, and no duel that decides it."""
    if why := in_turns(now):
        return why
    if now.in_duel:
        return "a duel controls the load now: v ends it"
    taking = [target for target in now.controlled if target.takes_load]
    if not taking:
        if len(now.controlled) == 1:
            return f"{plain(now.controlled[0].label)} takes no load now"
        return "no target can take load now"
    if now.is_solo and now.linked and not any(each.turn == "on" or each.load.manual for each in taking):
        return "it is no target's turn now"
    return ""


def no_duel(now: Now) -> str:
    """It turns a race into a duel, or ends one."""
    if now.in_duel:
        return ""
    if now.schedule == "duel":
        return "this is a duel already: esc ends it"
    taking = [target for target in now.targets if target.takes_load]
    attached = [plain(target.label) for target in taking if target.runtime == "attached"]
    reasons = {
        f"a race can become a duel, and this is a schedule of {now.schedule}": now.schedule != "race",
        "a duel needs users who wait for answers, not arrivals": now.model == "open",
        "a duel needs two targets that take load": len(taking) < 2,
        f"abreast did not start {', '.join(attached)}, and cannot choose its cores": bool(attached),
        now.why_no_duel: bool(now.why_no_duel),
        "load is paused: space resumes it": any(target.load.paused for target in taking),
        "targets are being sampled: wait for the profile": now.is_sampled,
    }
    return next((why for why, applies in reasons.items() if applies), "") or _lasting_fault(now)


def not_delayed(now: Now) -> str:
    """It needs a workload that waits for something."""
    if now.workload not in ("slow-model", "upstream"):
        return "only the workloads slow-model and upstream wait for something"
    if all(target.runtime == "attached" for target in now.targets):
        return "abreast cannot control what attached targets wait for"
    return no_load(now) or _lasting_fault(now)


def no_other_workload(now: Now) -> str:
    """It needs targets that serve several workloads."""
    others = [target.label for target in now.targets if not _is_in_catalogue(target)]
    if others:
        return f"{', '.join(map(plain, others))}: only catalogue targets serve other workloads"
    return no_load(now) or _lasting_fault(now)


def no_room(now: Now) -> str:
    """It adds a target."""
    return in_turns(now) or (
        ""
        if len(now.targets) < MAX_TARGETS
        else f"a session has at most {MAX_TARGETS} targets: remove one first"
    )


def no_options(now: Now) -> str:
    """It restarts the selected target with other options."""
    if why := in_turns(now):
        return why
    if (target := now.selected) is None:
        return no_target(now)
    if target.runtime != "attached" and not _is_in_catalogue(target):
        return f"{plain(target.label)} is defined in the plan: change its command or env there"
    return not_ours(now)


def not_ours(now: Now) -> str:
    """It starts or stops the selected target."""
    if why := in_turns(now):
        return why
    if (target := now.selected) is None:
        return no_target(now)
    if target.runtime == "attached":
        return f"abreast did not start {plain(target.label)}: do this where it was started"
    return f"{plain(target.label)} is {target.state}" if target.state in MOVING else ""


def not_killed(now: Now) -> str:
    """It ends the selected target at once."""
    if why := not_ours(now):
        return why
    assert now.selected is not None
    return "" if now.selected.state == "ready" else f"{plain(now.selected.label)} is {now.selected.state}"


def no_fault(now: Now) -> str:
    """It injects a fault into the selected target or what all depend on, or undoes one."""
    if why := in_turns(now):
        return why
    if (target := now.selected) is None:
        return no_target(now)
    if target.faults or any(can_inject(Fault(kind), target, now.workload) for kind in KINDS):
        return ""
    return not_ours(now) or f"{plain(target.label)} is {target.state}"


def can_inject(fault: Fault, target: TargetSnapshot, workload: str) -> bool:
    """Whether a fault can be injected into a target in its current state."""
    if not fault.traits.is_shared and target.state != "ready":
        return False
    with suppress(UsageError):
        check_fault(fault, target=target.name, runtime=target.runtime, workload=workload)
        return True
    return False


def not_sampled(now: Now) -> str:
    """It samples targets."""
    if why := in_turns(now):
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


def no_other_pair(now: Now) -> str:
    """It selects another pair of targets."""
    return "" if now.compared[0] > 1 else "only one pair of targets is compared"


def no_other_level(now: Now) -> str:
    """It selects another level."""
    return "" if now.compared[1] > 1 else "there is only one level to compare"


def in_search(now: Now) -> str:
    """It needs the focus outside the search, where a letter is text."""
    return "letters go to the search: esc leaves it" if now.pane == "search" else ""


def no_preset(now: Now) -> str:
    """It needs a preset that can be started."""
    return in_search(now) or ("" if now.is_usable else "choose a preset that can be started")


def no_offered_database(now: Now) -> str:
    """It uses the database server that the preset was published with."""
    if why := no_preset(now):
        return why
    if not now.offered_database:
        return "this preset keeps no rows in files that its source kept on a server"
    if now.docker_answers is None:
        return "looking for a Docker Engine"
    return "" if now.docker_answers else "no Docker Engine answers; a server of yours: --database URL"


def not_in_targets(now: Now) -> str:
    """It needs the focus on the targets."""
    return no_preset(now) or ("" if now.pane == "targets" else "press tab to go to the targets first")


def no_listed(now: Now) -> str:
    """It needs a session under the cursor."""
    return in_search(now) or ("" if now.listed else "no session is selected")


def not_readable(now: Now) -> str:
    """It reads the session under the cursor."""
    if why := no_listed(now):
        return why
    assert now.listed is not None
    if now.listed.recorded.is_readable:
        return ""
    return plain(now.listed.recorded.trouble) or "nothing was recorded"


def not_two(now: Now) -> str:
    """It compares two sessions: the marked ones, or the one under the cursor with the marked one."""
    if why := in_search(now):
        return why
    if not now.marked:
        return "mark a session first: space"
    is_other = now.listed is not None and now.listed.key not in now.marked
    return "" if len(now.marked) > 1 or is_other else "mark or select a second session"


def not_deletable(now: Now) -> str:
    """It deletes the session under the cursor."""
    if why := no_listed(now):
        return why
    return "it is running" if now.listed and now.listed.is_running else ""


def not_undoable(now: Now) -> str:
    """It brings back what was deleted from the list."""
    return in_search(now) or ("" if now.can_undo else "nothing was deleted here; see: abreast sessions undo")


def not_in_search(now: Now) -> str:
    """It needs the focus on the search."""
    return "" if now.pane == "search" else "the search is not active"


def _is_in_catalogue(target: TargetSnapshot) -> bool:
    return target.runtime != "attached" and target.name.partition("#")[0] in catalog.TARGETS


def _lasting_fault(now: Now) -> str:
    lasting = sorted({fault for target in now.targets for fault in target.faults})
    return f"{', '.join(lasting)} is active: undo it first" if lasting else ""
