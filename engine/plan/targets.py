"""The targets of a plan: those of the catalogue with their options, and custom ones. Pure.

A custom target is any server that speaks HTTP: abreast starts it from its command and stops it, or attaches
to it where it runs already, at a URL or in a container.
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
from targets.options import Options, parse_options, plain, split_options, words
from targets.runtime import Address
from targets.secrets import HIDDEN, masked_text, masked_values, masked_words
from targets.target import Target
from targets.urls import path_fault, text_fault

Runtime = Literal["local", "docker", "attached"]
"""Processes of this machine, containers, or servers that abreast did not start."""

MAX_TARGETS = 6
"""Of one session: there are six colours and markers."""

MAX_CUSTOM_TARGETS = 100
"""That a plan describes; a session takes some of them."""

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
    url: str = ""
    """Where it runs already: `http://host:port` or `https://…`. abreast neither starts nor stops it."""
    container: str = ""
    """The name of the container that it runs in already, with the port inside if there are several:
    `web:8080`. Docker measures it; abreast neither starts nor stops it."""
    ca: str = ""
    """https: a PEM file, relative to the plan's folder, with the authorities to trust instead of the
    system's."""
    insecure: bool = False
    """https: accept any certificate."""
    server_name: str = ""
    """https: the name to request and to check the certificate against, if it is not the URL's host."""

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
        if fault := path_fault(self.health):
            raise ValueError(f'health must be a path like "/health": {fault}')
        if self.name in catalog.TARGETS and not self.container:
            raise ValueError(f"{self.name!r} is a built-in target; give it another name")
        if not self.command and (self.cwd or self.env or self.revision):
            raise ValueError(
                "cwd, env and revision need a command: abreast does not start a target that runs already"
            )
        if self.url:
            self._check_url()
        elif self.container:
            self._check_container()
        elif not any(PORT in text for text in (*self.command, *self.env.values())):
            raise ValueError(f"command has no place for the port: write {PORT} in it, or in env")
        if not self.is_https and (self.ca or self.insecure or self.server_name):
            raise ValueError("ca, insecure and server_name need a url that begins with https://")
        return self

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
        if self.server_name:
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


def public(options: Options) -> Options:
    """Options without secrets: credentials of a database, and values of variables that look like secrets."""
    return replace(
        options,
        database=masked_text(options.database),
        env=tuple(masked_values(dict(options.env)).items()),
    )


def recorded_options(options: Options) -> dict[str, Any]:
    """Options without secrets, as plain values."""
    return asdict(public(options)) | {"env": dict(public(options).env)}


class TargetChoice(Frozen):
    """A target with its options, under a name that is unique in the session."""

    name: str
    use: str
    """Its name in the catalogue, or that of a custom target."""
    options: Annotated[Options, PlainSerializer(recorded_options, when_used="json")]
    label: Label = ""
    """Shown instead of its name; empty: what `labels.labels_of` makes of its options."""
    custom: Annotated[CustomTarget | None, Field(exclude=True)] = None
    """The custom target; None for one of the catalogue. Recorded in the plan's `target`, not here."""

    @property
    def target(self) -> Target:
        """The target that is chosen."""
        return self.custom.as_target() if self.custom else catalog.find(self.use)

    @property
    def text(self) -> str:
        """The choice as `parse` reads it, with the options that differ from the defaults, secrets
        included."""
        return choice_text(self.use, self.label, words(self.target, self.options))

    @property
    def public_text(self) -> str:
        """The same without secrets."""
        return choice_text(self.use, self.label, words(self.target, self.public_options))

    @property
    def public_options(self) -> Options:
        """The options without secrets, to be shown and recorded."""
        return public(self.options)

    @property
    def plain_options(self) -> dict[str, Any]:
        """Its options without secrets, as plain values."""
        return plain(self.target, self.public_options)

    @property
    def is_attached(self) -> bool:
        """Whether it runs already, so that abreast neither starts nor stops it."""
        return self.custom is not None and bool(self.custom.url or self.custom.container)

    def runtime(self, default: Runtime) -> Runtime:
        """The runtime of the target in a session with this default. Custom targets do not follow it."""
        if self.custom is not None:
            return "attached" if self.is_attached else "local"
        return "docker" if (self.options.runtime or default) == "docker" else "local"

    @classmethod
    def parse(cls, text: str, custom: Mapping[str, CustomTarget] | None = None) -> Self:
        """A choice from `fastapi` or `fastapi:workers=4:threads=2`, or the name of a custom target.

        Raises UsageError.
        """
        use, _, settings = text.strip().partition(":")
        own = (custom or {}).get(use.strip())
        if own is not None:
            return cls(name=own.name, use=own.name, options=Options(), custom=own).with_options(settings)
        target = catalog.find(use.strip())
        return cls(name=target.name, use=target.name, options=target.defaults).with_options(settings)

    def with_options(self, text: str) -> Self:
        """The choice with the options of `workers=4:threads=2`, and defaults for the rest.

        It keeps its label unless the text has another (`label=four workers`). A variable whose value is
        written as hidden keeps its value, and a database whose credentials are. Raises UsageError.
        """
        pairs = split_options(text, self.use) if text.strip() else {}
        label = _checked_label(pairs.pop(_LABEL)) if _LABEL in pairs else self.label
        if self.custom is not None and pairs:
            raise UsageError(
                f"target {self.use!r} takes no options",
                why="it is a custom target of the plan",
                hint="change its command or env in the plan",
            )
        options = parse_options(self.target, pairs)
        kept = dict(self.options.env)
        env = tuple((name, kept.get(name, "") if text == HIDDEN else text) for name, text in options.env)
        is_kept = HIDDEN in options.database and options.database == masked_text(self.options.database)
        database = self.options.database if is_kept else options.database
        options = replace(options, env=env, database=database)
        return self.model_copy(update={"options": options, "label": label})

    def staying(self, before: Self) -> Self:
        """The choice with the runtime that it had before, unless its options name one."""
        if self.options.runtime or not before.options.runtime:
            return self
        return self.model_copy(update={"options": replace(self.options, runtime=before.options.runtime)})


_LABEL = "label"
"""Written like an option: `fastapi:label=Old:workers=4`."""


def choice_text(use: str, label: str, *options: str) -> str:
    """A target as `TargetChoice.parse` reads it; `options` are like `workers=4:threads=2`."""
    return ":".join(filter(None, [use, f"{_LABEL}={label}" if label else "", *options]))


def _checked_label(text: str) -> str:
    try:
        return parse_label(text)
    except ValueError as error:
        raise UsageError(
            f"label cannot be {text[:40]!r}", why=str(error), hint="for example label=four workers"
        ) from None


def name_apart(choices: Iterable[TargetChoice], taken: Iterable[str] = ()) -> tuple[TargetChoice, ...]:
    """The choices, each with a name that no other has: the second `fastapi` becomes `fastapi#2`. The name
    without a number goes to the one with the fewest options, since labels call that one by it."""
    choices = tuple(choices)
    names = set(taken)
    fewest_first = sorted(enumerate(choices), key=lambda each: each[1].text.count(":"))
    reserved = {choice.use: at for at, choice in reversed(fewest_first) if choice.use not in names}
    named: list[TargetChoice] = []
    for at, choice in enumerate(choices):
        numbered = (f"{choice.use}#{number}" for number in count(2))
        possible = chain([choice.use] if reserved.get(choice.use, at) == at else [], numbered)
        name = next(each for each in possible if each not in names)
        names.add(name)
        named.append(choice.model_copy(update={"name": name}))
    return tuple(named)


def target_texts(value: object) -> list[Any]:
    """The entries of `targets`, which may be one text with commas. Raises ValueError."""
    parts = [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ValueError('must be a list of names: ["fastapi", "django-wsgi:threads=4"]')  # noqa: TRY004  pydantic takes ValueError for a finding
    return list(parts)


def parse_targets(parts: Sequence[object], custom: Sequence[CustomTarget]) -> object:
    """A plan's choices from the entries of `targets`. Raises ValueError or UsageError."""
    if len(parts) > MAX_TARGETS:
        raise ValueError(f"has at most {MAX_TARGETS} entries, not {len(parts)}")
    if all(isinstance(each, TargetChoice) for each in parts):
        return tuple(parts)
    texts = [each for each in parts if isinstance(each, str)]
    if len(texts) != len(parts):
        raise ValueError('each entry must be a name, with or without options: "django-wsgi:threads=4"')
    by_name = {each.name: each for each in custom}
    return name_apart(TargetChoice.parse(each, by_name) for each in texts)


def check_served(workload: str, choices: Iterable[TargetChoice]) -> None:
    """Raises UsageError where one of the targets cannot serve a built-in workload."""
    for choice in choices:
        reason = choice.target.reason_not_to_serve(workload, choice.options)
        if reason:
            raise UsageError(
                f"target {choice.name!r} cannot serve workload {workload!r}",
                why=reason,
                hint="choose another workload, or remove the target",
            )
