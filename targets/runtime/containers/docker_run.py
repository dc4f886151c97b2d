"""The `docker run` command for a target's container, for users who start one manually.

The command sets what `container_spec.create` sets, except what only a session needs: its labels, its network,
and cores of a core plan.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import targets
from targets.launch import Command, Launch
from targets.runtime.child_env import FIXED
from targets.runtime.containers.container_spec import FOLDER, PORT, TMPFS
from targets.runtime.containers.container_spec import as_one as as_one
from targets.runtime.containers.image import BASE_VARIABLE, build_network, passed, recipe
from targets.runtime.containers.limits import Limits


def run_argv(name: str, command: Command, image: str, limits: Limits, port: int | None) -> list[str]:
    """The `docker run …` words for a command with a volume called `name`. With a port, the container has the
    same name and is published on that port of this machine's loopback; without one it has no name and
    publishes nothing."""
    words = ["docker", "run", "--rm", "--volume", f"{name}:{FOLDER}", "--workdir", FOLDER]
    if port is not None:
        words += ["--name", name, "--publish", f"127.0.0.1:{port}:{PORT}"]
    return [*words, *_held_to(limits), *_variables(command.env), image, *command.argv]


def _held_to(limits: Limits) -> list[str]:
    words = ["--cpus", f"{limits.cpus:g}", "--pids-limit", str(limits.pids)]
    if limits.cpuset:
        words += ["--cpuset-cpus", limits.cpuset]
    if limits.memory_bytes is not None:
        words += ["--memory", str(limits.memory_bytes), "--memory-swap", str(limits.memory_bytes)]
    for path, options in TMPFS.items():
        words += ["--tmpfs", f"{path}:{options}"]
    return [
        *words,
        "--read-only",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
        "--no-healthcheck",
    ]


def _variables(env: Mapping[str, str]) -> list[str]:
    return [word for name, value in {**FIXED, **env}.items() for word in ("--env", f"{name}={value}")]


def image_name() -> str:
    """The name under which a session builds the targets' image and looks for it. Reads the image's
    sources."""
    return recipe().tag


def script_lines(name: str, launch: Launch, limits: Limits, port: int) -> list[str]:
    """Shell lines that start a target: build the image if it is missing, write files, prepare, start the
    server."""
    wanted = recipe()
    build = ["docker", "build", "--tag", wanted.tag, "--build-arg", f"{BASE_VARIABLE}={wanted.base}"]
    if network := build_network():
        build += ["--network", network]
    # Only by name: docker reads the values from the environment, and they may contain credentials.
    build += [word for name in passed() for word in ("--build-arg", name)]
    lines = [
        "# the image, which a session builds on first use:",
        f"docker image inspect {wanted.tag} >{os.devnull} 2>&1 \\",
        f"  || {shlex.join([*build, str(Path(targets.__path__[0]))])}",
    ]
    for file, content in launch.files.items():
        write = ("docker", "run", "--rm", "--interactive", "--volume", f"{name}:{FOLDER}", wanted.tag)
        lines.append(f"{shlex.join([*write, 'sh', '-c', f'cat > {shlex.quote(file)}'])} <<'END'")
        lines += [content.rstrip("\n"), "END"]
    if launch.prepare:
        lines.append("# run first:")
    for command in launch.prepare:
        lines.append(shlex.join(run_argv(name, command, wanted.tag, limits, None)))
    lines.append(f"# the server; docker stop {name} ends it, and docker volume rm {name} deletes its folder:")
    return [*lines, shlex.join(run_argv(name, as_one(launch), wanted.tag, limits, port))]
