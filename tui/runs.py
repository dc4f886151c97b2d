"""Commands that run a plan, on screen or without one. Imports lazily: headless runs never load a screen."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from targets.errors import UsageError

if TYPE_CHECKING:
    from engine.commands import Choice
    from engine.plan import Plan

QUICK_LOOK_S = 5.0
"""How long `abreast` runs `hello` where there is no terminal."""


def open_lobby(arguments: argparse.Namespace) -> int:
    """`abreast`: the lobby; without a terminal, a short look at what it does."""
    if _is_terminal():
        return _on_screen(None, arguments)
    from tui.headless import say

    say(f"abreast: no terminal here, so the hello preset runs without a screen for {QUICK_LOOK_S:g} s")
    import presets

    return _headless(presets.load("hello").changed(seconds=QUICK_LOOK_S), arguments)


def run(arguments: argparse.Namespace) -> int:
    """`abreast run`."""
    plan = _plan(arguments)
    if arguments.headless or arguments.export or arguments.json or arguments.strict:
        return _headless(plan, arguments)
    if not _is_terminal():
        from tui.headless import say

        say("abreast: no terminal here, so this runs without a screen (as with --headless)")
        return _headless(plan, arguments)
    from engine.commands import Choice

    targets = _target_texts(arguments.targets) or ()
    return _on_screen(Choice(arguments.plan, targets, arguments.users, arguments.seconds), arguments)


def _plan(arguments: argparse.Namespace) -> "Plan":
    """The plan with the command line's changes. Raises UsageError."""
    import presets
    from engine.plan import MAX_USERS

    if arguments.users is not None and not 1 <= arguments.users <= MAX_USERS:
        raise UsageError(
            f"--users cannot be {arguments.users}",
            why=f"a target gets from 1 to {MAX_USERS} virtual users",
            hint="for example --users 50",
        )
    return presets.load(arguments.plan).changed(
        targets=_target_texts(arguments.targets),
        users=arguments.users,
        seconds=arguments.seconds,
        **_overrides(arguments),
    )


def _target_texts(text: str | None) -> tuple[str, ...] | None:
    """The targets that `--targets` names; None where it was not given. Raises UsageError for none at all."""
    if text is None:
        return None
    targets = tuple(part.strip() for part in text.split(",") if part.strip())
    if not targets:
        raise UsageError("--targets names no target", hint="for example --targets fastapi,django-wsgi")
    return targets


def _overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    wanted = (
        "workload",
        "think_time",
        "network_delay",
        "client",
        "schedule",
        "load_workers",
        "runtime",
        "slo",
        "database",
        "accept_difference",
    )
    return {name: value for name in wanted if (value := getattr(arguments, name, None)) is not None}


def _headless(plan: "Plan", arguments: argparse.Namespace) -> int:
    import anyio

    from tui import headless

    said = vars(arguments)
    wish = headless.Wish(
        said.get("export"),
        said.get("json", False),
        said.get("strict", False),
        tuple(said.get("allow_host", ())),
    )
    return anyio.run(headless.run, plan, wish)


def _on_screen(choice: "Choice | None", arguments: argparse.Namespace) -> int:
    import anyio

    from tui.stage import show

    granted_hosts = tuple(getattr(arguments, "allow_host", ()))
    return anyio.run(show, choice, _overrides(arguments), arguments.charts, granted_hosts)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
