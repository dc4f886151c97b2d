"""`abreast` with further targets: `python -m tests.support.counting_runner run hello --targets …`.

`counted-*` are the real targets with an app that counts; each of the others fails in its own way.
"""

import socket
import sys
from dataclasses import replace

from targets import catalog
from targets.launch import Launch, LaunchContext
from targets.options import Options
from targets.target import Target
from tui.cli.main import main

COUNTED = {
    f"counted-{name}": f"tests.support.counting_apps:{name.replace('-', '_')}"
    for name in ("fastapi", "django-wsgi", "django-asgi")
}
_TAKEN: list[socket.socket] = []


def _counted(name: str, app: str) -> Target:
    real = catalog.find(name.removeprefix("counted-"))

    def start(options: Options, site: LaunchContext) -> Launch:
        made = real.start(options, site)
        return replace(made, argv=(*made.argv[:4], app, *made.argv[5:]))

    return replace(real, name=name, start=start)


def _taken(options: Options, site: LaunchContext) -> Launch:
    """Another program takes the port after it was chosen, before the target starts."""
    if site.port:
        thief = socket.create_server(("127.0.0.1", site.port))
        _TAKEN.append(thief)
    return catalog.find("fastapi").start(options, site)


def _python(code: str) -> Launch:
    return Launch((sys.executable, "-P", "-c", code), {})


def _broken(_: Options, __: LaunchContext) -> Launch:
    """A bug in abreast, deep in a session."""
    raise LookupError("of all things \x1b]0;this\x07")


def _wrong() -> dict[str, Target]:
    real = catalog.find("fastapi")
    return {
        "missing": replace(real, start=lambda _, __: Launch(("no-such-program",), {})),
        "taken": replace(real, start=_taken),
        "broken": replace(real, start=_broken),
        "dies": replace(real, start=lambda _, __: _python("raise SystemExit('cannot find my settings')")),
        "mute": replace(real, start=lambda _, __: _python("import time; time.sleep(600)")),
    }


if __name__ == "__main__":
    catalog.TARGETS.update({name: _counted(name, app) for name, app in COUNTED.items()})
    catalog.TARGETS.update({name: replace(target, name=name) for name, target in _wrong().items()})
    sys.exit(main())
