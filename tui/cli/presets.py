"""`abreast presets`: lists the presets, shows one, copies one out, prints the schema. Imports lazily."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from targets.errors import UsageError
from targets.plain_text import hanging, one_line
from tui.cli.console import can_draw, out, out_document, out_json, say, width_of_output
from tui.cli.option_rules import excludes, needs
from tui.cli.parser import Commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.plan.plan import Plan, Schedule
    from engine.plan.published import Reported

EXAMPLES = """examples:
  abreast presets crud-concurrency        what it asks, runs and reports
  abreast presets hello --copy mine.toml  a copy to edit
  abreast presets --schema > abreast-plan.schema.json"""

SHAPE_ROWS = 10


def add_command(commands: Commands) -> None:
    """Adds `presets`."""
    command = commands.add_parser(
        "presets", help="list the presets, show one, or copy one out", epilog=EXAMPLES
    )
    command.add_argument("name", nargs="?", metavar="NAME", help="show this preset whole")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "--copy", metavar="FILE", help="write the preset as a plan to edit, and the schema of plans beside it"
    )
    command.add_argument("--force", action="store_true", help="with --copy: replace the file if it exists")
    needs(command, "--force", lambda given: given.copy, what="a file to replace", hint="add --copy FILE")
    excludes(
        command,
        lambda given: "--copy" if given.copy else "",
        why="it writes a plan, and prints nothing",
        but=("NAME", "--force", "--schema"),
    )
    command.add_argument("--schema", action="store_true", help="print the JSON Schema of plans")
    command.set_defaults(run=presets_command)


def presets_command(arguments: argparse.Namespace) -> int:
    """`abreast presets`."""
    if arguments.schema:
        if arguments.name or arguments.copy:
            raise UsageError(
                "--schema is the same for all presets",
                hint="abreast presets --schema; abreast presets hello --copy mine.toml writes it too",
            )
        out_json(_schema())
    elif arguments.copy:
        if not arguments.name:
            raise UsageError(
                "--copy needs the name of a preset", hint="abreast presets hello --copy mine.toml"
            )
        copy(arguments.name, Path(arguments.copy), replace=arguments.force)
    elif arguments.name:
        show(arguments.name, as_json=arguments.json)
    else:
        list_presets(as_json=arguments.json)
    return 0


def list_presets(*, as_json: bool) -> None:
    """All presets, a line each."""
    import presets
    from engine.plan.labels import labels_of
    from tui.cli.lists import print_rows

    plans = [presets.load(name) for name in presets.names()]
    rows = [
        {
            "name": plan.preset,
            "title": plan.title,
            "targets": [choice.name for choice in plan.targets]
            if as_json
            else list(labels_of(plan.targets, plan.runtime).values()),
            "workload": plan.workload,
            "seconds": plan.length_s,
        }
        for plan in plans
    ]
    print_rows(rows, as_json)


def show(name: str, *, as_json: bool) -> None:
    """One preset whole: what it asks, what it runs, its load, what its source reported."""
    import presets

    plan = presets.load(name)
    if as_json:
        out_document(plan.model_dump(mode="json"))
        return
    for line in _lines(plan):
        out(hanging(line))


_ORDERS: "dict[Schedule, str]" = {
    "race": "all at once",
    "solo": "one after another",
    "turns": "in turns",
    "duel": "in a duel",
    "capacity": "in a search for capacity",
}


def _lines(plan: "Plan") -> "Iterator[str]":
    from engine.metrics import formatting
    from engine.plan.labels import labels_of

    yield f"{plan.preset}: {one_line(plan.title)}"
    yield from filter(
        None, [one_line(plan.question), f"after {one_line(plan.source)}" if plan.source else ""]
    )
    yield ""
    labels = labels_of(plan.targets, plan.runtime)
    width = max(map(len, labels.values()))
    yield "targets"
    for choice in plan.targets:
        yield f"  {labels[choice.name]:<{width}}  {choice.target.server(choice.public_options)}"
    order, think_time = _ORDERS[plan.schedule], plan.pace_of(plan.workload)
    yield ""
    yield f"workload {plan.workload} · think time {think_time} · {plan.model} model · {order}"
    yield f"takes {formatting.stretch(plan.length_s)}; each target {formatting.stretch(plan.turn_s)}"
    yield from _load_lines(plan)
    yield from _published_lines(plan)
    yield ""
    yield f"run it: abreast run {plan.preset}"
    yield f"change it: abreast presets {plan.preset} --copy mine.toml"


def _load_lines(plan: "Plan") -> "Iterator[str]":
    """The load, in words if the plan has levels, and drawn."""
    from engine.metrics import formatting
    from engine.metrics.load_unit import load_unit
    from tui.preset_info import plan_info
    from tui.views.plan_summary import shape_rows

    if plan.levels:
        unit = load_unit(is_open=plan.model == "open")
        times = f", {plan.repetitions} times" if plan.repetitions > 1 else ""
        gap = f", {formatting.stretch(plan.gap)} without load between them" if plan.gap else ""
        levels = ", ".join(map(str, plan.levels))
        yield f"levels of {levels} {unit}, {formatting.stretch(plan.hold or 0)} each{gap}{times}"
    yield ""
    mode: Literal["braille", "ascii"] = "braille" if can_draw("⣿") else "ascii"
    for row in shape_rows(plan_info(plan, plan.preset), min(width_of_output(), 100), SHAPE_ROWS, mode):
        yield "".join(span.text for span in row).rstrip()


def _published_lines(plan: "Plan") -> "Iterator[str]":
    """How the source measured, and what it reported and claims."""
    if plan.published is not None:
        yield ""
        yield "as published"
        known = plan.published.model_dump(mode="json", exclude_defaults=True)
        for name, value in known.items():
            texts = value if isinstance(value, list) else [f"{value:g} s" if name == "hold" else value]
            yield from (f"  {name.replace('_', ' ')}: {one_line(str(text))}" for text in texts)
    if plan.reported:
        figures = sum(len(each.values) + (each.average is not None) for each in plan.reported)
        yield ""
        yield f"{figures} figures as reported, which are shown beside the measured ones"
        yield from (f"  {_reported(each)}" for each in plan.reported)
    if plan.claim:
        yield ""
        yield "claims of the source"
        for claim in plan.claim:
            yield f"  {claim.id}: {one_line(claim.text)}"
            yield f"    {one_line(claim.says)}"


def _reported(of: "Reported") -> str:
    """`fastapi p95, ms: 33 at 10, 41 at 50 users; average 37`."""
    from engine.plan.quantities import UNITS

    unit = UNITS[of.metric] if of.unit is None else of.unit
    levels = ", ".join(f"{value:g} at {users}" for users, value in of.values.items())
    parts = [f"{levels} users" if levels else "", "" if of.average is None else f"average {of.average:g}"]
    where = f" ({one_line(of.where)})" if of.where else ""
    return f"{one_line(of.target)} {of.metric}, {unit or 'count'}: {'; '.join(filter(None, parts))}{where}"


def copy(name: str, path: Path, *, replace: bool) -> None:
    """Writes a preset as a plan to edit, and beside it the schema that its first line names."""
    import presets
    from engine.export.writing import write
    from engine.plan.json_schema import DIRECTIVE, FILE_NAME

    text = presets.text_of(name)
    write(path, [f"{DIRECTIVE}\n{text}".encode()], replace=replace)
    beside = path.parent / FILE_NAME
    write(beside, [_schema()], replace=True)
    say(f"written to {path}, with the schema of plans in {beside}")
    say(f"run it with: abreast run {path}")


def _schema() -> bytes:
    import orjson

    from engine.plan.json_schema import plan_schema

    return orjson.dumps(plan_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
