"""A target of the catalogue: an app on a server, with its options and workloads. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from targets.errors import UsageError
from targets.launch import Command, Launch, LaunchContext
from targets.option_kinds import Kind, OneOf
from targets.options import OPTIONS, Options, app_env, in_short
from targets.servers import limits

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
    """How its server is started; `launch` adds what all targets have in common."""
    workloads: frozenset[str]
    """The built-in workloads that it serves, with the right options."""
    packages: tuple[str, ...]
    """Distributions whose versions are recorded with a session."""
    options: frozenset[str] = frozenset()
    """The fields of `Options` that it takes."""
    different_defaults: Options = field(default_factory=Options)
    """Its defaults, where `choices` has none."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Option → its allowed words, if they are fewer than the table's; the first is the default."""
    only_with: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Option → another option, and those of its values that the first one has an effect with."""
    serves: str = ""
    """The server in short, if it is none of `targets.servers`."""
    prepares_itself: bool = False
    """Its own commands make its database."""
    refuses: Unserved = field(default_factory=lambda: _ONLY_ON_ASGI)
    """What is not among `workloads`, and why."""
    unserved: Callable[[Options], Unserved] = lambda _: {}
    """With these options: which of `workloads` it does not serve, and why."""

    @property
    def defaults(self) -> Options:
        """The defaults of its options."""
        first: dict[str, Any] = {name: words[0] for name, words in self.choices.items()}
        return replace(self.different_defaults, **first)

    def kind(self, option: str) -> Kind:
        """The allowed values of an option."""
        return OneOf(self.choices[option]) if option in self.choices else OPTIONS[option].kind

    def with_defaults(self, options: Options) -> Options:
        """The options, with the target's default server and number of threads if they name none."""
        defaults = self.defaults
        return replace(
            options, server=options.server or defaults.server, threads=options.threads or defaults.threads
        )

    def check(self, options: Options, given: frozenset[str]) -> None:
        """Raises UsageError where options that were `given` conflict with others."""
        for name, (other, values) in {**_ONLY_WITH, **self.only_with}.items():
            chosen = getattr(options, other)
            if name in given and chosen not in values:
                raise UsageError(
                    f"{name} has no effect with {other}={chosen}",
                    why=f"{OPTIONS[name].about}: only with {other}={' or '.join(values)}",
                    hint=f"remove {name}, or add {other}={values[0]}",
                )
        limits.check(self.name, self.with_defaults(options))

    def launch(self, options: Options, context: LaunchContext) -> Launch:
        """How to start it with these options in this context."""
        options = self.with_defaults(options)
        launch = self.start(options, context)
        env = _env_of(context) | app_env(self, options) | launch.env
        prepare = launch.prepare
        if context.workload in ON_ROWS and context.workload in self.workloads and not self.prepares_itself:
            prepare += (Command((context.python, "-P", "-m", "targets.apps.records.prepare")),)
        return replace(launch, env=env, prepare=tuple(replace(each, env=env | each.env) for each in prepare))

    def server(self, options: Options) -> str:
        """The server in short, and the options that differ: `uvicorn ×4`, `gthread 1×8 drf`."""
        if self.serves:
            return self.serves
        options = self.with_defaults(options)
        text = f"{options.server} ×{options.workers}"
        shown = {"server", "workers", "database"}
        if "threads" in self.options and self._has_threads(options):
            text = f"{options.server} {options.workers}×{options.threads}"
            shown.add("threads")
        return f"{text} {in_short(self, options, frozenset(shown))}".rstrip()

    def reason_not_to_serve(self, workload: str, options: Options) -> str:
        """Why it does not serve this workload with these options; empty if it does."""
        if workload not in self.workloads:
            return self.refuses.get(workload) or f"it serves {', '.join(sorted(self.workloads))}"
        return self.unserved(self.with_defaults(options)).get(workload, "")

    def _has_threads(self, options: Options) -> bool:
        other, values = self.only_with.get("threads", ("server", (options.server,)))
        return getattr(options, other) in values


_ONLY_ON_ASGI: Unserved = {"tokens-ws": "its app speaks WSGI, which has no WebSockets"}

ON_ROWS = frozenset({"io"})
"""Workloads that need a database."""

_ONLY_WITH = {"proxy_timeout": ("front", ("nginx", "nginx-unix"))}
"""`only_with` of every target."""


def _env_of(context: LaunchContext) -> dict[str, str]:
    env = {
        "ABREAST_DATABASE_URL": context.database_url,
        "ABREAST_DATABASE_HOME": context.database_home,
        "ABREAST_UPSTREAM_URL": context.upstream_url,
        "ABREAST_CACHE": str(context.cache or ""),
        "ABREAST_LIVE_SETTINGS": str(context.live_settings or ""),
        "ABREAST_WORKLOAD": context.workload,
    }
    return {name: value for name, value in env.items() if value}
