"""A custom target of a plan: any server that speaks HTTP. Pure.

abreast starts it from its command and stops it, or attaches to it where it runs already, at a URL or in a
container.
"""

import re
import shlex
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from engine.plan import checks
from engine.plan.values import Flag, Frozen
from engine.plan.workload import parse_statuses
from targets import catalog, contract
from targets.launch import Launch, LaunchContext
from targets.runtime import Address
from targets.secrets import masked_text, masked_words
from targets.target import Target
from targets.urls import path_fault, text_fault
from targets.variables import Variables, has_variables

PORT = "{port}"
"""Placeholder of the port that a command must listen on."""

_PORTS = {"http": 80, "https": 443}
_ANY_PORT = range(1, 65_536)
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*(:[0-9]{1,5})?")
"""A container's name as Docker allows it, with or without a port."""


def _words(value: object) -> object:
    return tuple(shlex.split(value)) if isinstance(value, str) else value


MAX_LABEL = 32
"""Characters."""


def parse_label(text: str) -> str:
    """A label without spaces around it. Raises ValueError."""
    if len(text.strip()) > MAX_LABEL:
        raise ValueError(f"a label has at most {MAX_LABEL} characters, not {len(text.strip())}")
    return checks.line(text.strip())


Label = Annotated[str, AfterValidator(parse_label)]


WORK_TREE = "work-tree"
"""The revision that is not one: the folder as it is, with changes that are not committed."""

MAX_REVISION = 250
"""Characters, as git's own limit for the name of a branch."""


def parse_revision(text: str) -> str:
    """A revision as git names it: a branch, a tag, a hash, `HEAD~2`; or `work-tree`. Raises ValueError."""
    text = checks.line(text.strip())
    if text.startswith("-") or any(sign.isspace() or sign in ",:" for sign in text):
        raise ValueError(f"{text!r} is not a revision: write a branch, a tag, a hash, or work-tree")
    if len(text) > MAX_REVISION:
        raise ValueError(f"a revision has at most {MAX_REVISION} characters, not {len(text)}")
    return text


Revision = Annotated[str, AfterValidator(parse_revision)]


def _optional_statuses(value: object) -> tuple[int, ...]:
    return parse_statuses(value) if value not in ((), []) else ()


class CustomTarget(Frozen):
    """A custom target: `[[target]]`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,23}(#[0-9]{1,2})?$")]
    """Its name in the session: lower-case letters, digits, dots and dashes; `#2` at the end for another
    target of the same name."""
    label: Label = ""
    """Shown instead of its name."""
    about: str = ""
    """One line that describes it."""
    command: Annotated[tuple[str, ...], BeforeValidator(_words, json_schema_input_type=str | list[str])] = ()
    """The command that starts it, as one string or a list of words; `{port}` is filled in."""
    cwd: str = ""
    """The folder that its command runs in, relative to the plan's folder; empty: the plan's folder itself."""
    env: dict[str, str] = Field(default_factory=dict)
    """Environment variables in addition to those that all targets get; `{port}` is filled in."""
    revision: Revision = ""
    """Run this revision of its source: a branch, a tag or a hash of the git repository around `cwd`, checked
    out for the session; `work-tree` is the folder as it is."""
    health: str = "/"
    """A path that answers 200 once the target is ready; the health probe uses it too."""
    health_status: Annotated[
        tuple[int, ...],
        BeforeValidator(_optional_statuses, json_schema_input_type=int | str | list[int | str]),
    ] = ()
    """Statuses of that path that show that the target is ready, as in `expect_status`; by default 200, or any
    below 400 of one that runs already."""
    url: str = ""
    """Where it runs already: `http://host:port` or `https://…`. abreast neither starts nor stops it."""
    container: str = ""
    """The name of the container that it runs in already, with the port inside if there are several:
    `web:8080`. Docker measures it; abreast neither starts nor stops it."""
    ca: str = ""
    """https: a PEM file, relative to the plan's folder, with the authorities to trust instead of the
    system's."""
    insecure: Flag = False
    """https: accept any certificate, whatever `ca` has."""
    server_name: str = ""
    """https: the name to request and to check the certificate against, if it is not the URL's host."""

    _written: "CustomTarget | None" = PrivateAttr(default=None)

    @property
    def written(self) -> "CustomTarget":
        """The target as its plan has it, with variables of the environment where they are written."""
        return self._written or self

    def filled(self, variables: Variables) -> "CustomTarget":
        """The target with the values of variables in how it is reached; its `env` is filled in when it is
        started. Raises ValueError that repeats no value."""
        texts = {name: getattr(self, name) for name in ("url", "health", "server_name")}
        values = {name: variables.fill(text) for name, text in texts.items()}
        for text in self.env.values():
            variables.fill(text)
        if values == texts:
            return self
        try:
            target = CustomTarget.model_validate({**dict(self), **values})
        except ValidationError:  # its text has the values
            wrong = " and ".join(name for name, text in texts.items() if values[name] != text)
            raise ValueError(
                f"{wrong} of {self.name!r} cannot be used with the values of its environment variables"
            ) from None
        target._written = self
        return target

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(map(bool, (self.command, self.url, self.container))) != 1:
            raise ValueError(
                "a target has exactly one of command, or the url or container where it runs already"
            )
        if self.command and not self.command[0]:
            raise ValueError("command must begin with a program")
        checks.system_texts((*self.command, self.cwd, self.ca))
        checks.environment(self.env)
        if not has_variables(self.health) and (fault := path_fault(self.health)):
            raise ValueError(f'health must be a path like "/health": {fault}')
        if self.name in catalog.TARGETS and not self.container:
            raise ValueError(f"{self.name!r} is a built-in target; give it another name")
        if not self.command and (self.cwd or self.env or self.revision):
            raise ValueError(
                "cwd, env and revision need a command: abreast does not start a target that runs already"
            )
        if not has_variables(self.url):  # else it is checked once they are filled in
            self._check_place()
        return self

    def _check_place(self) -> None:
        if self.url:
            self._check_url()
        elif self.container:
            self._check_container()
        elif not any(PORT in text for text in (*self.command, *self.env.values())):
            raise ValueError(f"command has no place for the port: write {PORT} in it, or in env")
        if not self.is_https and (self.ca or self.insecure or self.server_name):
            raise ValueError("ca, insecure and server_name need a url that begins with https://")

    def _check_url(self) -> None:
        if fault := text_fault(self.url):
            raise ValueError(f"{self.url!r} is not the url of a server: {fault}")
        parts = self._parts
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(
                f'{self.url!r} is not the url of a server; write one like "http://127.0.0.1:9000" (or https)'
            )
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("a url has only a scheme, a host and a port; paths belong to the requests")
        if parts.port == 0:
            raise ValueError("no server listens on port 0; a port is a number between 1 and 65535")
        checks.host(parts.hostname)
        if self.server_name and not has_variables(self.server_name):
            checks.host(self.server_name)

    def _check_container(self) -> None:
        if not _CONTAINER.fullmatch(self.container) or self.inner_port not in {None, *_ANY_PORT}:
            raise ValueError(
                f'{self.container!r} is not a container; write its name, or with a port inside: "web:8080"'
            )

    @property
    def _parts(self) -> SplitResult:
        parts = urlsplit(self.url)
        try:
            _ = parts.port
        except ValueError as error:
            raise ValueError("a port is a number between 1 and 65535") from error
        return parts

    @property
    def is_https(self) -> bool:
        """Whether requests go over TLS."""
        return self.url.startswith("https://")

    @property
    def container_name(self) -> str:
        """The name of its container, without the port."""
        return self.container.partition(":")[0]

    @property
    def inner_port(self) -> int | None:
        """The port inside its container that gets the load; None: the lowest published one."""
        port = self.container.partition(":")[2]
        return int(port) if port else None

    @property
    def address(self) -> Address:
        """The address in its url."""
        parts = self._parts
        return Address(parts.hostname or "", parts.port or _PORTS[parts.scheme], parts.scheme)

    def as_target(self) -> Target:
        """The target in the form of the catalogue; which workloads it serves is not known beforehand."""
        return Target(
            name=self.name,
            about=masked_text(self.about)
            or self.written.url
            or self.container
            or shlex.join(masked_words(self.command)),
            start=lambda _, site: self._launch(site),
            workloads=frozenset(contract.WORKLOADS),
            packages=(),
            serves=self.written.url or self.container or Path(self.command[0]).name,
        )

    def _launch(self, site: LaunchContext) -> Launch:
        def filled(text: str) -> str:
            return text.replace(PORT, str(site.port))

        return Launch(
            argv=tuple(filled(word) for word in self.command),
            env={name: filled(value) for name, value in self.env.items()},
            health_path=self.health,
            health_statuses=self.health_status or (200,),
            cwd=str(Path(site.plan_folder, self.cwd)) if site.plan_folder or self.cwd else "",
        )
