"""Which targets a plan takes: the catalogue's with their options, and its own. Pure.

A target of the plan's own is any server that speaks HTTP: abreast starts it from its command and ends it, or
takes it as it runs, at a URL or in a container.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from engine.plan import checks
from engine.plan.values import Frozen
from targets import catalog, contract
from targets.errors import UsageError
from targets.launch import Launch, LaunchContext
from targets.options import Options, parse_options, split_options, words
from targets.runtime import Address
from targets.secrets import HIDDEN, masked_text, masked_values, masked_words
from targets.target import Target
from targets.urls import path_fault, text_fault

Runtime = Literal["local", "docker", "attached"]
"""Processes of this machine, containers, or somebody else's."""

MAX_TARGETS = 6
"""Of one session: there are six colours and markers."""

MAX_OWN_TARGETS = 100
"""Of a plan's own, of which a session takes some."""

PORT = "{port}"
"""Stands where abreast writes the port that a command shall listen on."""

_PORTS = {"http": 80, "https": 443}
_ANY_PORT = range(1, 65_536)
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*(:[0-9]{1,5})?")
"""As the engine lets containers be called."""


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


class CustomTarget(Frozen):
    """A server of the plan's own: `[[target]]`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,23}(#[0-9]{1,2})?$")]
    """How it is called in the session: small letters, digits, dots, dashes; `#2` behind it for another of the
    same name."""
    label: Label = ""
    """What people read in place of its name."""
    about: str = ""
    """One line on what it is."""
    command: Annotated[tuple[str, ...], BeforeValidator(_words, json_schema_input_type=str | list[str])] = ()
    """How it is started, as one text or as a list of words; `{port}` is filled in."""
    cwd: str = ""
    """The folder that its command runs in, relative to the plan's folder; empty: the plan's folder itself."""
    env: dict[str, str] = Field(default_factory=dict)
    """Beside the sealed environment that all targets get; `{port}` is filled in."""
    health: str = "/"
    """A path that answers 200 once it is ready; the canary asks for it too."""
    url: str = ""
    """Where it runs already: `http://host:port`, or `https://`. It is then neither started nor stopped."""
    container: str = ""
    """The container that it runs in already, by name, with the port inside where it has several: `web:8080`.
    Its engine measures it; it is neither started nor stopped."""
    ca: str = ""
    """https: a PEM file of authorities to trust instead of the system's, from the plan's folder."""
    insecure: bool = False
    """https: accept any certificate."""
    server_name: str = ""
    """https: the name to ask for and to check the certificate against, where it is not the URL's host."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.command, self.url, self.container))) != 1:
            raise ValueError(
                "a target has one of these: a command, or the url or the container where it runs already"
            )
        if self.command and not self.command[0]:
            raise ValueError("its command does not begin with a program")
        checks.system_texts((*self.command, self.cwd, self.ca))
        checks.environment(self.env)
        if fault := path_fault(self.health):
            raise ValueError(f'health is a path like "/health": {fault}')
        if self.name in catalog.TARGETS and not self.container:
            raise ValueError(f"{self.name!r} is one of abreast's own targets; give it another name")
        if (self.url or self.container) and (self.cwd or self.env):
            raise ValueError(
                "cwd and env are for a target with a command: one that runs already is not started"
            )
        if self.url:
            self._check_url()
        elif self.container:
            self._check_container()
        elif not any(PORT in text for text in (*self.command, *self.env.values())):
            raise ValueError(
                f"its command does not say where the port goes: write {PORT} in it, or in its env"
            )
        if not self.is_https and (self.ca or self.insecure or self.server_name):
            raise ValueError("ca, insecure and server_name are for a url that begins with https://")
        return self

    def _check_url(self) -> None:
        if fault := text_fault(self.url):
            raise ValueError(f"{self.url!r} is no url of a server: {fault}")
        parts = self._parts
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(
                f'{self.url!r} is no url of a server; write one (http or https) like "http://127.0.0.1:9000"'
            )
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("a url is a scheme, a host and a port alone; paths stand with the requests")
        if parts.port == 0:
            raise ValueError("no server listens on port 0; ports go from 1 to 65535")
        checks.host(parts.hostname)
        if self.server_name:
            checks.host(self.server_name)

    def _check_container(self) -> None:
        if not _CONTAINER.fullmatch(self.container) or self.inner_port not in {None, *_ANY_PORT}:
            raise ValueError(
                f'{self.container!r} is no container; write its name, or with a port inside: "web:8080"'
            )

    @property
    def _parts(self) -> SplitResult:
        parts = urlsplit(self.url)
        _ = parts.port  # raises ValueError where it is none
        return parts

    @property
    def is_https(self) -> bool:
        """Whether it is spoken to with TLS."""
        return self.url.startswith("https://")

    @property
    def container_name(self) -> str:
        """Its container, without the port."""
        return self.container.partition(":")[0]

    @property
    def inner_port(self) -> int | None:
        """The port in its container that gets the load; None: the lowest of those that are published."""
        port = self.container.partition(":")[2]
        return int(port) if port else None

    @property
    def address(self) -> Address:
        """Where its url points."""
        parts = self._parts
        return Address(parts.hostname or "", parts.port or _PORTS[parts.scheme], parts.scheme)

    def as_target(self) -> Target:
        """The same as the catalogue's targets are described; what it serves is not known beforehand."""
        return Target(
            name=self.name,
            about=masked_text(self.about)
            or self.url
            or self.container
            or shlex.join(masked_words(self.command)),
            start=lambda _, site: self._launch(site),
            workloads=frozenset(contract.WORKLOADS),
            packages=(),
            serves=self.url or self.container or Path(self.command[0]).name,
        )

    def _launch(self, site: LaunchContext) -> Launch:
        def filled(text: str) -> str:
            return text.replace(PORT, str(site.port))

        return Launch(
            argv=tuple(filled(word) for word in self.command),
            env={name: filled(value) for name, value in self.env.items()},
            health_path=self.health,
            cwd=str(Path(site.plan_folder, self.cwd)) if site.plan_folder or self.cwd else "",
        )


def recorded_options(options: Options) -> dict[str, Any]:
    """Options as plain values; in variables, what looks like a secret is hidden."""
    return asdict(options) | {"env": masked_values(dict(options.env))}


class TargetChoice(Frozen):
    """A target with its options, under a name that is unique in the session."""

    name: str
    use: str
    """Its name in the catalogue, or among the plan's own."""
    options: Annotated[Options, PlainSerializer(recorded_options, when_used="json")]
    label: Label = ""
    """What people read in place of its name; empty: what `labels.labels_of` makes of its options."""
    own: Annotated[CustomTarget | None, Field(exclude=True)] = None
    """Where it is the plan's own; recorded among the plan's, not here."""

    @property
    def target(self) -> Target:
        """What is put under test."""
        return self.own.as_target() if self.own else catalog.find(self.use)

    @property
    def text(self) -> str:
        """The choice as `parse` reads it, with what differs from the defaults; secrets are not hidden."""
        label = f"{_LABEL}={self.label}" if self.label else ""
        return ":".join(part for part in (self.use, label, words(self.target, self.options)) if part)

    @property
    def public_options(self) -> Options:
        """The options as they may be shown and written down."""
        return replace(self.options, env=tuple(masked_values(dict(self.options.env)).items()))

    @property
    def is_attached(self) -> bool:
        """Whether it runs already, and is neither started nor stopped."""
        return self.own is not None and bool(self.own.url or self.own.container)

    def runtime(self, usual: Runtime) -> Runtime:
        """What runs it in a session where targets that say nothing are run by `usual`. One of the plan's own
        is always run as it says."""
        if self.own is not None:
            return "attached" if self.is_attached else "local"
        return "docker" if (self.options.runtime or usual) == "docker" else "local"

    @classmethod
    def parse(cls, text: str, own: Mapping[str, CustomTarget] | None = None) -> Self:
        """A choice from `fastapi` or `fastapi:workers=4:threads=2`, or the name of one of the plan's `own`.

        Raises UsageError.
        """
        use, _, settings = text.strip().partition(":")
        mine = (own or {}).get(use.strip())
        if mine is not None:
            return cls(name=mine.name, use=mine.name, options=Options(), own=mine).with_options(settings)
        target = catalog.find(use.strip())
        return cls(name=target.name, use=target.name, options=target.defaults).with_options(settings)

    def with_options(self, text: str) -> Self:
        """The same choice with the options of `workers=4:threads=2`, and its defaults for the rest.

        It keeps its label unless the text has another (`label=four workers`), and a variable whose value was
        hidden its value. Raises UsageError.
        """
        pairs = split_options(text, self.use) if text.strip() else {}
        label = _checked_label(pairs.pop(_LABEL)) if _LABEL in pairs else self.label
        if self.own is not None and pairs:
            raise UsageError(
                f"target {self.use!r} takes no options",
                why="it is the plan's own",
                hint="change its command or env in the plan",
            )
        options = parse_options(self.target, pairs)
        kept = dict(self.options.env)
        env = tuple((name, kept.get(name, "") if text == HIDDEN else text) for name, text in options.env)
        return self.model_copy(update={"options": replace(options, env=env), "label": label})

    def staying(self, before: Self) -> Self:
        """The same choice, run by what ran it before where it asks for nothing else."""
        if self.options.runtime or not before.options.runtime:
            return self
        return self.model_copy(update={"options": replace(self.options, runtime=before.options.runtime)})


_LABEL = "label"
"""Written like an option: `fastapi:label=Old:workers=4`."""


def _checked_label(text: str) -> str:
    try:
        return parse_label(text)
    except ValueError as error:
        raise UsageError(
            f"label cannot be {text[:40]!r}", why=str(error), hint="for example label=four workers"
        ) from None


def name_apart(choices: Iterable[TargetChoice], taken: Iterable[str] = ()) -> tuple[TargetChoice, ...]:
    """The same choices, each under a name that nobody has: the second `fastapi` becomes `fastapi#2`."""
    names = set(taken)
    named: list[TargetChoice] = []
    for choice in choices:
        numbered = (f"{choice.use}#{number}" for number in count(2))
        name = next(each for each in chain([choice.use], numbered) if each not in names)
        names.add(name)
        named.append(choice.model_copy(update={"name": name}))
    return tuple(named)


def parse_targets(value: object, own: Sequence[CustomTarget]) -> object:
    """A plan's choices from what stands under `targets`. Raises ValueError or UsageError."""
    parts = [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ValueError('targets are a list of names: ["fastapi", "django-wsgi:threads=4"]')  # noqa: TRY004  pydantic takes ValueError for a finding
    if len(parts) > MAX_TARGETS:
        raise ValueError(f"it has {MAX_TARGETS} entries at most, not {len(parts)}")
    if all(isinstance(each, TargetChoice) for each in parts):
        return parts
    if not all(isinstance(each, str) for each in parts):
        raise ValueError('each target is a name, with options if need be: "django-wsgi:threads=4"')
    by_name = {each.name: each for each in own}
    return name_apart(TargetChoice.parse(each, by_name) for each in parts)


def check_served(workload: str, choices: Iterable[TargetChoice]) -> None:
    """Raises UsageError where one of the targets cannot serve a workload of the contract."""
    for choice in choices:
        reason = choice.target.reason_not_to_serve(workload, choice.options)
        if reason:
            raise UsageError(
                f"target {choice.name!r} cannot serve workload {workload!r}",
                why=reason,
                hint="choose another workload, or leave the target out",
            )
