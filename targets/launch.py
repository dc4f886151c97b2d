"""How targets are started, and the context that their commands need. Data only. Pure."""

import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """What a command needs to know about the place where its target runs."""

    port: int
    """The port that users connect to."""
    folder: Path
    """The target's folder, and by default its working folder."""
    host: str = "127.0.0.1"
    """The address to listen on; in a container all of them."""
    inner_port: int = 0
    """The port of the server when a proxy in front of it has `port`; 0: not chosen."""
    database_url: str = ""
    """The target's database; empty: a SQLite file in `folder`."""
    database_home: str = ""
    """A database that exists on the server before the target's; empty: the server's default one."""
    upstream_url: str = ""
    """The stand-in upstream; empty if none runs."""
    plan_folder: str = ""
    """The folder of the plan's file, for custom targets; empty for a plan without a file."""
    cache: Path | None = None
    """The folder of the classifier's file; None if it was not built."""
    live_settings: Path | None = None
    """The file of settings that change while the target runs."""
    workload: str = ""
    """The first workload; what it needs is loaded before the target is ready."""
    python: str = sys.executable
    nginx: tuple[str, ...] = ("nginx",)
    """The command of NGINX there; see `targets.requirements.nginx_command`."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, environment variables and folder."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = ""
    """The folder that it runs in; empty: the target's folder."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a target is started: its commands, and the path of its health check."""

    argv: tuple[str, ...]
    """The server's command; the first word is a program."""
    env: dict[str, str]
    """Added to the sealed base environment; see `targets.runtime.child_env`."""
    health_path: str = "/health"
    health_statuses: Collection[int] = (200,)
    """Those of its health path once it is ready."""
    prepare: tuple[Command, ...] = ()
    """Commands that run to their end, one after another, before anything else starts."""
    sidecars: tuple[Command, ...] = ()
    """Further processes of the target, such as a proxy: started, metered and stopped with it."""
    cwd: str = ""
    """The folder that its server runs in; empty: the target's folder."""
    files: dict[str, str] = field(default_factory=dict)
    """Name → content of files that are written to the target's folder before the start: settings."""
