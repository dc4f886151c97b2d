"""Load workers on a Ray cluster: what a plan may ask of it, and the cores that targets then have.

Rules of this file:
- what cannot be done from other machines is refused by name, before anything starts.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from engine.cluster.cluster import Cluster, connected
from engine.machine import environment
from engine.machine.environment import CorePlan
from engine.plan.plan import Plan
from engine.plan.rounds import OF_ROUNDS
from engine.plan.targets import TargetChoice
from targets.errors import UsageError
from targets.runtime.containers.connection import published_at


@asynccontextmanager
async def cluster_of(plan: Plan, session_id: str, folder: Path) -> AsyncIterator[Cluster | None]:
    """The plan's cluster while the block runs, with its load workers started; None without one. Raises
    AbreastError."""
    if not plan.cluster:
        yield None
        return
    grows = plan.schedule not in OF_ROUNDS  # rounds count only if nothing changes meanwhile
    async with connected(
        plan.cluster,
        plan.load_workers,
        session_id=session_id,
        folder=folder,
        grows=grows,
        only_here=not works_from_elsewhere(plan),
    ) as cluster:
        if not cluster.is_here:
            check_remote(plan)
        yield cluster


def with_workers(plan: Plan, cluster: Cluster | None) -> Plan:
    """The plan with the number of load workers that the cluster runs."""
    return plan if cluster is None else plan.model_copy(update={"load_workers": cluster.workers})


def core_plan(plan: Plan, cluster: Cluster | None) -> CorePlan:
    """The cores of load workers and targets; if the load comes from other machines, targets may use all."""
    available = environment.available_cores()
    if cluster is None or cluster.is_here:
        cores = environment.plan_cores(available, plan.load_worker_count)
        return cores if cluster is None else replace(cores, text=f"{cluster.text}; {cores.text}")
    return CorePlan((), (), f"{cluster.text}; targets on all cores of this machine")


def check_remote(plan: Plan) -> None:
    """Raises UsageError if load workers on other machines cannot do what the plan asks for."""
    if plan.schedule == "duel":
        raise UsageError(
            "a duel needs its load worker on this machine",
            why="it measures the CPU time of one core that abreast pins targets to, beside their load",
            hint="use --schedule turns, or leave out --cluster",
        )
    if plan.network_delay:
        raise UsageError(
            "--network-delay cannot be used with a cluster of other machines",
            why="the delay proxy listens on this machine's loopback address, which they do not reach",
            hint="leave it out: there is a real network in between",
        )
    for choice, where in _only_here(plan):
        raise UsageError(
            f"the nodes of the cluster cannot reach {choice.name}",
            why=f"it listens on {where} of this machine only",
            hint="attach a server that they reach: abreast attach http://HOST:PORT --cluster …; "
            "or send the load from here: --cluster local",
        )


def works_from_elsewhere(plan: Plan) -> bool:
    """Whether load workers on other machines can do what the plan asks for."""
    try:
        check_remote(plan)
    except UsageError:
        return False
    return True


def _only_here(plan: Plan) -> Iterator[tuple[TargetChoice, str]]:
    """The targets that other machines cannot reach, and where they listen."""
    for choice in plan.targets:
        if choice.custom is not None and choice.custom.url:
            if _is_loopback(host := choice.custom.address.host):
                yield choice, host
        elif choice.runtime(plan.runtime) == "docker" or (choice.custom and choice.custom.container):
            if _is_loopback(host := published_at()):
                yield choice, host
        else:
            yield choice, "127.0.0.1"


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine for every machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
