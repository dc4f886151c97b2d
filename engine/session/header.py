"""How a session's records begin: its id, what was requested, and on which machine."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.hosting import database_choice
from engine.hosting.revisions import Source
from engine.machine import environment
from engine.machine.ceiling import Ceiling
from engine.machine.environment import CorePlan
from engine.machine.git_state import git_state
from engine.machine.shared_core import why_no_duel
from engine.metrics.records import SCHEMA, Header
from engine.plan.levels import planned_of
from engine.plan.plan import Plan
from engine.session import noise_floor_file
from targets.requirements import packages


def new_id(preset: str) -> str:
    """A new session id: the time, the preset, and four hex digits so that two from the same second differ."""
    word = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in preset)[:40]
    return f"{datetime.now():%Y%m%d-%H%M%S}-{word}-{secrets.token_hex(2)}"  # noqa: DTZ005  people read local time


def now_text() -> str:
    """The current time as records store it: ISO 8601, with the offset from UTC."""
    return datetime.now(UTC).astimezone().isoformat(timespec="milliseconds")


def command_line() -> tuple[str, ...]:
    """The command that started this process, without the program's path; file names that are not UTF-8 with
    replacement characters."""
    return ("abreast", *(os.fsencode(word).decode(errors="replace") for word in sys.argv[1:]))


def header_of(
    plan: Plan,
    session_id: str,
    *,
    cores: CorePlan,
    ceiling: Ceiling | None,
    open_ended: bool,
    sources: Mapping[str, Source],
    nodes: Sequence[Mapping[str, Any]] = (),
) -> Header:
    """The first record; `sources` are those of targets that name a revision, `nodes` those of a cluster that
    load workers run on. Raises UsageError if the plan's
    database is invalid or lacks drivers."""
    taking_part = {name for choice in plan.targets for name in packages(choice.target, choice.options)}
    masker = plan.masker()
    return Header(
        schema=SCHEMA,
        id=session_id,
        started_at=now_text(),
        plan=plan.model_dump(mode="json"),
        environment=environment.describe(taking_part)
        | {
            "cores": cores.text,
            "target_cores": len(cores.targets) or None,
            "why_no_duel": why_no_duel(cores),
            "load_workers": plan.load_worker_count,
            "database": database_choice.shown(plan),
            "sources": sources_of(plan, sources),
        }
        | ({"nodes": [dict(node) for node in nodes]} if nodes else {}),
        command_line=command_line(),
        think_time=str(plan.pace_of(plan.workload)),
        think_time_mean_s=plan.pace_of(plan.workload).mean_s,
        warm_up_s=plan.warm_up_s,
        length_s=None if open_ended else plan.length_s,
        contended=len(plan.targets) > 1 and plan.schedule in ("race", "duel"),
        ceiling_rps=ceiling.most(plan.load_worker_count) if ceiling else None,
        noise_floor=noise_floor_file.load(),
        planned=()
        if plan.capacity
        else tuple(replace(stage, say=masker.text(stage.say)) for stage in planned_of(plan)),
    )


def sources_of(plan: Plan, sources: Mapping[str, Source]) -> list[dict[str, Any]]:
    """The git revisions of custom targets that abreast starts and whose folder is in a repository; of those
    that name a revision, what it is."""
    taking_part = {choice.use for choice in plan.targets}
    folders = {
        custom.name: Path(plan.folder or ".", custom.cwd)
        for custom in plan.target
        if custom.command and custom.name in taking_part
    }
    found = {name: source.recorded() for name, source in sources.items() if source.commit}
    states = {name: git_state(folder) for name, folder in folders.items() if name not in sources}
    found |= {name: {"target": name, **state} for name, state in states.items() if state}
    return [found[name] for name in folders if name in found]
