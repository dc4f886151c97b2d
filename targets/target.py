"""What a target of the catalogue is: an app on a server, with what can be set on it and what it serves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from targets.errors import UsageError
from targets.launch import Command, Launch, LaunchContext
from targets.option_kinds import Kind, OneOf
from targets.options import OPTIONS, Options, handed_over, in_short

Start = Callable[[Options, LaunchContext], Launch]

Unserved = Mapping[str, str]
"""Workload → why it is not served."""


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment that can be put under test."""

    name: str
    about: str
    """One line for the lobby."""
    start: Start
    """How its server is started; `launch` adds what every target has alike."""
    workloads: frozenset[str]
    """Names of the contract's workloads that it serves, with the right options."""
    packages: tuple[str, ...]
    """Distributions whose versions are recorded with a session."""
    options: frozenset[str] = frozenset()
    """The fields of `Options` that it takes."""
    usual: Options = field(default_factory=Options)
    """Its own defaults."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Option → the words that it may be here, where they are fewer than the table's; the first is usual."""
    only_with: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Option → another option, and the values of that one that it makes sense with."""
    serves: str = ""
    """What serves, in short, where no server of `targets.servers` does."""
    prepares_itself: bool = False
    """Its own commands make its database."""
    unserved: Callable[[Options], Unserved] = lambda _: {}
    """With these options: which of `workloads` it does not serve, and why."""

    @property
    def defaults(self) -> Options:
        """What it is where nothing is said."""
        first: dict[str, Any] = {name: words[0] for name, words in self.choices.items()}
        return replace(self.usual, **first)

    def kind(self, option: str) -> Kind:
        """What an option may be here."""
        return OneOf(self.choices[option]) if option in self.choices else OPTIONS[option].kind

    def settled(self, options: Options) -> Options:
        """The options, with the target's own choice where none was made."""
        own = self.defaults
        return replace(options, server=options.server or own.server, threads=options.threads or own.threads)

    def check(self, options: Options, said: frozenset[str]) -> None:
        """Raises UsageError where options that were `said` do not go with the others."""
        for name, (other, values) in {**_ONLY_WITH, **self.only_with}.items():
            chosen = getattr(options, other)
            if name in said and chosen not in values:
                raise UsageError(
                    f"{name} does nothing with {other}={chosen}",
                    why=f"{OPTIONS[name].about}: only with {other}={' or '.join(values)}",
                    hint=f"leave {name} out, or add {other}={values[0]}",
                )

    def launch(self, options: Options, site: LaunchContext) -> Launch:
        """How to start it with these options in this place."""
        options = self.settled(options)
        made = self.start(options, site)
        env = _env_of(site) | handed_over(self, options) | made.env
        prepare = made.prepare
        if site.workload in ON_ROWS and site.workload in self.workloads and not self.prepares_itself:
            prepare += (Command((site.python, "-P", "-m", "targets.apps.records.prepare")),)
        return replace(made, env=env, prepare=tuple(replace(each, env=env | each.env) for each in prepare))

    def server(self, options: Options) -> str:
        """What serves, in short, and what was set on it: `uvicorn ×4`, `gthread 1×8 drf`."""
        if self.serves:
            return self.serves
        options = self.settled(options)
        text = f"{options.server} ×{options.workers}"
        besides = {"server", "workers"}
        if "threads" in self.options and self._has_threads(options):
            text = f"{options.server} {options.workers}×{options.threads}"
            besides.add("threads")
        return f"{text} {in_short(self, options, frozenset(besides))}".rstrip()

    def reason_not_to_serve(self, workload: str, options: Options) -> str:
        """Why it does not serve this workload with these options; empty where it does."""
        if workload not in self.workloads and workload in _ON_ASGI_ALONE:
            return _ON_ASGI_ALONE[workload]
        if workload not in self.workloads:
            return f"it serves {', '.join(sorted(self.workloads))}"
        return self.unserved(self.settled(options)).get(workload, "")

    def _has_threads(self, options: Options) -> bool:
        other, values = self.only_with.get("threads", ("server", (options.server,)))
        return getattr(options, other) in values


_ON_ASGI_ALONE: Unserved = {"tokens-ws": "its app speaks WSGI, which has no WebSockets"}

ON_ROWS = frozenset({"io"})
"""Workloads that need a database."""

_ONLY_WITH = {"proxy_timeout": ("front", ("nginx", "nginx-unix"))}
"""The same for every target."""


def _env_of(site: LaunchContext) -> dict[str, str]:
    told = {
        "ABREAST_DATABASE_URL": site.database_url,
        "ABREAST_DATABASE_HOME": site.database_home,
        "ABREAST_UPSTREAM_URL": site.upstream_url,
        "ABREAST_CACHE": str(site.cache or ""),
        "ABREAST_LIVE_SETTINGS": str(site.live_settings or ""),
        "ABREAST_WORKLOAD": site.workload,
    }
    return {name: value for name, value in told.items() if value}
