"""docs/reference.md and llms.txt say what the program does: exit codes, variables, commands."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

import presets
from targets.exit_codes import IN_ORDER
from targets.options import OPTIONS
from tui.cli.arguments import commands_of, parse_arguments, parser
from tui.cli.variables import _OF_TESTS, FIXED, OF_CHILDREN, of_options

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
LLMS = (ROOT / "llms.txt").read_text(encoding="utf-8")
PACKAGES = ("engine", "presets", "targets", "tui")
FOR_CHILDREN = (
    "targets/apps/",
    "targets/catalog.py",
    "targets/options.py",
    "targets/servers/",
    "targets/target.py",
    "targets/workload_requirements.py",
    "engine/hosting/row_store.py",
)
"""Beginnings of the paths of modules that name variables of the processes that abreast starts."""


def rows(section: str) -> list[list[str]]:
    """The cells of the first table of a section, without its head."""
    _, _, rest = PAGE.partition(f"{section}\n")
    table = re.search(r"^\|.*\n\| ---.*\n((?:\|.*\n)+)", rest, re.MULTILINE)
    assert table, section
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def test_exit_codes_are_those_of_the_program() -> None:
    assert [(int(code), about) for code, about in rows("## Exit codes")] == list(IN_ORDER.items())
    _, _, listed = LLMS.partition("## Exit codes")
    text = " ".join(listed.partition("\n## ")[0].split())
    assert ", ".join(f"{code:d} {about}" for code, about in IN_ORDER.items()) in text


def test_variables_are_those_of_the_program() -> None:
    found = {name.strip("`"): about for name, about in rows("## Environment variables")}
    plain = {name: re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", about) for name, about in found.items()}
    assert plain == FIXED


def test_options_as_variables_are_those_of_the_parser() -> None:
    found = {
        name: re.findall(r"`([\w-]+)`", commands)
        for names, commands in rows("### Options as variables")
        for name in re.findall(r"`(\w+)`", names)
    }
    assert found == of_options(commands_of(parser())), "add them to the table in docs/reference.md"


def test_no_variable_in_the_code_is_unknown() -> None:
    known = {
        *FIXED,
        *OF_CHILDREN,
        *of_options(commands_of(parser())),
        *(each.variable for each in OPTIONS.values()),
        _OF_TESTS,
    }
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not str(path.relative_to(ROOT)).startswith(FOR_CHILDREN)
        for name in re.findall(r'["\'](ABREAST_[A-Z0-9_]+)["\']', path.read_text(encoding="utf-8"))
        if name not in known
    }
    assert unknown == set(), "add it to FIXED of tui/cli/variables.py, and to docs/reference.md"


def test_the_short_reference_has_every_command_and_they_are_understood() -> None:
    commands = re.findall(r"`(abreast [^`]+)`", LLMS)
    names = {command.split()[1] for command in commands}
    missing = set(commands_of(parser()).choices) - names
    assert missing <= {"plan", "baseline", "clean"}, "add a line to llms.txt"
    for command in commands:
        arguments = parse_arguments(shlex.split(command)[1:], {})
        assert "--schedule turns" not in command or arguments.think_time == "none", "its goodput is bounded"


def test_its_plan_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", LLMS, re.MULTILINE | re.DOTALL)
    assert tomllib.loads(text)
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    assert [choice.name for choice in presets.load(str(path)).targets] == ["shop"]


@pytest.mark.parametrize("text", [LLMS, PAGE], ids=["llms.txt", "reference.md"])
def test_links_lead_somewhere(text: str) -> None:
    folder = ROOT if text is LLMS else ROOT / "docs"
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not (folder / link).exists()] == []


def test_its_schemas_are_those_of_the_program() -> None:
    from engine.export.document import SCHEMA

    assert f"`{SCHEMA}`" in LLMS
