"""Checks whether this machine can run a target with its options, before anything starts."""

from collections.abc import Sequence

from engine.plan.targets import Runtime, TargetChoice
from targets.errors import UsageError
from targets.requirements import check_here, check_in_image, check_packages_here


def check_all_requirements(choices: Sequence[TargetChoice], default_runtime: Runtime = "local") -> None:
    """Raises UsageError as `check_requirements` does, with all packages that are missing on this machine at
    once."""
    here = [choice for choice in choices if choice.runtime(default_runtime) != "docker"]
    check_packages_here([(choice.target, choice.options) for choice in here])
    for choice in choices:
        check_requirements(choice, default_runtime)


def check_requirements(choice: TargetChoice, default_runtime: Runtime = "local") -> None:
    """Raises UsageError if something that a target's options need is missing, on this machine or in the image
    of the targets, or if a process on this machine would need a limit that only containers have.

    `default_runtime` is used for targets that do not name a runtime.
    """
    if choice.runtime(default_runtime) == "docker":
        check_in_image(choice.target, choice.options)
        return
    check_here(choice.target, choice.options)
    limits = [name for name in ("memory", "pids") if getattr(choice.options, name)]
    if limits:
        raise UsageError(
            f"{choice.name} cannot have a limit on {' and '.join(limits)}",
            why="it runs as processes of this machine, which are not limited",
            hint=f"run it in a container: {choice.use}:runtime=docker, or all targets: --runtime docker",
        )
