"""What words of `abreast attach` mean: URLs, containers, compose projects. Asks no server anything.

Rules of this file: whatever a word could mean, or cannot, is said with what there is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

import anyio.to_thread
from pydantic import ValidationError

from engine.plan.targets import CustomTarget
from targets.errors import AbreastError, TargetError, UsageError, unknown
from targets.runtime.containers import inventory
from targets.runtime.containers.inventory import Container, FoundContainer

_LONGEST_NAME = 24
_WITH_PORT = re.compile(r"(?P<host>.+):(?P<port>\d+)", re.ASCII)
_HOW = "abreast attach URL|CONTAINER|PROJECT…, for example: abreast attach http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a word means, before anybody asked it anything."""

    name: str
    base: CustomTarget | None
    """Of a URL."""
    container: Container | None = None
    inner: int | None = None
    """The port in the container that was named."""
    of_project: bool = False
    """It is one of several: where it does not speak HTTP it is left out."""


async def engine_for(words: Sequence[str]) -> FoundContainer:
    """What the engine has, where a word could mean something of it. Raises AbreastError."""
    asking = [word for word in words if "://" not in word]
    if words and not asking:
        return FoundContainer("127.0.0.1", ())
    try:
        return await anyio.to_thread.run_sync(inventory.look)
    except AbreastError as error:
        if not words:
            raise UsageError(
                "say what to attach to", why="no Docker Engine answers here", hint=_HOW
            ) from error
        raise type(error)(
            f"{asking[0]!r} is not a URL, and containers cannot be searched",
            why=f"{error.what}: {error.why}" if error.why else error.what,
            hint=_url_hint(asking[0]) or error.hint.partition(", or leave")[0],
        ) from error


def meant(words: Sequence[str], engine: FoundContainer) -> list[Candidate]:
    """Everything that the words mean, each once, under unique names. Raises UsageError."""
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


def chosen(candidates: list[Candidate], texts: Sequence[str]) -> list[Candidate]:
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
    name = _name_of_server(base)
    try:
        return Candidate(name, CustomTarget(name=name, url=f"{scheme}://{base}"))
    except ValidationError as error:
        raise UsageError(
            f"{word} is not the URL of a server",
            why=error.errors()[0]["msg"].removeprefix("Value error, "),
            hint="a target is a scheme (http or https), a host and a port: http://127.0.0.1:8000",
        ) from error


def _contained(word: str, engine: FoundContainer) -> list[Candidate]:
    """A container by its name, a project's services, or a container by its id. Raises AbreastError."""
    name, colon, port = word.partition(":")
    inner = int(port) if port.isdecimal() and len(port) < 10 else None
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


def _unknown(word: str, name: str, engine: FoundContainer) -> UsageError:
    names = [each.name for each in engine.containers] + list(engine.projects)
    near = unknown("container or project", name, names)
    return UsageError(
        f"nothing here is called {name!r}",
        why=listing(engine) or "the engine has no container that runs",
        hint=_url_hint(word) or (near.hint if "did you mean" in near.hint else "docker ps lists what runs"),
    )


def _url_hint(word: str) -> str:
    """For what looks like a host and a port."""
    host, _, port = word.rpartition(":")
    return f"a URL begins with its scheme: http://{word}" if host and port.isdecimal() else ""


def listing(engine: FoundContainer) -> str:
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


def _name_of_server(base: str) -> str:
    """What a target at a host and a port is called; of a long one the port stays. An IPv6 address has few
    letters of its own, and is called as Linux calls it: `ip6-localhost-8000`."""
    host, port = base, ""
    if found := _WITH_PORT.fullmatch(base):
        host, port = found["host"], f"-{found['port']}"
    if host.startswith("["):
        groups = re.sub("[^0-9a-z]+", "-", host.lower()).strip("-")
        host = "ip6-localhost" if host == "[::1]" else f"ip6-{groups}"
    return _name(host[: _LONGEST_NAME - len(port)] + port)


def _name(text: str) -> str:
    """The same as a target can be called."""
    signs = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in text)
    return signs.lower().strip("._-")[:_LONGEST_NAME] or "target"
