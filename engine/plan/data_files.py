"""Reads the data files of a plan, once, when the plan is loaded; and checks them against the rest of it."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.machine.files import read_file, size_text
from engine.plan.data_file import DataFile, DataRows
from engine.plan.data_rows import DataError
from engine.plan.errors import place_of
from engine.protocol.rows import Table
from targets.errors import UsageError, reason_of
from targets.secrets import Masked

if TYPE_CHECKING:
    from engine.plan.plan import Plan

MAX_BYTES = 64 * 1024 * 1024
"""Of all data files of a plan together."""

_USED = re.compile(r"(?<!\{)\{data\.(?P<name>\w+)\.(?P<column>[^{}|:]+)(?:\|number)?\}", re.ASCII)


def read_data(plan: "Plan", where: str, text: str) -> dict[str, DataRows]:
    """Reads the data files of a plan. Raises UsageError that names the plan's file and line, and what is
    wrong in which line of the data file."""
    used = _used_columns(plan)
    read: dict[str, DataRows] = {}
    left_bytes = MAX_BYTES
    for name, spec in plan.data.items():
        if isinstance(spec, DataFile):
            place = place_of(["data", name, "file"], where, text)
            read[name] = _read(name, spec, Path(plan.folder), used.get(name, set()), place, left_bytes)
            left_bytes -= read[name].size_bytes
    return read


def _read(name: str, spec: DataFile, folder: Path, used: set[str], place: str, left_bytes: int) -> DataRows:
    what = f"{place}: data.{name} cannot use {spec.file!r}"
    if folder == Path():
        raise UsageError(what, why="a plan without a file has no folder", hint="keep the plan in a TOML file")
    try:
        path = (folder / spec.file).resolve()
        if not path.is_relative_to(folder.resolve()):
            hint = "copy it there"
            raise UsageError(what, why="it is outside the plan's folder", hint=hint)
        content = read_file(path, left_bytes)
    except (OSError, ValueError) as error:  # of a name that no file can have, too
        hint = f"name a file in the plan's folder; all together have at most {size_text(MAX_BYTES)}"
        raise UsageError(what, why=reason_of(error), hint=hint) from error
    try:
        rows = spec.parse(content, used)
    except DataError as error:
        hint = "correct the file, or change what the plan says about it (docs/data.md#data-files)"
        raise UsageError(what, why=Masked(error), hint=hint) from error
    table = Table(name, spec.order, rows.columns, rows.count)
    return DataRows(table, rows.names, hashlib.sha256(content).hexdigest(), len(content))


def _used_columns(plan: "Plan") -> dict[str, set[str]]:
    """By data file: the columns that requests name."""
    used: dict[str, set[str]] = {}
    waiting: list[Any] = [
        spec.model_dump() for spec in (*plan.setup, *plan.request, *plan.step, *plan.teardown)
    ]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            for found in _USED.finditer(each):
                used.setdefault(found["name"], set()).add(found["column"])
        elif isinstance(each, Mapping):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list | tuple):
            waiting += each
    return used


def check_rows(plan: "Plan") -> None:
    """Raises UsageError if rows belong to one user each, and a target has more users than rows."""
    for name, data in plan.rows.items():
        rows = data.table.rows
        if data.table.order == "unique" and rows < plan.most_users:
            raise UsageError(
                f"data.{name} has {rows} rows, and a target has up to {plan.most_users} users",
                why='with order = "unique", a row belongs to one user only',
                hint=f'add rows, run at most {rows} users, or choose order = "random"',
            )


def most_users(plan: "Plan") -> int | None:
    """The most users of a target that have a row of their own; None: any number."""
    own = [data.table.rows for data in plan.rows.values() if data.table.order == "unique"]
    return min(own, default=None)


def changed_files(plan: "Plan") -> list[str]:
    """What to say of files that are not the ones that the plan was saved with."""
    found = []
    for name, data in plan.rows.items():
        spec = plan.data[name]
        if isinstance(spec, DataFile) and spec.sha256 not in {"", data.sha256}:
            found.append(
                f"data.{name}: {spec.file} is not the file of the recorded session: it has {data.table.rows} "
                f"rows now, and the SHA-256 {data.sha256[:12]}…, not {spec.sha256[:12]}…"
            )
    return found
