"""Turns the words of `abreast attach` into targets: URLs, containers and compose projects that already run.

Rules of this file: abreast changes nothing that it finds, and starts nothing. `engine.attach.resolve` decides
what the words mean, `engine.attach.http_probe` sends requests to the servers.
"""

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread

from engine.attach.http_probe import PATIENCE_S, PATIENCE_WITH_YOUNG_S, ProbeResult, probe
from engine.attach.operations import WELL_KNOWN, Choose, OfferedOperations, offered_operations, operation_plan
from engine.attach.resolve import ResolvedTarget, chosen, engine_for, resolve
from engine.imports.openapi.operations import Operation
from engine.imports.plan_text import ANSWERING
from engine.plan.plan import Plan, make_plan
from engine.plan.plan_fields import READY_WITHIN_S
from engine.plan.render import check_sendable
from engine.plan.targets import MAX_TARGETS, CustomTarget
from engine.preflight.allowed_hosts import AllowedHosts, LookUp, look_up
from targets.errors import AbreastError, TargetError, UsageError, first_of
from targets.runtime.attached import WAIT_REPORTED_AFTER_S, WAIT_REPORTED_EVERY_S
from targets.runtime.containers import inventory
from targets.runtime.containers.inventory import Container, FoundContainer
from targets.secrets import masked_text
from targets.urls import path_fault
from targets.variables import Variables

NAME = "attach"
"""The plan's name, in place of a preset's."""

DEFAULT_USERS, DEFAULT_SECONDS, DEFAULT_THINK_TIME = 10, 30, "100 ms"
"""A gentle load: these servers may be in use."""

SILENT_S = 0.5
"""How long to wait for a container's other ports once one of them speaks HTTP."""


@dataclass(frozen=True, slots=True)
class AttachRequest:
    """What the user asked for."""

    words: tuple[str, ...]
    path: str = ""
    """The path that the simulated users request; empty if none was given."""
    workload: str = ""
    """A workload of abreast's contract, instead of a path."""
    health: str = ""
    """The path of a target's health check; if empty, abreast finds one."""
    targets: tuple[str, ...] = ()
    """Which of the targets found take part; if empty, all of them."""
    ready_within_s: float | None = None
    """How long targets may take to respond, in seconds; None for the default of all plans."""
    openapi: str | None = None
    """The path of the OpenAPI document whose operations users request; empty: it is searched for; None: users
    request `path` or `workload`."""
    operations: tuple[str, ...] = ()
    """Which of its operations; if empty, all that change nothing."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What was found."""

    plan: Plan
    left_out: tuple[str, ...] = ()
    """Services of projects that do not take part, and why."""
    notes: tuple[str, ...] = ()
    """What was left out of a document's operations, or done in another way."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The targets that take part."""

    targets: tuple[tuple[ResolvedTarget, CustomTarget], ...]
    left_out: tuple[str, ...]
    engine: FoundContainer
    allowed: AllowedHosts

    @property
    def custom(self) -> list[CustomTarget]:
        return [custom for _, custom in self.targets]


async def attach(
    request: AttachRequest,
    granted_hosts: Collection[str],
    *,
    look_up: LookUp = look_up,
    tell: Callable[[str], None] = lambda _: None,
    choose: Choose = lambda _: (),
) -> Attached:
    """Makes a plan that puts load on what the words name; `tell` gets progress messages during long waits,
    `choose` is asked which operations of a document are requested unless the request names them.

    Raises AbreastError if a word matches nothing that runs, a host may get no load, a server does not
    respond, or there are too many targets.
    """
    found = await _found(request, AllowedHosts.of(granted_hosts, look_up), tell)
    if request.openapi is not None:
        return await _attach_operations(request, found, choose)
    serves_contract = all(each.container and each.container.serves_contract for each, _ in found.targets)
    workload = request.workload or ("hello" if serves_contract and not request.path else "")
    users: dict[str, Any] = (
        {"workload": workload} if workload else {"request": ({"path": request.path or "/"},)}
    )
    return Attached(_plan(request, found.custom, users), found.left_out)


async def list_operations(
    request: AttachRequest, granted_hosts: Collection[str], *, look_up: LookUp = look_up
) -> tuple[Operation, ...]:
    """The operations in the document of the first target that the words name. Raises as `attach`."""
    found = await _found(request, AllowedHosts.of(granted_hosts, look_up), lambda _: None)
    return (await _offered(request, found)).operations


async def _attach_operations(request: AttachRequest, found: _Found, choose: Choose) -> Attached:
    """A plan of the operations in the first target's document, which all targets get. Raises AbreastError."""
    offered = await _offered(request, found)
    named = request.operations or tuple(await anyio.to_thread.run_sync(choose, offered.operations))
    made = operation_plan(offered, named, os.environ)
    custom = found.custom if request.health else [_lightly_checked(each) for each in found.custom]
    return Attached(_plan(request, custom, made.values), found.left_out, made.notes)


def _lightly_checked(custom: CustomTarget) -> CustomTarget:
    """The target with another health check if that would request a whole document every second."""
    if custom.health in {"/health", "/"}:
        return custom
    return CustomTarget.model_validate(
        custom.model_dump(exclude_unset=True) | {"health": "/", "health_status": ANSWERING}
    )


async def _offered(request: AttachRequest, found: _Found) -> OfferedOperations:
    target, custom = found.targets[0]
    server = _server_of(target, custom, found.engine)
    return await offered_operations(server, request.openapi or "", found.allowed)


async def _found(request: AttachRequest, allowed: AllowedHosts, tell: Callable[[str], None]) -> _Found:
    """The targets that the words name, each with its healthy path. Raises AbreastError."""
    _check(request)
    engine = await engine_for(request.words)
    targets = chosen(resolve(request.words, engine), request.targets)
    results: dict[int, CustomTarget | str] = {}
    try:
        async with anyio.create_task_group() as telling:
            telling.start_soon(_report_waiting, targets, results, tell)
            async with anyio.create_task_group() as group:
                for at, each in enumerate(targets):
                    group.start_soon(_probe_target, at, each, engine, request, allowed, results)
            telling.cancel_scope.cancel()
    except* AbreastError as errors:
        raise first_of(errors) from None
    taken = tuple(
        (each, custom) for at, each in enumerate(targets) if isinstance(custom := results[at], CustomTarget)
    )
    left_out = tuple(
        f"{each.name}: {reason}" for at, each in enumerate(targets) if isinstance(reason := results[at], str)
    )
    if not taken:
        raise TargetError(
            "nothing here can be load-tested",
            why="\n".join(left_out),
            hint="give a server's URL, or use --path",
        )
    return _Found(taken, left_out, engine, allowed)


def _server_of(target: ResolvedTarget, custom: CustomTarget, engine: FoundContainer) -> CustomTarget:
    """Where a target is reached: at its URL, or at the port that its container publishes."""
    container = target.container
    if container is None:
        return custom
    address = inventory.address_of(container.name, container.ports, custom.inner_port, engine.host)
    return CustomTarget(name="document", url=address.url)


def _check(request: AttachRequest) -> None:
    if request.openapi is not None and (request.path or request.workload):
        raise UsageError(
            f"--openapi and --{'path' if request.path else 'workload'} cannot be combined",
            why="users request either the operations of a document, or a path or a workload",
            hint="use only one of them",
        )
    if request.operations and request.openapi is None:
        raise UsageError(
            "--operation needs --openapi",
            why="operations are those that an OpenAPI document describes",
            hint="add --openapi, or --openapi PATH",
        )
    if request.path and request.workload:
        raise UsageError(
            "--path and --workload cannot be combined",
            why="users request either a path or a workload of abreast's contract",
            hint="use only one of them",
        )
    paths = (("--path", request.path), ("--health", request.health), ("--openapi", request.openapi))
    for option, path in paths:
        if path and (fault := path_fault(path)):
            hint = masked_text(f"/{path}") if path[:1] != "/" else "use percent-encoding, as in %09"
            raise UsageError(f"{option} cannot be {path!r}", why=fault, hint=hint)


# ---------------------------------------------------------------- probing the targets


async def _report_waiting(
    targets: Sequence[ResolvedTarget], results: Collection[int], tell: Callable[[str], None]
) -> None:
    """Reports which targets are still being probed, repeatedly, until it is cancelled."""
    await anyio.sleep(WAIT_REPORTED_AFTER_S)
    while True:
        tell(f"waiting for {', '.join(each.name for at, each in enumerate(targets) if at not in results)}")
        await anyio.sleep(WAIT_REPORTED_EVERY_S)


async def _probe_target(
    at: int,
    target: ResolvedTarget,
    engine: FoundContainer,
    request: AttachRequest,
    allowed: AllowedHosts,
    results: dict[int, CustomTarget | str],
) -> None:
    """Stores what the probe of this target found in `results`, or why it is left out. Only a service of a
    project can be left out. Raises TargetError for any other, and UsageError if a host may get no load."""
    try:
        if target.base is not None:
            results[at] = await _probe_url(target, target.base, request, allowed)
        else:
            results[at] = await _probe_container(target, engine, request, allowed)
    except TargetError as error:
        if not target.of_project:
            raise
        results[at] = f"{error.why}" if error.why else error.what


async def _probe_url(
    target: ResolvedTarget, custom: CustomTarget, request: AttachRequest, allowed: AllowedHosts
) -> CustomTarget:
    response = await probe(custom.address, _paths_to_probe(request), allowed, custom)
    return custom.model_copy(
        update={"name": target.name, "health": _health_path(target.name, response, request)}
    )


async def _probe_container(
    target: ResolvedTarget, engine: FoundContainer, request: AttachRequest, allowed: AllowedHosts
) -> CustomTarget:
    """A target at the lowest port with a healthy response, or else at the lowest that speaks HTTP."""
    container = target.container
    assert container is not None
    if container.state != "running":
        raise inventory.not_running(container.name, container.state, container.status)
    inventory.address_of(container.name, container.ports, target.inner, engine.host)
    ports = [port.inner for port in container.ports if target.inner in {None, port.inner}]
    responses = await _probe_ports(container, ports, engine, request, allowed)
    speaking = [inner for inner in ports if inner in responses and responses[inner].speaks_http]
    if not speaking:
        raise TargetError(
            f"nothing in the container {container.name} speaks HTTP",
            why="; ".join(f"port {inner} {responses[inner].trouble}" for inner in sorted(responses)),
            hint="if it is still starting, try again; if it is slow, wait longer with --ready-within; for a "
            "server with TLS, give its URL",
        )
    paths = _paths_to_probe(request)
    inner = next((inner for inner in speaking if responses[inner].healthy_path(paths)), speaking[0])
    return CustomTarget(
        name=target.name,
        container=f"{container.name}:{inner}",
        health=_health_path(target.name, responses[inner], request),
    )


async def _probe_ports(
    container: Container,
    ports: Sequence[int],
    engine: FoundContainer,
    request: AttachRequest,
    allowed: AllowedHosts,
) -> dict[int, ProbeResult]:
    """Probes each of these ports of a container; once one speaks HTTP, the others get only SILENT_S more."""
    responses: dict[int, ProbeResult] = {}
    patience_s = PATIENCE_WITH_YOUNG_S if container.is_young else PATIENCE_S
    async with anyio.create_task_group() as group:

        async def ask(inner: int) -> None:
            address = inventory.address_of(container.name, container.ports, inner, engine.host)
            responses[inner] = response = await probe(
                address,
                _paths_to_probe(request),
                allowed,
                patience_s=patience_s,
                answer_within_s=request.ready_within_s or READY_WITHIN_S,
            )
            if response.speaks_http:
                scope = group.cancel_scope
                scope.deadline = min(scope.deadline, anyio.current_time() + SILENT_S)

        for inner in ports:
            group.start_soon(ask, inner)
    return responses


def _paths_to_probe(request: AttachRequest) -> tuple[str, ...]:
    """The paths to probe for a healthy response, the preferred one first."""
    if request.health:
        return (request.health,)
    if request.openapi is not None:
        return ("/health", "/", *([request.openapi] if request.openapi else WELL_KNOWN))
    path = request.path or "/"
    return ("/health",) if request.workload or "{" in path else ("/health", path)


def _health_path(name: str, response: ProbeResult, request: AttachRequest) -> str:
    """The path with a healthy response. Raises TargetError if none has one, unless a path got no response at
    all: the server may still respond there when the session begins."""
    paths = _paths_to_probe(request)
    if path := response.healthy_path(paths):
        return path
    if response.trouble:
        return paths[-1]
    raise TargetError(
        f"{name} has no healthy response",
        why=", ".join(f"{path} answers {status}" for path, status in response.statuses.items()),
        hint="name a path that answers 200: with --path for users, or with --health for the health check",
    )


# ---------------------------------------------------------------- the plan


def _plan(request: AttachRequest, custom: Sequence[CustomTarget], users: dict[str, Any]) -> Plan:
    """The plan of a gentle load; `users` are its keys that say what users request."""
    names = [each.name for each in custom]
    if len(custom) > MAX_TARGETS:
        raise UsageError(
            f"{len(custom)} targets are too many: a session has at most {MAX_TARGETS}",
            why=f"found: {', '.join(names)}",
            hint=f"choose among them: --targets {','.join(names[:3])}",
        )
    values: dict[str, Any] = {
        "preset": NAME,
        "title": f"Attached: {' '.join(request.words)}",
        "target": custom,
        "targets": names,
        "variables": Variables(dict(os.environ)),
        "think_time": DEFAULT_THINK_TIME,
        "stages": ({"users": DEFAULT_USERS, "hold": DEFAULT_SECONDS},),
    }
    if request.ready_within_s is not None:
        values["ready_within"] = request.ready_within_s
    plan = make_plan(values | users, where="command line")
    check_sendable(plan, "command line", "")
    return plan
