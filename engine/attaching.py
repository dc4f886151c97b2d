"""What runs already, from a few words to targets: URLs, containers, compose projects.

Rules of this file:
- nothing is changed of what is found, and nothing starts;
- whatever a word could mean, or cannot, is said with what there is.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

import anyio
import anyio.to_thread
from pydantic import ValidationError

from engine.knocking import PATIENCE_S, PATIENCE_WITH_YOUNG_S, Asked, knock
from engine.plan import Plan, make_plan
from engine.target_plan import MAX_TARGETS, OwnTarget
from targets.errors import AbreastError, TargetError, UsageError, first_of, unknown
from targets.runtime.containers import found
from targets.runtime.containers.found import Container, Found

NAME = "attach"
"""What the plan is called, where others have the name of a preset."""

USUAL_USERS, USUAL_SECONDS, USUAL_THINK_TIME = 10, 30, "100 ms"
"""A load that hurts nobody: these servers are somebody else's."""

SILENT_S = 0.5
"""How long a container's other ports are waited for once one speaks HTTP."""

_LONGEST_NAME = 24
_HOW = "abreast attach URL|CONTAINER|PROJECT…, for example: abreast attach http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person said."""

    words: tuple[str, ...]
    path: str = ""
    """What users request; empty: nothing was said."""
    workload: str = ""
    """One of the contract's instead."""
    health: str = ""
    """Where a target says that it is well; empty: to be found out."""
    targets: tuple[str, ...] = ()
    """Which of those found take part; empty: all of them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a word means, before anybody asked it anything."""

    name: str
    base: OwnTarget | None
    """Of a URL."""
    container: Container | None = None
    inner: int | None = None
    """The port in the container that was named."""
    of_project: bool = False
    """It is one of several: where it does not speak HTTP it is left out."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What was found."""

    plan: Plan
    left_out: tuple[str, ...] = ()
    """Services of projects that take no part, and why."""


async def attach(wish: Wish, granted_hosts: Collection[str]) -> Attached:
    """A plan of load for what the words mean. Raises AbreastError: for a word that means nothing that runs, a
    host that may get no load, a server that does not answer, too many of them."""
    _check(wish)
    engine = await _engine(wish.words)
    candidates = _chosen(_meant(wish.words, engine), wish.targets)
    results: dict[int, OwnTarget | str] = {}
    try:
        async with anyio.create_task_group() as group:
            for at, each in enumerate(candidates):
                group.start_soon(_judge, at, each, engine, wish, granted_hosts, results)
    except* AbreastError as errors:
        raise first_of(errors) from None
    taken = [(each, own) for at, each in enumerate(candidates) if isinstance(own := results[at], OwnTarget)]
    left_out = tuple(
        f"{each.name}: {reason}"
        for at, each in enumerate(candidates)
        if isinstance(reason := results[at], str)
    )
    if not taken:
        raise TargetError(
            "nothing there takes load", why="\n".join(left_out), hint="name a server with its URL, or --path"
        )
    serves_contract = all(each.container and each.container.serves_contract for each, _ in taken)
    workload = wish.workload or ("hello" if serves_contract and not wish.path else "")
    plan = _plan(wish, [own for _, own in taken], workload)
    return Attached(plan, left_out)


def _check(wish: Wish) -> None:
    if wish.path and wish.workload:
        raise UsageError(
            "--path and --workload are two answers to one question",
            why="users request either a path, or what a workload of abreast's contract says",
            hint="leave one out",
        )
    for option, path in (("--path", wish.path), ("--health", wish.health)):
        if path and not path.startswith("/"):
            raise UsageError(
                f"{option} cannot be {path!r}", why="a path begins with a slash", hint=f"/{path}"
            )


# ---------------------------------------------------------------- what words mean


async def _engine(words: Sequence[str]) -> Found:
    """What the engine has, where a word could mean something of it. Raises AbreastError."""
    asking = [word for word in words if "://" not in word]
    if words and not asking:
        return Found("127.0.0.1", ())
    try:
        return await anyio.to_thread.run_sync(found.look)
    except AbreastError as error:
        if not words:
            raise UsageError(
                "say what to attach to", why="no Docker Engine answers here", hint=_HOW
            ) from error
        raise type(error)(
            f"{asking[0]!r} is no URL, and containers cannot be looked for",
            why=f"{error.what}: {error.why}" if error.why else error.what,
            hint=_url_hint(asking[0]) or error.hint.partition(", or leave")[0],
        ) from error


def _meant(words: Sequence[str], engine: Found) -> list[Candidate]:
    """Everything that the words mean, each once, under names that nobody else has. Raises UsageError."""
    if not words:
        raise UsageError("say what to attach to", why=listing(engine) or "nothing runs here", hint=_HOW)
    meant: list[Candidate] = []
    for word in words:
        for each in [_url(word)] if "://" in word else _contained(word, engine):
            known = [(one.container.id, one.inner) for one in meant if one.container]
            if each.container is None or (each.container.id, each.inner) not in known:
                meant.append(each)
    names: set[str] = set()
    named = []
    for each in meant:
        numbered = (f"{each.name}#{number}" for number in count(2))
        name = next(name for name in chain([each.name], numbered) if name not in names)
        names.add(name)
        named.append(replace(each, name=name))
    return named


def _chosen(candidates: list[Candidate], texts: Sequence[str]) -> list[Candidate]:
    """Those that `--targets` names, of which none may be missing; all where it names none."""
    names = [each.name for each in candidates]
    for text in texts:
        if text not in names:
            raise unknown("target", text, names, hint="those are what was found")
    return [
        replace(each, of_project=False) for text in texts for each in candidates if each.name == text
    ] or candidates


def _url(word: str) -> Candidate:
    scheme, _, rest = word.partition("://")
    base, slash, path = rest.partition("/")
    if path:
        raise UsageError(
            f"{word} is more than a server",
            why="a target is a scheme, a host and a port; what users request is said apart",
            hint=f"abreast attach {scheme}://{base} --path {slash}{path}",
        )
    name = _name(base)
    try:
        return Candidate(name, OwnTarget(name=name, url=f"{scheme}://{base}"))
    except ValidationError as error:
        raise UsageError(
            f"{word} is no URL of a server",
            why="a target is a scheme (http or https), a host and a port",
            hint="for example http://127.0.0.1:8000",
        ) from error


def _contained(word: str, engine: Found) -> list[Candidate]:
    """A container by its name, a project's services, or a container by its id. Raises AbreastError."""
    name, colon, port = word.partition(":")
    inner = int(port) if port.isdecimal() else None
    if colon and inner is None:
        raise UsageError(f"{word!r} has no port", why=f"it says {port!r}", hint=f"for example {name}:8000")
    for each in engine.containers:
        if each.name == name:
            return [_of_container(each, inner)]
    if services := engine.projects.get(name):
        return _of_project(name, services, inner)
    by_id = [each for each in engine.containers if len(name) >= 4 and each.id.startswith(name)]
    if len(by_id) == 1:
        return [_of_container(by_id[0], inner)]
    if by_id:
        ids = ", ".join(f"{each.id[:12]} ({each.name})" for each in by_id)
        raise UsageError(f"{name!r} begins several ids", why=ids, hint="write more of it, or the name")
    raise _unknown(word, name, engine)


def _of_container(container: Container, inner: int | None) -> Candidate:
    return Candidate(_name(container.name), None, container, inner)


def _of_project(project: str, containers: Sequence[Container], inner: int | None) -> list[Candidate]:
    """The containers of a project that publish a port, and those that failed: what ended well was meant to.
    Raises TargetError where none that runs publishes one."""
    running = [each for each in containers if each.state == "running"]
    failed = [each for each in containers if each not in running and "Exited (0)" not in each.status]
    if not any(each.ports for each in running):
        raise TargetError(
            f"no service of the project {project} can be reached",
            why="; ".join(
                f"{each.service} " + ("publishes no TCP port" if each in running else f"is {each.state}")
                for each in containers
            ),
            hint=f"docker compose -p {project} up -d, with ports: in its compose file",
        )
    return [
        Candidate(_name(each.service), None, each, inner, of_project=True)
        for each in containers
        if each.ports or each in failed
    ]


def _unknown(word: str, name: str, engine: Found) -> UsageError:
    names = [each.name for each in engine.containers] + list(engine.projects)
    near = unknown("container or project", name, names or ["none"])
    return UsageError(
        f"nothing here is called {name!r}",
        why=listing(engine) or "the engine has no container that runs",
        hint=_url_hint(word) or (near.hint if "did you mean" in near.hint else "docker ps lists what runs"),
    )


def _url_hint(word: str) -> str:
    """For what looks like a host and a port."""
    host, _, port = word.rpartition(":")
    return f"a URL begins with its scheme: http://{word}" if host and port.isdecimal() else ""


def listing(engine: Found) -> str:
    """What runs there and can be attached to, for people; empty where there is nothing."""
    running = [each for each in engine.containers if each.state == "running"]
    containers = [
        f"{each.name} ({', '.join(f'{port.outer}→{port.inner}' for port in each.ports)})"
        for each in running
        if each.ports
    ]
    projects = [
        f"{name} ({', '.join(dict.fromkeys(each.service for each in each_one))})"
        for name, each_one in engine.projects.items()
        if any(each.state == "running" and each.ports for each in each_one)
    ]
    lines = [("containers", containers), ("projects", projects)]
    return "\n".join(f"{kind}: {', '.join(names)}" for kind, names in lines if names)


def _name(text: str) -> str:
    """The same as a target can be called."""
    signs = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in text)
    return signs.lower().strip("._-")[:_LONGEST_NAME] or "target"


# ---------------------------------------------------------------- asking them


async def _judge(
    at: int,
    candidate: Candidate,
    engine: Found,
    wish: Wish,
    granted_hosts: Collection[str],
    results: dict[int, OwnTarget | str],
) -> None:
    """Notes the target that this candidate makes, or why it is left out. Raises AbreastError where a word
    named it alone."""
    try:
        if candidate.base is not None:
            results[at] = await _judged_url(candidate, candidate.base, wish, granted_hosts)
        else:
            results[at] = await _judged_container(candidate, engine, wish, granted_hosts)
    except TargetError as error:
        if not candidate.of_project:
            raise
        results[at] = f"{error.why}" if error.why else error.what


async def _judged_url(
    candidate: Candidate, own: OwnTarget, wish: Wish, granted_hosts: Collection[str]
) -> OwnTarget:
    asked = await knock(own.address, _questions(wish), granted_hosts, own)
    return own.model_copy(update={"name": candidate.name, "health": _health(candidate.name, asked, wish)})


async def _judged_container(
    candidate: Candidate, engine: Found, wish: Wish, granted_hosts: Collection[str]
) -> OwnTarget:
    """Of several ports the lowest that speaks HTTP, or of those that do, the lowest that says it is well."""
    container = candidate.container
    assert container is not None
    if container.state != "running":
        raise found.not_running(container.name, container.state, container.status)
    found.address_of(container.name, container.ports, candidate.inner, engine.host)
    ports = [port.inner for port in container.ports if candidate.inner in {None, port.inner}]
    said = await _said(container, ports, engine, wish, granted_hosts)
    speaking = [inner for inner in ports if inner in said and not said[inner].trouble]
    if not speaking:
        raise TargetError(
            f"nothing in the container {container.name} speaks HTTP",
            why="; ".join(f"port {inner} {said[inner].trouble}" for inner in sorted(said)),
            hint="if it is still starting, try again; a server with TLS is named by its URL",
        )
    paths = _questions(wish)
    inner = next((inner for inner in speaking if said[inner].well(paths)), speaking[0])
    return OwnTarget(
        name=candidate.name,
        container=f"{container.name}:{inner}",
        health=_health(candidate.name, said[inner], wish),
    )


async def _said(
    container: Container,
    ports: Sequence[int],
    engine: Found,
    wish: Wish,
    granted_hosts: Collection[str],
) -> dict[int, Asked]:
    """What each port of a container says; once one speaks HTTP, others are not waited for long."""
    said: dict[int, Asked] = {}
    patience_s = PATIENCE_WITH_YOUNG_S if container.is_young else PATIENCE_S
    async with anyio.create_task_group() as group:

        async def ask(inner: int) -> None:
            address = found.address_of(container.name, container.ports, inner, engine.host)
            said[inner] = asked = await knock(address, _questions(wish), granted_hosts, patience_s=patience_s)
            if not asked.trouble:
                scope = group.cancel_scope
                scope.deadline = min(scope.deadline, anyio.current_time() + SILENT_S)

        for inner in ports:
            group.start_soon(ask, inner)
    return said


def _questions(wish: Wish) -> tuple[str, ...]:
    """Where a server may say that it is well, the best first."""
    if wish.health:
        return (wish.health,)
    path = wish.path or "/"
    return ("/health",) if wish.workload or "{" in path else ("/health", path)


def _health(name: str, asked: Asked, wish: Wish) -> str:
    """Where it says that it is well. Raises TargetError where it does so nowhere; one that did not answer at
    all may still do so when the session begins."""
    paths = _questions(wish)
    if asked.trouble:
        return paths[-1]
    if chosen := asked.well(paths):
        return chosen
    raise TargetError(
        f"{name} does not say that it is well",
        why=", ".join(f"{path} answers {status}" for path, status in asked.statuses.items()),
        hint="say what users request (--path /…), and where it says that it is well (--health /…)",
    )


# ---------------------------------------------------------------- the plan


def _plan(wish: Wish, own: Sequence[OwnTarget], workload: str) -> Plan:
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
    if workload:
        values["workload"] = workload
    else:
        values["request"] = ({"path": wish.path or "/"},)
    return make_plan(values, where="command line")
