"""What `abreast targets` prints: all targets and what can be set on them, or how one is started by hand."""

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
"""Of the first target by hand; the others follow."""
INNER_PORT = 18_100
"""Where a server listens by hand behind a front of its own."""


def rows() -> list[dict[str, Any]]:
    """Every target, with what it serves and what it may be set to; for machines."""
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
    """The same for people."""
    targets = list(catalog.TARGETS.values())
    width = max(len(target.name) for target in targets)
    lines = []
    for target in targets:
        lines.append(f"{target.name:<{width}}  {target.about}")
        lines.append(f"{'':<{width}}  {target.server(target.defaults)}; serves {_serves(target)}")
    lines += ["", "Options, as in NAME:workers=4:server=gunicorn (defaults in brackets):"]
    for name, option in OPTIONS.items():
        takers = [target for target in targets if name in target.options]
        ranges: dict[str, list[str]] = {}
        for target in takers:
            usual = getattr(target.defaults, name)
            shown = f" [{usual:g}]" if isinstance(usual, float) else f" [{usual}]" if usual != "" else ""
            ranges.setdefault(target.kind(name).range + shown, []).append(target.name)
        for number, (values, names) in enumerate(ranges.items()):
            who = "" if len(names) == len(targets) else f" ({', '.join(names)})"
            lines.append(
                f"  {'' if number else name:<15} {values}{who}{'' if number else f': {option.about}'}"
            )
    lines.append(f"  {'env.NAME':<15} a variable of its environment")
    lines += ["", "`abreast targets NAME[:option=value…]` prints how to start one by hand."]
    return "\n".join(lines)


def _serves(target: Target) -> str:
    return ", ".join(sorted(target.workloads))


def by_hand(text: str) -> dict[str, Any]:
    """How a target, written as for `--targets`, is started by hand; for machines. Raises UsageError."""
    choice, site, launch = _launched(text)
    return {
        "name": choice.use,
        "server": choice.target.server(choice.options),
        "options": plain(choice.target, choice.options),
        "folder": str(site.folder),
        "health": _health(choice, launch),
        "files": launch.files,
        "prepare": [_plain_command(each) for each in launch.prepare],
        "beside": [_plain_command(each) for each in launch.beside],
        **_plain_command(Command(launch.argv, launch.env)),
        **(_container(choice, launch) if _in_container(choice) else {}),
    }


def _container(choice: TargetChoice, launch: Launch) -> dict[str, Any]:
    """What there is to say of its container: `docker_run` is the whole command, `argv` what runs inside."""
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
    choice, site, launch = _launched(text)
    target = choice.target
    served = sorted(name for name in target.workloads if not target.reason_not_to_serve(name, choice.options))
    about = [
        f"{target.name}: {target.server(choice.options)}. {target.about}.",
        f"It serves {', '.join(served)}.",
        f"It is well once {_health(choice, launch)} answers 200.",
    ]
    if _in_container(choice):
        from targets.runtime.containers import docker_run

        name, port = _container_name(choice), _port(choice)
        about.append(f"Port {port} and the name {name} are free to choose; the volume {name} begins empty.")
        lines = docker_run.script_lines(name, launch, Limits.of(choice.options), port)
        return "\n".join([*(f"# {line}" for line in about), *lines])
    about.append(f"Port {site.port} and folder {site.folder} are free to choose; the folder begins empty.")
    if launch.beside:
        about.append(f"Port {site.inner_port}, or {site.folder}/server.sock, lies between proxy and server.")
    folder = shlex.quote(str(site.folder))
    lines = [*(f"# {line}" for line in about), f"mkdir -p {folder} && cd {folder}"]
    for name, content in launch.files.items():
        lines += [f"cat > {shlex.quote(name)} <<'END'", content.rstrip("\n"), "END"]
    if launch.prepare:
        lines.append("# what must have run before:")
        lines += [_shell_line(each) for each in launch.prepare]
    if launch.beside:
        lines.append("# what runs beside it, until: kill %1")
        lines += [f"{_shell_line(each)} &" for each in launch.beside]
    lines.append("# the server:")
    lines.append(_shell_line(Command(launch.argv, launch.env)))
    return "\n".join(lines)


def _launched(text: str) -> tuple[TargetChoice, LaunchContext, Launch]:
    said = TargetChoice.parse(text)
    choice = said.model_copy(update={"options": said.public_options})  # they know their secrets
    number = list(catalog.TARGETS).index(choice.use)
    site = LaunchContext(
        port=_port(choice),
        folder=Path(f"abreast-{choice.use}"),
        inner_port=INNER_PORT + number,
        nginx=requirements.nginx_command() or ("nginx",),
    )
    if _in_container(choice):
        from targets.runtime.containers.container_spec import inner_site

        site = replace(inner_site(), upstream_url="")  # there is none by hand
    return choice, site, choice.target.launch(choice.options, site)


def _in_container(choice: TargetChoice) -> bool:
    """Whether it asks for a container."""
    return choice.options.runtime == "docker"


def _port(choice: TargetChoice) -> int:
    """Of this machine's loopback."""
    return FIRST_PORT + list(catalog.TARGETS).index(choice.use)


def _container_name(choice: TargetChoice) -> str:
    return f"abreast-{choice.use}"


def _health(choice: TargetChoice, launch: Launch) -> str:
    return f"http://127.0.0.1:{_port(choice)}{launch.health_path}"


def _plain_command(command: Command) -> dict[str, Any]:
    return {"argv": list(command.argv), "env": {**FIXED, **command.env}}


def _shell_line(command: Command) -> str:
    """A command in the environment that abreast gives it, and nothing of the shell's beside."""
    passed = [f'{name}="${name}"' for name in PASSED if name in os.environ]
    said = [f"{name}={shlex.quote(value)}" for name, value in {**FIXED, **command.env}.items()]
    return " ".join(["env -i", *passed, *said, *map(shlex.quote, command.argv)])
