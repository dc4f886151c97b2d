"""Turns the words of `abreast attach` into targets: URLs, containers and compose projects that already run.

Rules of this file: abreast changes nothing that it finds, and starts nothing. `engine.attach.resolve` decides
what the words mean, `engine.attach.http_probe` sends requests to the servers.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread

from engine.attach.http_probe import PATIENCE_S, PATIENCE_WITH_YOUNG_S, Asked, probe
from engine.attach.resolve import Candidate, chosen, engine_for, meant
from engine.plan.plan import READY_WITHIN_S, Plan, make_plan
from engine.plan.targets import MAX_TARGETS, CustomTarget
from engine.preflight.allowed_hosts import AllowedHosts, LookUp, look_up
from targets.errors import AbreastError, TargetError, UsageError, first_of
from targets.runtime.attached import TOLD_AFTER_S, TOLD_EVERY_S
from targets.runtime.containers import inventory
from targets.runtime.containers.inventory import Container, FoundContainer
from targets.urls import path_fault

NAME = "attach"
"""The plan's name, in place of a preset's."""

USUAL_USERS, USUAL_SECONDS, USUAL_THINK_TIME = 10, 30, "100 ms"
"""A gentle load: these servers may be in use."""

SILENT_S = 0.5
"""How long to wait for a container's other ports once one of them speaks HTTP."""


@dataclass(frozen=True, slots=True)
class Wish:
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


@dataclass(frozen=True, slots=True)
class Attached:
    """What was found."""

    plan: Plan
    left_out: tuple[str, ...] = ()
    """Services of projects that do not take part, and why."""


async def attach(
    wish: Wish,
    granted_hosts: Collection[str],
    *,
    look_up: LookUp = look_up,
    tell: Callable[[str], None] = lambda _: None,
) -> Attached:
    """Makes a plan that puts load on what the words name; `tell` gets progress messages during long waits.

    Raises AbreastError if a word matches nothing that runs, a host may get no load, a server does not
    respond, or there are too many targets.
    """
    _check(wish)
    allowed = AllowedHosts.of(granted_hosts, look_up)
    engine = await engine_for(wish.words)
    candidates = chosen(meant(wish.words, engine), wish.targets)
    results: dict[int, CustomTarget | str] = {}
    try:
        async with anyio.create_task_group() as telling:
            telling.start_soon(_say_what_is_waited_for, candidates, results, tell)
            async with anyio.create_task_group() as group:
                for at, each in enumerate(candidates):
                    group.start_soon(_judge, at, each, engine, wish, allowed, results)
            telling.cancel_scope.cancel()
    except* AbreastError as errors:
        raise first_of(errors) from None
    taken = [
        (each, own) for at, each in enumerate(candidates) if isinstance(own := results[at], CustomTarget)
    ]
    left_out = tuple(
        f"{each.name}: {reason}"
        for at, each in enumerate(candidates)
        if isinstance(reason := results[at], str)
    )
    if not taken:
        raise TargetError(
            "nothing here can be load-tested",
            why="\n".join(left_out),
            hint="give a server's URL, or use --path",
        )
    serves_contract = all(each.container and each.container.serves_contract for each, _ in taken)
    workload = wish.workload or ("hello" if serves_contract and not wish.path else "")
    plan = _plan(wish, [own for _, own in taken], workload)
    return Attached(plan, left_out)


def _check(wish: Wish) -> None:
    if wish.path and wish.workload:
        raise UsageError(
            "--path and --workload cannot be combined",
            why="users request either a path or a workload of abreast's contract",
            hint="use only one of them",
        )
    for option, path in (("--path", wish.path), ("--health", wish.health)):
        if path and (fault := path_fault(path)):
            hint = f"/{path}" if not path.startswith("/") else "use percent-encoding, as in %09"
            raise UsageError(f"{option} cannot be {path!r}", why=fault, hint=hint)


# ---------------------------------------------------------------- probing the candidates


async def _say_what_is_waited_for(
    candidates: Sequence[Candidate], results: Collection[int], tell: Callable[[str], None]
) -> None:
    """Reports which candidates are still being probed, repeatedly, until it is cancelled."""
    await anyio.sleep(TOLD_AFTER_S)
    while True:
        tell(f"waiting for {', '.join(each.name for at, each in enumerate(candidates) if at not in results)}")
        await anyio.sleep(TOLD_EVERY_S)


async def _judge(
    at: int,
    candidate: Candidate,
    engine: FoundContainer,
    wish: Wish,
    allowed: AllowedHosts,
    results: dict[int, CustomTarget | str],
) -> None:
    """Stores the target made from this candidate in `results`, or why it is left out. Only a service of a
    project can be left out. Raises TargetError for any other, and UsageError if a host may get no load."""
    try:
        if candidate.base is not None:
            results[at] = await _judged_url(candidate, candidate.base, wish, allowed)
        else:
            results[at] = await _judged_container(candidate, engine, wish, allowed)
    except TargetError as error:
        if not candidate.of_project:
            raise
        results[at] = f"{error.why}" if error.why else error.what


async def _judged_url(
    candidate: Candidate, own: CustomTarget, wish: Wish, allowed: AllowedHosts
) -> CustomTarget:
    asked = await probe(own.address, _questions(wish), allowed, own)
    return own.model_copy(update={"name": candidate.name, "health": _health(candidate.name, asked, wish)})


async def _judged_container(
    candidate: Candidate, engine: FoundContainer, wish: Wish, allowed: AllowedHosts
) -> CustomTarget:
    """A target at the lowest port with a healthy response, or else at the lowest that speaks HTTP."""
    container = candidate.container
    assert container is not None
    if container.state != "running":
        raise inventory.not_running(container.name, container.state, container.status)
    inventory.address_of(container.name, container.ports, candidate.inner, engine.host)
    ports = [port.inner for port in container.ports if candidate.inner in {None, port.inner}]
    said = await _said(container, ports, engine, wish, allowed)
    speaking = [inner for inner in ports if inner in said and said[inner].speaks_http]
    if not speaking:
        raise TargetError(
            f"nothing in the container {container.name} speaks HTTP",
            why="; ".join(f"port {inner} {said[inner].trouble}" for inner in sorted(said)),
            hint="if it is still starting, try again; if it is slow, wait longer with --ready-within; for a "
            "server with TLS, give its URL",
        )
    paths = _questions(wish)
    inner = next((inner for inner in speaking if said[inner].well(paths)), speaking[0])
    return CustomTarget(
        name=candidate.name,
        container=f"{container.name}:{inner}",
        health=_health(candidate.name, said[inner], wish),
    )


async def _said(
    container: Container,
    ports: Sequence[int],
    engine: FoundContainer,
    wish: Wish,
    allowed: AllowedHosts,
) -> dict[int, Asked]:
    """Probes each of these ports of a container; once one speaks HTTP, the others get only SILENT_S more."""
    said: dict[int, Asked] = {}
    patience_s = PATIENCE_WITH_YOUNG_S if container.is_young else PATIENCE_S
    async with anyio.create_task_group() as group:

        async def ask(inner: int) -> None:
            address = inventory.address_of(container.name, container.ports, inner, engine.host)
            said[inner] = asked = await probe(
                address,
                _questions(wish),
                allowed,
                patience_s=patience_s,
                answer_within_s=wish.ready_within_s or READY_WITHIN_S,
            )
            if asked.speaks_http:
                scope = group.cancel_scope
                scope.deadline = min(scope.deadline, anyio.current_time() + SILENT_S)

        for inner in ports:
            group.start_soon(ask, inner)
    return said


def _questions(wish: Wish) -> tuple[str, ...]:
    """The paths to probe for a healthy response, the preferred one first."""
    if wish.health:
        return (wish.health,)
    path = wish.path or "/"
    return ("/health",) if wish.workload or "{" in path else ("/health", path)


def _health(name: str, asked: Asked, wish: Wish) -> str:
    """The path with a healthy response. Raises TargetError if none has one, unless a path got no response at
    all: the server may still respond there when the session begins."""
    paths = _questions(wish)
    if path := asked.well(paths):
        return path
    if asked.trouble:
        return paths[-1]
    raise TargetError(
        f"{name} has no healthy response",
        why=", ".join(f"{path} answers {status}" for path, status in asked.statuses.items()),
        hint="name a path that answers 200: with --path for users, or with --health for the health check",
    )


# ---------------------------------------------------------------- the plan


def _plan(wish: Wish, own: Sequence[CustomTarget], workload: str) -> Plan:
    names = [each.name for each in own]
    if len(own) > MAX_TARGETS:
        raise UsageError(
            f"{len(own)} targets are more than the {MAX_TARGETS} of a session",
            why=f"found: {', '.join(names)}",
            hint=f"choose among them: --targets {','.join(names[:3])}",
        )
    values: dict[str, Any] = {
        "preset": NAME,
        "title": f"Attached: {' '.join(wish.words)}",
        "target": own,
        "targets": names,
        "think_time": USUAL_THINK_TIME,
        "stages": ({"users": USUAL_USERS, "hold": USUAL_SECONDS},),
    }
    if wish.ready_within_s is not None:
        values["ready_within"] = wish.ready_within_s
    if workload:
        values["workload"] = workload
    else:
        values["request"] = ({"path": wish.path or "/"},)
    return make_plan(values, where="command line")
