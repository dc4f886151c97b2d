"""What `abreast targets` prints: all targets and their options, or the commands that start one manually."""

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.plan.targets import TargetChoice
from targets import catalog, requirements
from targets.launch import Command, Launch, LaunchContext
from targets.options import OPTIONS, plain
from targets.runtime.child_env import FIXED, PASSED
from targets.runtime.containers.limits import Limits
from targets.target import Target

FIRST_PORT = 18_000
"""The port of the first target started manually; the others follow."""
INNER_PORT = 18_100
"""The first port of servers that run behind a proxy, started manually."""


def rows() -> list[dict[str, Any]]:
    """Every target with its workloads and options, as plain data."""
    return [
        {
            "name": target.name,
            "server": target.server(target.defaults),
            "serves": sorted(target.workloads),
            "options": {name: _option(target, name) for name in OPTIONS if name in target.options},
            "about": target.about,
        }
        for target in catalog.TARGETS.values()
    ]


def _option(target: Target, name: str) -> dict[str, Any]:
    return {
        "about": OPTIONS[name].about,
        "values": target.kind(name).range,
        "default": getattr(target.defaults, name),
    }


def listing() -> str:
    """The same as text."""
    targets = list(catalog.TARGETS.values())
    width = max(len(target.name) for target in targets)
    lines = []
    for target in targets:
        lines.append(f"{target.name:<{width}}  {target.about}")
        lines.append(f"{'':<{width}}  {target.server(target.defaults)}; serves {_serves(target)}")
    lines += ["", "Options, as in NAME:workers=4:server=gunicorn (defaults in brackets):"]
    for name, option in OPTIONS.items():
        accepting = [target for target in targets if name in target.options]
        ranges: dict[str, list[str]] = {}
        for target in accepting:
            default = getattr(target.defaults, name)
            shown = (
                f" [{default:g}]" if isinstance(default, float) else f" [{default}]" if default != "" else ""
            )
            ranges.setdefault(target.kind(name).range + shown, []).append(target.name)
        for number, (values, names) in enumerate(ranges.items()):
            which = "" if len(names) == len(targets) else f" ({', '.join(names)})"
            lines.append(
                f"  {'' if number else name:<15} {values}{which}{'' if number else f': {option.about}'}"
            )
    lines.append(f"  {'env.NAME':<15} an environment variable")
    lines += ["", "`abreast targets NAME[:option=value…]` prints the commands that start a target manually."]
    return "\n".join(lines)


def _serves(target: Target) -> str:
    return ", ".join(sorted(target.workloads))


def start_commands(text: str) -> dict[str, Any]:
    """How to start a target, written as for `--targets`, as plain data. Raises UsageError."""
    choice, context, launch = _launched(text)
    return {
        "name": choice.use,
        "server": choice.target.server(choice.options),
        "options": plain(choice.target, choice.options),
        "folder": str(context.folder),
        "health": _health(choice, launch),
        "files": launch.files,
        "prepare": [_plain_command(each) for each in launch.prepare],
        "sidecars": [_plain_command(each) for each in launch.sidecars],
        **_plain_command(Command(launch.argv, launch.env)),
        **(_container(choice, launch) if _in_container(choice) else {}),
    }


def _container(choice: TargetChoice, launch: Launch) -> dict[str, Any]:
    """Its container: `docker_run` is the whole command, `argv` what runs inside."""
    from targets.runtime.containers import docker_run  # the engine's package is slow to import

    limits, image = Limits.of(choice.options), docker_run.image_name()
    command = docker_run.as_one(launch)
    return {
        "image": image,
        "limits": limits.plain(),
        "docker_run": docker_run.run_argv(_container_name(choice), command, image, limits, _port(choice)),
    }


def script(text: str) -> str:
    """The same as lines for a shell, ready to paste. Raises UsageError."""
    choice, context, launch = _launched(text)
    target = choice.target
    served = sorted(name for name in target.workloads if not target.reason_not_to_serve(name, choice.options))
    about = [
        f"{target.name}: {target.server(choice.options)}. {target.about}.",
        f"It serves {', '.join(served)}.",
        f"It is healthy once {_health(choice, launch)} answers 200.",
    ]
    if _in_container(choice):
        from targets.runtime.containers import docker_run

        name, port = _container_name(choice), _port(choice)
        about.append(f"You can change port {port} and the name {name}; the volume {name} starts empty.")
        lines = docker_run.script_lines(name, launch, Limits.of(choice.options), port)
        return "\n".join([*(f"# {line}" for line in about), *lines])
    about.append(f"You can change port {context.port} and folder {context.folder}; the folder starts empty.")
    if launch.sidecars:
        about.append(
            f"The proxy reaches the server at port {context.inner_port}, or at {context.folder}/server.sock."
        )
    folder = shlex.quote(str(context.folder))
    lines = [*(f"# {line}" for line in about), f"mkdir -p {folder} && cd {folder}"]
    for name, content in launch.files.items():
        lines += [f"cat > {shlex.quote(name)} <<'END'", content.rstrip("\n"), "END"]
    if launch.prepare:
        lines.append("# run first:")
        lines += [_shell_line(each) for each in launch.prepare]
    if launch.sidecars:
        lines.append("# runs next to it; stop it with: kill %1")
        lines += [f"{_shell_line(each)} &" for each in launch.sidecars]
    lines.append("# the server:")
    lines.append(_shell_line(Command(launch.argv, launch.env)))
    return "\n".join(lines)


def _launched(text: str) -> tuple[TargetChoice, LaunchContext, Launch]:
    parsed = TargetChoice.parse(text)
    choice = parsed.model_copy(update={"options": parsed.public_options})  # they know their secrets
    number = list(catalog.TARGETS).index(choice.use)
    context = LaunchContext(
        port=_port(choice),
        folder=Path(f"abreast-{choice.use}"),
        inner_port=INNER_PORT + number,
        nginx=requirements.nginx_command() or ("nginx",),
    )
    if _in_container(choice):
        from targets.runtime.containers.container_spec import inner_site

        context = replace(inner_site(), upstream_url="")  # a manually started target has none
    return choice, context, choice.target.launch(choice.options, context)


def _in_container(choice: TargetChoice) -> bool:
    """Whether it runs in a container."""
    return choice.options.runtime == "docker"


def _port(choice: TargetChoice) -> int:
    """Its port on this machine's loopback."""
    return FIRST_PORT + list(catalog.TARGETS).index(choice.use)


def _container_name(choice: TargetChoice) -> str:
    return f"abreast-{choice.use}"


def _health(choice: TargetChoice, launch: Launch) -> str:
    return f"http://127.0.0.1:{_port(choice)}{launch.health_path}"


def _plain_command(command: Command) -> dict[str, Any]:
    return {"argv": list(command.argv), "env": {**FIXED, **command.env}}


def _shell_line(command: Command) -> str:
    """A command with the environment that abreast gives it, and nothing else of the shell's."""
    passed = [f'{name}="${name}"' for name in PASSED if name in os.environ]
    variables = [f"{name}={shlex.quote(value)}" for name, value in {**FIXED, **command.env}.items()]
    return " ".join(["env -i", *passed, *variables, *map(shlex.quote, command.argv)])
