"""Decides what the words of `abreast attach` mean: URLs, containers, compose projects. Contacts no server.

Rules of this file: an error about a word lists what the user could have named instead.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

import anyio.to_thread
from pydantic import ValidationError

from engine.plan.targets import CustomTarget
from targets.errors import AbreastError, TargetError, UsageError, unknown
from targets.runtime.containers import inventory
from targets.runtime.containers.engine_address import INSTEAD
from targets.runtime.containers.inventory import Container, FoundContainer
from targets.secrets import masked_text

_LONGEST_NAME = 24
_WITH_PORT = re.compile(r"(?P<host>.+):(?P<port>\d+)", re.ASCII)
_EXAMPLE = "abreast attach http://127.0.0.1:8000"
_HOW = f"abreast attach URL|CONTAINER|PROJECT…, for example: {_EXAMPLE}"


@dataclass(frozen=True, slots=True)
class ResolvedTarget:
    """Something that a word names, before any request is sent to it."""

    name: str
    base: CustomTarget | None
    """The target at a URL; None for a container."""
    container: Container | None = None
    inner: int | None = None
    """The port inside the container, if the user named one."""
    of_project: bool = False
    """Whether it is one of a project's services: one that does not speak HTTP is left out."""


async def engine_for(words: Sequence[str]) -> FoundContainer:
    """The containers of the Docker Engine; an empty result if all words are URLs, which need no engine.
    Raises AbreastError if the engine cannot be searched."""
    asking = [word for word in words if "://" not in word]
    if words and not asking:
        return FoundContainer("127.0.0.1", ())
    try:
        return await anyio.to_thread.run_sync(inventory.look)
    except AbreastError as error:
        if not words:
            raise UsageError(
                "name what to attach to", why="no Docker Engine answers here", hint=_HOW
            ) from error
        raise type(error)(
            f"{asking[0]!r} is not a URL, and containers cannot be searched",
            why=f"{error.what}: {error.why}" if error.why else error.what,
            hint=_url_hint(asking[0]) or error.hint.replace(INSTEAD, f"or name a URL: {_EXAMPLE}"),
        ) from error


def resolve(words: Sequence[str], engine: FoundContainer) -> list[ResolvedTarget]:
    """Everything that the words name, under unique names; a port of a container is listed only once. Raises
    UsageError if there are no words or one matches nothing, TargetError if a project publishes no port."""
    if not words:
        raise UsageError("name what to attach to", why=listing(engine) or "nothing runs here", hint=_HOW)
    found: list[ResolvedTarget] = []
    for word in words:
        for each in [_url(word)] if "://" in word else _contained(word, engine):
            known = [(one.container.id, one.inner) for one in found if one.container]
            if each.container is None or (each.container.id, each.inner) not in known:
                found.append(each)
    names: set[str] = set()
    named = []
    for each in found:
        numbered = (f"{each.name}#{number}" for number in count(2))
        name = next(name for name in chain([each.name], numbered) if name not in names)
        names.add(name)
        named.append(replace(each, name=name))
    return named


def chosen(targets: list[ResolvedTarget], texts: Sequence[str]) -> list[ResolvedTarget]:
    """The targets that `--targets` names; all if it names none. Raises UsageError for an unknown name."""
    names = [each.name for each in targets]
    for text in texts:
        if text not in names:
            raise unknown("target", text, names, hint="these are all that was found")
    return [
        replace(each, of_project=False) for text in texts for each in targets if each.name == text
    ] or targets


def _url(word: str) -> ResolvedTarget:
    scheme, _, rest = word.partition("://")
    base, slash, path = rest.partition("/")
    target = _server(word, f"{scheme}://{base}", _name_of_server(base))
    if path:
        raise UsageError(
            f"{word} is more than a server's address",
            why="a target is a scheme, a host and a port; give the path separately",
            hint=masked_text(shlex.join(["abreast", "attach", f"{scheme}://{base}", "--path", slash + path])),
        )
    return target


def _server(word: str, url: str, name: str) -> ResolvedTarget:
    """The target at a URL. Raises UsageError if that is not the URL of a server."""
    try:
        return ResolvedTarget(name, CustomTarget(name=name, url=url))
    except ValidationError as error:
        raise UsageError(
            f"{word} is not the URL of a server",
            why=error.errors()[0]["msg"].removeprefix("Value error, "),
            hint="a target is a scheme (http or https), a host and a port: http://127.0.0.1:8000",
        ) from error


def _contained(word: str, engine: FoundContainer) -> list[ResolvedTarget]:
    """A container by its name, else a project's services, else a container by the beginning of its id. Raises
    AbreastError if nothing or several things match."""
    name, colon, port = word.partition(":")
    inner = int(port) if port.isdecimal() and len(port) < 10 else None
    if colon and inner is None:
        raise UsageError(
            f"{word!r} has no port", why=f"{port!r} is not a number", hint=f"for example {name}:8000"
        )
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
        raise UsageError(
            f"several container IDs begin with {name!r}", why=ids, hint="use more characters, or the name"
        )
    raise _unknown(word, name, engine)


def _of_container(container: Container, inner: int | None) -> ResolvedTarget:
    return ResolvedTarget(_name(container.name), None, container, inner)


def _of_project(project: str, containers: Sequence[Container], inner: int | None) -> list[ResolvedTarget]:
    """A project's containers that publish a port, and those that failed; one that exited with status 0 has
    not failed. Raises TargetError if no running container publishes a port."""
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
        ResolvedTarget(_name(each.service), None, each, inner, of_project=True)
        for each in containers
        if each.ports or each in failed
    ]


def _unknown(word: str, name: str, engine: FoundContainer) -> UsageError:
    names = [each.name for each in engine.containers] + list(engine.projects)
    near = unknown("container or project", name, names)
    return UsageError(
        f"no container or project is called {name!r}",
        why=listing(engine) or "the engine has no running container",
        hint=_url_hint(word)
        or (near.hint if "did you mean" in near.hint else "docker ps lists the running containers"),
    )


def _url_hint(word: str) -> str:
    """A hint for a word that looks like a host and a port; empty for any other."""
    host, _, port = word.rpartition(":")
    return f"a URL begins with its scheme: http://{word}" if host and port.isdecimal() else ""


def listing(engine: FoundContainer) -> str:
    """What is running and can be attached to, as text for the user; empty if there is nothing."""
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
    """The name of a target at a host and a port. A long host is cut, so that the port stays. An IPv6 address
    has few letters, so it gets a prefix, as in Linux's name for loopback: `ip6-localhost-8000`."""
    host, port = base, ""
    if found := _WITH_PORT.fullmatch(base):
        host, port = found["host"], f"-{found['port']}"
    if host.startswith("["):
        groups = re.sub("[^0-9a-z]+", "-", host.lower()).strip("-")
        host = "ip6-localhost" if host == "[::1]" else f"ip6-{groups}"
    return _name(host[: _LONGEST_NAME - len(port)] + port)


def _name(text: str) -> str:
    """The text as a valid target name: short, in lower case, with `-` for characters that are not allowed."""
    signs = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in text)
    return signs.lower().strip("._-")[:_LONGEST_NAME] or "target"
