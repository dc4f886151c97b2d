"""What abreast must know of a node before it sends load from there; runs on each node.

Rules of this file:
- a node has the same abreast as the front, or none: what is sent here must not grow old.
"""

import hashlib
import os
import platform
import socket
import uuid
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import engine
from engine.cluster.node import Node

PARTS = ("client", "cluster", "protocol", "worker")
"""The folders of the engine whose code must be the same on the front and on every node."""


def node_facts() -> dict[str, Any]:
    """This machine's facts, as plain values: see `engine.cluster.node.Node`."""
    return {
        "hostname": socket.gethostname(),
        "machine_id": machine_id(),
        "cores": os.cpu_count(),
        "cpu_model": cpu_model(),
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "abreast": _version("abreast"),
        "ray": _version("ray"),
        "code": code_digest(Path(engine.__file__).parent),
    }


def machine_id() -> str:
    """The same for all processes of a running machine, another one for every other machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"{socket.gethostname()}-{uuid.getnode():x}"


def is_this_machine(node: Node) -> bool:
    """Whether a node is this machine."""
    return bool(node.facts.get("machine_id") == machine_id())


def cpu_model() -> str:
    """The name of the processor; empty if the system does not report it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def code_digest(folder: Path) -> str:
    """A digest of the code that front and nodes must share: of two checkouts with the same version, too."""
    digest = hashlib.sha256()
    for path in sorted(path for part in PARTS for path in (folder / part).glob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
