"""The presets: TOML files in this folder, and their loader."""

import os
import sys
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from engine.machine.files import UnreadableError, read_plan_file
from engine.plan.data_files import read_data
from engine.plan.errors import NOT_FOR_FILES
from engine.plan.plan import Plan, make_plan
from targets.errors import UsageError, unknown
from targets.variables import Variables

MAX_PLAN_BYTES = 2 * 1024 * 1024
"""Of a plan's file; that much is read in a few seconds."""


def names() -> list[str]:
    """The built-in presets, `hello` first."""
    found = sorted(
        entry.name.removesuffix(".toml")
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".toml")
    )
    return sorted(found, key=lambda name: name != "hello")


def load(name: str) -> Plan:
    """The plan of a preset, or of a TOML file if `name` is a path (has a slash or ends in .toml).

    Raises UsageError for an unknown name, an unreadable file, invalid TOML, a wrong key or value.
    """
    if "/" in name or name.endswith(".toml"):
        return _from_file(Path(name))
    if name not in names():
        is_file = bool(name) and Path(name).is_file()
        hint = f"for the file of that name: ./{name}" if is_file else "or name a TOML file"
        raise unknown("preset", name, names(), hint=hint)
    return _parse(name, f"preset {name}", text_of(name))


def plan_from(text: str, name: str, where: str, *, folder: Path, environ: Mapping[str, str]) -> Plan:
    """The plan in a TOML text that is not a file, such as an imported one. `name` and `folder` are those that
    its file would have, `where` names it in errors, `environ` has the variables that it may use.

    Raises UsageError for invalid TOML, a wrong key or value.
    """
    return _parse(name, where, text, folder=str(folder.resolve()), environ=environ)


def text_of(name: str) -> str:
    """The TOML text of a built-in preset. Raises UsageError for an unknown name."""
    if name not in names():
        raise unknown("preset", name, names())
    return (files(__name__) / f"{name}.toml").read_text(encoding="utf-8")


def _from_file(path: Path) -> Plan:
    try:
        text = read_plan_file(path, MAX_PLAN_BYTES).decode("utf-8-sig")
    except (UnreadableError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, UnreadableError) else "it is not UTF-8 text"
        raise UsageError(
            f"cannot read the plan {path}", why=reason, hint="give the path of a TOML file"
        ) from error
    return _parse(path.stem, str(path), text, folder=str(path.resolve().parent))


def _parse(
    name: str, where: str, text: str, folder: str = "", environ: Mapping[str, str] | None = None
) -> Plan:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is not valid TOML", why=str(error), hint="correct that line") from error
    except RecursionError as error:
        raise UsageError(
            f"{where} cannot be read", why="it is nested too deeply", hint="write it with fewer [ and {"
        ) from error
    except ValueError as error:  # Python reads no longer ones
        why = f"one of its numbers has more than {sys.get_int_max_str_digits():,} digits"
        raise UsageError(f"{where} cannot be read", why=why, hint="write shorter numbers") from error
    for key in sorted(NOT_FOR_FILES):
        if key in values:
            raise UsageError(
                f"{where}: unknown key {key!r}", why="it is set by abreast itself", hint="remove the key"
            )
    variables = Variables(dict(os.environ if environ is None else environ))
    set_here = {"preset": name, "folder": folder, "variables": variables}
    plan = make_plan({"title": name, **values, **set_here}, where=where, text=text)
    plan = plan.model_copy(update={"rows": read_data(plan, where, text)})
    if folder and (
        plan.has_custom_workload or plan.setup or plan.teardown
    ):  # a test has checked the built-in ones
        from engine.plan.render import check_sendable  # it imports httpx, which takes half a second

        check_sendable(plan, where, text)
    return plan
