"""What each command needs to work: the state of the session, and why a command does not work in it. Pure.

A command that does not work now is not offered in the footer, the palette or the help; its key says why.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from engine.metrics.snapshot import Snapshot, TargetSnapshot
from engine.plan.faults import KINDS, Fault, check_fault
from engine.plan.targets import MAX_TARGETS
from targets import catalog
from targets.errors import UsageError
from tui.views.rows import plain

Phase = Literal["lobby", "starting", "running", "stopping", "ended"]

REASONS: dict[Phase, str] = {
    "lobby": "no session runs",
    "starting": "the targets are still starting",
    "running": "the session runs",
    "stopping": "the session is stopping",
    "ended": "the session has ended",
}
"""Why a command of other phases does not work in this one."""

MOVING = ("starting", "preparing", "stopping")


@dataclass(frozen=True, slots=True)
class Now:
    """What a command may depend on."""

    phase: Phase = "lobby"
    selected: TargetSnapshot | None = None
    steered: tuple[TargetSnapshot, ...] = ()
    """The targets that the keys steer."""
    targets: tuple[TargetSnapshot, ...] = ()
    workload: str = ""
    is_solo: bool = False
    linked: bool = True
    frozen: bool = False
    window_s: float = 10.0
    """How long the live window is."""
    pane: str = ""
    """In the lobby the part that has the keys: `presets`, `targets`, `search`."""
    is_usable: bool = True
    """Whether the preset that is chosen in the lobby can be started."""

    @property
    def paused(self) -> bool:
        """Whether what the keys steer is paused."""
        return bool(self.steered) and all(target.load.paused for target in self.steered)

    @property
    def manual(self) -> bool:
        """Whether a hand steers what the keys steer."""
        return any(target.load.manual for target in self.steered)


def now_of(snapshot: Snapshot | None, selected: str, *, frozen: bool = False) -> Now:
    """What commands depend on while a session is shown; before its first snapshot it is starting."""
    if snapshot is None:
        return Now(phase="starting", frozen=frozen)
    targets = snapshot.targets
    return Now(
        phase=snapshot.phase,
        selected=next((target for target in targets if target.name == selected), None),
        steered=tuple(target for target in targets if snapshot.linked or target.name == selected),
        targets=targets,
        workload=snapshot.workload,
        is_solo=snapshot.schedule == "solo",
        linked=snapshot.linked,
        frozen=frozen,
        window_s=snapshot.window_asked_s,
    )


Refusal = Callable[[Now], str]
"""Why a command does not work now, in a few words; empty where it does."""


def nothing(_: Now) -> str:
    """Nothing stands in the way."""
    return ""


def no_target(now: Now) -> str:
    """It is about the selected target."""
    return "" if now.selected else "no target is selected"


def no_load(now: Now) -> str:
    """It is about the users of the targets that the keys steer."""
    taking = [target for target in now.steered if target.takes_load]
    if not taking:
        who = plain(now.steered[0].label) if len(now.steered) == 1 else "no target"
        return f"{who} takes {'no load' if len(now.steered) == 1 else 'load'} now"
    if now.is_solo and now.linked and not any(each.turn == "on" or each.load.manual for each in taking):
        return "no target has its turn now"
    return ""


def not_delayed(now: Now) -> str:
    """It is about what the workload waits for."""
    if now.workload not in ("slow-model", "upstream"):
        return "only the workloads slow-model and upstream wait for something"
    if all(target.runtime == "attached" for target in now.targets):
        return "attached targets wait for what abreast does not know"
    return no_load(now) or _struck(now)


def no_other_workload(now: Now) -> str:
    """It is about what all targets are asked for."""
    others = [target.label for target in now.targets if not _is_of_catalogue(target)]
    if others:
        return f"{', '.join(map(plain, others))}: only targets of the catalogue serve other workloads"
    return no_load(now) or _struck(now)


def no_room(now: Now) -> str:
    """It brings one target more."""
    return "" if len(now.targets) < MAX_TARGETS else f"{MAX_TARGETS} targets are the most: remove one first"


def no_options(now: Now) -> str:
    """It restarts the selected target with other options."""
    if (target := now.selected) is None:
        return no_target(now)
    if target.runtime != "attached" and not _is_of_catalogue(target):
        return f"{plain(target.label)} is the plan's own: change its command or env there"
    return not_ours(now)


def not_ours(now: Now) -> str:
    """It starts or stops the selected target."""
    if (target := now.selected) is None:
        return no_target(now)
    if target.runtime == "attached":
        return f"abreast did not start {plain(target.label)}: do it where it was started"
    return f"{plain(target.label)} is {target.state}" if target.state in MOVING else ""


def not_killed(now: Now) -> str:
    """It ends the selected target at once."""
    if why := not_ours(now):
        return why
    assert now.selected is not None
    return "" if now.selected.state == "ready" else f"{plain(now.selected.label)} is {now.selected.state}"


def no_fault(now: Now) -> str:
    """It strikes the selected target, or what all lean on, or undoes that."""
    if (target := now.selected) is None:
        return no_target(now)
    if target.faults or any(can_strike(Fault(kind), target, now.workload) for kind in KINDS):
        return ""
    return not_ours(now) or f"{plain(target.label)} is {target.state}"


def can_strike(fault: Fault, target: TargetSnapshot, workload: str) -> bool:
    """Whether a fault can strike a target as it is."""
    if not fault.traits.is_shared and target.state != "ready":
        return False
    with suppress(UsageError):
        check_fault(fault, target=target.name, runtime=target.runtime, workload=workload)
        return True
    return False


def in_search(now: Now) -> str:
    """A letter that is typed in the search is part of it."""
    return "the search takes the letters: esc leaves it" if now.pane == "search" else ""


def no_preset(now: Now) -> str:
    """It changes how the chosen preset is run."""
    return in_search(now) or ("" if now.is_usable else "no preset is chosen that can be started")


def not_in_targets(now: Now) -> str:
    """It checks the target that the cursor is on."""
    return no_preset(now) or ("" if now.pane == "targets" else "tab goes to the targets first")


def not_in_search(now: Now) -> str:
    """It leaves the search."""
    return "" if now.pane == "search" else "nothing is searched"


def _is_of_catalogue(target: TargetSnapshot) -> bool:
    return target.runtime != "attached" and target.name.partition("#")[0] in catalog.TARGETS


def _struck(now: Now) -> str:
    lasting = sorted({fault for target in now.targets for fault in target.faults})
    return f"{', '.join(lasting)} lasts: undo it first" if lasting else ""
