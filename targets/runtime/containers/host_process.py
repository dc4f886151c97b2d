"""A container's processes as this system sees them from outside."""

from contextlib import suppress
from pathlib import Path

from targets.runtime import not_profiled
from targets.runtime.containers.engine import Engine


async def host_pid(engine: Engine, name: str, container: str) -> int:
    """The pid that the first process of a target's container has on this system. Raises TargetError if the
    engine does not answer, or its processes are not this system's."""
    doing = f"{name} cannot be profiled"
    found = await engine.call(doing, lambda client: client.inspect_container(container))
    pid = int(found["State"]["Pid"])
    if not pid or not is_in_container(pid, container):
        raise not_profiled(
            name,
            "the processes of its container are not visible here: the Docker Engine runs on another machine, "
            "or in a virtual machine of this one",
            f"run it as a process: {name}:runtime=local",
        )
    return pid


def is_in_container(pid: int, container: str, proc: Path = Path("/proc")) -> bool:
    """Whether this process of this system is in the container with this id: its control group or, where that
    is hidden by a namespace, its file systems name the container. An engine elsewhere, or in a virtual
    machine, reports pids that are of other processes here."""
    for part in ("cgroup", "mountinfo"):
        with suppress(OSError):
            if container in (proc / str(pid) / part).read_text():
                return True
    return False
