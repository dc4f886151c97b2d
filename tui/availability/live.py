"""Why commands that steer a session do not work. Pure."""

from contextlib import suppress

from engine.metrics.target_snapshot import TargetSnapshot
from engine.plan.faults import KINDS, Fault, check_fault
from engine.plan.rounds import OF_ROUNDS
from engine.plan.targets import MAX_TARGETS
from targets import catalog
from targets.errors import UsageError
from tui.availability.now import REASONS, Now
from tui.views.rows import plain

MOVING = ("starting", "stopping")


STOPPED = "the session is stopping, and its result follows"


def no_target(now: Now) -> str:
    """It needs a selected target."""
    return "" if now.selected else "no target is selected"


def no_other_target(now: Now) -> str:
    """It selects another target."""
    if why := no_picture(now) or no_target(now):
        return why
    if now.enlarged == "events":
        return "these are the events of all targets: esc shows the other parts"
    return "" if len(now.targets) > 1 else "there is only one target"


def no_picture(now: Now) -> str:
    """It changes what is shown of the session."""
    return STOPPED if now.was_stopped else ""


def no_selection(now: Now) -> str:
    """It selects a target by its position."""
    return no_picture(now) or ("" if now.targets else "there is no target yet")


def no_light(now: Now) -> str:
    """It needs something to say of the generator."""
    return "" if now.targets else "there is nothing to judge yet"


def no_changes(now: Now) -> str:
    """It changes load or targets."""
    if now.schedule == "capacity" and now.phase == "running":
        return "nothing may change during the search: esc ends it"
    return "nothing may change between rounds" if now.schedule in OF_ROUNDS and now.phase == "running" else ""


def no_charts(now: Now) -> str:
    """It changes what charts or lanes show."""
    if now.was_stopped:
        return STOPPED
    if now.schedule == "capacity":
        return "a search for capacity has one chart, of its trials"
    if not now.targets:
        return REASONS["starting"] if now.phase == "starting" else "there is no target to show"
    return ""


def no_chart_shown(now: Now) -> str:
    """It changes how charts are drawn."""
    if (why := no_charts(now)) or now.charts.is_any:
        return why
    if now.enlarged:
        return "no chart is shown now: esc shows all parts again"
    is_card = now.phase == "ended" and now.playback is None
    return f"there is no room for charts{'' if is_card else ': z fills the screen with one'}"


def no_changing_chart(now: Now) -> str:
    """It changes what a chart shows."""
    if (why := no_chart_shown(now)) or now.charts.can_change:
        return why
    return "this chart shows what the plan chose: esc shows the other one"


def no_time_axis(now: Now) -> str:
    """It changes how much time charts show."""
    return no_chart_shown(now) or ("" if now.charts.is_over_time else "this chart has no axis of time")


def no_lines(now: Now) -> str:
    """It draws lines behind those of the session."""
    return no_chart_shown(now) or ("" if now.charts.is_of_lines else "this chart has no lines over time")


def no_latency_axis(now: Now) -> str:
    """It changes the scale of latencies."""
    return no_chart_shown(now) or ("" if now.charts.is_of_latency else "no chart of latencies is shown")


def no_link(now: Now) -> str:
    """It chooses which targets the keys of load apply to."""
    if now.schedule == "capacity":
        return "a search for capacity sets the load of all targets itself"
    return no_charts(now)


def no_window(now: Now) -> str:
    """It changes the length of the live window."""
    if now.schedule == "capacity":
        return "a search for capacity judges whole trials, not a live window"
    return no_charts(now)


def no_turns(now: Now) -> str:
    """It changes how turns one after another are drawn, which only a solo schedule has."""
    if (why := no_charts(now)) or now.schedule == "solo":
        return why or no_time_axis(now)
    return "the targets run at the same time"


def no_baseline(now: Now) -> str:
    """It takes ratios against the selected target."""
    if now.schedule == "capacity":
        return "a search for capacity shows no ratios"
    return no_picture(now) or no_target(now)


def not_removable(now: Now) -> str:
    """It removes the selected target."""
    return no_changes(now) or no_target(now)


def no_load(now: Now) -> str:
    """It needs a controlled target that takes load, and no duel that decides it."""
    if why := no_changes(now):
        return why
    if now.in_duel:
        return "a duel controls the load now: v ends it"
    taking = [target for target in now.controlled if target.takes_load]
    if not taking:
        if len(now.controlled) == 1:
            return f"{plain(now.controlled[0].label)} takes no load now"
        return "no target can take load now"
    if (
        now.schedule == "solo"
        and now.linked
        and not any(each.turn == "on" or each.load.manual for each in taking)
    ):
        return "it is no target's turn now"
    return ""


def not_manual(now: Now) -> str:
    """It hands back what was set by hand."""
    return no_load(now) or ("" if now.manual else "no load is set by hand: the plan controls it")


def no_next_stage(now: Now) -> str:
    """It moves the next stage of the load shape."""
    if why := no_load(now):
        return why
    shape = now.shape
    if shape is None:
        return "the plan has no stages"
    if shape.next_stage is None:
        if now.paused:
            return "load is paused: space resumes it"
        return "the load is set by hand: m hands it back" if now.manual else "no stage follows"
    return "the warm-up is not over" if shape.at_s < shape.warm_up_s else ""


def no_later_stage(now: Now) -> str:
    """It puts the next stage off."""
    if why := no_next_stage(now):
        return why
    follows_ramp = (
        now.shape is not None and now.shape.next_stage is not None and now.shape.next_stage.follows_ramp
    )
    return "a ramp cannot be made longer" if follows_ramp else ""


def no_duel(now: Now) -> str:
    """It turns a race into a duel, or ends one."""
    if now.in_duel:
        return ""
    if now.schedule == "duel":
        return "this is a duel already: esc ends it"
    taking = [target for target in now.targets if target.takes_load]
    attached = [plain(target.label) for target in taking if target.runtime == "attached"]
    reasons = {
        "the duel has just ended: press v again for another": now.duel_just_over,
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
    return no_changes(now) or (
        ""
        if len(now.targets) < MAX_TARGETS
        else f"a session has at most {MAX_TARGETS} targets: remove one first"
    )


def no_options(now: Now) -> str:
    """It restarts the selected target with other options."""
    if why := no_changes(now):
        return why
    if (target := now.selected) is None:
        return no_target(now)
    if target.runtime != "attached" and not _is_in_catalogue(target):
        return f"{plain(target.label)} is defined in the plan: change its command or env there"
    return not_ours(now)


def not_ours(now: Now) -> str:
    """It starts or stops the selected target."""
    if why := no_changes(now):
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
    if why := no_changes(now):
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


def _is_in_catalogue(target: TargetSnapshot) -> bool:
    return target.runtime != "attached" and target.name.partition("#")[0] in catalog.TARGETS


def _lasting_fault(now: Now) -> str:
    lasting = sorted({fault for target in now.targets for fault in target.faults})
    return f"{', '.join(lasting)} is active: undo it first" if lasting else ""
