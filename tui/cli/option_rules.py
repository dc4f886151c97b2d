"""Options that would have no effect where they are given: they are refused, since an ignored option misleads.

Rules of this file:
- a command declares beside an option what this needs (`needs`), or what it leaves no room for (`excludes`);
- what a variable of the environment sets is not refused: it may be meant for other commands. The command line
  that sessions record leaves it out, since repeated, it would be refused.
"""

import argparse
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from engine.machine.files import is_device
from targets.errors import UsageError
from tui.cli.parser import Parser
from tui.look import VARIABLES

if TYPE_CHECKING:
    from engine.plan.plan import Plan

PREFIX = "ABREAST_"
"""How a variable that sets an option begins."""

_OF_TARGETS = ("runtime", "database", "profile", "profile_at")
"""Fields of a plan that options replace, and that may do nothing for its targets."""
_THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}

Rule = Callable[[argparse.Namespace], None]
"""Raises UsageError."""


def needs(
    command: Parser,
    option: str,
    is_met: Callable[[argparse.Namespace], object],
    *,
    what: str,
    hint: str,
) -> None:
    """Refuses an option (`--force`) unless a condition is met. `what` says what it needs, `hint` how to give
    that."""

    def rule(arguments: argparse.Namespace) -> None:
        if is_met(arguments):
            return
        if option in given(command, arguments):
            raise UsageError(f"{option} needs {what}", hint=f"{hint}, or leave {option} out")
        _leave_out(arguments, lambda each: each == option)

    _add(command, rule)


def force_needs_out(command: Parser) -> None:
    """Refuses `--force` where no file is written."""
    needs(
        command,
        "--force",
        lambda arguments: arguments.out not in (None, "-"),
        what="a file to replace",
        hint="add --out FILE",
    )


def two_files(command: Parser, one: str, other: str) -> None:
    """Refuses the same file for two options, one of which would write over the other."""

    def rule(arguments: argparse.Namespace) -> None:
        first, second = getattr(arguments, one), getattr(arguments, other)
        if first in (None, "-") or not second:
            return
        if os.path.realpath(first) == os.path.realpath(second) and not is_device(Path(first)):
            raise UsageError(
                f"{_option(one)} and {_option(other)} name the same file",
                why=f"{first}: one would be written over the other",
                hint="give each a file of its own",
            )

    _add(command, rule)


def one_of(command: Parser, one: str, other: str, *, why: str) -> None:
    """Refuses two options of which only one can count. Beside one that is typed, that of a variable is left
    out; where variables set both, `other` counts, and `one` is left out."""

    def rule(arguments: argparse.Namespace) -> None:
        names = [name for name in (one, other) if getattr(arguments, name) is not None]
        if len(names) < 2:
            return
        typed = [name for name in names if _option(name) in arguments.typed]
        if len(typed) > 1:
            raise UsageError(
                f"{_option(one)} has no effect with {_option(other)}",
                why=why,
                hint=f"leave {_option(one)} out",
            )
        left_out = other if typed == [one] else one
        setattr(arguments, left_out, None)
        _leave_out(arguments, lambda each: each == _option(left_out))

    _add(command, rule)


def excludes(
    command: Parser,
    cause: Callable[[argparse.Namespace], str],
    *,
    why: str,
    but: Collection[str] = (),
) -> None:
    """Refuses all options but those in `but` where there is a cause: an option or an action that was given;
    empty if it was not."""

    def rule(arguments: argparse.Namespace) -> None:
        if not (name := cause(arguments)):
            return
        others = [each for each in given(command, arguments) if each not in {name, *but}]
        if others:
            raise UsageError(f"{others[0]} has no effect with {name}", why=why, hint=f"leave {others[0]} out")
        _leave_out(arguments, lambda each: each not in {name, *but})

    _add(command, rule)


def check(arguments: argparse.Namespace) -> None:
    """Raises UsageError for an option that would have no effect."""
    for rule in getattr(arguments, "rules", ()):
        rule(arguments)


def check_before(plan: "Plan", arguments: argparse.Namespace) -> None:
    """Raises UsageError for an option that would have no effect on this plan, which does not have it yet. One
    of a variable is left out."""
    if plan.has_custom_workload and arguments.workload not in (None, plan.workload):
        _refuse(
            arguments,
            "workload",
            "on this plan",
            why="it says itself what users request",
        )


def checked(plan: "Plan", arguments: argparse.Namespace, before: "Plan") -> "Plan":
    """The plan, where fields are as they were `before` the options if variables set them without effect.
    Raises UsageError for an option of the command line that would have no effect on it."""
    given = [name for name in _OF_TARGETS if getattr(arguments, name, None) is not None]
    _check_plan(plan, arguments)
    without_effect = [name for name in given if getattr(arguments, name) is None]
    return plan.model_copy(update={name: getattr(before, name) for name in without_effect})


def _check_plan(plan: "Plan", arguments: argparse.Namespace) -> None:
    """Raises UsageError for an option that would have no effect on this plan, which has it already. What its
    file says is not refused: a saved session or an older file may say more than its targets need."""
    if all(choice.custom is not None and choice.custom.url for choice in plan.targets):
        for name in ("profile", "profile_at"):
            _refuse(
                arguments,
                name,
                "on these targets",
                why="they run already, at a URL: abreast does not know their processes",
            )
    if getattr(arguments, "allow_host", ()):
        from engine.preflight.reachability import hosts_of  # slow to import

        check_hosts(hosts_of(plan), arguments)
    if (
        plan.schedule == "duel"
        and (getattr(arguments, "think_time", None) or "none").strip().lower() != "none"
    ):
        _refuse(
            arguments,
            "think_time",
            "in a duel",
            why="its users send without a pause, so that CPU time limits each target",
            hint=", or compare the targets in turns: --schedule turns",
        )
    built_in = [choice for choice in plan.targets if choice.custom is None]
    if all(choice.options.runtime for choice in built_in):
        _refuse(
            arguments,
            "runtime",
            "on these targets",
            why="each has a runtime of its own" if built_in else "only built-in targets have a runtime",
        )
    if all(choice.options.database for choice in built_in):
        _refuse(
            arguments,
            "database",
            "on these targets",
            why="each has a database of its own" if built_in else "only built-in targets keep rows there",
        )


def check_hosts(hosts: Collection[str], arguments: argparse.Namespace) -> None:
    """Raises UsageError for a host of `--allow-host` that is none of those that requests go to, and not this
    machine, where targets get load anyway."""
    from engine.preflight.allowed_hosts import without_use

    elsewhere = [each for each in arguments.allow_host if each.strip("[]").lower() not in _THIS_MACHINE]
    for host in without_use(elsewhere, hosts):
        _refuse_word(
            arguments,
            f"--allow-host={host}",
            f"--allow-host {host} has no effect",
            why="no request goes to this host",
            hint="leave it out, or write the host as the target's url has it",
        )


def check_unsteered(plan: "Plan", arguments: argparse.Namespace) -> None:
    """Raises UsageError for an option, of the command line or of a target, that would have no effect on this
    plan, unless it is steered: on a screen, another workload may be chosen."""
    from engine.plan.targets import check_effects
    from targets.target import ON_ROWS

    check_effects(plan.workload, plan.targets)
    if plan.workload not in ON_ROWS:
        _refuse(
            arguments,
            "database",
            f"with the workload {plan.workload}",
            why="its requests need no rows",
            hint=f", or send requests that do: --workload {' or '.join(sorted(ON_ROWS))}",
        )


def _refuse(arguments: argparse.Namespace, name: str, where: str, *, why: str, hint: str = "") -> None:
    """Raises UsageError if the command line has this option, and leaves out what a variable set."""
    option = _option(name)
    if getattr(arguments, name, None) is None:
        return
    if option in arguments.typed:
        raise UsageError(f"{option} has no effect {where}", why=why, hint=f"leave {option} out{hint}")
    setattr(arguments, name, None)
    _leave_out(arguments, lambda each: each == option)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _refuse_word(arguments: argparse.Namespace, word: str, what: str, *, why: str, hint: str) -> None:
    """The same of one value of an option that may be repeated, `--allow-host=HOST`."""
    if word not in getattr(arguments, "option_words", ()):
        raise UsageError(what, why=why, hint=hint)
    _leave_out_word(arguments, word)


def _leave_out(arguments: argparse.Namespace, is_without_effect: Callable[[str], bool]) -> None:
    """Takes options that variables set out of the command line that sessions record."""
    for word in getattr(arguments, "option_words", ()):
        if is_without_effect(word.partition("=")[0]):
            _leave_out_word(arguments, word)


def _leave_out_word(arguments: argparse.Namespace, word: str) -> None:
    arguments.option_words = tuple(each for each in arguments.option_words if each != word)
    if word in sys.argv:  # it is right after the command, before what was typed
        sys.argv.remove(word)


def given(command: Parser, arguments: argparse.Namespace) -> list[str]:
    """The options and arguments that a command line sets, as `--force` or `NAME`; not those of the screen,
    which any command accepts."""
    return [
        action.option_strings[0] if action.option_strings else str(action.metavar or action.dest)
        for action in command._actions
        if action.dest not in {"help", *VARIABLES}
        and not isinstance(action, argparse._SubParsersAction)
        and _is_given(action, arguments)
    ]


def _is_given(action: argparse.Action, arguments: argparse.Namespace) -> bool:
    if action.option_strings:
        return action.option_strings[0] in arguments.typed
    return bool(getattr(arguments, action.dest, action.default) != action.default)


def _add(command: Parser, rule: Rule) -> None:
    command.set_defaults(rules=(*(command.get_default("rules") or ()), rule))
