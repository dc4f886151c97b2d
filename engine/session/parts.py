"""The parts of a running session, and how they are assembled: each part uses only those built before it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anyio.abc import TaskGroup

from engine.cluster.cluster import Cluster
from engine.hosting.databases import Databases
from engine.hosting.dependencies import Dependencies
from engine.hosting.manager import TargetManager
from engine.hosting.network_delay import NetworkDelay
from engine.hosting.placement import Placement
from engine.hosting.revisions import Checkouts, Source
from engine.hosting.supervision import Supervisor
from engine.hosting.target_descriptions import TargetDescriptions
from engine.machine.environment import CorePlan
from engine.plan.plan import Plan
from engine.preflight.allowed_hosts import AllowedHosts
from engine.recording.recorder import Recorder
from engine.session.auto_warm_up import AutoWarmUp
from engine.session.capacity_search import CapacitySearch
from engine.session.cluster_watch import ClusterWatch
from engine.session.controller import Controller
from engine.session.duel import Duels
from engine.session.ending import Ending
from engine.session.fault_injector import FaultInjector
from engine.session.load_control import LoadControl
from engine.session.membership import Membership
from engine.session.once_requests import OnceRequests
from engine.session.profiler import Profiler
from engine.session.round_judge import RoundJudge
from engine.session.spare_workers import SpareWorkers
from engine.session.turn_driver import TurnDriver
from engine.session.worker_pool import WorkerPool
from targets.runtime.guard import Guard


@dataclass(frozen=True, slots=True, eq=False)
class SessionContext:
    """What is decided before any part of a session starts."""

    plan: Plan
    session_id: str
    folder: Path
    open_ended: bool
    """Whether the last stage holds until the session is ended."""
    cores: CorePlan
    allowed: AllowedHosts
    cluster: Cluster | None
    """Where the load workers run; None: on this machine, as child processes."""
    sources: Mapping[str, Source]
    """Of targets that name a revision, by the custom target's name."""
    guard: Guard
    recorder: Recorder
    ending: Ending
    export: Callable[[Sequence[str]], list[Path]]
    """Writes the session as recorded so far in these formats, and returns the files' paths. Blocks."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionParts:
    """The parts that work together while a session runs."""

    worker_pool: WorkerPool
    cluster_watch: ClusterWatch
    spare_workers: SpareWorkers
    supervisor: Supervisor
    manager: TargetManager
    injector: FaultInjector
    load: LoadControl
    once: OnceRequests
    auto_warm_up: AutoWarmUp
    profiler: Profiler
    turns: TurnDriver
    duels: Duels
    capacity_search: CapacitySearch | None
    """None in a session of another schedule."""
    controller: Controller


def assemble(context: SessionContext, worker_pool: WorkerPool, group: TaskGroup) -> SessionParts:
    """Builds the parts of a session around load workers that already run; no target is started yet."""
    plan, recorder = context.plan, context.recorder
    supervisor = Supervisor(group, recorder, context.ending.fail)
    placement = Placement(
        group=group,
        folder=context.folder,
        session_id=context.session_id,
        cores=context.cores,
        runtime=plan.runtime,
        plan_folder=plan.folder,
        recorder=recorder,
        supervisor=supervisor,
        checkouts=Checkouts(context.sources, plan.folder, context.folder),
    )
    databases = Databases(plan, placement)
    descriptions = TargetDescriptions(
        recorder=recorder,
        placement=placement,
        databases=databases,
        choices={choice.name: choice for choice in plan.targets},
    )
    manager = TargetManager(
        group=group,
        placement=placement,
        ready_within_s=plan.ready_within,
        recorder=recorder,
        dependencies=Dependencies(context.folder, context.session_id, placement),
        databases=databases,
        descriptions=descriptions,
        network_delay=NetworkDelay(plan.network_delay, context.session_id, context.folder, supervisor),
        workload=plan.workload,
        allowed=context.allowed,
    )
    injector = FaultInjector(plan, manager, recorder, group)
    load = LoadControl(plan, worker_pool=worker_pool, manager=manager, recorder=recorder)
    once = OnceRequests(plan, recorder)
    membership = Membership(
        plan, load=load, manager=manager, once=once, injector=injector, recorder=recorder, group=group
    )
    profiler = Profiler(
        plan,
        manager=manager,
        recorder=recorder,
        group=group,
        cores=context.cores.workers,
        folder=context.folder,
        session_id=context.session_id,
    )
    judge = RoundJudge(recorder)
    duels = Duels(
        plan,
        cores=context.cores,
        ending=context.ending,
        load=load,
        manager=manager,
        injector=injector,
        judge=judge,
        recorder=recorder,
        group=group,
    )
    controller = Controller(
        plan,
        load=load,
        manager=manager,
        injector=injector,
        membership=membership,
        profiler=profiler,
        duels=duels,
        recorder=recorder,
        export=context.export,
    )
    auto_warm_up = AutoWarmUp(plan, load, recorder)
    turns = TurnDriver(
        plan, load=load, manager=manager, judge=judge, recorder=recorder, ending=context.ending
    )
    capacity_search = CapacitySearch.of_plan(plan, load, recorder, context.ending)
    cluster_watch = ClusterWatch(context.cluster, worker_pool, recorder)
    return SessionParts(
        worker_pool,
        cluster_watch,
        SpareWorkers(context.cluster, worker_pool, load, cluster_watch, recorder, group),
        supervisor,
        manager,
        injector,
        load,
        once,
        auto_warm_up,
        profiler,
        turns,
        duels,
        capacity_search,
        controller,
    )
