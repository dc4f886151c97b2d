"""Commands that run a plan, on screen or headless. Imports lazily: headless runs never load the screen."""

import argparse
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli import option_rules
from tui.cli.console import is_dumb, no_screen, out, say
from tui.cli.screen_app import look_of

if TYPE_CHECKING:
    from engine.attach.discover import AttachRequest
    from engine.plan.commands import Choice
    from engine.plan.plan import Plan
    from tui.cli.live_metrics import LiveMetrics

OF_ALL = (
    "workload",
    "think_time",
    "network_delay",
    "ready_within",
    "client",
    "http",
    "load_workers",
    "cluster",
    "runtime",
    "slo",
    "database",
    "accept_difference",
)
"""Options of every command that runs a plan, each of which replaces a field of it."""
OF_RUNS = (*OF_ALL, "profile", "profile_at", "schedule", "rounds", "turn", "within", "quick")
"""The same of `run` and `attach`."""

MAX_NOTES = 20
"""On a document's operations that are printed."""

QUICK_LOOK_S = 5.0
"""How long `abreast` runs `hello` without a terminal."""


def open_lobby(arguments: argparse.Namespace) -> int:
    """`abreast`: the lobby; without a terminal, a short run that shows what abreast does."""
    if not (why := no_screen()):
        return _on_screen(None, arguments)
    say(f"abreast: {why}, so the hello preset runs headless for {QUICK_LOOK_S:g} s")
    import presets

    return run_headless(presets.load("hello").changed(seconds=QUICK_LOOK_S), arguments)


def run(arguments: argparse.Namespace) -> int:
    """`abreast run`."""
    plan = plan_of(arguments)
    if needs_no_screen(arguments):
        option_rules.check_unsteered(plan, arguments)
        return run_headless(plan, arguments)
    from engine.plan.commands import Choice

    if arguments.revisions is not None or arguments.curl is not None:
        choice = Choice(plan.preset, (), arguments.users, arguments.seconds)
        return _on_screen(choice, arguments, plan)
    targets = target_texts(arguments.targets)
    return _on_screen(Choice(arguments.plan, targets or (), arguments.users, arguments.seconds), arguments)


def plan_of(arguments: argparse.Namespace) -> "Plan":
    """The plan of `abreast run`, with the command line's changes. Raises UsageError."""
    check_users(arguments)
    named = _named_plan(arguments)
    plan = _changed(named, arguments, target_texts(arguments.targets))
    if arguments.revisions is not None:
        from engine.plan.revisions import at_revisions, parse_revisions

        plan, left_out = at_revisions(plan, parse_revisions(arguments.revisions))
        if left_out:
            names = ", ".join(left_out)
            say(f"abreast: left out, because only a target with a command has revisions: {names}")
    return option_rules.checked(plan, arguments, named)


def _named_plan(arguments: argparse.Namespace) -> "Plan":
    """The preset, the file or the curl command of `abreast run`. Raises UsageError."""
    if (arguments.plan is None) == (arguments.curl is None):
        raise UsageError(
            "abreast run takes either a plan or --curl",
            why="it has neither" if arguments.plan is None else "it has both",
            hint="for example: abreast run hello, or abreast run --curl 'http://127.0.0.1:8000/items'",
        )
    if arguments.curl is not None:
        from tui.cli.import_command import plan_of_curl

        return plan_of_curl(arguments.curl)
    import presets

    return presets.load(arguments.plan)


def attach(arguments: argparse.Namespace) -> int:
    """`abreast attach`."""
    import anyio

    from engine.attach import discover

    request = attach_request_of(arguments)
    if arguments.list:
        return list_operations(request, arguments)
    from tui.cli.operation_choice import choose

    is_asked = not (request.operations or arguments.json or arguments.headless or arguments.plain)
    attached = anyio.run(
        partial(
            discover.attach,
            tell=lambda text: say(f"abreast: {text}"),
            choose=choose if is_asked else lambda _: (),
        ),
        request,
        tuple(arguments.allow_host),
    )
    for line in attached.left_out:
        say(f"abreast: left out: {line}")
    for line in attached.notes[:MAX_NOTES]:
        say(f"abreast: {line}")
    if len(attached.notes) > MAX_NOTES:
        say(f"abreast: and {len(attached.notes) - MAX_NOTES} more notes, which abreast import lists")
    plan = option_rules.checked(_changed(attached.plan, arguments), arguments, attached.plan)
    if needs_no_screen(arguments):
        return run_headless(plan, arguments)
    from engine.plan.commands import Choice

    return _on_screen(Choice(discover.NAME, (), arguments.users, arguments.seconds), arguments, plan)


def list_operations(request: "AttachRequest", arguments: argparse.Namespace) -> int:
    """`abreast attach URL --openapi --list`: the operations of a server's document. Raises AbreastError."""
    import anyio

    from engine.attach import discover
    from tui.cli import operation_choice
    from tui.cli.lists import print_rows

    if arguments.allow_host and all(hosts := [_host(word) for word in request.words]):
        option_rules.check_hosts(hosts, arguments)
    operations = anyio.run(discover.list_operations, request, tuple(arguments.allow_host))
    if arguments.json:
        print_rows(operation_choice.rows(operations), as_json=True)
    else:
        out("\n".join(operation_choice.lines(operations)))
    return ExitCode.DONE


def _host(word: str) -> str:
    """The host of a URL; empty for a name, and for what looks like a URL and is none."""
    try:
        return (urlsplit(word).hostname or "") if "://" in word else ""
    except ValueError:
        return ""


def attach_request_of(arguments: argparse.Namespace) -> "AttachRequest":
    """What `abreast attach` looks for. Raises UsageError."""
    check_users(arguments)
    if arguments.list and arguments.openapi is None:
        raise UsageError(
            "--list needs --openapi",
            why="it lists the operations that an OpenAPI document describes",
            hint="add --openapi; to list what runs here: abreast attach",
        )
    from engine.attach.discover import AttachRequest

    words, openapi = tuple(arguments.words), arguments.openapi
    if openapi is not None and "://" in openapi and not words:  # the URL of the document itself
        host, slash, path = openapi.partition("://")[2].partition("/")
        words, openapi = (f"{openapi.partition('://')[0]}://{host}",), slash + path if path else ""
    return AttachRequest(
        words=words,
        path=arguments.path,
        workload=arguments.workload or "",
        health=arguments.health,
        targets=target_texts(arguments.targets) or (),
        ready_within_s=arguments.ready_within,
        openapi=openapi,
        operations=tuple(arguments.operation),
    )


def needs_no_screen(arguments: argparse.Namespace) -> bool:
    """Whether a run is headless: on request, or because there is no terminal, which is reported."""
    if any((arguments.headless, arguments.plain, arguments.export, arguments.json, arguments.strict)):
        return True
    if why := no_screen():
        say(f"abreast: {why}, so this run is headless (as with --{'plain' if is_dumb() else 'headless'})")
    return bool(why)


def check_users(arguments: argparse.Namespace) -> None:
    """Raises UsageError if a target cannot get so many users."""
    from engine.plan.plan import MAX_USERS

    if arguments.users is not None and not 1 <= arguments.users <= MAX_USERS:
        raise UsageError(
            f"--users cannot be {arguments.users}",
            why=f"a target takes from 1 to {MAX_USERS} virtual users",
            hint="for example --users 50",
        )


def _changed(plan: "Plan", arguments: argparse.Namespace, targets: tuple[str, ...] | None = None) -> "Plan":
    """The plan with the command line's changes. Raises UsageError."""
    option_rules.check_before(plan, arguments)
    return plan.changed(
        targets=targets, users=arguments.users, seconds=arguments.seconds, **overrides(arguments)
    )


def target_texts(text: str | None) -> tuple[str, ...] | None:
    """The targets that `--targets` names; None without that option. Raises UsageError if it names none."""
    if text is None:
        return None
    targets = tuple(part.strip() for part in text.split(",") if part.strip())
    if not targets:
        raise UsageError("--targets names no target", hint="for example --targets fastapi,django-wsgi")
    return targets


def overrides(arguments: argparse.Namespace, names: Sequence[str] = OF_RUNS) -> dict[str, Any]:
    """The fields of the plan that options replace."""
    return {name: value for name in names if (value := getattr(arguments, name, None)) is not None}


def on_screen_plan(plan: "Plan", arguments: argparse.Namespace) -> int:
    """Shows a plan that is complete as it is."""
    import anyio

    from engine.plan.commands import Choice
    from tui.cli.run_on_screen import show

    choice, granted_hosts = Choice(plan.preset, ()), tuple(arguments.allow_host)
    return anyio.run(show, choice, {}, look_of(arguments), granted_hosts, plan, live_of(arguments))


def run_headless(plan: "Plan", arguments: argparse.Namespace) -> int:
    """Runs a plan without a screen; the exit code."""
    import anyio

    from tui.cli import headless

    given = vars(arguments)
    is_printed = given.get("export") == "-"
    output = headless.Output(
        export=None if is_printed else given.get("export"),
        replace=given.get("force", False),
        as_json=is_printed or given.get("json", False),
        plain=given.get("plain", False) or (is_dumb() and not given.get("headless", False)),
        strict=given.get("strict", False),
        live=live_of(arguments),
    )
    return anyio.run(headless.run, plan, output, tuple(given.get("allow_host", ())))


def _on_screen(choice: "Choice | None", arguments: argparse.Namespace, plan: "Plan | None" = None) -> int:
    """`plan` is the plan that the choice names if that is not a preset."""
    import anyio

    from tui.cli.run_on_screen import show

    granted_hosts = tuple(getattr(arguments, "allow_host", ()))
    live = live_of(arguments)
    return anyio.run(show, choice, overrides(arguments), look_of(arguments), granted_hosts, plan, live)


def live_of(arguments: argparse.Namespace) -> "LiveMetrics":
    """Where figures go while a session runs."""
    from tui.cli.live_metrics import LiveMetrics

    given = vars(arguments)
    return LiveMetrics(given.get("prometheus"), given.get("otlp") or "")
