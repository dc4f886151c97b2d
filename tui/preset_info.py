"""A preset, or a plan's file, as the lobby shows it."""

from collections.abc import Iterator

import presets
from engine.hosting.database_choice import published_kind
from engine.metrics import formatting
from engine.metrics.load_unit import load_unit
from engine.plan.fault_schedule import by_name_of_target
from engine.plan.labels import labels_of
from engine.plan.plan import GAP_S, Plan
from targets.errors import AbreastError
from tui.session_api import PlannedEvent, PresetInfo, TargetRow


def preset_info(name: str) -> PresetInfo:
    """A preset by its name, or a plan by its file's; with the reason if it cannot be used."""
    try:
        return plan_info(presets.load(name), name)
    except AbreastError as error:
        return PresetInfo(name, error=str(error))


def plan_info(plan: Plan, name: str) -> PresetInfo:
    """A plan that is chosen by this name."""
    labels = labels_of(plan.targets, plan.runtime)
    return PresetInfo(
        name=name,
        title=plan.title,
        question=plan.question,
        source=plan.source,
        targets=tuple(
            TargetRow(
                choice.text,
                choice.name,
                labels[choice.name],
                choice.target.server(choice.public_options),
                choice.target.about,
            )
            for choice in plan.targets
        ),
        stages=plan.shape,
        turns=plan.turns,
        gap_s=GAP_S if plan.turns > 1 else 0.0,
        course=tuple(_course(plan)),
        faults=tuple(_faults(plan, labels)),
        model=plan.model,
        workload=plan.workload,
        length_s=plan.length_s,
        schedule=plan.schedule,
        think_time=str(plan.pace_of(plan.workload)),
        runtime=plan.runtime,
        published_database=published_kind(plan),
    )


def _course(plan: Plan) -> Iterator[PlannedEvent]:
    """Warm-up and stages."""
    thing = load_unit(is_open=plan.model == "open")
    at_s = plan.warm_up_s
    if at_s:
        yield PlannedEvent(0.0, "warm-up" if plan.warm_up != "auto" else "warm-up (auto), at most")
    level = 0
    for step in plan.steps:
        level = next((each for each in (step.end, step.level) if each is not None), level)
        lasts = formatting.stretch(step.seconds)
        if step.end is not None:
            text = f"ramp to {level} {thing} over {lasts}"
        else:
            text = f"hold {level} {thing} for {lasts}" if level else f"no load for {lasts}"
        yield PlannedEvent(at_s, text, say=step.say)
        at_s += step.seconds


def _faults(plan: Plan, labels: dict[str, str]) -> Iterator[PlannedEvent]:
    """Faults by time; those that name their target by its name get its label."""
    for spec in sorted(by_name_of_target(plan.fault, labels), key=lambda each: each.at):
        yield PlannedEvent(plan.warm_up_s + spec.at, str(spec.fault), labels.get(spec.target, spec.target))
